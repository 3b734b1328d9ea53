package whatsapp

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"switchboard/dev/sandbox/core"
	"switchboard/dev/sandbox/meta"
)

// Sign writes an event as Meta posts it.
func (a *Account) Sign(e *core.Event, _ string, _ bool) (http.Header, string) {
	return meta.Headers(a.settings.AppSecret, e.Body), e.Body
}

// hook makes the webhook of a change. The lock must be held.
func (a *Account) hook(p *core.Phone, kind, id, field string, value map[string]any) (*core.Event, error) {
	body, err := meta.Body(map[string]any{"object": "whatsapp_business_account", "entry": []any{map[string]any{
		"id": a.settings.BusinessID, "time": a.Box.Now().Unix(), "changes": []any{map[string]any{"field": field, "value": value}},
	}}})
	e := &core.Event{ID: id, Kind: kind, Body: body, Account: a.Account}
	if p != nil {
		e.Phone = p.ID()
	}
	return e, err
}

// value is what changes of the number have. The lock must be held.
func (a *Account) value(more map[string]any) map[string]any {
	out := map[string]any{"messaging_product": "whatsapp", "metadata": map[string]any{
		"display_phone_number": strings.TrimPrefix(a.settings.Number, "+"), "phone_number_id": a.settings.NumberID}}
	maps.Copy(out, more)
	return out
}

// message sends what a person wrote; fields are those of its type.
func (a *Account) message(ctx context.Context, p *core.Phone, entry *core.Entry, fields map[string]any) (core.Sent, error) {
	entry.ID = "wamid." + core.HexID("")
	a.Box.Lock()
	if p.Blocked {
		a.Box.Unlock()
		return core.Sent{}, fmt.Errorf("write to %s: %w", a.ID, core.ErrBlocked)
	}
	now := a.Box.Now()
	m := map[string]any{"id": entry.ID, "timestamp": strconv.FormatInt(now.Unix(), 10), "type": entry.Kind}
	contact := map[string]any{"profile": map[string]any{"name": p.Name}}
	if user.MatchString(p.Number) {
		m["from_user_id"], contact["user_id"] = p.Number, p.Number
	} else {
		m["from"], contact["wa_id"] = p.Number[1:], p.Number[1:]
	}
	maps.Copy(m, fields)
	entry.Mine, entry.At, entry.EventID = true, now, entry.ID
	e, err := a.hook(p, "message", entry.ID, "messages", a.value(map[string]any{"contacts": []any{contact}, "messages": []any{m}}))
	if err == nil {
		e.MessageID = entry.ID
		p.Put(entry)
		p.Flag(core.Flags{Window: &now})
	}
	a.Box.Unlock()
	if err != nil {
		return core.Sent{}, err
	}
	return a.Box.Deliver(ctx, e)
}

// Says sends a text.
func (a *Account) Says(ctx context.Context, p *core.Phone, text string) (core.Sent, error) {
	return a.message(ctx, p, &core.Entry{Kind: "text", Text: text}, map[string]any{"text": map[string]any{"body": text}})
}

// SendsFile sends a file with its text.
func (a *Account) SendsFile(ctx context.Context, p *core.Phone, m core.MediaSeen, text string) (core.Sent, error) {
	kind, _, _ := strings.Cut(m.ContentType, "/")
	if kind != "image" && kind != "video" && kind != "audio" {
		kind = "document"
	}
	return a.file(ctx, p, m, kind, text)
}

func (a *Account) file(ctx context.Context, p *core.Phone, m core.MediaSeen, kind, text string) (core.Sent, error) {
	m.ID = digits(15)
	f := map[string]any{"id": m.ID, "mime_type": m.ContentType, "sha256": m.SHA256}
	if kind == "document" {
		f["filename"] = m.Name
	}
	if text != "" && kind != "audio" {
		f["caption"] = text
	}
	return a.message(ctx, p, &core.Entry{Kind: kind, Text: text, Media: []core.MediaSeen{m}}, map[string]any{kind: f})
}

// SendsRaw sends a message given by the fields of its type.
func (a *Account) SendsRaw(ctx context.Context, p *core.Phone, raw any) (core.Sent, error) {
	fields, ok := raw.(map[string]any)
	if !ok {
		return core.Sent{}, p.Cannot(fmt.Sprintf("raw event of type %T", raw))
	}
	kind, _ := fields["type"].(string)
	return a.message(ctx, p, &core.Entry{Kind: kind}, fields)
}

