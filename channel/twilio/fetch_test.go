package twilio

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

// hosts is a client for which every host is in this process.
type hosts map[string]http.HandlerFunc

func (h hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	handle, ok := h[r.URL.Host]
	if !ok {
		return nil, io.ErrUnexpectedEOF
	}
	w := httptest.NewRecorder()
	handle(w, r)
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

const (
	mediaURL = "https://api.twilio.com/2010-04-01/Accounts/" + sid + "/Messages/MM1/Media/ME1"
	cdn      = "mms.twiliocdn.com"
)

func fetcher(h hosts) *Twilio {
	p := client()
	p.External = &http.Client{Transport: h}
	return p
}

func TestFetch_FollowsToCDNWithoutCredentials(t *testing.T) {
	t.Parallel()
	for _, key := range []bool{false, true} {
		a := account("token-of-twilio")
		auth := basic(sid, "token-of-twilio")
		if key {
			a.Settings["api_key_sid"], a.Secrets["api_key_secret"] = "SK1", "key"
			auth = basic("SK1", "key")
		}
		p := fetcher(hosts{
			"api.twilio.com": func(w http.ResponseWriter, r *http.Request) {
				require.Equal(t, auth, r.Header.Get("Authorization"))
				http.Redirect(w, r, "https://"+cdn+"/f?sig=1", http.StatusTemporaryRedirect)
			},
			cdn: func(w http.ResponseWriter, r *http.Request) {
				require.Empty(t, r.Header.Get("Authorization"))
				w.Header().Set("Content-Type", "image/jpeg")
				_, _ = io.WriteString(w, "bytes")
			},
		})
		m, err := p.Fetch(t.Context(), a, channel.MediaRef{URL: mediaURL, Name: "a.jpg"})
		require.NoError(t, err)
		b, err := io.ReadAll(m.Body)
		require.NoError(t, err)
		require.NoError(t, m.Body.Close())
		require.Equal(t, "bytes", string(b))
		require.Equal(t, "image/jpeg", m.ContentType)
		require.Equal(t, "a.jpg", m.Name)
	}
}

func TestFetch_Hosts(t *testing.T) {
	t.Parallel()
	ok := func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, strings.HasSuffix(r.URL.Host, "twilio.com"), r.Header.Get("Authorization") != "", r.URL.Host)
	}
	p := fetcher(hosts{"api.twilio.com": ok, "api.dublin.ie1.twilio.com": ok, cdn: ok, "media.s3.amazonaws.com": ok})
	for address, allowed := range map[string]bool{
		mediaURL: true, "https://api.dublin.ie1.twilio.com/m": true, "https://" + cdn + "/m": true, "https://media.s3.amazonaws.com/m": true,
		"http://api.twilio.com/m": false, "https://example.com/m": false, "https://eviltwilio.com/m": false,
		"https://api.twilio.com.evil.example/m": false, "https://u:p@api.twilio.com/m": false, "https://127.0.0.1/m": false, "": false, "%zz": false,
	} {
		m, err := p.Fetch(t.Context(), account("t"), channel.MediaRef{URL: address})
		if allowed {
			require.NoError(t, err, address)
			require.NoError(t, m.Body.Close())
			continue
		}
		require.Equal(t, channel.Refused, fault(t, err).Class, address)
		require.Equal(t, "forbidden", fault(t, err).Code, address)
	}
}

func TestFetch_RedirectOutsideIsRefused(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"https://example.com/x", "https://169.254.169.254/x", "http://" + cdn + "/x", mediaURL} {
		p := fetcher(hosts{"api.twilio.com": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }})
		_, err := p.Fetch(t.Context(), account("t"), channel.MediaRef{URL: mediaURL})
		require.Equal(t, "forbidden", fault(t, err).Code, to)
	}
}

func TestFetch_Answers(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]channel.Class{
		404: channel.Refused, 410: channel.Refused, 401: channel.Config, 429: channel.Throttled, 500: channel.Unavailable, 415: channel.Refused,
	} {
		p := fetcher(hosts{"api.twilio.com": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }})
		_, err := p.Fetch(t.Context(), account("t"), channel.MediaRef{URL: mediaURL})
		require.Equal(t, want, fault(t, err).Class, status)
	}
	_, err := fetcher(nil).Fetch(t.Context(), account("t"), channel.MediaRef{URL: mediaURL})
	require.Equal(t, channel.Unavailable, fault(t, err).Class)
}

// Where the bytes lie, a refusal is about a link that ran out, not about our
// credentials: it must not pause the account.
func TestFetch_AnswersOfCDN(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]channel.Class{
		401: channel.Refused, 403: channel.Refused, 404: channel.Refused, 429: channel.Throttled, 503: channel.Unavailable,
	} {
		p := fetcher(hosts{
			"api.twilio.com": func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://"+cdn+"/f", http.StatusFound)
			},
			cdn: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) },
		})
		_, err := p.Fetch(t.Context(), account("t"), channel.MediaRef{URL: mediaURL})
		require.Equal(t, want, fault(t, err).Class, status)
	}
}

// An override is the account's own API: it may be on this machine, over http.
func TestFetch_BaseURL(t *testing.T) {
	t.Parallel()
	got, base := serve(t, answer{status: 200, body: "bytes"})
	media := base + strings.TrimPrefix(mediaURL, "https://api.twilio.com")
	m, err := client().Fetch(t.Context(), at(base), channel.MediaRef{URL: media})
	require.NoError(t, err)
	require.NoError(t, m.Body.Close())
	require.Equal(t, basic(sid, "token-of-twilio"), got.auth)

	_, err = client().Fetch(t.Context(), account("t"), channel.MediaRef{URL: media})
	require.Equal(t, "forbidden", fault(t, err).Code, "of another account's API")
}
