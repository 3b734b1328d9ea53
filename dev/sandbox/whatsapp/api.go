package whatsapp

import (
	"net/http"
	"net/url"
	"strings"

	"switchboard/dev/sandbox/core"
	"switchboard/dev/sandbox/meta"
)

// api answers as graph.facebook.com does for numbers of WhatsApp.
type api struct {
	box     *core.Box
	company *company
}

func routes(w api, mux *http.ServeMux) {
	how := core.API{Authenticate: w.authenticate, Refuse: meta.Refuse}
	read := func(pattern string, h func(*core.Request) core.Reply) {
		mux.HandleFunc(pattern, w.box.Serve(how, false, h))
	}
	const root = "/whatsapp/{version}/{id}"
	mux.HandleFunc("POST "+root+"/messages", w.box.Serve(how, true, w.send))
	read("GET "+root, w.object)
	read("GET "+root+"/subscribed_apps", w.subscribed)
	read("GET "+root+"/message_templates", w.list)
	read("/whatsapp/", func(*core.Request) core.Reply { return meta.Unknown() })
	mux.HandleFunc("GET /whatsapp/cdn/{media}", w.cdn)
	mux.HandleFunc("POST /_sandbox/accounts/{account}/templates", w.changeTemplate)
}

// of is the number that calls.
func of(r *core.Request) *Account {
	a, _ := r.Account.Side.(*Account)
	return a
}

func (w api) authenticate(r *core.Request) *core.Reply {
	w.box.Lock()
	defer w.box.Unlock()
	a := w.company.tokens[meta.Token(r.Request)]
	var out core.Reply
	switch {
	case a == nil:
		out = meta.Error(http.StatusUnauthorized, 190, 0, "Invalid OAuth access token")
	case !meta.Proved(r.Request, a.settings.AppSecret, a.settings.AccessToken):
		out = meta.Error(http.StatusBadRequest, 100, 0, "Invalid appsecret_proof provided in the API argument")
	default:
		r.Account = a.Account
		return nil
	}
	return &out
}

// object is the number, or a file that a customer sent.
func (w api) object(r *core.Request) core.Reply {
	w.box.Lock()
	defer w.box.Unlock()
	a, id := of(r), r.PathValue("id")
	if id == a.settings.NumberID {
		return core.Reply{Status: http.StatusOK, Body: map[string]any{"id": id, "verified_name": a.settings.Name,
			"display_phone_number": a.settings.Number, "quality_rating": "GREEN"}}
	}
	m, ok := w.box.Link(id)
	if !ok || m.Gone || m.Account != a.ID || r.URL.Query().Get("phone_number_id") != a.settings.NumberID {
		return meta.Unknown()
	}
	return core.Reply{Status: http.StatusOK, Body: map[string]any{"messaging_product": "whatsapp", "id": id, "mime_type": m.ContentType,
		"url": w.box.PublicURL() + "/whatsapp/cdn/" + url.PathEscape(id)}}
}

// cdn serves a file to whoever has its address and a token.
func (w api) cdn(out http.ResponseWriter, r *http.Request) {
	w.box.Lock()
	known := w.company.tokens[meta.Token(r)] != nil
	w.box.Unlock()
	if !known {
		out.WriteHeader(http.StatusUnauthorized)
		return
	}
	meta.Serve(w.box, out, r.PathValue("media"))
}

func (w api) subscribed(r *core.Request) core.Reply {
	w.box.Lock()
	defer w.box.Unlock()
	if r.PathValue("id") != of(r).settings.BusinessID {
		return meta.Unknown()
	}
	return core.Reply{Status: http.StatusOK, Body: map[string]any{"data": []any{map[string]any{"whatsapp_business_api_data": map[string]any{"id": "1"}}}}}
}

// Template is a text that a business wants to begin conversations with.
type Template struct {
	Name     string   `json:"name"`
	Language string   `json:"language"`
	Status   string   `json:"status"`
	Text     string   `json:"text"`
	Samples  []string `json:"samples,omitempty"`
}

func firstTemplates() []Template {
	return []Template{
		{"order_update", "en_US", "APPROVED", "Hi {{1}}, your order {{2}} is on its way.", []string{"Mila", "1042"}},
		{"order_update", "nl", "APPROVED", "Hallo {{1}}, uw bestelling {{2}} is onderweg.", []string{"Mila", "1042"}},
		{"reminder", "en_US", "PENDING", "We have not heard from you. Can we still help?", nil},
	}
}

func (a *Account) template(name, language string) *Template {
	for i := range a.templates {
		if a.templates[i].Name == name && a.templates[i].Language == language {
			return &a.templates[i]
		}
	}
	return nil
}

func (w api) list(r *core.Request) core.Reply {
	w.box.Lock()
	defer w.box.Unlock()
	if r.PathValue("id") != of(r).settings.BusinessID {
		return meta.Unknown()
	}
	data := []any{}
	for _, t := range of(r).templates {
		body := map[string]any{"type": "BODY", "text": t.Text}
		if len(t.Samples) > 0 {
			body["example"] = map[string]any{"body_text": [][]string{t.Samples}}
		}
		data = append(data, map[string]any{"name": t.Name, "language": t.Language, "status": t.Status, "rejected_reason": "NONE", "components": []any{body}})
	}
	return core.Reply{Status: http.StatusOK, Body: map[string]any{"data": data, "paging": map[string]any{"cursors": map[string]any{"after": "end"}}}}
}

// changeTemplate is Meta deciding about a template, of which it tells at once.
func (w api) changeTemplate(out http.ResponseWriter, r *http.Request) {
	var in Template
	if !core.ReadJSON(out, r, &in) {
		return
	}
	a := Find(w.box, r.PathValue("account"))
	if a == nil {
		core.Answer(out, http.StatusNotFound, map[string]string{"error": "There is no such account."})
		return
	}
	sent, err := a.Decides(r.Context(), in)
	if err != nil {
		core.Answer(out, http.StatusBadGateway, map[string]string{"error": err.Error()})
		return
	}
	core.Answer(out, http.StatusOK, sent)
}

// values counts the gaps of a text.
func values(text string) int { return strings.Count(text, "{{") }