// SendsLocation sends a place on the map.
func (a *Account) SendsLocation(ctx context.Context, p *core.Phone, at core.Place) (core.Sent, error) {
	return a.message(ctx, p, &core.Entry{Kind: "location", Text: at.Text()}, map[string]any{"location": map[string]any{
		"latitude": at.Latitude, "longitude": at.Longitude, "name": at.Title, "address": at.Address}})
}

// stickerWebP is a picture of one pixel, the smallest WebP there is.
var stickerWebP = []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00")

// SendsSticker sends a sticker, which is a picture.
func (a *Account) SendsSticker(ctx context.Context, p *core.Phone, _, _ string) (core.Sent, error) {
	sum, err := a.Box.KeepBlob(stickerWebP)
	if err != nil {
		return core.Sent{}, err
	}
	m := core.MediaSeen{ContentType: "image/webp", Name: "sticker.webp", Size: int64(len(stickerWebP)), SHA256: sum}
	return a.file(ctx, p, m, "sticker", "")
}

// TapsButton taps a button under a message.
func (a *Account) TapsButton(ctx context.Context, p *core.Phone, label, data string) (core.Sent, error) {
	return a.message(ctx, p, &core.Entry{Kind: "interactive", Text: label}, map[string]any{"interactive": map[string]any{
		"type": "button_reply", "button_reply": map[string]any{"id": data, "title": label}}})
}

// Decides is Meta deciding about a template, and telling of it.
func (a *Account) Decides(ctx context.Context, t Template) (core.Sent, error) {
	a.Box.Lock()
	if have := a.template(t.Name, t.Language); have != nil {
		have.Status = t.Status
	} else {
		a.templates = append(a.templates, t)
	}
	e, err := a.hook(nil, "template", core.HexID("template:"), "message_template_status_update", map[string]any{
		"event": t.Status, "message_template_id": 1, "message_template_name": t.Name, "message_template_language": t.Language, "reason": "NONE"})
	a.Box.Unlock()
	if err != nil {
		return core.Sent{}, err
	}
	return a.Box.Deliver(ctx, e)
}

// Reads tells of all that came to the phone.
func (a *Account) Reads(_ context.Context, p *core.Phone) error {
	a.Box.Lock()
	defer a.Box.Unlock()
	for _, e := range p.Arrived() {
		if e.Status != "read" {
			a.report(p, e, "read", 0)
		}
	}
	return nil
}

// goOn plays the further life of a message that was taken. The lock must be held.
func (a *Account) goOn(p *core.Phone, e *core.Entry, code int) {
	switch {
	case code != 0:
		a.report(p, e, "failed", code)
	case e.Pending:
		a.Box.FetchLater(p, e.ID, e.Media, func(_ context.Context, media []core.MediaSeen) {
			a.Box.Lock()
			defer a.Box.Unlock()
			came := !slices.ContainsFunc(media, func(m core.MediaSeen) bool { return !m.Came() })
			p.Change(core.Change{ID: e.ID, Media: media, Arrived: came, Lost: !came})
			if !came {
				a.report(p, e, "failed", 131053)
				return
			}
			a.report(p, e, "sent", 0)
			a.report(p, e, "delivered", 0)
		})
	default:
		a.report(p, e, "sent", 0)
		a.report(p, e, "delivered", 0)
	}
}

// report tells the product what became of a message. The lock must be held.
func (a *Account) report(p *core.Phone, e *core.Entry, status string, code int) {
	if e.Status != "read" {
		p.Change(core.Change{ID: e.ID, Status: status, ErrorCode: code})
	}
	s := map[string]any{"id": e.ID, "status": status, "timestamp": strconv.FormatInt(a.Box.Now().Unix(), 10), "biz_opaque_callback_data": e.Key,
		"pricing": map[string]any{"billable": e.Content != "", "pricing_model": "PMP", "category": "service"}}
	if user.MatchString(p.Number) {
		s["recipient_user_id"] = p.Number
	} else {
		s["recipient_id"] = strings.TrimPrefix(p.Number, "+")
	}
	if code != 0 {
		s["errors"] = []any{map[string]any{"code": code, "title": "Message undeliverable"}}
	}
	hook, err := a.hook(p, "status", e.ID+":"+status, "messages", a.value(map[string]any{"statuses": []any{s}}))
	if err != nil {
		return // texts and numbers are always written
	}
	a.Box.Background(func(ctx context.Context) { _, _ = a.Box.Deliver(ctx, hook) }) // recorded either way
}
