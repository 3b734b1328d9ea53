package channeltest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

// describe: what a provider says of itself is whole, and its callers cannot
// change it.
func (c Contract) describe(t *testing.T) {
	t.Parallel()
	p := c.Provider(nil)
	require.Regexp(t, `^[a-z][a-z0-9_]*$`, p.Type(), "a part of addresses")
	require.Equal(t, p.Type(), c.Provider(nil).Type())

	for name, caps := range p.Channels() {
		require.NotEmpty(t, name)
		require.Positive(t, caps.MaxText, name)
		require.GreaterOrEqual(t, caps.Window, time.Duration(0), name)
		require.Equal(t, caps.MaxMedia > 0, len(caps.MediaLimits) > 0, name)
		if caps.Templates {
			require.Implements(t, (*channel.Templater)(nil), p, "who approves templates must be asked which")
		}
		for _, l := range caps.MediaLimits {
			require.Regexp(t, `^(\*|[a-z]+)/(\*|[a-z0-9.+-]+)$`, l.Type, name)
			require.Positive(t, l.MaxBytes, l.Type)
		}
	}
	channels := p.Channels()
	require.Equal(t, p.Channels(), channels)
	clear(channels)
	require.Contains(t, p.Channels(), c.Channel)

	fields := p.Fields()
	secret := map[string]bool{}
	for _, f := range fields {
		require.Regexp(t, `^[a-z][a-z0-9_]*$`, f.Name)
		secret[f.Name] = f.Secret
	}
	for _, name := range c.VerifiedBy {
		require.True(t, secret[name], "%s proves webhooks and must be kept secret", name)
	}
	clear(fields)
	require.NotEmpty(t, p.Fields()[0].Name)

	if l, ok := p.(channel.Limiter); ok {
		require.Positive(t, l.MaxBody())
		require.LessOrEqual(t, l.MaxBody(), int64(channel.MaxBody))
		for _, r := range c.Samples {
			require.LessOrEqual(t, int64(len(r.Body)), l.MaxBody())
		}
	}
	if a, ok := p.(channel.Answerer); ok {
		contentType, body := a.Answer()
		require.NotEmpty(t, contentType)
		body = append(body[:0], "spoilt"...)
		_, again := a.Answer()
		require.NotEqual(t, string(body), string(again))
	}
}
