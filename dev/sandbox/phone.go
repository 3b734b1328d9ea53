package sandbox

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// MediaSeen is one file of a message, as the phone got it.
type MediaSeen struct {
	ID          string `json:"id,omitempty"` // under which the provider serves a customer's file
	URL         string `json:"url,omitempty"`
	ContentType string `json:"content_type,omitempty"`
	Name        string `json:"name,omitempty"`
	Size        int64  `json:"size"`
	SHA256      string `json:"sha256,omitempty"`
	Status      int    `json:"status"`          // HTTP status of the fetch; 0 before it, -1 when nobody answered
	Error       string `json:"error,omitempty"` // why nobody answered
}

// Message is a message of the product on a phone.
type Message struct {
	ID        string
	At        time.Time
	Kind      string // text, image, location …
	Text      string
	Media     []MediaSeen
	Key       string // LINE's retry key, or the message ID in Twilio's callback address
	Replied   bool   // sent with a reply token
	Status    string // Twilio: queued, sent, delivered, read, failed, undelivered
	ErrorCode int
}

// Entry is one line of a phone's thread, from the person or from the product.
type Entry struct {
	ID        string      `json:"id"`
	At        time.Time   `json:"at"`
	Mine      bool        `json:"mine"` // written by the person
	Kind      string      `json:"kind"`
	Text      string      `json:"text,omitempty"`
	Media     []MediaSeen `json:"media,omitempty"`
	Key       string      `json:"key,omitempty"`
	Replied   bool        `json:"replied,omitempty"`
	Buttons   []Button    `json:"buttons,omitempty"`
	Raw       string      `json:"raw,omitempty"` // what tells two messages without text apart
	Status    string      `json:"status,omitempty"`
	ErrorCode int         `json:"error_code,omitempty"`
	Lost      bool        `json:"lost,omitempty"` // accepted, but reached no phone
	Unsent    bool        `json:"unsent,omitempty"`
	EventID   string      `json:"event_id,omitempty"` // webhook that told the product
	Hook      int         `json:"webhook_status,omitempty"`
	Callback  string      `json:"callback,omitempty"`
	Service   string      `json:"service,omitempty"`
	Segments  int         `json:"segments,omitempty"`
	SentAt    time.Time   `json:"sent_at,omitzero"`
	Pending   bool        `json:"pending,omitempty"` // its media are being fetched
	Content   string      `json:"content_sid,omitempty"`
}

// Button is a tap the product offers under a message.
type Button struct {
	Label string `json:"label"`
	Data  string `json:"data,omitempty"`
	Text  string `json:"text,omitempty"`
}

// content identifies what a message says, to find the same said twice.
func (e *Entry) content() string {
	if e.Raw != "" {
		return e.Raw
	}
	parts := []string{e.Kind, e.Text}
	for _, m := range e.Media {
		address, _, _ := strings.Cut(m.URL, "?") // signed links change with every try
		parts = append(parts, address)
	}
	return strings.Join(parts, "\x00")
}

func (e *Entry) message() Message {
	return Message{
		ID: e.ID, At: e.At, Kind: e.Kind, Text: e.Text, Media: slices.Clone(e.Media), Key: e.Key,
		Replied: e.Replied, Status: e.Status, ErrorCode: e.ErrorCode,
	}
}

// person is what the journal keeps of a phone.
type person struct {
	ID      string `json:"id"`
	Account string `json:"account"`
	Channel string `json:"channel"`
	Number  string `json:"number"` // LINE user ID, or the number without prefix
	To      string `json:"to,omitempty"`
	Name    string `json:"name"`
}

// flags are a phone's states; nil leaves one as it is.
type flags struct {
	Blocked  *bool      `json:"blocked,omitempty"`
	OptedOut *bool      `json:"opted_out,omitempty"`
	Window   *time.Time `json:"window,omitempty"` // when the person last wrote; zero closes the window
}

// change is what became of a message.
type change struct {
	ID        string      `json:"id"`
	Status    string      `json:"status,omitempty"`
	ErrorCode int         `json:"error_code,omitempty"`
	Media     []MediaSeen `json:"media,omitempty"`
	Arrived   bool        `json:"arrived,omitempty"`
	Lost      bool        `json:"lost,omitempty"`
	Unsent    bool        `json:"unsent,omitempty"`
	Renamed   string      `json:"event_id,omitempty"`
}

