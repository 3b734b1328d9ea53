package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"switchboard/channel"
	"switchboard/channel/internal/rest"
)

// part is one customer service message.
//
//	{"touser":"oFs3…","msgtype":"text","text":{"content":"Hello"}}
type part struct {
	kind string
	body map[string]any
	file *channel.OutMedia // uploaded first; its id goes into the body
}

// Send implements channel.Sender. A file and a text are two messages: the file goes
// first, because it is what fails. WeChat gives messages no ids and knows none of
// ours, so what ends in doubt stays in doubt.
func (w *WeChat) Send(ctx context.Context, a channel.Account, out channel.Outbound) (channel.Receipt, error) {
	parts, err := compose(out)
	if err != nil {
		return channel.Receipt{}, err
	}
	if since := w.now().Sub(out.InboundAt); !out.InboundAt.IsZero() && since >= window {
		return channel.Receipt{}, &channel.Error{Class: channel.Window, Code: "window",
			Detail: "The customer last wrote too long ago for WeChat to take this message."}
	}
	for i, p := range parts {
		if p.file != nil {
			id, err := w.upload(ctx, a, p.kind, *p.file)
			if err != nil {
				return channel.Receipt{}, err
			}
			p.body = map[string]any{"media_id": id}
		}
		err := w.post(ctx, a, "/cgi-bin/message/custom/send", map[string]any{"touser": out.To, "msgtype": p.kind, p.kind: p.body})
		if err != nil && i > 0 {
			return channel.Receipt{}, &channel.Error{Class: channel.Uncertain, Code: "partly", Detail: "WeChat took the file, but perhaps not the text."}
		}
		if err != nil {
			return channel.Receipt{}, err
		}
	}
	return channel.Receipt{}, nil
}

// post makes a call that answers whether it was taken.
func (w *WeChat) post(ctx context.Context, a channel.Account, path string, doc any) error {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false) // WeChat shows the escapes
	if enc.Encode(doc) != nil {
		return refused("encode", "The message cannot be written as JSON.")
	}
	build := func(address string) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body.Bytes()))
		if err == nil {
			req.Header.Set("Content-Type", "application/json; charset=utf-8")
		}
		return req, err
	}
	r, err := w.call(ctx, a, build, path, nil)
	if err != nil {
		return err
	}
	if code, told := faultOf(r.Body); !r.OK() || r.Torn || !told || code != 0 {
		return refusal(r, w.now())
	}
	return nil
}

// compose turns a message into the parts that are sent, or refuses it before
// WeChat does.
func compose(out channel.Outbound) ([]part, error) {
	switch {
	case len(out.Media) > 1:
		return nil, refused("too_many_media", "WeChat takes one file in a message.")
	case len(out.Buttons) > maxButtons:
		return nil, refused("too_many_buttons", "WeChat takes at most 10 buttons.")
	case out.Text == "" && len(out.Media) == 0:
		return nil, refused("empty", "The message has neither text nor file.")
	}
	var parts []part
	text := out.Text
	for i, f := range out.Media {
		if !channel.PublicLink(f.URL) {
			return nil, refused("media_url", "Files need an https address.")
		}
		if kind := object(f.ContentType); kind != "" {
			parts = append(parts, part{kind: kind, file: &out.Media[i]})
		} else {
			text = lines(text, f.Name, f.URL)
		}
	}
	if len(text) > maxText {
		return nil, refused("too_long", "The text is longer than WeChat takes: 2,048 bytes, which is about 680 Chinese characters.")
	}
	if text == "" {
		return parts, nil
	}
	if len(out.Buttons) == 0 {
		return append(parts, part{kind: "text", body: map[string]any{"content": text}}), nil
	}
	var list []map[string]string
	for _, b := range out.Buttons {
		list = append(list, map[string]string{"id": b.Value, "content": b.Title})
	}
	return append(parts, part{kind: "msgmenu", body: map[string]any{"head_content": text, "list": list, "tail_content": ""}}), nil
}

// object is what WeChat calls a file of a type; "" for one that goes as a link.
func object(contentType string) string {
	switch contentType {
	case "image/jpeg", "image/png", "image/gif":
		return "image"
	case "audio/mpeg", "audio/amr":
		return "voice"
	case "video/mp4":
		return "video"
	}
	return ""
}

// Signal implements channel.Signaler. WeChat shows typing, and no reading.
func (w *WeChat) Signal(ctx context.Context, a channel.Account, s channel.Signal) error {
	if !s.Typing {
		return nil
	}
	return rest.Asked(w.post(ctx, a, "/cgi-bin/message/custom/typing", map[string]any{"touser": s.To, "command": "Typing"}))
}

// locale is a language as everybody else writes it: zh-CN, not zh_CN.
func locale(s string) string { return strings.ReplaceAll(s, "_", "-") }
