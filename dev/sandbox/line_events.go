package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"
)

const (
	replyLife = 60 * time.Second // of a reply token, from the (re)delivery
	eventLife = 20 * time.Minute // after which a redelivery revives none
)

// replyToken lets the product answer one event once.
type replyToken struct {
	phone  *Phone
	since  time.Time
	expiry time.Time
}

// errChannel is what a phone says to what its channel does not have.
var errChannel = errors.New("the channel has no such thing")

// errBlocked is what a person who blocked the account gets when writing to it.
var errBlocked = errors.New("the person blocked the account")

// User is a person on LINE, made on first use.
func (l *LINE) User(userID string) *Phone {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	return l.phone(chLINE, userID, "")
}

// issue makes a reply token. s.mu must be held.
func (a *account) issue(p *Phone) string {
	now := a.s.now()
	if len(a.replies) > 4096 { // most are never used
		maps.DeleteFunc(a.replies, func(_ string, r *replyToken) bool { return now.After(r.since.Add(eventLife)) })
	}
	token := strings.ReplaceAll(uuid(), "-", "")
	a.replies[token] = &replyToken{phone: p, since: now, expiry: now.Add(replyLife)}
	return token
}

// extend revives the reply token of an event that is delivered again. s.mu must be held.
func (a *account) extend(token string) {
	now := a.s.now()
	if r := a.replies[token]; r != nil && now.Before(r.since.Add(eventLife)) {
		r.expiry = now.Add(replyLife)
	}
}

// lineEvent is what a LINE event has besides the members all have.
type lineEvent struct {
	kind   string
	fields map[string]any
	reply  bool
	entry  *Entry // nil leaves no trace in the thread
}

// emit sends a LINE event of the person.
func (p *Phone) emit(ctx context.Context, ev lineEvent) (Sent, error) {
	s := p.account.s
	s.mu.Lock()
	now := s.now()
	out := map[string]any{
		"type": ev.kind, "mode": "active", "timestamp": now.UnixMilli(), "webhookEventId": ulid(now),
		"source":          map[string]any{"type": "user", "userId": p.number},
		"deliveryContext": map[string]any{"isRedelivery": false},
	}
	maps.Copy(out, ev.fields)
	e := &event{Kind: ev.kind, Phone: p.id, account: p.account}
	e.ID, _ = out["webhookEventId"].(string)
	if _, has := out["replyToken"]; ev.reply && !has {
		e.reply = p.account.issue(p)
		out["replyToken"] = e.reply
	}
	bot := p.account.line.BotUserID
	if ev.entry != nil {
		ev.entry.Mine, ev.entry.At, ev.entry.EventID = true, now, e.ID
		e.MessageID = ev.entry.ID
		s.append(record{Kind: recMessage, Account: p.account.id, Phone: p.id, Message: ev.entry})
	}
	s.mu.Unlock()
	body, err := json.Marshal(map[string]any{"destination": bot, "events": []any{out}})
	if err != nil {
		return Sent{EventID: e.ID}, fmt.Errorf("encode event: %w", err)
	}
	e.Body = string(body)
	return s.tell(ctx, e)
}

// lineMessage sends a message event; fields are the message's own.
func (p *Phone) lineMessage(ctx context.Context, entry *Entry, fields map[string]any) (Sent, error) {
	if p.isBlocked() {
		return Sent{}, fmt.Errorf("write to %s: %w", p.account.id, errBlocked)
	}
	fields["id"], fields["type"] = entry.ID, entry.Kind
	return p.emit(ctx, lineEvent{kind: "message", fields: map[string]any{"message": fields}, reply: true, entry: entry})
}

func (p *Phone) isBlocked() bool {
	p.account.s.mu.Lock()
	defer p.account.s.mu.Unlock()
	return p.blocked
}

func (p *Phone) lineSays(ctx context.Context, text string) (Sent, error) {
	return p.lineMessage(ctx, &Entry{ID: lineID(), Kind: "text", Text: text}, map[string]any{
		"text": text, "quoteToken": quoteToken(), "markAsReadToken": strings.ReplaceAll(uuid(), "-", ""),
	})
}

func quoteToken() string { return strings.ReplaceAll(uuid(), "-", "")[:22] }

func (p *Phone) lineMedia(ctx context.Context, m MediaSeen) (Sent, error) {
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
	id := lineID()
	m.ID = id
	return p.lineMessage(ctx, &Entry{ID: id, Kind: kind, Media: []MediaSeen{m}}, fields)
}

func (p *Phone) lineUnsends(ctx context.Context, id string) (Sent, error) {
	s := p.account.s
	s.mu.Lock()
	s.append(record{Kind: recChange, Account: p.account.id, Phone: p.id, Change: &change{ID: id, Unsent: true}})
	s.mu.Unlock()
	return p.emit(ctx, lineEvent{kind: "unsend", fields: map[string]any{"unsend": map[string]any{"messageId": id}}})
}

// Follows adds the account as a friend, or unblocks it.
func (p *Phone) Follows(ctx context.Context) (Sent, error) {
	if p.channel != chLINE {
		return Sent{}, fmt.Errorf("follow on %s: %w", p.channel, errChannel)
	}
	was := p.Blocks(false)
	return p.emit(ctx, lineEvent{kind: "follow", reply: true, fields: map[string]any{"follow": map[string]any{"isUnblocked": was}}})
}

// Unfollows blocks the account; LINE says so once and then takes messages for
// the person as if nothing were.
func (p *Phone) Unfollows(ctx context.Context) (Sent, error) {
	if p.channel != chLINE {
		return Sent{}, fmt.Errorf("unfollow on %s: %w", p.channel, errChannel)
	}
	p.Blocks(true)
	return p.emit(ctx, lineEvent{kind: "unfollow"})
}

// lineRaw sends an event as given; members that every event has are filled in
// where they are missing.
func (p *Phone) lineRaw(ctx context.Context, fields map[string]any) (Sent, error) {
	kind, _ := fields["type"].(string)
	ev := lineEvent{kind: kind, fields: maps.Clone(fields), reply: fields["mode"] != "standby"}
	if m, ok := fields["message"].(map[string]any); ok {
		id, _ := m["id"].(string)
		if id == "" {
			id = lineID()
			m = maps.Clone(m)
			m["id"] = id
			ev.fields["message"] = m
		}
		text, _ := m["text"].(string)
		mk, _ := m["type"].(string)
		ev.entry = &Entry{ID: id, Kind: mk, Text: text}
	}
	return p.emit(ctx, ev)
}
