package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"switchboard/channel/safehttp"
	"switchboard/store/webhookdb"
)

const (
	tryTimeout  = 40 * time.Second // who takes half a minute for each is told all the same
	pingTimeout = 15 * time.Second // somebody waits for what comes of it
	answerMost  = 64 << 10         // bytes of an answer that are read, and thrown away
	ping        = "ping"
)

// Codes of tries that did not deliver.
const (
	CodeStatus    = "http_status"       // an answer, but none of 200 to 299
	CodeGone      = "gone"              // 410: nobody wants it any more
	CodeTimeout   = "timeout"           // no answer in time
	CodeForbidden = "forbidden_address" // it leads to a private network
	CodeNoConnect = "no_connection"     // name, connection or TLS failed
	CodeStopped   = "stopped"           // this process ended meanwhile
	CodeAddress   = "bad_address"       // the URL cannot be asked
)

// Answer is what a subscriber said to one try. Status is 0 and Code set when
// there was no answer.
type Answer struct {
	Status     int
	Code       string
	RetryAfter time.Duration
}

// OK says that it is delivered.
func (a Answer) OK() bool { return a.Code == "" }

// Sender sends what is signed to the address of one webhook. It follows no
// redirects, and reaches private addresses only for a webhook that is marked as
// internal and whose host whoever runs the service named.
type Sender struct {
	client  *http.Client
	now     func() time.Time
	timeout time.Duration
}

// NewSender returns a sender for a webhook as it is now, whose tries last no
// longer than timeout. private are the hosts that internal webhooks may reach.
func NewSender(w webhookdb.Webhook, timeout time.Duration, private []string) *Sender {
	client := safehttp.New()
	if w.Internal {
		client = safehttp.New(private...)
	}
	if t, ok := client.Transport.(*http.Transport); ok {
		t.ResponseHeaderTimeout = timeout // the try's own
	}
	return &Sender{client: client, now: time.Now, timeout: timeout}
}

// Close frees the connections that are kept for the next try.
func (s *Sender) Close() { s.client.CloseIdleConnections() }

// Send makes one try. Errors do not come back: they name addresses.
func (s *Sender) Send(ctx context.Context, w webhookdb.Webhook, id uuid.UUID, body []byte) Answer {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return Answer{Code: CodeAddress}
	}
	now := s.now()
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Switchboard-Webhooks")
	r.Header.Set("Webhook-Id", id.String())
	r.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	r.Header.Set("Webhook-Signature", Sign(w.Keys(now), id.String(), now, body))
	resp, err := s.client.Do(r)
	if err != nil {
		return Answer{Code: codeOf(err)}
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, answerMost) // read to its end, the connection serves the next try
	a := Answer{Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header.Get("Retry-After"), now)}
	switch {
	case a.Status == http.StatusGone:
		a.Code = CodeGone
	case a.Status < 200 || a.Status > 299:
		a.Code = CodeStatus
	}
	return a
}

// Ping sends a test now and says what the subscriber answered.
func Ping(ctx context.Context, w webhookdb.Webhook, private []string) Answer {
	s := NewSender(w, pingTimeout, private)
	defer s.Close()
	body, err := json.Marshal(payload{Type: ping, Timestamp: s.now().UTC(), Data: map[string]any{"webhook_id": w.ID}})
	if err != nil {
		return Answer{Code: CodeAddress} // ids always marshal
	}
	return s.Send(ctx, w, uuid.New(), body)
}

func codeOf(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, safehttp.ErrForbidden):
		return CodeForbidden
	case errors.Is(err, context.Canceled):
		return CodeStopped
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return CodeTimeout
	}
	return CodeNoConnect
}

// retryAfter reads seconds or a date; what is neither, or past, is 0.
func retryAfter(v string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseInt(v, 10, 32); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
