package twilio

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"switchboard/dev/sandbox/core"
)

// api answers as api.twilio.com does.
type api struct{ box *core.Box }

func routes(t api, mux *http.ServeMux) {
	how := core.API{Authenticate: t.authenticate, Refuse: refuse}
	const root = "/twilio/" + apiVersion + "/Accounts/"
	read := func(pattern string, h func(*core.Request) core.Reply) {
		mux.HandleFunc(pattern, t.box.Serve(how, false, h))
	}
	mux.HandleFunc("POST "+root+"{sid}/Messages.json", t.box.Serve(how, true, t.send))
	read("GET "+root+"{sid}", t.account)
	read("GET "+root+"{sid}/IncomingPhoneNumbers.json", t.numbers)
	read("GET "+root+"{sid}/Messages.json", t.list)
	read("GET "+root+"{sid}/Messages/{message}", t.message)
	read("GET "+root+"{sid}/Messages/{message}/Media/{media}", t.media)
	byKey := core.API{Authenticate: t.authenticateByKey, Refuse: refuse}
	mux.HandleFunc("GET /twilio/v1/ContentAndApprovals", t.box.Serve(byKey, false, t.listContents))
	read("/twilio/", notFound)
	mux.HandleFunc("GET /twilio/cdn/{media}", t.cdn)
	mux.HandleFunc("GET /_sandbox/accounts/{account}/contents", t.contents)
	mux.HandleFunc("POST /_sandbox/accounts/{account}/contents", t.changeContent)
}

// apiError words an error as Twilio does.
func apiError(status, code int, message string) core.Reply {
	return core.Reply{Status: status, Call: core.Call{Reason: strconv.Itoa(code) + " " + message}, Body: map[string]any{
		"code": code, "message": message, "more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(code), "status": status,
	}}
}

func notFound(r *core.Request) core.Reply {
	return apiError(http.StatusNotFound, 20404, "The requested resource "+strings.TrimPrefix(r.URL.Path, "/twilio")+" was not found")
}

// of is the account that calls.
func of(r *core.Request) *Account {
	a, _ := r.Account.Side.(*Account)
	return a
}

func (t api) authenticate(r *core.Request) *core.Reply {
	sid := strings.TrimSuffix(r.PathValue("sid"), ".json")
	user, secret, _ := r.BasicAuth()
	t.box.Lock()
	defer t.box.Unlock()
	a, ok := core.SideOf[*Account](t.box, sid)
	if ok {
		whole := user == a.settings.SID && secret == a.settings.AuthToken
		key := a.settings.APIKeySID != "" && user == a.settings.APIKeySID && secret == a.settings.APIKeySecret
		// A standard API key does not open the account resource.
		ok = whole || key && r.PathValue("sid") == sid
	}
	if ok {
		r.Account = a.Account
		return nil
	}
	out := apiError(http.StatusUnauthorized, 20003, "Authenticate")
	return &out
}

func refuse(kind string) core.Reply {
	switch kind {
	case "refuse_auth", "401":
		return apiError(http.StatusUnauthorized, 20003, "Authenticate")
	case "quota":
		return apiError(http.StatusTooManyRequests, 63038, "Account exceeded the daily messages limit")
	case "429":
		return apiError(http.StatusTooManyRequests, 20429, "Too Many Requests")
	}
	status, _ := strconv.Atoi(kind)
	if status >= http.StatusInternalServerError {
		return apiError(status, 20503, "Service Unavailable")
	}
	return apiError(status, 20000+status, http.StatusText(status))
}

func (t api) account(r *core.Request) core.Reply {
	t.box.Lock()
	defer t.box.Unlock()
	a := of(r).settings
	return core.Reply{Status: http.StatusOK, Body: map[string]any{
		"sid": a.SID, "friendly_name": a.Name, "status": "active", "type": "Full", "uri": "/" + apiVersion + "/Accounts/" + a.SID + ".json",
	}}
}

func (t api) numbers(r *core.Request) core.Reply {
	wanted := r.URL.Query().Get("PhoneNumber")
	t.box.Lock()
	defer t.box.Unlock()
	found := []map[string]any{}
	for _, n := range of(r).settings.Numbers {
		if wanted == "" || wanted == n {
			found = append(found, map[string]any{"phone_number": n, "sms_url": of(r).settings.WebhookURL, "sms_method": "POST"})
		}
	}
	return core.Reply{Status: http.StatusOK, Body: map[string]any{"incoming_phone_numbers": found, "page": 0, "page_size": 50}}
}

