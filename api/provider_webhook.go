package api

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
	"switchboard/channel"
	"switchboard/ingest"
)

// WebhookIntake serves /webhooks/{provider}/{key}: it answers 2xx once the events
// are durable. All fields are required.
type WebhookIntake struct {
	Receiver  *ingest.Receiver
	Providers *channel.Registry
	PublicURL string // as providers know us; they sign it
}

// webhookRetry is when a provider that obeys Retry-After should send again.
const webhookRetry = 5 * time.Second

// Receive takes one webhook.
func (w *WebhookIntake) Receive(c echo.Context) error {
	p, err := w.Providers.Get(c.Param("provider"))
	if err != nil {
		return httpx.NotFound()
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxBody(p)))
	var size *http.MaxBytesError
	switch {
	case errors.As(err, &size):
		return err
	case err != nil:
		return httpx.Malformed("The body could not be read to its end.")
	}
	u, err := url.Parse(strings.TrimRight(w.PublicURL, "/") + c.Request().URL.RequestURI())
	if err != nil {
		return httpx.Malformed("The address could not be read.")
	}
	req := channel.Request{Method: c.Request().Method, URL: u, Header: c.Request().Header, Body: body}
	if a, handled, err := w.Receiver.Handshake(c.Request().Context(), p.Type(), c.Param("key"), req); err != nil {
		return w.refuse(c, err)
	} else if handled {
		return c.Blob(http.StatusOK, a.ContentType, a.Body)
	}
	if _, err := w.Receiver.Receive(c.Request().Context(), p.Type(), c.Param("key"), req); err != nil {
		return w.refuse(c, err)
	}
	if a, ok := p.(channel.Answerer); ok {
		typ, answer := a.Answer()
		return c.Blob(http.StatusOK, typ, answer)
	}
	return c.NoContent(http.StatusOK)
}

func maxBody(p channel.Sender) int64 {
	if l, ok := p.(channel.Limiter); ok {
		return l.MaxBody()
	}
	return channel.MaxBody
}

// refuse answers what was not taken. A wrong signature learns nothing.
func (w *WebhookIntake) refuse(c echo.Context, err error) error {
	switch {
	case errors.Is(err, ingest.ErrUnknownAccount):
		return httpx.NotFound()
	case errors.Is(err, channel.ErrSignature):
		return c.NoContent(http.StatusForbidden)
	case errors.Is(err, channel.ErrMalformed):
		return httpx.Malformed("The signature is right, but the body is no document of this provider's.")
	case errors.Is(err, ingest.ErrBusy), errors.Is(err, ingest.ErrUnavailable):
		return httpx.Unavailable("The webhook could not be stored; send it again.", webhookRetry)
	}
	return err
}
