package whatsapp

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"

	"switchboard/dev/sandbox/core"
	"switchboard/dev/sandbox/meta"
)

// sending is the body of a message, or of the mark that one was read.
type sending struct {
	Product     string `json:"messaging_product"`
	Kind        string `json:"recipient_type"`
	To          string `json:"to"`
	Recipient   string `json:"recipient"`
	Type        string `json:"type"`
	Ref         string `json:"biz_opaque_callback_data"`
	Status      string `json:"status"`
	Text        *text  `json:"text"`
	Image       *file  `json:"image"`
	Video       *file  `json:"video"`
	Audio       *file  `json:"audio"`
	Document    *file  `json:"document"`
	Interactive *struct {
		Type   string                     `json:"type"`
		Header map[string]json.RawMessage `json:"header"`
		Body   struct {
			Text string `json:"text"`
		} `json:"body"`
		Action struct {
			Buttons []struct {
				Type  string `json:"type"`
				Reply struct{ ID, Title string }
			} `json:"buttons"`
		} `json:"action"`
	} `json:"interactive"`
	Template *struct {
		Name     string `json:"name"`
		Language struct {
			Code string `json:"code"`
		} `json:"language"`
		Components []struct {
			Type       string `json:"type"`
			Parameters []struct {
				Type, Text string
			} `json:"parameters"`
		} `json:"components"`
	} `json:"template"`
}

type text struct {
	Body string `json:"body"`
}

type file struct{ Link, Caption, Filename string }

// send takes a message. Who repeats a request gets a second message.
func (w api) send(r *core.Request) core.Reply {
	var in sending
	if json.Unmarshal(r.Body, &in) != nil || r.TooBig || in.Product != "whatsapp" {
		return meta.Error(http.StatusBadRequest, 100, 0, "(#100) The request could not be read")
	}
	w.box.Lock()
	defer w.box.Unlock()
	a := of(r)
	if r.PathValue("id") != a.settings.NumberID {
		return meta.Unknown()
	}
	if in.Status == "read" {
		return core.Reply{Status: http.StatusOK, Body: map[string]any{"success": true}}
	}
	to := in.Recipient
	if to == "" && in.To != "" {
		to = "+" + strings.TrimPrefix(in.To, "+")
	}
	e, fault := a.entry(&in)
	about := core.Call{To: to, Key: in.Ref}
	var out core.Reply
	switch {
	case fault != nil:
		out = *fault
	case !e164.MatchString(to) && !user.MatchString(to):
		out = meta.Error(http.StatusBadRequest, 131009, 0, "(#131009) Parameter value is not valid")
	default:
		about.Text = e.Text
		p := a.Account.Phone(channel, to, a.settings.Number)
		return a.accept(r, p, about, e)
	}
	about.Reason = out.Call.Reason
	out.Call = about
	return out
}

// entry is what the phone will show, or what WhatsApp has against it.
func (a *Account) entry(in *sending) (*core.Entry, *core.Reply) {
	e := &core.Entry{ID: "wamid." + core.HexID(""), At: a.Box.Now(), Kind: in.Type, Key: in.Ref, Status: "accepted"}
	files := map[string]*file{"image": in.Image, "video": in.Video, "audio": in.Audio, "document": in.Document}
	bad := func(code int, message string) (*core.Entry, *core.Reply) {
		out := meta.Error(http.StatusBadRequest, code, 0, message)
		return nil, &out
	}
	switch {
	case in.Type == "text" && in.Text != nil && in.Text.Body != "" && utf8.RuneCountInString(in.Text.Body) <= 4096:
		e.Text = in.Text.Body
	case files[in.Type] != nil && files[in.Type].Link != "" && utf8.RuneCountInString(files[in.Type].Caption) <= 1024:
		f := files[in.Type]
		if in.Type == "audio" && f.Caption != "" {
			return bad(100, "(#100) Audio takes no caption")
		}
		e.Text, e.Media, e.Pending = f.Caption, []core.MediaSeen{{URL: f.Link, Name: f.Filename}}, true
	case in.Type == "interactive" && in.Interactive != nil:
		if !a.offer(in, e) {
			return bad(131009, "(#131009) Parameter value is not valid")
		}
	case in.Type == "template" && in.Template != nil:
		t := a.template(in.Template.Name, in.Template.Language.Code)
		if t == nil || t.Status != "APPROVED" {
			return bad(132001, "(#132001) Template name does not exist in the translation")
		}
		e.Content, e.Text = t.Name, t.Text
		given := 0
		for _, c := range in.Template.Components {
			for i, p := range c.Parameters {
				given++
				e.Text = strings.ReplaceAll(e.Text, "{{"+string(rune('1'+i))+"}}", p.Text)
			}
		}
		if given != values(t.Text) {
			return bad(132000, "(#132000) Number of parameters does not match the expected number of params")
		}
	default:
		return bad(100, "(#100) Invalid parameter")
	}
	return e, nil
}

// offer reads a text with buttons.
func (a *Account) offer(in *sending, e *core.Entry) bool {
	list := in.Interactive.Action.Buttons
	if in.Interactive.Type != "button" || in.Interactive.Body.Text == "" || len(list) == 0 || len(list) > 3 {
		return false
	}
	e.Text = in.Interactive.Body.Text
	for _, b := range list {
		if b.Type != "reply" || b.Reply.ID == "" || b.Reply.Title == "" || utf8.RuneCountInString(b.Reply.Title) > 20 {
			return false
		}
		e.Buttons = append(e.Buttons, core.Button{Label: b.Reply.Title, Data: b.Reply.ID})
	}
	for _, raw := range in.Interactive.Header {
		var f file
		if json.Unmarshal(raw, &f) == nil && f.Link != "" {
			e.Media, e.Pending = []core.MediaSeen{{URL: f.Link}}, true
		}
	}
	return true
}

// accept takes the message; what becomes of it is told later. The lock must be held.
func (a *Account) accept(r *core.Request, p *core.Phone, about core.Call, e *core.Entry) core.Reply {
	code := 0
	switch {
	case p.Blocked:
		code = 131026
	case e.Content == "" && e.At.Sub(p.Wrote) >= window:
		code = 131047
	}
	e.Lost = code != 0
	about.MessageIDs = []string{e.ID}
	out := core.Reply{Status: http.StatusOK, Recorded: true, Call: about, Body: map[string]any{"messaging_product": "whatsapp",
		"contacts": []any{map[string]any{"input": about.To}}, "messages": []any{map[string]any{"id": e.ID}}}}
	a.Box.Record(r, out)
	p.Put(e)
	a.goOn(p, p.Entry(e.ID), code)
	return out
}
