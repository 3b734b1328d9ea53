package sandbox

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
)

// receipt is a status callback.
type receipt struct {
	place
	status string
	code   int
}

// goOn plays the further life of a message that Twilio took. s.mu must be held.
func (s *Sandbox) goOn(p *Phone, e *Entry, code int) {
	at := place{p, e}
	switch {
	case code == 63016:
		s.report(receipt{at, "failed", code})
	case code != 0:
		s.report(receipt{at, "sent", 0}, receipt{at, "undelivered", code})
	case e.Pending:
		s.fetchLater(p, e.ID, e.Media, func(ctx context.Context, media []MediaSeen) { s.mediaCame(at, media) })
	default:
		s.report(receipt{at, "sent", 0}, receipt{at, "delivered", 0})
	}
}

// mediaCame lets a message with files arrive, or fail when one could not be fetched.
func (s *Sandbox) mediaCame(at place, media []MediaSeen) {
	s.mu.Lock()
	defer s.mu.Unlock()
	came := !slices.ContainsFunc(media, func(m MediaSeen) bool { return !m.came() })
	c := change{ID: at.entry.ID, Media: media, Arrived: came, Lost: !came}
	s.append(record{Kind: recChange, Account: at.phone.account.id, Phone: at.phone.id, Change: &c})
	if came {
		s.report(receipt{at, "sent", 0}, receipt{at, "delivered", 0})
		return
	}
	code := 30019
	if at.phone.channel == chWhatsApp {
		code = 63019
	}
	s.report(receipt{at, "failed", code})
}

// report tells the product what became of a message, one status after the other,
// now or when the receipts are let go. s.mu must be held.
func (s *Sandbox) report(all ...receipt) {
	a := all[0].phone.account
	if a.hold {
		for _, r := range all {
			s.happened(r)
		}
		a.held = append(a.held, all...)
		return
	}
	s.background(func(ctx context.Context) {
		for i, r := range all {
			if i > 0 && !pause(ctx, s.cfg.ReceiptDelay) {
				return
			}
			s.mu.Lock()
			s.happened(r)
			s.mu.Unlock()
			s.callBack(ctx, r)
		}
	})
}

// happened writes a status down; a message that was read stays so. s.mu must be held.
func (s *Sandbox) happened(r receipt) {
	if r.entry.Status != "read" {
		s.append(record{Kind: recChange, Account: r.phone.account.id, Phone: r.phone.id, Change: &change{ID: r.entry.ID, Status: r.status, ErrorCode: r.code}})
	}
}

// callBack posts a status to the address that came with the message, once more if
// nobody was there, as Twilio does.
func (s *Sandbox) callBack(ctx context.Context, r receipt) {
	if r.entry.Callback == "" {
		return
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return
	}
	e := &event{
		ID: r.entry.ID + ":" + r.status, MessageID: r.entry.ID, Kind: "status", Phone: r.phone.id,
		URL: r.entry.Callback, Body: r.form().Encode(), Token: uuid(), account: r.phone.account,
	}
	if _, err := s.deliver(ctx, e); err != nil && refusedConnection(err) {
		_, _ = s.deliver(ctx, e) // recorded either way
	}
}

// form is the callback's content. The message's ends never change, so no lock.
func (r receipt) form() url.Values {
	p, e := r.phone, r.entry
	f := url.Values{
		"MessageSid": {e.ID}, "SmsSid": {e.ID}, "MessageStatus": {r.status}, "SmsStatus": {r.status}, "ApiVersion": {apiVersion},
		"AccountSid": {p.account.id}, "From": {p.wire(p.to)}, "To": {p.wire(p.number)},
	}
	if e.Service != "" {
		f.Set("MessagingServiceSid", e.Service)
	}
	if r.code != 0 {
		f.Set("ErrorCode", strconv.Itoa(r.code))
	}
	if p.channel != chWhatsApp {
		return f
	}
	f.Set("ChannelPrefix", "whatsapp")
	f.Set("ChannelToAddress", p.wire(p.number))
	switch r.status {
	case "delivered":
		f.Set("EventType", "DELIVERED")
	case "read":
		f.Set("EventType", "READ")
	case "failed", "undelivered":
		f.Set("ChannelStatusMessage", "Twilio error "+strconv.Itoa(r.code))
	}
	return f
}

// Reads lets the person read all that came; only WhatsApp tells of it.
func (p *Phone) Reads(context.Context) error {
	if p.channel != chWhatsApp {
		return fmt.Errorf("read receipt on %s: %w", p.channel, errChannel)
	}
	s := p.account.s
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range p.received {
		if e.Status != "read" {
			s.report(receipt{place{p, e}, "read", 0})
		}
	}
	return nil
}

// HoldReceipts keeps status callbacks back until FlushReceipts.
func (t *Twilio) HoldReceipts(on bool) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.hold = on
}

// FlushReceipts sends what was held back: "forward" in order, "reverse" last
// first, "twice" each one two times. It returns when all were answered.
func (t *Twilio) FlushReceipts(ctx context.Context, order string) error {
	if err := t.s.Settle(ctx); err != nil {
		return err
	}
	t.s.mu.Lock()
	held := t.held
	t.held = nil
	t.s.mu.Unlock()
	switch order {
	case "forward":
	case "reverse":
		slices.Reverse(held)
	case "twice":
		var twice []receipt
		for _, r := range held {
			twice = append(twice, r, r)
		}
		held = twice
	default:
		return fmt.Errorf("order %q is none of forward, reverse, twice", order)
	}
	for _, r := range held {
		t.s.callBack(ctx, r)
	}
	return ctx.Err()
}