// Phone is one person on one channel. The account's sandbox guards it.
type Phone struct {
	account  *account
	id       string
	channel  string
	number   string
	to       string
	name     string
	blocked  bool
	optedOut bool
	window   time.Time

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

// phone finds or makes a phone. s.mu must be held.
func (a *account) phone(channel, number, to string) *Phone {
	id := phoneID(a.id, channel, number, to)
	if p := a.s.phones[id]; p != nil {
		return p
	}
	tail := number
	if len(tail) > 4 {
		tail = tail[len(tail)-4:]
	}
	a.s.append(record{Kind: recPhone, Account: a.id, Person: &person{
		ID: id, Account: a.id, Channel: channel, Number: number, To: to, Name: "Customer " + tail,
	}})
	return a.s.phones[id]
}

func (s *Sandbox) applyPhone(r person) {
	if p := s.phones[r.ID]; p != nil {
		p.name = r.Name
		return
	}
	a := s.account(r.Account)
	p := &Phone{
		account: a, id: r.ID, channel: r.Channel, number: r.Number, to: r.To, name: r.Name,
		byID: map[string]*Entry{}, byEvent: map[string]*Entry{}, texts: map[string]int{}, changed: make(chan struct{}),
	}
	s.phones[r.ID] = p
	a.phones = append(a.phones, p)
}

func (p *Phone) applyFlags(f flags) {
	if f.Blocked != nil {
		p.blocked = *f.Blocked
	}
	if f.OptedOut != nil {
		p.optedOut = *f.OptedOut
	}
	if f.Window != nil {
		p.window = *f.Window
	}
}

func (p *Phone) applyMessage(e *Entry) {
	p.thread = append(p.thread, e)
	p.byID[e.ID] = e
	if e.EventID != "" {
		p.byEvent[e.EventID] = e
	}
	if p.account.twilio != nil || p.channel != chLINE {
		p.account.index(p, e)
	}
	for _, m := range e.Media {
		p.link(e, m)
	}
	switch {
	case e.Mine:
		return
	case e.Lost:
		p.lost = append(p.lost, e)
		p.account.counts.Undelivered++
	case !e.Pending || p.channel == chLINE:
		p.arrive(e)
	}
	p.wake()
}

func (p *Phone) arrive(e *Entry) {
	p.received = append(p.received, e)
	p.account.arrived(p, e)
}

func (p *Phone) applyChange(c change) {
	e := p.byID[c.ID]
	if e == nil {
		return
	}
	if c.Status != "" {
		e.Status, e.ErrorCode = c.Status, c.ErrorCode
	}
	if c.Status == "sent" && e.SentAt.IsZero() {
		e.SentAt = p.account.s.now()
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
		p.account.counts.Undelivered++
	}
	p.updates++
	p.wake()
}

// wake tells those who wait that something changed. s.mu must be held.
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
	s := p.account.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.name != name {
		s.append(record{Kind: recPhone, Account: p.account.id, Person: &person{
			ID: p.id, Account: p.account.id, Channel: p.channel, Number: p.number, To: p.to, Name: name,
		}})
	}
	return p
}

// ID names the phone in the HTTP API.
func (p *Phone) ID() string { return p.id }

// Received lists the messages that reached the phone, in the order they were
// accepted. LINE media may not have been fetched yet: their Status is 0.
func (p *Phone) Received() []Message {
	p.account.s.mu.Lock()
	defer p.account.s.mu.Unlock()
	return messages(p.received)
}

// Lost lists the messages that the provider took and could not bring to the phone.
func (p *Phone) Lost() []Message {
	p.account.s.mu.Lock()
	defer p.account.s.mu.Unlock()
	return messages(p.lost)
}

// Count tells how many messages with a text reached the phone.
func (p *Phone) Count(text string) int {
	p.account.s.mu.Lock()
	defer p.account.s.mu.Unlock()
	return p.texts[text]
}

func messages(entries []*Entry) []Message {
	out := make([]Message, len(entries))
	for i, e := range entries {
		out[i] = e.message()
	}
	return out
}

// Await waits until a message that reached the phone fits, and its media, if it
// has some, have been fetched.
func (p *Phone) Await(ctx context.Context, fits func(Message) bool) (Message, error) {
	s := p.account.s
	next, updates := 0, -1
	for {
		s.mu.Lock()
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
		s.mu.Unlock()
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
