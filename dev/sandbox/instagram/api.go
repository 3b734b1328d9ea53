package instagram

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"switchboard/dev/sandbox/core"
	"switchboard/dev/sandbox/meta"
)

// api answers as graph.instagram.com does.
type api struct {
	box       *core.Box
	instagram *provider
}

func routes(m api, mux *http.ServeMux) {
	how := core.API{Authenticate: m.authenticate, Refuse: meta.Refuse}
	read := func(pattern string, h func(*core.Request) core.Reply) {
		mux.HandleFunc(pattern, m.box.Serve(how, false, h))
	}
	const root = "/instagram/{version}/{id}"
	mux.HandleFunc("POST "+root+"/messages", m.box.Serve(how, true, m.send))
	read("GET "+root, m.object)
	read("GET "+root+"/subscribed_apps", m.subscribed)
	read("GET "+root+"/conversations", m.conversations)
	read("/instagram/", func(*core.Request) core.Reply { return meta.Unknown() })
	mux.HandleFunc("GET /instagram/cdn/{media}", func(w http.ResponseWriter, r *http.Request) { meta.Serve(m.box, w, r.PathValue("media")) })
}

// of is the account that calls.
func of(r *core.Request) *Account {
	a, _ := r.Account.Side.(*Account)
	return a
}

var version = regexp.MustCompile(`^v(2[1-9]|[3-9]\d)\.0$`) // older ones are dead

func (m api) authenticate(r *core.Request) *core.Reply {
	m.box.Lock()
	defer m.box.Unlock()
	a := m.instagram.tokens[meta.Token(r.Request)]
	var out core.Reply
	switch {
	case a == nil:
		out = meta.Error(http.StatusUnauthorized, 190, 0, "Invalid OAuth access token")
	case !meta.Proved(r.Request, a.settings.AppSecret, a.settings.AccessToken):
		out = meta.Error(http.StatusBadRequest, 100, 0, "Invalid appsecret_proof provided in the API argument")
	case !version.MatchString(r.PathValue("version")):
		out = meta.Error(http.StatusBadRequest, 2635, 0, "You are calling a deprecated version of the API")
	default:
		r.Account = a.Account
		return nil
	}
	return &out
}

// object is the account or a person.
func (m api) object(r *core.Request) core.Reply {
	m.box.Lock()
	defer m.box.Unlock()
	a, id := of(r), r.PathValue("id")
	if id == "me" {
		return core.Reply{Status: http.StatusOK, Body: map[string]any{"id": "app-scoped", "user_id": a.settings.ID, "username": "kettle.and.leaf"}}
	}
	p := a.FindPhone(channel, id, "")
	if p == nil {
		return meta.Unknown()
	}
	handle := strings.ToLower(strings.ReplaceAll(p.Name, " ", "."))
	return core.Reply{Status: http.StatusOK, Body: map[string]any{"id": id, "name": p.Name, "username": handle}}
}

func (m api) subscribed(*core.Request) core.Reply {
	fields := []string{"messages", "messaging_postbacks", "messaging_seen", "message_reactions"}
	return core.Reply{Status: http.StatusOK, Body: map[string]any{"data": []any{map[string]any{"subscribed_fields": fields}}}}
}

// conversations lists what was last said with one person, the newest first.
func (m api) conversations(r *core.Request) core.Reply {
	m.box.Lock()
	defer m.box.Unlock()
	a := of(r)
	p := a.FindPhone(channel, r.URL.Query().Get("user_id"), "")
	if p == nil {
		return core.Reply{Status: http.StatusOK, Body: map[string]any{"data": []any{}}}
	}
	list := []any{}
	for _, e := range slices.Backward(p.Arrived()) {
		if len(list) < 20 {
			list = append(list, map[string]any{"id": e.ID, "message": e.Text, "created_time": e.At.Format("2006-01-02T15:04:05-0700"),
				"from": map[string]any{"id": a.settings.ID}})
		}
	}
	return core.Reply{Status: http.StatusOK, Body: map[string]any{"data": []any{map[string]any{"id": "t_1", "messages": map[string]any{"data": list}}}}}
}

// sending is the body of a message.
type sending struct {
	Recipient struct {
		ID string `json:"id"`
	} `json:"recipient"`
	Type    string `json:"messaging_type"`
	Action  string `json:"sender_action"` // alone: it shows something
	Tag     string `json:"tag"`
	Message struct {
		Text       string `json:"text"`
		Attachment *struct {
			Type    string `json:"type"`
			Payload struct {
				URL string `json:"url"`
			} `json:"payload"`
		} `json:"attachment"`
		Replies []struct {
			Type    string `json:"content_type"`
			Title   string `json:"title"`
			Payload string `json:"payload"`
		} `json:"quick_replies"`
	} `json:"message"`
}

