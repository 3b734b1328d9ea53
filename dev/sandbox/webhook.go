package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
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

// event is a webhook that can be sent again.
type event struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	Phone     string `json:"phone,omitempty"`
	MessageID string `json:"message_id,omitempty"`
	URL       string `json:"url,omitempty"` // "" is the account's webhook address
	Body      string `json:"body"`
	Token     string `json:"token,omitempty"` // constant over the attempts at one event

	account  *account
	reply    string // LINE's reply token
	attempts int
}

func (s *Sandbox) applyHook(id string, h Webhook, e *event) {
	a := s.account(id)
	a.hooks = append(a.hooks, h)
	if h.Status/100 == 2 {
		a.counts.Webhooks2xx++
	} else {
		a.counts.WebhooksOther++
	}
	if e != nil && s.events[e.ID] == nil {
		e.account = a
		s.events[e.ID] = e
	}
	if known := s.events[h.EventID]; known != nil {
		known.attempts = max(known.attempts, h.Attempt)
	}
	if p := s.phones[h.Phone]; p != nil {
		if entry := p.byEvent[h.EventID]; entry != nil {
			entry.Hook = h.Status
		}
	}
}

// deliver sends a webhook once and records the attempt. The error says only that
// there was no HTTP answer.
func (s *Sandbox) deliver(ctx context.Context, e *event) (Sent, error) {
	sent := Sent{EventID: e.ID, MessageID: e.MessageID}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return sent, errClosed
	}
	e.attempts++
	attempt := e.attempts
	address, header, body := e.account.sign(e, attempt > 1)
	s.mu.Unlock()
	start, at := time.Now(), s.now()
	var err error
	sent.Status, sent.Body, err = s.post(ctx, address, header, body)
	sent.Took = time.Since(start)
	h := Webhook{
		At: at, EventID: e.ID, Kind: e.Kind, Phone: e.Phone, Status: sent.Status,
		MS: float64(sent.Took.Microseconds()) / 1000, Attempt: attempt,
	}
	r := record{Kind: recHook, Account: e.account.id, Phone: e.Phone, Hook: &h}
	if err != nil {
		h.Error = err.Error()
		if e := (*url.Error)(nil); errors.As(err, &e) {
			h.Error = e.Err.Error() // without the address, which holds the webhook's key
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.events[e.ID] == nil {
		r.Event = e
	}
	s.append(r)
	return sent, err
}

// sign writes an event for the wire. s.mu must be held.
func (a *account) sign(e *event, again bool) (string, http.Header, string) {
	address, body := e.URL, e.Body
	if address == "" {
		address = a.webhookURL()
	}
	h := http.Header{}
	if a.line != nil {
		if again {
			body = strings.ReplaceAll(body, `"isRedelivery":false`, `"isRedelivery":true`)
			a.extend(e.reply)
		}
		h.Set("Content-Type", "application/json; charset=utf-8")
		h.Set("User-Agent", "LineBotWebhook/2.0")
		h.Set("X-Line-Signature", SignLINE(a.line.Secret, []byte(body)))
		return address, h, body
	}
	h.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	h.Set("User-Agent", "TwilioProxy/1.1")
	h.Set("I-Twilio-Idempotency-Token", e.Token)
	if form, err := url.ParseQuery(body); err == nil && a.twilio != nil {
		h.Set("X-Twilio-Signature", SignTwilio(a.twilio.AuthToken, address, form))
	}
	return address, h, body
}

func (s *Sandbox) post(ctx context.Context, address string, h http.Header, body string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return 0, "", fmt.Errorf("webhook address: %w", err)
	}
	req.Header = h
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, "", fmt.Errorf("webhook: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, string(answer), nil
}

// tell sends a customer's event and repeats it as the account's provider would.
func (s *Sandbox) tell(ctx context.Context, e *event) (Sent, error) {
	sent, err := s.deliver(ctx, e)
	s.mu.Lock()
	retry := e.account.retry && !s.closed
	isLINE := e.account.line != nil
	if retry && isLINE && sent.Status/100 != 2 {
		s.background(func(ctx context.Context) { s.redeliverLater(ctx, e) })
	}
	s.mu.Unlock()
	if retry && !isLINE && err != nil && refusedConnection(err) {
		return s.deliver(ctx, e)
	}
	return sent, err
}

func refusedConnection(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// redeliverLater is LINE's redelivery: a few more attempts, further and further apart.
func (s *Sandbox) redeliverLater(ctx context.Context, e *event) {
	wait := s.cfg.RetryDelay
	for range 5 {
		if !pause(ctx, wait) {
			return
		}
		if sent, err := s.deliver(ctx, e); err == nil && sent.Status/100 == 2 {
			return
		}
		wait *= 2
	}
}

// Redeliver sends an event again: the same identifiers and content, which LINE
// marks as a redelivery.
func (s *Sandbox) Redeliver(ctx context.Context, eventID string) (Sent, error) {
	s.mu.Lock()
	e := s.events[eventID]
	s.mu.Unlock()
	if e == nil {
		return Sent{EventID: eventID}, fmt.Errorf("redeliver: no event %q", eventID)
	}
	return s.deliver(ctx, e)
}
