// Package rest makes API calls of providers and sorts their failures by the one
// question that matters: may the provider have taken the message?
package rest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"switchboard/channel"
	"switchboard/channel/safehttp"
)

const (
	callTimeout = 20 * time.Second
	maxAnswer   = 1 << 20
)

const keptPerHost = 128 // a campaign has dozens of connections to one host

// pool is the default transport with more connections kept to one host than the
// two that it has: more would be opened and closed for every message. It connects
// to public addresses and the named private hosts only. A proxy of the environment
// is one of them, or must be named too.
func pool(private ...string) http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport // somebody's own
	}
	t = t.Clone()
	t.DialContext = safehttp.Dial(private...)
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 4*keptPerHost, keptPerHost
	return t
}

var shared = sync.OnceValue(func() http.RoundTripper { return pool() })

// New returns a client for API calls, to the internet and the named private hosts.
func New(private ...string) *http.Client {
	return Client(&http.Client{Timeout: callTimeout, Transport: pool(private...)})
}

// Client returns the client for API calls: c, or one with timeouts. It follows
// no redirects: a message must not be posted where the account does not say.
func Client(c *http.Client) *http.Client {
	if c == nil {
		c = &http.Client{Timeout: callTimeout, Transport: shared()}
	}
	own := *c
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// A Reply is an answer, read to its end. Torn says that the end was not reached.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
	Torn   bool
}

// OK reports a 2xx answer.
func (r Reply) OK() bool { return r.Status >= 200 && r.Status < 300 }

// Do makes one call. The error, if not nil, is an *channel.Error: Unavailable if
// no connection was had, so nothing was asked; Uncertain if the request was, or
// may have been, on its way.
func Do(c *http.Client, req *http.Request) (Reply, error) {
	if req.Context().Err() != nil {
		return Reply{}, &channel.Error{Class: channel.Unavailable, Code: "canceled", Detail: "There was no time left to ask the provider."}
	}
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	resp, err := c.Do(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err != nil {
		return Reply{}, transport(err, connected.Load())
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return Reply{Status: resp.StatusCode, Header: resp.Header, Body: body, Torn: err != nil}, nil
}

// Ask is Do for a call that changes nothing, where doubt does not arise.
func Ask(c *http.Client, req *http.Request) (Reply, error) {
	r, err := Do(c, req)
	return r, Asked(err)
}

// Asked turns doubt into unavailability: a question that was not answered may be
// asked again.
func Asked(err error) error {
	var e *channel.Error
	if errors.As(err, &e) && e.Class == channel.Uncertain {
		e.Class = channel.Unavailable
	}
	return err
}

// transport never quotes err: it holds the address, and that holds customers.
func transport(err error, connected bool) *channel.Error {
	var timeout net.Error
	late := errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
	switch {
	case errors.Is(err, safehttp.ErrForbidden):
		return &channel.Error{Class: channel.Config, Code: "forbidden_address", Detail: "The API address of the account leads to a private network that is not allowed."}
	case !connected && late:
		return &channel.Error{Class: channel.Unavailable, Code: "connect_timeout", Detail: "The provider could not be reached in time."}
	case !connected:
		return &channel.Error{Class: channel.Unavailable, Code: "connect", Detail: "The provider could not be reached."}
	case late:
		return &channel.Error{Class: channel.Uncertain, Code: "timeout", Detail: "The provider did not answer in time."}
	}
	return &channel.Error{Class: channel.Uncertain, Code: "broken", Detail: "The connection broke before the provider answered."}
}

// RetryAfter reads how long a provider asks us to wait; 0 if it does not say. An
// hour is the most that is believed.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	var d time.Duration
	if s, err := strconv.Atoi(v); err == nil {
		d = time.Duration(min(max(s, 0), 3600)) * time.Second
	} else if at, err := http.ParseTime(v); err == nil {
		d = at.Sub(now)
	}
	return min(max(d, 0), time.Hour)
}
