package api_test

import (
	"context"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"switchboard/api"
	"switchboard/api/core"
	"switchboard/test/tier"
)

// A visitor has five streams: the sixth ends the oldest and no other.
func TestSecurity_M10_VisitorsHaveFewStreams(t *testing.T) {
	c := setupChat(t, "live", generous)
	token, conv := c.startedLive()
	var tabs []*follower
	for range 7 {
		tabs = append(tabs, c.follow(token, ""))
	}
	for _, tab := range tabs[:2] {
		require.Equal(t, "too_many", tab.until("bye").data["reason"])
	}
	c.says(conv, "still told", "sent")
	for _, tab := range tabs[2:] {
		require.Equal(t, []string{"still told"}, tab.texts(1))
	}
	theirs, _ := c.startedLive()
	c.follow(theirs, "") // others are not counted
}

// How many streams an agent, an address and all together have is bounded, and a
// place is free again when one ends.
func TestSecurity_M10_StreamsAreCounted(t *testing.T) {
	c := setupChat(t, "live", generous, func(cfg *api.Config) {
		cfg.Streams = core.StreamLimits{Agent: 2, Address: 3, All: 5}
		cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		cfg.Events = func(c echo.Context) error {
			c.Response().WriteHeader(http.StatusOK)
			c.Response().Flush()
			<-c.Request().Context().Done()
			return nil
		}
	})
	open := func(path, token, address string) (int, func()) {
		ctx, cancel := context.WithCancel(t.Context())
		t.Cleanup(cancel)
		r, err := http.NewRequestWithContext(ctx, "GET", c.server.URL+path, nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("X-Forwarded-For", address)
		resp, err := c.server.Client().Do(r)
		require.NoError(t, err)
		t.Cleanup(func() { _ = resp.Body.Close() })
		return resp.StatusCode, cancel
	}
	is := func(want int, path, token, address string) func() {
		t.Helper()
		got, end := open(path, token, address)
		require.Equal(t, want, got)
		return end
	}
	visitor := c.start(obj{})
	const events, here, there, elsewhere = "/v1/events", "203.0.113.7", "2001:db8::1", "2001:db8:0:1::1"
	end := is(200, events, c.agent, here)
	is(200, events, c.agent, here)
	is(429, events, c.agent, there)
	is(200, c.path("/events"), visitor, here)
	is(429, c.path("/events"), visitor, here)
	is(429, events, c.colleague, here)
	is(200, events, c.colleague, there)
	is(200, events, c.super, "2001:db8::2")
	is(503, events, c.admin, elsewhere)
	is(503, c.path("/events"), visitor, elsewhere)
	end()
	require.Eventually(t, func() bool {
		status, end := open(events, c.agent, here)
		end()
		return status == 200
	}, tier.Patience(30*time.Second), 5*time.Millisecond)
}
