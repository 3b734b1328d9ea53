package line

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"switchboard/dev/sandbox/core"
)

const (
	replyLife = 60 * time.Second // of a reply token, from the (re)delivery
	eventLife = 20 * time.Minute // after which a redelivery revives none
)

// replyToken lets the product answer one event once.
type replyToken struct {
	phone  *core.Phone
	event  string
	since  time.Time
	expiry time.Time
}

// issue makes a reply token. The lock must be held.
func (a *Account) issue(p *core.Phone, event string) string {
	now := a.Box.Now()
	if len(a.replies) > 4096 { // most are never used
		maps.DeleteFunc(a.replies, func(_ string, r *replyToken) bool { return now.After(r.since.Add(eventLife)) })
	}
	token := strings.ReplaceAll(core.UUID(), "-", "")
	a.replies[token] = &replyToken{phone: p, event: event, since: now, expiry: now.Add(replyLife)}
	return token
}

// extend revives the reply token of an event that is delivered again. The lock must be held.
func (a *Account) extend(event string) {
	now := a.Box.Now()
	for _, r := range a.replies {
		if r.event == event && now.Before(r.since.Add(eventLife)) {
			r.expiry = now.Add(replyLife)
		}
	}
}

// Sign writes an event as LINE posts it; a redelivery says that it is one.
func (a *Account) Sign(e *core.Event, _ string, again bool) (http.Header, string) {
	body := e.Body
	if again {
		body = strings.ReplaceAll(body, `"isRedelivery":false`, `"isRedelivery":true`)
		a.extend(e.ID)
	}
	h := http.Header{}
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("User-Agent", "LineBotWebhook/2.0")
	h.Set("X-Line-Signature", Sign(a.settings.Secret, []byte(body)))
	return h, body
}

// event is what a LINE event has besides the members all have.
type event struct {
	kind   string
	fields map[string]any
	reply  bool
	entry  *core.Entry // nil leaves no trace in the thread
}

// emit sends a LINE event of the person.
func (a *Account) emit(ctx context.Context, p *core.Phone, ev event) (core.Sent, error) {
	a.Box.Lock()
	now := a.Box.Now()
	out := map[string]any{
		"type": ev.kind, "mode": "active", "timestamp": now.UnixMilli(), "webhookEventId": ulid(now),
		"source":          map[string]any{"type": "user", "userId": p.Number},
		"deliveryContext": map[string]any{"isRedelivery": false},
	}
	maps.Copy(out, ev.fields)
	e := &core.Event{Kind: ev.kind, Phone: p.ID(), Account: a.Account}
	e.ID, _ = out["webhookEventId"].(string)
	if _, has := out["replyToken"]; ev.reply && !has {
		out["replyToken"] = a.issue(p, e.ID)
	}
	bot := a.settings.BotUserID
	if ev.entry != nil {
		ev.entry.Mine, ev.entry.At, ev.entry.EventID = true, now, e.ID
		e.MessageID = ev.entry.ID
		p.Put(ev.entry)
	}
	a.Box.Unlock()
	body, err := json.Marshal(map[string]any{"destination": bot, "events": []any{out}})
	if err != nil {
		return core.Sent{EventID: e.ID}, fmt.Errorf("encode event: %w", err)
	}
	e.Body = string(body)
	return a.tell(ctx, e)
}

// tell sends a customer's event and, where redelivery is on, repeats one that was
// not taken.
func (a *Account) tell(ctx context.Context, e *core.Event) (core.Sent, error) {
	sent, err := a.Box.Deliver(ctx, e)
	a.Box.Lock()
	defer a.Box.Unlock()
	if a.Retry && sent.Status/100 != 2 {
		a.Box.Background(func(ctx context.Context) { a.redeliver(ctx, e) })
	}
	return sent, err
}

// redeliver makes a few more attempts, further and further apart.
func (a *Account) redeliver(ctx context.Context, e *core.Event) {
	wait := a.Box.RetryDelay()
	for range 5 {
		if !core.Pause(ctx, wait) {
			return
		}
		if sent, err := a.Box.Deliver(ctx, e); err == nil && sent.Status/100 == 2 {
			return
		}
		wait *= 2
	}
}

// message sends a message event; fields are the message's own.
func (a *Account) message(ctx context.Context, p *core.Phone, entry *core.Entry, fields map[string]any) (core.Sent, error) {
	if a.isBlocked(p) {
		return core.Sent{}, fmt.Errorf("write to %s: %w", a.ID, core.ErrBlocked)
	}
	fields["id"], fields["type"] = entry.ID, entry.Kind
	return a.emit(ctx, p, event{kind: "message", fields: map[string]any{"message": fields}, reply: true, entry: entry})
}

func (a *Account) isBlocked(p *core.Phone) bool {
	a.Box.Lock()
	defer a.Box.Unlock()
	return p.Blocked
}