// Keep makes a message known to the message resource.
func (a *Account) Keep(p *core.Phone, e *core.Entry) {
	at := &place{p, e}
	to := p.To
	if !e.Mine {
		to = p.Number
	}
	a.messages[e.ID] = at
	a.all = append(a.all, at)
	to = wire(p, to)
	a.byTo[to] = append(a.byTo[to], at)
}

// list answers with the newest messages first, a page of them.
func (t api) list(r *core.Request) core.Reply {
	q := r.URL.Query()
	size, err := strconv.Atoi(q.Get("PageSize"))
	if err != nil || size < 1 || size > 1000 {
		size = 50
	}
	t.box.Lock()
	defer t.box.Unlock()
	from := of(r).all
	if q.Has("To") {
		from = of(r).byTo[q.Get("To")]
	}
	found := []map[string]any{}
	for _, at := range slices.Backward(from) {
		if m := at.resource(); len(found) < size && (!q.Has("From") || m["from"] == q.Get("From")) && sentOn(at, q.Get("DateSent")) {
			found = append(found, m)
		}
	}
	return core.Reply{Status: http.StatusOK, Body: map[string]any{"messages": found, "page": 0, "page_size": size, "next_page_uri": nil}}
}

// sentOn is Twilio's filter by the day of sending; a message still queued has none.
func sentOn(at *place, day string) bool {
	return day == "" || !at.entry.SentAt.IsZero() && at.entry.SentAt.Format(time.DateOnly) == day
}

func (t api) message(r *core.Request) core.Reply {
	sid, _ := strings.CutSuffix(r.PathValue("message"), ".json")
	t.box.Lock()
	defer t.box.Unlock()
	if at := of(r).messages[sid]; at != nil {
		return core.Reply{Status: http.StatusOK, Body: at.resource()}
	}
	return notFound(r)
}

// resource is a message as the API shows it. The lock must be held.
func (at *place) resource() map[string]any {
	p, e := at.phone, at.entry
	out := map[string]any{
		"sid": e.ID, "account_sid": p.Account.ID, "api_version": apiVersion, "body": e.Text, "status": e.Status,
		"from": wire(p, p.To), "to": wire(p, p.Number), "direction": "outbound-api",
		"num_media": strconv.Itoa(len(e.Media)), "num_segments": strconv.Itoa(max(e.Segments, 1)),
		"date_created": e.At.Format(time.RFC1123Z), "date_updated": e.At.Format(time.RFC1123Z), "date_sent": nil,
		"error_code": nil, "error_message": nil, "messaging_service_sid": nil, "price": nil, "price_unit": "USD",
		"uri": "/" + apiVersion + "/Accounts/" + p.Account.ID + "/Messages/" + e.ID + ".json",
	}
	if e.Mine {
		out["from"], out["to"], out["direction"] = wire(p, p.Number), wire(p, p.To), "inbound"
	}
	if e.Service != "" {
		out["messaging_service_sid"] = e.Service
	}
	if e.ErrorCode != 0 {
		out["error_code"] = e.ErrorCode
	}
	if !e.SentAt.IsZero() {
		out["date_sent"] = e.SentAt.Format(time.RFC1123Z)
	}
	return out
}

// media sends on to where the bytes are, as Twilio does.
func (t api) media(r *core.Request) core.Reply {
	t.box.Lock()
	defer t.box.Unlock()
	id := r.PathValue("media")
	m, ok := t.box.Link(id)
	if !ok || m.Gone || m.Account != r.Account.ID || m.Message != r.PathValue("message") {
		return notFound(r)
	}
	out := core.Reply{Status: http.StatusTemporaryRedirect}
	out.Set("Location", t.box.PublicURL()+"/twilio/cdn/"+url.PathEscape(id))
	return out
}

// cdn serves a file to whoever knows its address.
func (t api) cdn(w http.ResponseWriter, r *http.Request) {
	t.box.Lock()
	m, ok := t.box.Link(r.PathValue("media"))
	t.box.Unlock()
	data, kept := t.box.Blob(m.SHA256)
	if !ok || m.Gone || !kept {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", m.ContentType)
	_, _ = w.Write(data)
}
