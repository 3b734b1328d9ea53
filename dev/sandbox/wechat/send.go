package wechat

import (
	"bytes"
	"encoding/json"

	"switchboard/dev/sandbox/core"
)

// sending is the body of a customer service message.
type sending struct {
	To    string `json:"touser"`
	Type  string `json:"msgtype"`
	Text  *words `json:"text"`
	Image *file  `json:"image"`
	Voice *file  `json:"voice"`
	Video *file  `json:"video"`
	Menu  *menu  `json:"msgmenu"`
}

type words struct {
	Content string `json:"content"`
}

type file struct {
	ID    string `json:"media_id"`
	Thumb string `json:"thumb_media_id"`
	Title string `json:"title"`
	About string `json:"description"`
}

type menu struct {
	Head string `json:"head_content"`
	List []struct {
		ID      string `json:"id"`
		Content string `json:"content"`
	} `json:"list"`
	Tail string `json:"tail_content"`
}

// object is what the message names as its content, and nothing else.
func (in *sending) object() (text string, f *file, whole bool) {
	given := 0
	for _, has := range []bool{in.Text != nil, in.Image != nil, in.Voice != nil, in.Video != nil, in.Menu != nil} {
		if has {
			given++
		}
	}
	switch {
	case given != 1:
	case in.Type == "text" && in.Text != nil:
		return in.Text.Content, nil, true
	case in.Type == "msgmenu" && in.Menu != nil:
		return in.Menu.Head, nil, len(in.Menu.List) > 0
	case in.Type == "image":
		return "", in.Image, in.Image != nil
	case in.Type == "voice":
		return "", in.Voice, in.Voice != nil
	case in.Type == "video":
		return "", in.Video, in.Video != nil
	}
	return "", nil, false
}

// send takes a message. Who repeats a request sends a second message.
func (w api) send(r *core.Request) core.Reply {
	var in sending
	body := json.NewDecoder(bytes.NewReader(r.Body))
	body.DisallowUnknownFields()
	if body.Decode(&in) != nil || r.TooBig {
		return fault(47001, "data format error")
	}
	w.box.Lock()
	defer w.box.Unlock()
	a := of(r)
	text, f, whole := in.object()
	about := core.Call{To: in.To, Text: text}
	p := a.FindPhone(channel, in.To, "")
	var out core.Reply
	switch {
	case !whole:
		out = fault(40008, "invalid message type")
	case f == nil && text == "":
		out = fault(44004, "empty content")
	case len(text) > 2048:
		out = fault(45002, "content size out of limit")
	case f != nil && a.files[f.ID].Kind != in.Type:
		out = fault(40007, "invalid media_id")
	case p == nil:
		out = fault(40003, "invalid openid")
	case p.Blocked:
		out = fault(43004, "require subscribe")
	case w.box.Now().Sub(p.Wrote) >= window:
		out = fault(45015, "response out of time limit or subscription is canceled")
	case a.answered(p) >= sends:
		out = fault(45047, "out of response count limit")
	default:
		return a.accept(r, p, about, in, f)
	}
	about.Outcome, about.Reason = out.Call.Outcome, out.Call.Reason
	out.Call = about
	return out
}

// answered counts what came to the phone since its person wrote. The lock must be held.
func (a *Account) answered(p *core.Phone) int {
	n := 0
	for _, e := range p.Arrived() {
		if e.At.After(p.Wrote) {
			n++
		}
	}
	return n
}

// accept takes the message. WeChat gives it no id that anybody learns. The lock
// must be held.
func (a *Account) accept(r *core.Request, p *core.Phone, about core.Call, in sending, f *file) core.Reply {
	e := &core.Entry{ID: number(), At: a.Box.Now(), Kind: in.Type, Text: about.Text, Status: "sent"}
	if f != nil {
		e.Media = []core.MediaSeen{a.files[f.ID].File}
	}
	if in.Menu != nil {
		e.Kind = "text"
		for _, b := range in.Menu.List {
			e.Buttons = append(e.Buttons, core.Button{Label: b.Content, Data: b.ID})
		}
	}
	about.MessageIDs = []string{e.ID}
	out := ok(map[string]any{"errcode": 0, "errmsg": "ok"})
	out.Recorded, out.Call = true, about
	a.Box.Record(r, out)
	p.Put(e)
	return out
}
