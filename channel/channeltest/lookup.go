package channeltest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

// A lookup asks a provider something and changes nothing. It answers what came
// as the bytes of a file, or nil.
type lookup func(context.Context, *testing.T, channel.Account) ([]byte, error)

// asks are what this provider can do beside what each must.
func (c Contract) asks(t *testing.T) map[string]lookup {
	t.Helper()
	p := c.Provider(nil)
	out := map[string]lookup{}
	if f, ok := p.(channel.Finder); ok {
		out["Find"] = func(ctx context.Context, t *testing.T, a channel.Account) ([]byte, error) {
			t.Helper()
			_, found, err := f.Find(ctx, a, c.message(), time.Unix(0, 0))
			require.False(t, found, "nothing here is the message")
			return nil, err
		}
	}
	if f, ok := p.(channel.Profiler); ok {
		out["Profile"] = func(ctx context.Context, t *testing.T, a channel.Account) ([]byte, error) {
			t.Helper()
			profile, err := f.Profile(ctx, a, markNumber)
			require.Zero(t, profile)
			return nil, err
		}
	}
	if f, ok := p.(channel.Templater); ok {
		out["Templates"] = func(ctx context.Context, t *testing.T, a channel.Account) ([]byte, error) {
			t.Helper()
			list, err := f.Templates(ctx, a)
			require.Empty(t, list, "half a list would say that the rest is gone")
			return nil, err
		}
	}
	if f, ok := p.(channel.Fetcher); ok {
		require.NotNil(t, c.Media, "a Fetcher needs something to fetch")
		out["Fetch"] = func(ctx context.Context, t *testing.T, a channel.Account) ([]byte, error) {
			t.Helper()
			m, err := f.Fetch(ctx, a, c.Media(a.BaseURL))
			if err != nil {
				require.Nil(t, m.Body, "nobody would close it")
				return nil, err
			}
			b, err := io.ReadAll(m.Body)
			require.NoError(t, err)
			require.NoError(t, m.Body.Close())
			return b, nil
		}
	}
	return out
}

// lookups: a question has no doubt about it, only an answer or an error, and an
// answer that cannot be understood is no answer.
func (c Contract) lookups(t *testing.T) {
	t.Parallel()
	for name, ask := range c.asks(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, status := range []int{200, 302, 400, 401, 403, 404, 410, 429, 500, 503} {
				for what, body := range c.hostile() {
					t.Run(strconv.Itoa(status)+" "+what, func(t *testing.T) {
						t.Parallel()
						a := c.marked()
						a.BaseURL = serve(t, func(w http.ResponseWriter, _ *http.Request) {
							w.Header().Set("Location", "/elsewhere?"+markText)
							w.WriteHeader(status)
							_, _ = io.WriteString(w, body)
						})
						got, err := ask(t.Context(), t, a)
						if status == http.StatusOK && name == "Fetch" {
							require.NoError(t, err)
							require.True(t, bytes.Equal([]byte(body), got), "a file is passed on as it is")
							return
						}
						c.answered(t, status, err)
					})
				}
			}
			c.lookupConnections(t, ask)
		})
	}
	t.Run("addresses of others", c.fetchStrangers)
}

func (c Contract) answered(t *testing.T, status int, err error) {
	t.Helper()
	switch got := c.class(t, err); {
	case status == http.StatusUnauthorized:
		require.Equal(t, channel.Config, got)
	case status == http.StatusTooManyRequests:
		require.Equal(t, channel.Throttled, got)
	case status == http.StatusOK || status >= 500:
		require.Equal(t, channel.Unavailable, got)
	default:
		require.Contains(t, []channel.Class{channel.Refused, channel.Config}, got, "a repeat changes nothing")
	}
}

func (c Contract) lookupConnections(t *testing.T, ask lookup) {
	t.Helper()
	a := c.marked()
	a.BaseURL = serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	_, err := ask(t.Context(), t, a)
	require.Equal(t, channel.Unavailable, c.class(t, err), "broken")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = ask(ctx, t, a)
	require.Equal(t, channel.Unavailable, c.class(t, err), "canceled")

	a.BaseURL = "http://[" + markText
	_, err = ask(t.Context(), t, a)
	require.Contains(t, []channel.Class{channel.Refused, channel.Config}, c.class(t, err), "address that is none")
}

// fetchStrangers: what a webhook names may be this machine or one beside it.
func (c Contract) fetchStrangers(t *testing.T) {
	t.Parallel()
	f, ok := c.Provider(nil).(channel.Fetcher)
	if !ok {
		return
	}
	inside := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("an address inside was asked") })
	for _, address := range []string{
		inside, "https" + inside[len("http"):], "http://169.254.169.254/latest/meta-data/", "https://169.254.169.254/", "https://[::1]/", "https://10.0.0.1/",
		"https://user:pass@files.example/", "file:///etc/passwd", "http://files.example/" + markText, "//files.example/", "", "%zz" + markText,
	} {
		for _, external := range []bool{true, false} {
			m, err := f.Fetch(t.Context(), c.marked(), channel.MediaRef{URL: address, External: external})
			require.Equal(t, channel.Refused, c.class(t, err), address)
			require.Nil(t, m.Body)
		}
	}
}
