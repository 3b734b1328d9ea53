package instagram

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"switchboard/dev/sandbox/core"
	"switchboard/dev/sandbox/meta"
)

// Sign writes an event as Meta posts it.
func (a *Account) Sign(e *core.Event, _ string, _ bool) (http.Header, string) {
	return meta.Headers(a.settings.AppSecret, e.Body), e.Body
}

// hook makes the webhook of one thing that happened between a person and the account.
// The lock must be held.
func (a *Account) hook(p *core.Phone, kind, id string, from, to string, at time.Time, fields map[string]any) (*core.Event, error) {
	item := map[string]any{"sender": map[string]any{"id": from}, "recipient": map[string]any{"id": to}, "timestamp": at.UnixMilli()}
	maps.Copy(item, fields)
	body, err := meta.Body(map[string]any{"object": "instagram", "entry": []any{map[string]any{
		"id": a.settings.ID, "time": at.UnixMilli(), "messaging": []any{item},
	}}})
	return &core.Event{ID: id, Kind: kind, Phone: p.ID(), Body: body, Account: a.Account}, err
}

// happened sends what a person did, and puts it on their phone.
func (a *Account) happened(ctx context.Context, p *core.Phone, kind string, fields map[string]any, entry *core.Entry) (core.Sent, error) {
	a.Box.Lock()
	if p.Blocked {
		a.Box.Unlock()
		return core.Sent{}, fmt.Errorf("write to %s: %w", a.ID, core.ErrBlocked)
	}
	now := a.Box.Now()
	id := core.HexID(kind + ":")
	if entry != nil {
		id = entry.ID
	}
	e, err := a.hook(p, kind, id, p.Number, a.settings.ID, now, fields)
	if err == nil && entry != nil {
		entry.Mine, entry.At, entry.EventID = true, now, id
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

func mid() string { return "m_" + core.HexID("") }

func (a *Account) message(ctx context.Context, p *core.Phone, entry *core.Entry, fields map[string]any) (core.Sent, error) {
	entry.ID = mid()
	fields["mid"] = entry.ID
	return a.happened(ctx, p, "message", map[string]any{"message": fields}, entry)
}

// Says sends a text.
func (a *Account) Says(ctx context.Context, p *core.Phone, text string) (core.Sent, error) {
	return a.message(ctx, p, &core.Entry{Kind: "text", Text: text}, map[string]any{"text": text})
}

// SendsFile sends a file; a text goes with it.
func (a *Account) SendsFile(ctx context.Context, p *core.Phone, m core.MediaSeen, text string) (core.Sent, error) {
	kind, _, _ := strings.Cut(m.ContentType, "/")
	if kind != "image" && kind != "video" && kind != "audio" {
		kind = "file"
	}
	m.ID = core.HexID("") + "-" + m.Name
	fields := map[string]any{"attachments": []any{map[string]any{"type": kind, "payload": map[string]any{"url": a.cdn(m.ID)}}}}
	if text != "" {
		fields["text"] = text
	}
	return a.message(ctx, p, &core.Entry{Kind: kind, Text: text, Media: []core.MediaSeen{m}}, fields)
}

func (a *Account) cdn(id string) string {
	a.Box.Lock()
	defer a.Box.Unlock()
	return a.Box.PublicURL() + "/instagram/cdn/" + url.PathEscape(id)
}

// SendsRaw sends what happened as it is given.
func (a *Account) SendsRaw(ctx context.Context, p *core.Phone, raw any) (core.Sent, error) {
	fields, ok := raw.(map[string]any)
	if !ok {
		return core.Sent{}, p.Cannot(fmt.Sprintf("raw event of type %T", raw))
	}
	return a.happened(ctx, p, "raw", fields, nil)
}

// SendsSticker sends the heart.
func (a *Account) SendsSticker(ctx context.Context, p *core.Phone, _, _ string) (core.Sent, error) {
	return a.message(ctx, p, &core.Entry{Kind: "sticker", Text: "❤️"}, map[string]any{"attachments": []any{map[string]any{"type": "like_heart"}}})
}

// TapsButton taps a quick reply.
func (a *Account) TapsButton(ctx context.Context, p *core.Phone, label, data string) (core.Sent, error) {
	return a.message(ctx, p, &core.Entry{Kind: "button", Text: label}, map[string]any{"text": label, "quick_reply": map[string]any{"payload": data}})
}

// Replies answers a story of the account's.
func (a *Account) Replies(ctx context.Context, p *core.Phone, m core.MediaSeen, text string) (core.Sent, error) {
	m.ID = core.HexID("") + "-story.png"
	return a.message(ctx, p, &core.Entry{Kind: "text", Text: text, Media: []core.MediaSeen{m}},
		map[string]any{"text": text, "reply_to": map[string]any{"story": map[string]any{"id": "18000000000000001", "url": a.cdn(m.ID)}}})
}

// Unsends takes a message back.
func (a *Account) Unsends(ctx context.Context, p *core.Phone, id string) (core.Sent, error) {
	a.Box.Lock()
	p.Change(core.Change{ID: id, Unsent: true})
	a.Box.Unlock()
	return a.happened(ctx, p, "unsend", map[string]any{"message": map[string]any{"mid": id, "is_deleted": true}}, nil)
}

// Reads tells that everything until now was read.
func (a *Account) Reads(ctx context.Context, p *core.Phone) error {
	a.Box.Lock()
	now := a.Box.Now()
	last := ""
	for _, e := range p.Arrived() {
		last = e.ID
		p.Change(core.Change{ID: e.ID, Status: "read"})
	}
	e, err := a.hook(p, "read", core.HexID("read:"), p.Number, a.settings.ID, now, map[string]any{"read": map[string]any{"mid": last}})
	a.Box.Unlock()
	if err != nil {
		return err
	}
	_, err = a.Box.Deliver(ctx, e)
	return err
}

// Elsewhere answers a person from the account's phone.
func (a *Account) Elsewhere(ctx context.Context, p *core.Phone, text string) (core.Sent, error) {
	a.Box.Lock()
	now := a.Box.Now()
	entry := &core.Entry{ID: mid(), At: now, Kind: "text", Text: text, Status: "sent"}
	p.Put(entry)
	e, err := a.hook(p, "echo", "echo:"+entry.ID, a.settings.ID, p.Number, now, map[string]any{"message": map[string]any{
		"mid": entry.ID, "text": text, "is_echo": true}})
	a.Box.Unlock()
	if err != nil {
		return core.Sent{}, err
	}
	return a.Box.Deliver(ctx, e)
}

// report sends the echo of a message of the product, which does not say that it is
// one. The lock must be held.
func (a *Account) report(p *core.Phone, e *core.Entry) {
	fields := map[string]any{"mid": e.ID, "is_echo": true}
	if e.Text != "" {
		fields["text"] = e.Text
	}
	for _, m := range e.Media {
		fields["attachments"] = []any{map[string]any{"type": e.Kind, "payload": map[string]any{"url": m.URL}}}
	}
	echo, err := a.hook(p, "echo", "echo:"+e.ID, a.settings.ID, p.Number, e.At, map[string]any{"message": fields})
	if err != nil {
		return // texts and numbers are always written
	}
	a.Box.Background(func(ctx context.Context) { _, _ = a.Box.Deliver(ctx, echo) }) // recorded either way
}
