// Package channeltest holds what every messaging provider must keep to, as tests
// that a provider's own package runs.
package channeltest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"switchboard/channel"
)

// A Contract is a provider with what the suite must know to exercise it.
type Contract struct {
	// Provider returns a provider whose API calls go through the given client.
	Provider func(*http.Client) channel.Provider

	// Account is complete and valid, without a BaseURL. Its secrets must not be
	// a part of each other.
	Account channel.Account

	// VerifiedBy names the secrets of which each alone proves a webhook, the
	// current one first.
	VerifiedBy []string

	// Sign puts the signature into a request, made with the given secret.
	Sign func(r *channel.Request, secret string)

	// Signature is the header that Sign sets, or the parameter of the address.
	Signature string
	InQuery   bool

	// Asks is a request that asks whether an address is ours, and what answers it;
	// nil if the provider is no Handshaker. VerifyToken is the secret that it must name.
	Asks        *channel.Request
	Challenge   string
	VerifyToken string

	// Same reports that two bodies mean the same to a signature that covers
	// decoded values ("%2b" and "%2B"); nil is that no two do.
	Same func(a, b []byte) bool

	// Samples are webhooks of the provider's, one at least of each kind.
	Samples []channel.Request

	// Kinds are all the kinds of events that the provider tells.
	Kinds []channel.Kind

	// Media is a file that lies at the given API address; nil if the provider
	// is no Fetcher.
	Media func(base string) channel.MediaRef

	// Channel, From and To are good for a message.
	Channel, From, To string
}

// Run runs the suite.
func Run(t *testing.T, c Contract) {
	t.Helper()
	require.NotEmpty(t, c.Samples)
	require.NotEmpty(t, c.VerifiedBy)
	p := c.Provider(nil)
	require.Contains(t, p.Channels(), c.Channel)
	t.Run("describe", c.describe)
	t.Run("Validate", c.validate)
	t.Run("Parse", c.parse)
	t.Run("Verify", c.verify)
	t.Run("Handshake", c.handshake)
	t.Run("Send", c.send)
	t.Run("Test", c.test)
	t.Run("lookups", c.lookups)
}

func (c Contract) account() channel.Account {
	a := c.Account
	a.Settings, a.Secrets = maps.Clone(a.Settings), maps.Clone(a.Secrets)
	return a
}

func (c Contract) validate(t *testing.T) {
	t.Parallel()
	p := c.Provider(nil)
	require.NoError(t, p.Validate(c.account()))
	names := map[string]bool{}
	for _, f := range p.Fields() {
		require.NotEmpty(t, f.Label, f.Name)
		require.False(t, names[f.Name], "%s twice", f.Name)
		names[f.Name] = true
		a := c.account()
		delete(a.Settings, f.Name)
		delete(a.Secrets, f.Name)
		err := p.Validate(a)
		if !f.Required {
			continue
		}
		var invalid *channel.Invalid
		require.ErrorAs(t, err, &invalid, f.Name)
		require.Equal(t, f.Name, invalid.Field)
	}
	for _, name := range c.VerifiedBy {
		require.True(t, names[name], "%s is no field", name)
	}
	a := c.account()
	a.BaseURL = "http://api.example.com"
	require.Error(t, p.Validate(a), "credentials over plain http")
}

// parse: the same request gives the same events with the same ids, and nothing
// that comes can break it.
func (c Contract) parse(t *testing.T) {
	t.Parallel()
	p := c.Provider(nil)
	kinds := map[channel.Kind]bool{}
	for _, r := range c.Samples {
		before := slices.Clone(r.Body)
		events, err := p.Parse(c.account(), r)
		require.NoError(t, err, "%s", r.Body)
		again, err := p.Parse(c.account(), r)
		require.NoError(t, err)
		require.Equal(t, events, again)
		require.Equal(t, before, r.Body, "the body is not ours to change")
		ids := map[string]bool{}
		for _, e := range events {
			sound(t, e)
			require.False(t, ids[e.ID], "%s twice", e.ID)
			ids[e.ID] = true
			kinds[e.Kind] = true
		}
	}
	require.ElementsMatch(t, c.Kinds, slices.Collect(maps.Keys(kinds)), "samples of every kind")
	rapid.Check(t, func(rt *rapid.T) {
		r := rapid.SampledFrom(c.Samples).Draw(rt, "sample")
		r.Method = rapid.SampledFrom([]string{http.MethodGet, http.MethodPost, ""}).Draw(rt, "method")
		r.Body = garbled(rt, r.Body)
		_ = p.Verify(c.account(), r)
		events, err := p.Parse(c.account(), r)
		if err != nil {
			require.ErrorIs(rt, err, channel.ErrMalformed)
			require.Empty(rt, events)
		}
		for _, e := range events {
			sound(rt, e)
		}
		again, err2 := p.Parse(c.account(), r)
		require.Equal(rt, err == nil, err2 == nil)
		require.Equal(rt, events, again)
	})
}

