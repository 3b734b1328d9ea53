package channeltest

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

// handshake: a question is answered for whoever knows the account's word, and
// refused alike for everybody else.
func (c Contract) handshake(t *testing.T) {
	t.Parallel()
	h, ok := c.Provider(nil).(channel.Handshaker)
	if !ok {
		require.Nil(t, c.Asks)
		return
	}
	require.NotNil(t, c.Asks, "a Handshaker needs a question")
	a, handled, err := h.Handshake(c.account(), *c.Asks)
	require.NoError(t, err)
	require.True(t, handled)
	require.Equal(t, c.Challenge, string(a.Body))
	require.NotContains(t, a.ContentType, "html", "what strangers say is not shown as a page")

	other, unset, empty := c.account(), c.account(), c.account()
	other.Secrets[c.VerifyToken] = "another-word"
	delete(unset.Secrets, c.VerifyToken)
	empty.Secrets[c.VerifyToken] = ""
	for _, wrong := range []channel.Account{other, unset, empty} {
		a, handled, err := h.Handshake(wrong, *c.Asks)
		require.Equal(t, channel.ErrSignature, err)
		require.True(t, handled)
		require.Empty(t, a.Body)
	}
	for _, query := range []string{"", "hub.mode=subscribe", "hub.mode=subscribe&hub.verify_token=&hub.challenge=1", "%zz"} {
		r := *c.Asks
		u := *r.URL
		u.RawQuery = query
		r.URL = &u
		for _, of := range []channel.Account{c.account(), empty} {
			a, _, err := h.Handshake(of, r)
			require.Equal(t, channel.ErrSignature, err)
			require.Empty(t, a.Body)
		}
	}
	for _, sample := range c.Samples {
		sample.Method = http.MethodPost
		_, handled, err := h.Handshake(c.account(), sample)
		require.NoError(t, err)
		require.False(t, handled, "events are no question")
	}
}
