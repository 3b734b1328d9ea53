package core

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// person is what the journal keeps of a phone.
type person struct {
	ID      string `json:"id"`
	Account string `json:"account"`
	Channel string `json:"channel"`
	Number  string `json:"number"` // LINE user ID, or the number without prefix
	To      string `json:"to,omitempty"`
	Name    string `json:"name"`
}

// Flags are a phone's states; nil leaves one as it is.
type Flags struct {
	Blocked  *bool      `json:"blocked,omitempty"`
	OptedOut *bool      `json:"opted_out,omitempty"`
	Window   *time.Time `json:"window,omitempty"` // when the person last wrote; zero closes the window
}

// Change is what became of a message.
type Change struct {
	ID        string      `json:"id"`
	Status    string      `json:"status,omitempty"`
	ErrorCode int         `json:"error_code,omitempty"`
	Media     []MediaSeen `json:"media,omitempty"`
	Arrived   bool        `json:"arrived,omitempty"`
	Lost      bool        `json:"lost,omitempty"`
	Unsent    bool        `json:"unsent,omitempty"`
}

// Phone is one person on one channel.
type Phone struct {
	Account *Account
	Channel string // these three never change
	Number  string // LINE user ID, or the number without prefix
	To      string // number or name of the account that the person writes to

	Name     string // these are guarded by the box's lock
	Blocked  bool
	OptedOut bool
	Wrote    time.Time // when the person last opened the window for free messages

	id       string
	thread   []*Entry
	received []*Entry
	lost     []*Entry
	byID     map[string]*Entry
	byEvent  map[string]*Entry
	texts    map[string]int
	changed  chan struct{}
	updates  int // changes of messages already received
}

func phoneID(account, channel, number, to string) string {
	clean := strings.NewReplacer("+", "", "/", "_", "?", "_", "#", "_", "%", "_", " ", "").Replace
	id := channel + "-" + clean(account) + "-" + clean(number)
	if to != "" {
		id += "-" + clean(to)
	}
	return id
}

// Phone finds or makes a phone. The lock must be held.
func (a *Account) Phone(channel, number, to string) *Phone {
	if p := a.FindPhone(channel, number, to); p != nil {
		return p
	}
	tail := number
	if len(tail) > 4 {
		tail = tail[len(tail)-4:]
	}
	id := phoneID(a.ID, channel, number, to)
	a.Box.append(record{Kind: recPhone, Account: a.ID, Person: &person{
		ID: id, Account: a.ID, Channel: channel, Number: number, To: to, Name: "Customer " + tail,
	}})
	return a.Box.phones[id]
}

// FindPhone finds a phone, or nil. The lock must be held.
func (a *Account) FindPhone(channel, number, to string) *Phone {
	return a.Box.phones[phoneID(a.ID, channel, number, to)]
}

func (b *Box) applyPhone(r person) {
	if p := b.phones[r.ID]; p != nil {
		p.Name = r.Name
		return
	}
	a := b.account(r.Account)
	p := &Phone{
		Account: a, id: r.ID, Channel: r.Channel, Number: r.Number, To: r.To, Name: r.Name,
		byID: map[string]*Entry{}, byEvent: map[string]*Entry{}, texts: map[string]int{}, changed: make(chan struct{}),
	}
	b.phones[r.ID] = p
	a.phones = append(a.phones, p)
}

// Put puts a message on the phone, of the person or of the product. The lock must be held.
func (p *Phone) Put(e *Entry) {
	p.Account.Box.append(record{Kind: recMessage, Account: p.Account.ID, Phone: p.id, Message: e})
}

// Change tells what became of a message. The lock must be held.
func (p *Phone) Change(c Change) {
	p.Account.Box.append(record{Kind: recChange, Account: p.Account.ID, Phone: p.id, Change: &c})
}

// Flag changes the phone's states. The lock must be held.
func (p *Phone) Flag(f Flags) {
	p.Account.Box.append(record{Kind: recFlags, Account: p.Account.ID, Phone: p.id, Flags: &f})
}

// Entry is the line of the thread with an ID, or nil. The lock must be held.
func (p *Phone) Entry(id string) *Entry { return p.byID[id] }

// Arrived are the lines that reached the phone. The lock must be held.
func (p *Phone) Arrived() []*Entry { return p.received }

