package twilio

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"switchboard/dev/sandbox/core"
)

// receipt is a status callback.
type receipt struct {
	place
	status string
	code   int
}

// goOn plays the further life of a message that Twilio took. The lock must be held.
func (a *Account) goOn(p *core.Phone, e *core.Entry, code int) {
	at := place{p, e}
	switch {
	case code == 63016:
		a.report(receipt{at, "failed", code})
	case code != 0:
		a.report(receipt{at, "sent", 0}, receipt{at, "undelivered", code})
	case e.Pending:
		a.Box.FetchLater(p, e.ID, e.Media, func(ctx context.Context, media []core.MediaSeen) { a.mediaCame(at, media) })
	default:
		a.report(receipt{at, "sent", 0}, receipt{at, "delivered", 0})
	}
}

// mediaCame lets a message with files arrive, or fail when one could not be fetched.
func (a *Account) mediaCame(at place, media []core.MediaSeen) {
	a.Box.Lock()
	defer a.Box.Unlock()
	came := !slices.ContainsFunc(media, func(m core.MediaSeen) bool { return !m.Came() })
	at.phone.Change(core.Change{ID: at.entry.ID, Media: media, Arrived: came, Lost: !came})
	if came {
		a.report(receipt{at, "sent", 0}, receipt{at, "delivered", 0})
		return
	}
	code := 30019
	if at.phone.Channel == chWA {
		code = 63019
	}
	a.report(receipt{at, "failed", code})
}

// report tells the product what became of a message, one status after the other,
// now or when the receipts are let go. The lock must be held.
func (a *Account) report(all ...receipt) {
	if a.hold {
		for _, r := range all {
			happened(r)
		}
		a.held = append(a.held, all...)
		return
	}
	a.Box.Background(func(ctx context.Context) {
		for i, r := range all {
			if i > 0 && !core.Pause(ctx, a.Box.ReceiptDelay()) {
				return
			}
			a.Box.Lock()
			happened(r)
			a.Box.Unlock()
			a.callBack(ctx, r)
		}
	})
}

// happened writes a status down; a message that was read stays so. The lock must be held.
func happened(r receipt) {
	if r.entry.Status != "read" {
		r.phone.Change(core.Change{ID: r.entry.ID, Status: r.status, ErrorCode: r.code})
	}
}

// callBack posts a status to the address that came with the message, once more if
// nobody was there, as Twilio does.
func (a *Account) callBack(ctx context.Context, r receipt) {
	if r.entry.Callback == "" {
		return
	}
	select {
	case a.provider.slots <- struct{}{}:
		defer func() { <-a.provider.slots }()
	case <-ctx.Done():
		return
	}
	e := &core.Event{
		ID: r.entry.ID + ":" + r.status, MessageID: r.entry.ID, Kind: "status", Phone: r.phone.ID(),
		URL: r.entry.Callback, Body: r.form().Encode(), Token: core.UUID(), Account: a.Account,
	}
	if _, err := a.Box.Deliver(ctx, e); refusedConnection(err) {
		_, _ = a.Box.Deliver(ctx, e) // recorded either way
	}
}

// form is the callback's content. The message's ends never change, so no lock.
func (r receipt) form() url.Values {
	p, e := r.phone, r.entry
	f := url.Values{
		"MessageSid": {e.ID}, "SmsSid": {e.ID}, "MessageStatus": {r.status}, "SmsStatus": {r.status}, "ApiVersion": {apiVersion},
		"AccountSid": {p.Account.ID}, "From": {wire(p, p.To)}, "To": {wire(p, p.Number)},
	}
	if e.Service != "" {
		f.Set("MessagingServiceSid", e.Service)
	}
	if r.code != 0 {
		f.Set("ErrorCode", strconv.Itoa(r.code))
	}
	if p.Channel != chWA {
		return f
	}
	f.Set("ChannelPrefix", "whatsapp")
	f.Set("ChannelToAddress", wire(p, p.Number))
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

// Reads tells of all that came to the phone; only WhatsApp does.
func (a *Account) Reads(_ context.Context, p *core.Phone) error {
	if p.Channel != chWA {
		return p.Cannot("read receipt")
	}
	a.Box.Lock()
	defer a.Box.Unlock()
	for _, e := range p.Arrived() {
		if e.Status != "read" {
			a.report(receipt{place{p, e}, "read", 0})
		}
	}
	return nil
}

// HoldReceipts keeps status callbacks back until FlushReceipts.
func (a *Account) HoldReceipts(on bool) {
	a.Box.Lock()
	defer a.Box.Unlock()
	a.hold = on
}

// FlushReceipts sends what was held back: "forward" in order, "reverse" last
// first, "twice" each one two times. It returns when all were answered.
func (a *Account) FlushReceipts(ctx context.Context, order string) error {
	if err := a.Box.Settle(ctx); err != nil {
		return err
	}
	a.Box.Lock()
	held := a.held
	a.held = nil
	a.Box.Unlock()
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
		a.callBack(ctx, r)
	}
	return ctx.Err()
}
