package rest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

func request(t *testing.T, ctx context.Context, address string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader("x"))
	require.NoError(t, err)
	return req
}

func class(t *testing.T, err error) (channel.Class, string) {
	t.Helper()
	var e *channel.Error
	require.ErrorAs(t, err, &e)
	return e.Class, e.Code
}

func TestDo_Answers(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/torn" {
			w.Header().Set("Content-Length", "100")
		}
		if r.URL.Path == "/moved" {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(http.StatusTemporaryRedirect)
		}
		_, _ = w.Write([]byte("answer"))
	}))
	t.Cleanup(s.Close)
	r, err := Do(New("127.0.0.1"), request(t, t.Context(), s.URL))
	require.NoError(t, err)
	require.True(t, r.OK())
	require.Equal(t, "answer", string(r.Body))
	require.False(t, r.Torn)

	r, err = Do(New("127.0.0.1"), request(t, t.Context(), s.URL+"/torn"))
	require.NoError(t, err)
	require.True(t, r.Torn)

	r, err = Do(New("127.0.0.1"), request(t, t.Context(), s.URL+"/moved"))
	require.NoError(t, err)
	require.Equal(t, http.StatusTemporaryRedirect, r.Status, "a message is not posted elsewhere")
	require.False(t, r.OK())
}

func TestDo_NoConnection(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	_, err = Do(New("127.0.0.1"), request(t, t.Context(), "http://"+l.Addr().String()))
	c, code := class(t, err)
	require.Equal(t, channel.Unavailable, c)
	require.Equal(t, "connect", code)

	slow := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}, Timeout: 10 * time.Millisecond}
	_, err = Do(Client(slow), request(t, t.Context(), "http://127.0.0.1:1"))
	c, code = class(t, err)
	require.Equal(t, channel.Unavailable, c)
	require.Equal(t, "connect_timeout", code)
}

func TestDo_Doubt(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/cut" {
			panic(http.ErrAbortHandler)
		}
		<-release
	}))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(release) }) // before Close, which waits for handlers

	_, err := Do(New("127.0.0.1"), request(t, t.Context(), s.URL+"/cut"))
	c, code := class(t, err)
	require.Equal(t, channel.Uncertain, c)
	require.Equal(t, "broken", code)

	_, err = Do(Client(&http.Client{Timeout: 20 * time.Millisecond}), request(t, t.Context(), s.URL))
	c, code = class(t, err)
	require.Equal(t, channel.Uncertain, c)
	require.Equal(t, "timeout", code)

	_, err = Ask(Client(&http.Client{Timeout: 20 * time.Millisecond}), request(t, t.Context(), s.URL))
	c, _ = class(t, err)
	require.Equal(t, channel.Unavailable, c, "a question may be asked again")
}

func TestDo_Canceled(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked") }))
	t.Cleanup(s.Close)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Do(New("127.0.0.1"), request(t, ctx, s.URL))
	c, _ := class(t, err)
	require.Equal(t, channel.Unavailable, c)
}

func TestAsked(t *testing.T) {
	t.Parallel()
	require.NoError(t, Asked(nil))
	other := errors.New("x")
	require.Equal(t, other, Asked(other))
	refused := &channel.Error{Class: channel.Refused}
	require.Equal(t, channel.Refused, refused.Class)
	require.Same(t, refused, Asked(refused))
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "0": 0, "-5": 0, "soon": 0, "1.5": 0, "99999999": time.Hour,
		"99999999999999999999": 0, "-99999999999999999999": 0,
		now.Add(time.Minute).Format(http.TimeFormat):     time.Minute,
		now.Add(-time.Minute).Format(http.TimeFormat):    0,
		now.Add(100 * time.Hour).Format(http.TimeFormat): time.Hour,
	} {
		require.Equal(t, want, RetryAfter(http.Header{"Retry-After": {value}}, now), value)
	}
}