// fault says what the platform has against a message, or "".
func (in *sending) fault() string {
	m := in.Message
	switch {
	case in.Type != "" && in.Type != "RESPONSE" && in.Type != "MESSAGE_TAG":
		return "(#100) Param messaging_type must be one of RESPONSE, MESSAGE_TAG"
	case (in.Type == "MESSAGE_TAG") != (in.Tag != "") || in.Tag != "" && in.Tag != "HUMAN_AGENT":
		return "(#100) Invalid tag"
	case (m.Text == "") == (m.Attachment == nil):
		return "(#100) Message must have either text or an attachment"
	case len(m.Text) > 1000:
		return "(#100) Length of param message[text] must be less than or equal to 1000"
	case len(m.Replies) > 13:
		return "(#100) Param message is too large"
	case m.Attachment != nil && !slices.Contains([]string{"image", "video", "audio", "file"}, m.Attachment.Type):
		return "(#100) Param message[attachment][type] is not known"
	}
	for _, q := range m.Replies {
		if q.Type != "text" || q.Title == "" || utf8.RuneCountInString(q.Title) > 20 || q.Payload == "" || len(q.Payload) > 1000 {
			return "(#100) Invalid quick reply"
		}
	}
	return ""
}

// send takes a message. Who repeats a request gets a second message.
func (m api) send(r *core.Request) core.Reply {
	var in sending
	body := json.NewDecoder(bytes.NewReader(r.Body))
	body.DisallowUnknownFields()
	if body.Decode(&in) != nil || r.TooBig {
		return meta.Error(http.StatusBadRequest, 100, 0, "(#100) The request could not be read")
	}
	m.box.Lock()
	defer m.box.Unlock()
	a := of(r)
	about := core.Call{To: in.Recipient.ID, Text: in.Message.Text}
	p := a.FindPhone(channel, in.Recipient.ID, "")
	now := m.box.Now()
	var out core.Reply
	switch fault := in.fault(); {
	case in.Action != "" && p != nil && slices.Contains([]string{"typing_on", "typing_off", "mark_seen"}, in.Action):
		return core.Reply{Status: http.StatusOK, Call: about, Body: map[string]any{"recipient_id": p.Number}}
	case r.PathValue("id") != "me":
		out = meta.Unknown()
	case fault != "":
		out = meta.Error(http.StatusBadRequest, 100, 0, fault)
	case p == nil:
		out = meta.Error(http.StatusBadRequest, 100, 2018001, "(#100) No matching user found")
	case p.Blocked:
		out = meta.Error(http.StatusBadRequest, 551, 1545041, "(#551) This person isn't available right now.")
	case in.Tag == "" && now.Sub(p.Wrote) >= window, in.Tag != "" && now.Sub(p.Wrote) >= humanWindow:
		out = meta.Error(http.StatusBadRequest, 10, 2018278, "(#10) This message is sent outside of allowed window.")
	default:
		return a.accept(r, p, about, in)
	}
	about.Reason = out.Call.Reason
	out.Call = about
	return out
}

// accept takes the message; its echo follows. The lock must be held.
func (a *Account) accept(r *core.Request, p *core.Phone, about core.Call, in sending) core.Reply {
	e := &core.Entry{ID: "m_" + core.HexID(""), At: a.Box.Now(), Kind: "text", Text: in.Message.Text, Status: "sent"}
	if f := in.Message.Attachment; f != nil {
		e.Kind, e.Media, e.Pending, e.Early = f.Type, []core.MediaSeen{{URL: f.Payload.URL}}, true, true
	}
	for _, q := range in.Message.Replies {
		e.Buttons = append(e.Buttons, core.Button{Label: q.Title, Data: q.Payload})
	}
	about.MessageIDs = []string{e.ID}
	out := core.Reply{Status: http.StatusOK, Recorded: true, Call: about, Body: map[string]any{"recipient_id": p.Number, "message_id": e.ID}}
	a.Box.Record(r, out)
	p.Put(e)
	if e.Pending {
		a.Box.FetchLater(p, e.ID, e.Media, nil)
	}
	a.report(p, p.Entry(e.ID))
	return out
}
