package core

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Sent is what became of a webhook.
type Sent struct {
	EventID   string        `json:"event_id"`
	MessageID string        `json:"message_id,omitempty"`
	Status    int           `json:"status"`
	Took      time.Duration `json:"took_ns"`
	Body      string        `json:"body,omitempty"`
}

// Webhook is one attempt to tell the product something.
type Webhook struct {
	At      time.Time `json:"at"`
	EventID string    `json:"event_id"`
	Kind    string    `json:"kind"` // message, status, follow …
	Phone   string    `json:"phone,omitempty"`
	Status  int       `json:"status"` // 0 when there was no HTTP answer
	MS      float64   `json:"ms"`
	Attempt int       `json:"attempt"`
	Error   string    `json:"error,omitempty"`
}

// Event is a webhook that can be sent again.
type Event struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	Phone     string `json:"phone,omitempty"`
	MessageID string `json:"message_id,omitempty"`
	URL       string `json:"url,omitempty"` // "" is the account's webhook address
	Body      string `json:"body"`
	Token     string `json:"token,omitempty"` // constant over the attempts at one event

	Account  *Account `json:"-"`
	attempts int
}

func (b *Box) applyHook(id string, h Webhook, e *Event) {
	a := b.account(id)
	a.hooks = append(a.hooks, h)
	if h.Status/100 == 2 {
		a.counts.Webhooks2xx++
	} else {
		a.counts.WebhooksOther++
	}
	if e != nil && b.events[e.ID] == nil {
		e.Account = a
		b.events[e.ID] = e
	}
	if known := b.events[h.EventID]; known != nil {
		known.attempts = max(known.attempts, h.Attempt)
	}
	if p := b.phones[h.Phone]; p != nil {
		if entry := p.byEvent[h.EventID]; entry != nil {
			entry.Hook = h.Status
		}
	}
}

// Deliver sends a webhook once and records the attempt. The error says only that
// there was no HTTP answer.
func (b *Box) Deliver(ctx context.Context, e *Event) (Sent, error) {
	sent := Sent{EventID: e.ID, MessageID: e.MessageID}
	b.mu.Lock()
	if b.closed || e.Account.Side == nil {
		b.mu.Unlock()
		return sent, errClosed
	}
	e.attempts++
	attempt := e.attempts
	address, header, body := e.sign(attempt > 1)
	b.mu.Unlock()
	start, at := time.Now(), b.Now()
	var err error
	sent.Status, sent.Body, err = b.post(ctx, address, header, body)
	sent.Took = time.Since(start)
	h := Webhook{
		At: at, EventID: e.ID, Kind: e.Kind, Phone: e.Phone, Status: sent.Status,
		MS: float64(sent.Took.Microseconds()) / 1000, Attempt: attempt,
	}
	r := record{Kind: recHook, Account: e.Account.ID, Phone: e.Phone, Hook: &h}
	if err != nil {
		h.Error = err.Error()
		if e := (*url.Error)(nil); errors.As(err, &e) {
			h.Error = e.Err.Error() // without the address, which holds the webhook's key
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.events[e.ID] == nil {
		r.Event = e
	}
	b.append(r)
	return sent, err
}

// sign writes an event for the wire. The lock must be held.
func (e *Event) sign(again bool) (string, http.Header, string) {
	address := e.URL
	if address == "" {
		address = e.Account.Side.View().WebhookURL
	}
	header, body := e.Account.Side.Sign(e, address, again)
	if side, ok := e.Account.Side.(Addresser); ok {
		address = side.Address(e, address)
	}
	return address, header, body
}

func (b *Box) post(ctx context.Context, address string, h http.Header, body string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return 0, "", fmt.Errorf("webhook address: %w", err)
	}
	req.Header = h
	resp, err := b.client.Do(req)
	if err != nil {
		return 0, "", fmt.Errorf("webhook: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, string(answer), nil
}

// Redeliver sends an event again: the same identifiers and content, marked as the
// provider marks a redelivery.
func (b *Box) Redeliver(ctx context.Context, eventID string) (Sent, error) {
	b.mu.Lock()
	e := b.events[eventID]
	b.mu.Unlock()
	if e == nil {
		return Sent{EventID: eventID}, fmt.Errorf("redeliver: no event %q", eventID)
	}
	return b.Deliver(ctx, e)
}
