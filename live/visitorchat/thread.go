package visitorchat

import (
	"context"
	"time"

	"github.com/google/uuid"

	"switchboard/domain/conversation"
	"switchboard/store/configdb"
	"switchboard/store/contactdb"
	"switchboard/store/webchatdb"
)

// States of a thread, as a visitor sees it.
const (
	StateNone    = "none"    // nothing was begun
	StateWaiting = "waiting" // for an agent
	StateActive  = "active"
	StateEnded   = "ended" // live: it can be read, and a new one begun
)

// Thread is where a visitor's thread stands.
type Thread struct {
	VisitorID     uuid.UUID  `json:"visitor_id"`
	Authenticated bool       `json:"authenticated"`
	Style         string     `json:"style"`
	Language      string     `json:"language"`
	State         string     `json:"state"`
	Conversation  *uuid.UUID `json:"conversation_id"`
	Agent         *Person    `json:"agent"`
	Queue         *Place     `json:"queue"`
	Open          bool       `json:"open"`
	OpensAt       *time.Time `json:"opens_at"`
	AgentsThere   bool       `json:"agents_available"`
	Unread        int        `json:"unread"`
	ReadSeq       int64      `json:"read_seq"`
	AgentReadSeq  int64      `json:"agent_read_seq"`
	CanEnd        bool       `json:"can_end"`
	CanWrite      bool       `json:"can_write"`
	HeldUntil     *time.Time `json:"held_until"`
}

// Person is an agent as visitors see them.
type Person struct {
	Name string `json:"name"`
}

// Place is where a visitor stands in the queue, and how long the wait was for
// others lately; nil: too few have waited to say.
type Place struct {
	Ahead int   `json:"ahead"`
	Wait  *Span `json:"wait"`
}

// Span is a range of seconds.
type Span struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Thread says where a visitor's thread stands, and in which queue they wait.
func (h *Hub) Thread(ctx context.Context, w configdb.Widget, v contactdb.Visitor, now time.Time) (Thread, webchatdb.Chat, error) {
	c, err := h.store.Webchat.ChatOf(ctx, v.ID)
	if err != nil {
		return Thread{}, c, err
	}
	live := w.Style == string(conversation.Live)
	t := Thread{VisitorID: v.ID, Authenticated: v.SignedIn(), Style: StyleOf(w), Language: v.Language, State: stateOf(c, live)}
	if t.Open, t.OpensAt, err = h.IsOpen(ctx, w, now); err != nil {
		return t, c, err
	}
	if t.AgentsThere, err = h.AgentsThere(ctx, w, waitsIn(t, c)); err != nil {
		return t, c, err
	}
	t.CanWrite = !live || t.State == StateWaiting || t.State == StateActive
	t.CanEnd = live && t.CanWrite
	if !c.Conversation.Valid {
		return t, c, nil
	}
	t.Conversation = &c.Conversation.UUID
	t.ReadSeq, t.AgentReadSeq = webchatdb.ThreadSeq(c.Number, c.CustomerRead), webchatdb.ThreadSeq(c.Number, c.AgentRead)
	if c.Agent.Valid && t.State == StateActive {
		t.Agent = &Person{Name: c.AgentName}
	}
	if t.Unread, err = h.store.Webchat.ChatUnread(ctx, c.Conversation.UUID, c.CustomerRead); err != nil {
		return t, c, err
	}
	if live && t.CanWrite && c.AwaySince != nil && w.ReconnectFor > 0 {
		until := c.AwaySince.Add(max(time.Duration(w.ReconnectFor)*time.Second, time.Duration(w.AwayTimeout)*time.Second)).UTC()
		t.HeldUntil = &until
	}
	if t.State == StateWaiting && c.Queue.Valid {
		t.Queue, err = h.place(ctx, c)
	}
	return t, c, err
}

// waitsIn is the queue whose agents a visitor waits for; uuid.Nil: the widget's.
// Rules and transfers may have chosen another one.
func waitsIn(t Thread, c webchatdb.Chat) uuid.UUID {
	if t.State == StateWaiting && c.Queue.Valid {
		return c.Queue.UUID
	}
	return uuid.Nil
}

// StyleOf is the style of a widget's conversations, which messaging channels
// share with persistent chat.
func StyleOf(w configdb.Widget) string {
	if w.Style == string(conversation.Live) {
		return w.Style
	}
	return string(conversation.Persistent)
}

func stateOf(c webchatdb.Chat, live bool) string {
	switch {
	case !c.Conversation.Valid:
		return StateNone
	case !c.Open() && live:
		return StateEnded
	case !c.Open():
		return StateNone
	case c.State == string(conversation.Open):
		return StateWaiting
	}
	return StateActive
}

func (h *Hub) place(ctx context.Context, c webchatdb.Chat) (*Place, error) {
	ahead, err := h.places.ahead(ctx, c.Queue.UUID, c.Conversation.UUID, c.Offered)
	if err != nil {
		return nil, err
	}
	p := &Place{Ahead: ahead}
	w, enough, err := h.places.wait(ctx, c.Queue.UUID)
	if enough {
		p.Wait = &Span{From: int(w.From.Seconds()), To: int(w.To.Seconds())}
	}
	return p, err
}