// sound is what every event has.
func sound(t require.TestingT, e channel.Event) {
	require.NotEmpty(t, e.ID)
	_, err := json.Marshal(e)
	require.NoError(t, err, "an event that cannot be stored is lost")
	require.Contains(t, []channel.Kind{
		channel.KindMessage, channel.KindStatus, channel.KindRedact, channel.KindEdit,
		channel.KindOptIn, channel.KindOptOut, channel.KindSystem, channel.KindUnknown, channel.KindEcho, channel.KindTemplate,
	}, e.Kind)
	switch e.Kind {
	case channel.KindMessage:
		require.NotEmpty(t, e.From, "a message is somebody's")
		require.NotEmpty(t, e.Type)
		require.NotEmpty(t, e.Channel)
	case channel.KindStatus:
		require.NotZero(t, e.Status.Rank())
		if !e.UpTo.IsZero() {
			require.NotEmpty(t, e.From, "a report up to a time is about somebody's messages")
			require.Empty(t, e.Ref+e.MessageID)
			return
		}
		require.NotEmpty(t, e.Ref+e.MessageID, "a report is about something")
	case channel.KindEcho:
		require.NotEmpty(t, e.From, "an answer goes to somebody")
		require.NotEmpty(t, e.MessageID, "it is shown once")
		require.NotEmpty(t, e.Type)
	case channel.KindTemplate:
		require.NotNil(t, e.Template)
		require.NotEmpty(t, e.Template.ContentSID)
		require.NotEmpty(t, e.Template.Approval)
	case channel.KindRedact, channel.KindEdit:
		require.NotEmpty(t, e.MessageID)
		require.NotEmpty(t, e.From, "customers change their own messages only")
		require.Nil(t, e.Reply, "it asks for no answer")
		require.Equal(t, e.Kind == channel.KindEdit, e.Text != "", "an edit says the new text")
		require.Empty(t, e.Media, "files are not changed")
	case channel.KindOptIn, channel.KindOptOut:
		require.NotEmpty(t, e.From)
	}
}

// garbled is the body with bytes changed, cut or put in, or no body of the kind.
func garbled(t *rapid.T, body []byte) []byte {
	if rapid.IntRange(0, 3).Draw(t, "how") == 0 {
		return rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
	}
	b := slices.Clone(body)
	for range rapid.IntRange(1, 4).Draw(t, "changes") {
		i := rapid.IntRange(0, len(b)).Draw(t, "at")
		j := min(len(b), i+rapid.IntRange(0, 8).Draw(t, "cut"))
		b = slices.Concat(b[:i], rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "put"), b[j:])
	}
	return b
}

// call sends with an answer that is always the same, and returns what was asked.
func (c Contract) call(t *testing.T, ctx context.Context, client *http.Client, h http.HandlerFunc) (channel.Receipt, error) {
	t.Helper()
	a := c.marked()
	a.BaseURL = serve(t, h)
	return c.Provider(client).Send(ctx, a, c.message())
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// class demands that an error is a provider's and gives nothing away.
func (c Contract) class(t *testing.T, err error) channel.Class {
	t.Helper()
	var e *channel.Error
	require.ErrorAs(t, err, &e)
	require.Contains(t, []channel.Class{
		channel.Refused, channel.Window, channel.OptedOut, channel.Throttled, channel.Unavailable, channel.Uncertain, channel.Config,
	}, e.Class)
	require.NotEmpty(t, e.Code)
	require.NotEmpty(t, e.Detail)
	require.GreaterOrEqual(t, e.RetryAfter, time.Duration(0))
	for at := err; at != nil; at = errors.Unwrap(at) {
		for _, mark := range c.marks() {
			require.NotContains(t, at.Error(), mark)
		}
	}
	return e.Class
}