func (a *Account) Says(ctx context.Context, p *core.Phone, text string) (core.Sent, error) {
	return a.message(ctx, p, &core.Entry{ID: messageID(), Kind: "text", Text: text}, map[string]any{
		"text": text, "quoteToken": quoteToken(), "markAsReadToken": strings.ReplaceAll(core.UUID(), "-", ""),
	})
}

func quoteToken() string { return strings.ReplaceAll(core.UUID(), "-", "")[:22] }

func (a *Account) file(ctx context.Context, p *core.Phone, m core.MediaSeen) (core.Sent, error) {
	kind, _, _ := strings.Cut(m.ContentType, "/")
	fields := map[string]any{}
	switch kind {
	case "image":
		fields["quoteToken"] = quoteToken()
		fields["contentProvider"] = map[string]any{"type": "line"}
	case "video", "audio":
		fields["duration"] = 60000
		fields["contentProvider"] = map[string]any{"type": "line"}
	default:
		kind = "file"
		fields["fileName"], fields["fileSize"] = m.Name, m.Size
	}
	id := messageID()
	m.ID = id
	return a.message(ctx, p, &core.Entry{ID: id, Kind: kind, Media: []core.MediaSeen{m}}, fields)
}

func (a *Account) Unsends(ctx context.Context, p *core.Phone, id string) (core.Sent, error) {
	a.Box.Lock()
	p.Change(core.Change{ID: id, Unsent: true})
	a.Box.Unlock()
	return a.emit(ctx, p, event{kind: "unsend", fields: map[string]any{"unsend": map[string]any{"messageId": id}}})
}

// Follows adds the account as a friend, or unblocks it.
func (a *Account) Follows(ctx context.Context, p *core.Phone) (core.Sent, error) {
	was := p.Blocks(false)
	return a.emit(ctx, p, event{kind: "follow", reply: true, fields: map[string]any{"follow": map[string]any{"isUnblocked": was}}})
}

// Unfollows blocks the account; LINE says so once and then takes messages for
// the person as if nothing were.
func (a *Account) Unfollows(ctx context.Context, p *core.Phone) (core.Sent, error) {
	p.Blocks(true)
	return a.emit(ctx, p, event{kind: "unfollow"})
}

// lineRaw sends an event as given; members that every event has are filled in
// where they are missing.
func (a *Account) raw(ctx context.Context, p *core.Phone, fields map[string]any) (core.Sent, error) {
	kind, _ := fields["type"].(string)
	ev := event{kind: kind, fields: maps.Clone(fields), reply: fields["mode"] != "standby"}
	if m, ok := fields["message"].(map[string]any); ok {
		id, _ := m["id"].(string)
		if id == "" {
			id = messageID()
			m = maps.Clone(m)
			m["id"] = id
			ev.fields["message"] = m
		}
		text, _ := m["text"].(string)
		mk, _ := m["type"].(string)
		ev.entry = &core.Entry{ID: id, Kind: mk, Text: text}
	}
	return a.emit(ctx, p, ev)
}

// SendsFile sends a file; LINE has no text under it, so that follows.
func (a *Account) SendsFile(ctx context.Context, p *core.Phone, m core.MediaSeen, text string) (core.Sent, error) {
	sent, err := a.file(ctx, p, m)
	if err != nil || text == "" {
		return sent, err
	}
	return a.Says(ctx, p, text)
}

// SendsRaw sends an event given as a map.
func (a *Account) SendsRaw(ctx context.Context, p *core.Phone, raw any) (core.Sent, error) {
	fields, ok := raw.(map[string]any)
	if !ok {
		return core.Sent{}, p.Cannot(fmt.Sprintf("raw event of type %T", raw))
	}
	return a.raw(ctx, p, fields)
}

// SendsLocation sends a place on the map.
func (a *Account) SendsLocation(ctx context.Context, p *core.Phone, at core.Place) (core.Sent, error) {
	fields := map[string]any{"latitude": at.Latitude, "longitude": at.Longitude}
	if at.Title != "" {
		fields["title"] = at.Title
	}
	if at.Address != "" {
		fields["address"] = at.Address
	}
	return a.message(ctx, p, &core.Entry{ID: messageID(), Kind: "location", Text: at.Text()}, fields)
}

// SendsSticker sends a sticker of LINE's.
func (a *Account) SendsSticker(ctx context.Context, p *core.Phone, packageID, stickerID string) (core.Sent, error) {
	return a.message(ctx, p, &core.Entry{ID: messageID(), Kind: "sticker", Text: "Sticker " + stickerID}, map[string]any{
		"packageId": packageID, "stickerId": stickerID, "stickerResourceType": "STATIC", "quoteToken": quoteToken(),
		"keywords": []string{"hello"},
	})
}

// TapsButton is a postback.
func (a *Account) TapsButton(ctx context.Context, p *core.Phone, label, data string) (core.Sent, error) {
	return a.emit(ctx, p, event{
		kind: "postback", reply: true, fields: map[string]any{"postback": map[string]any{"data": data}},
		entry: &core.Entry{ID: messageID(), Kind: "postback", Text: label},
	})
}
