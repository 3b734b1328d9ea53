package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// twilioAPI answers as api.twilio.com does.
type twilioAPI struct{ s *Sandbox }

func (s *Sandbox) twilioRoutes(mux *http.ServeMux) {
	t := twilioAPI{s}
	const root = "/twilio/" + apiVersion + "/Accounts/"
	read := func(pattern string, h func(*request) reply) { mux.HandleFunc(pattern, s.serve(t, false, h)) }
	mux.HandleFunc("POST "+root+"{sid}/Messages.json", s.serve(t, true, t.send))
	read("GET "+root+"{sid}", t.account)
	read("GET "+root+"{sid}/IncomingPhoneNumbers.json", t.numbers)
	read("GET "+root+"{sid}/Messages.json", t.list)
	read("GET "+root+"{sid}/Messages/{message}", t.message)
	read("GET "+root+"{sid}/Messages/{message}/Media/{media}", t.media)
	content := contentAPI{t}
	mux.HandleFunc("GET /twilio/v1/ContentAndApprovals", s.serve(content, false, content.list))
	read("/twilio/", func(r *request) reply { return twilioNotFound(r) })
	mux.HandleFunc("GET /twilio/cdn/{media}", t.cdn)
}

// twilioError words an error as Twilio does.
func twilioError(status, code int, message string) reply {
	return reply{status: status, call: Call{Reason: strconv.Itoa(code) + " " + message}, body: map[string]any{
		"code": code, "message": message, "more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(code), "status": status,
	}}
}

func twilioNotFound(r *request) reply {
	return twilioError(http.StatusNotFound, 20404, "The requested resource "+strings.TrimPrefix(r.URL.Path, "/twilio")+" was not found")
}

func (t twilioAPI) authenticate(r *request) *reply {
	sid := strings.TrimSuffix(r.PathValue("sid"), ".json")
	user, secret, _ := r.BasicAuth()
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	a := t.s.accounts[sid]
	ok := a != nil && a.twilio != nil
	if ok {
		whole := user == a.twilio.SID && secret == a.twilio.AuthToken
		key := a.twilio.APIKeySID != "" && user == a.twilio.APIKeySID && secret == a.twilio.APIKeySecret
		// A standard API key does not open the account resource.
		ok = whole || key && r.PathValue("sid") == sid
	}
	if ok {
		r.account = a
		return nil
	}
	out := twilioError(http.StatusUnauthorized, 20003, "Authenticate")
	return &out
}

func (t twilioAPI) refuse(_ *request, kind string) reply {
	switch kind {
	case "refuse_auth", "401":
		return twilioError(http.StatusUnauthorized, 20003, "Authenticate")
	case "quota":
		return twilioError(http.StatusTooManyRequests, 63038, "Account exceeded the daily messages limit")
	case "429":
		return twilioError(http.StatusTooManyRequests, 20429, "Too Many Requests")
	}
	status, _ := strconv.Atoi(kind)
	if status >= http.StatusInternalServerError {
		return twilioError(status, 20503, "Service Unavailable")
	}
	return twilioError(status, 20000+status, http.StatusText(status))
}

func (t twilioAPI) account(r *request) reply {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	a := r.account.twilio
	return reply{status: http.StatusOK, body: map[string]any{
		"sid": a.SID, "friendly_name": a.Name, "status": "active", "type": "Full", "uri": "/" + apiVersion + "/Accounts/" + a.SID + ".json",
	}}
}

func (t twilioAPI) numbers(r *request) reply {
	wanted := r.URL.Query().Get("PhoneNumber")
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	found := []map[string]any{}
	for _, n := range r.account.twilio.Numbers {
		if wanted == "" || wanted == n {
			found = append(found, map[string]any{"phone_number": n, "sms_url": r.account.twilio.WebhookURL, "sms_method": "POST"})
		}
	}
	return reply{status: http.StatusOK, body: map[string]any{"incoming_phone_numbers": found, "page": 0, "page_size": 50}}
}

// index makes a message known to the message resource. s.mu must be held.
func (a *account) index(p *Phone, e *Entry) {
	at := &place{p, e}
	to := p.to
	if !e.Mine {
		to = p.number
	}
	a.messages[e.ID] = at
	a.all = append(a.all, at)
	a.byTo[p.wire(to)] = append(a.byTo[p.wire(to)], at)
}

// list answers with the newest messages first, a page of them.
func (t twilioAPI) list(r *request) reply {
	q := r.URL.Query()
	size, err := strconv.Atoi(q.Get("PageSize"))
	if err != nil || size < 1 || size > 1000 {
		size = 50
	}
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	from := r.account.all
	if q.Has("To") {
		from = r.account.byTo[q.Get("To")]
	}
	found := []map[string]any{}
	for _, at := range slices.Backward(from) {
		if m := at.resource(); len(found) < size && (!q.Has("From") || m["from"] == q.Get("From")) && sentOn(at, q.Get("DateSent")) {
			found = append(found, m)
		}
	}
	return reply{status: http.StatusOK, body: map[string]any{"messages": found, "page": 0, "page_size": size, "next_page_uri": nil}}
}

// sentOn is Twilio's filter by the day of sending; a message still queued has none.
func sentOn(at *place, day string) bool {
	return day == "" || !at.entry.SentAt.IsZero() && at.entry.SentAt.Format(time.DateOnly) == day
}

func (t twilioAPI) message(r *request) reply {
	sid, _ := strings.CutSuffix(r.PathValue("message"), ".json")
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	if at := r.account.messages[sid]; at != nil {
		return reply{status: http.StatusOK, body: at.resource()}
	}
	return twilioNotFound(r)
}

// resource is a message as the API shows it. s.mu must be held.
func (at *place) resource() map[string]any {
	p, e := at.phone, at.entry
	out := map[string]any{
		"sid": e.ID, "account_sid": p.account.id, "api_version": apiVersion, "body": e.Text, "status": e.Status,
		"from": p.wire(p.to), "to": p.wire(p.number), "direction": "outbound-api",
		"num_media": strconv.Itoa(len(e.Media)), "num_segments": strconv.Itoa(max(e.Segments, 1)),
		"date_created": e.At.Format(time.RFC1123Z), "date_updated": e.At.Format(time.RFC1123Z), "date_sent": nil,
		"error_code": nil, "error_message": nil, "messaging_service_sid": nil, "price": nil, "price_unit": "USD",
		"uri": "/" + apiVersion + "/Accounts/" + p.account.id + "/Messages/" + e.ID + ".json",
	}
	if e.Mine {
		out["from"], out["to"], out["direction"] = p.wire(p.number), p.wire(p.to), "inbound"
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
func (t twilioAPI) media(r *request) reply {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	id := r.PathValue("media")
	m, ok := t.s.links[id]
	if !ok || m.Gone || m.Account != r.account.id || m.Message != r.PathValue("message") {
		return twilioNotFound(r)
	}
	out := reply{status: http.StatusTemporaryRedirect}
	out.set("Location", t.s.public+"/twilio/cdn/"+url.PathEscape(id))
	return out
}

// cdn serves a file to whoever knows its address.
func (t twilioAPI) cdn(w http.ResponseWriter, r *http.Request) {
	t.s.mu.Lock()
	m, ok := t.s.links[r.PathValue("media")]
	t.s.mu.Unlock()
	data, kept := t.s.blobs.get(m.SHA256)
	if !ok || m.Gone || !kept {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", m.ContentType)
	_, _ = w.Write(data)
}