func (p *Phone) applyFlags(f Flags) {
	if f.Blocked != nil {
		p.Blocked = *f.Blocked
	}
	if f.OptedOut != nil {
		p.OptedOut = *f.OptedOut
	}
	if f.Window != nil {
		p.Wrote = *f.Window
	}
}

func (p *Phone) applyMessage(e *Entry) {
	p.thread = append(p.thread, e)
	p.byID[e.ID] = e
	if e.EventID != "" {
		p.byEvent[e.EventID] = e
	}
	if k, ok := p.Account.Side.(Keeper); ok {
		k.Keep(p, e)
	}
	for _, m := range e.Media {
		p.link(e, m)
	}
	switch {
	case e.Mine:
		return
	case e.Lost:
		p.lost = append(p.lost, e)
		p.Account.counts.Undelivered++
	case !e.Pending || e.Early:
		p.arrive(e)
	}
	p.wake()
}

func (p *Phone) arrive(e *Entry) {
	p.received = append(p.received, e)
	p.Account.arrived(p, e)
}

func (p *Phone) applyChange(c Change) {
	e := p.byID[c.ID]
	if e == nil {
		return
	}
	if c.Status != "" {
		e.Status, e.ErrorCode = c.Status, c.ErrorCode
	}
	if c.Status == "sent" && e.SentAt.IsZero() {
		e.SentAt = p.Account.Box.Now()
	}
	if c.Media != nil {
		e.Media, e.Pending = c.Media, false
	}
	if c.Unsent {
		e.Unsent = true
		p.unlink(e)
	}
	if c.Arrived {
		p.arrive(e)
	}
	if c.Lost && !e.Lost {
		e.Lost = true
		p.lost = append(p.lost, e)
		p.Account.counts.Undelivered++
	}
	p.updates++
	p.wake()
}

// wake tells those who wait that something changed. The lock must be held.
func (p *Phone) wake() {
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *Phone) last() *Entry {
	if len(p.thread) == 0 {
		return nil
	}
	return p.thread[len(p.thread)-1]
}

// Named gives the person a display name.
func (p *Phone) Named(name string) *Phone {
	b := p.Account.Box
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.Name != name {
		b.append(record{Kind: recPhone, Account: p.Account.ID, Person: &person{
			ID: p.id, Account: p.Account.ID, Channel: p.Channel, Number: p.Number, To: p.To, Name: name,
		}})
	}
	return p
}

// ID names the phone in the HTTP API.
func (p *Phone) ID() string { return p.id }

// Received lists the messages that reached the phone, in the order they were
// accepted. LINE media may not have been fetched yet: their Status is 0.
func (p *Phone) Received() []Message {
	p.Account.Box.mu.Lock()
	defer p.Account.Box.mu.Unlock()
	return messages(p.received)
}

// Lost lists the messages that the provider took and could not bring to the phone.
func (p *Phone) Lost() []Message {
	p.Account.Box.mu.Lock()
	defer p.Account.Box.mu.Unlock()
	return messages(p.lost)
}

// Count tells how many messages with a text reached the phone.
func (p *Phone) Count(text string) int {
	p.Account.Box.mu.Lock()
	defer p.Account.Box.mu.Unlock()
	return p.texts[text]
}

func messages(entries []*Entry) []Message {
	out := make([]Message, len(entries))
	for i, e := range entries {
		out[i] = e.message()
	}
	return out
}

// AwaitReceived waits until n messages have reached the phone.
func (p *Phone) AwaitReceived(ctx context.Context, n int) error {
	for {
		p.Account.Box.mu.Lock()
		have, changed := len(p.received), p.changed
		p.Account.Box.mu.Unlock()
		if have >= n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d messages came to %s: %w", have, n, p.id, ctx.Err())
		}
	}
}

// Await waits until a message that reached the phone fits, and its media, if it
// has some, have been fetched.
func (p *Phone) Await(ctx context.Context, fits func(Message) bool) (Message, error) {
	b := p.Account.Box
	next, updates := 0, -1
	for {
		b.mu.Lock()
		if updates != p.updates {
			next, updates = 0, p.updates
		}
		var fresh []Message
		for _, e := range p.received[next:] {
			if !e.Pending {
				fresh = append(fresh, e.message())
			}
		}
		next = len(p.received)
		changed := p.changed
		b.mu.Unlock()
		for _, m := range fresh {
			if fits(m) {
				return m, nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Message{}, fmt.Errorf("wait for a message on %s: %w", p.id, ctx.Err())
		}
	}
}
