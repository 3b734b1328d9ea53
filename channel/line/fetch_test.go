package line

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/channel/safehttp"
)

const contentPath = "/v2/bot/message/325708/content"

func TestFetch_Content(t *testing.T) {
	t.Parallel()
	f := newFake(t, map[string]answer{contentPath: {status: 200, body: "bytes", header: map[string]string{"Content-Type": "image/jpeg"}}})
	m, err := client().Fetch(t.Context(), f.account(), channel.MediaRef{ID: "325708", Name: "a.jpg"})
	require.NoError(t, err)
	defer m.Body.Close()
	b, err := io.ReadAll(m.Body)
	require.NoError(t, err)
	require.Equal(t, "bytes", string(b))
	require.Equal(t, "image/jpeg", m.ContentType)
	require.Equal(t, "a.jpg", m.Name)
	require.Equal(t, "Bearer token-of-line", f.asked()[0].header.Get("Authorization"))
}

func TestFetch_Refusals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		content     answer
		transcoding answer
		class       channel.Class
		code        string
	}{
		{"gone", answer{status: 410}, answer{}, channel.Refused, "http_410"},
		{"unknown", answer{status: 404}, answer{}, channel.Refused, "http_404"},
		{"processing", answer{status: 202}, answer{status: 200, body: `{"status":"processing"}`}, channel.Unavailable, "processing"},
		{"processed meanwhile", answer{status: 202}, answer{status: 200, body: `{"status":"succeeded"}`}, channel.Unavailable, "processing"},
		{"conversion failed", answer{status: 202}, answer{status: 200, body: `{"status":"failed"}`}, channel.Refused, "transcoding_failed"},
		{"not known why", answer{status: 202}, answer{status: 500}, channel.Unavailable, "processing"},
		{"not said why", answer{status: 202}, answer{status: 200, body: "<html>"}, channel.Unavailable, "processing"},
		{"token", answer{status: 401}, answer{}, channel.Config, "http_401"},
		{"rate", answer{status: 429}, answer{}, channel.Throttled, "http_429"},
		{"fault", answer{status: 500}, answer{}, channel.Unavailable, "http_500"},
		{"no answer", answer{}, answer{}, channel.Unavailable, "connect"},
		{"redirect to a private host", answer{status: 302, header: map[string]string{"Location": "https://127.0.0.1/x"}}, answer{}, channel.Refused, "forbidden"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, map[string]answer{contentPath: tt.content, contentPath + "/transcoding": tt.transcoding})
			_, err := client().Fetch(t.Context(), f.account(), channel.MediaRef{ID: "325708"})
			require.Equal(t, tt.class, fault(t, err).Class)
			require.Equal(t, tt.code, fault(t, err).Code)
			require.Equal(t, tt.code == "processing", fault(t, err).RetryAfter > 0)
		})
	}
}

func TestFetch_BadIDs(t *testing.T) {
	t.Parallel()
	f := newFake(t, nil)
	for _, id := range []string{"", "../profile/U1", "1/2", "1?x", "1%2e", "é"} {
		_, err := client().Fetch(t.Context(), f.account(), channel.MediaRef{ID: id})
		require.Equal(t, channel.Refused, fault(t, err).Class, id)
	}
	require.Empty(t, f.asked())
}

// stranger is a client and a stranger's host that it may reach in this test.
func stranger(t *testing.T, h http.HandlerFunc) (*Line, string) {
	t.Helper()
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	l := client()
	l.External = s.Client()
	return l, s.URL
}

func TestFetch_External(t *testing.T) {
	t.Parallel()
	l, host := stranger(t, func(w http.ResponseWriter, r *http.Request) {
		require.Empty(t, r.Header.Get("Authorization"), "the token is not for strangers")
		switch r.URL.Path {
		case "/ok":
			_, _ = io.WriteString(w, "bytes")
		case "/busy":
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/denied":
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	m, err := l.Fetch(t.Context(), account("s"), channel.MediaRef{URL: host + "/ok", External: true})
	require.NoError(t, err)
	require.NoError(t, m.Body.Close())

	_, err = l.Fetch(t.Context(), account("s"), channel.MediaRef{URL: host + "/busy", External: true})
	require.Equal(t, channel.Unavailable, fault(t, err).Class)
	require.Equal(t, 3*time.Second, fault(t, err).RetryAfter)

	_, err = l.Fetch(t.Context(), account("s"), channel.MediaRef{URL: host + "/denied", External: true})
	require.Equal(t, channel.Refused, fault(t, err).Class, "it says nothing about our account")
}

func TestFetch_ExternalNeverInwards(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("reached a private host") }))
	t.Cleanup(s.Close)
	l := client()
	for _, guarded := range []*http.Client{safehttp.New(), nil} {
		l.External = guarded
		for _, address := range []string{s.URL, "https://10.0.0.1/x", "https://169.254.169.254/latest", "http://example.com/x", "file:///etc/passwd", ""} {
			_, err := l.Fetch(t.Context(), account("s"), channel.MediaRef{URL: address, External: true})
			require.Equal(t, channel.Refused, fault(t, err).Class, address)
			require.Equal(t, "forbidden", fault(t, err).Code, address)
		}
	}
}

func TestProfile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		answer
		want  channel.Profile
		class channel.Class
	}{
		{answer{status: 200, body: `{"displayName":"Ann","userId":"U1","language":"th","pictureUrl":"https://x.example/p"}`},
			channel.Profile{Name: "Ann", PictureURL: "https://x.example/p", Language: "th"}, ""},
		{answer{status: 200, body: `{"displayName":"Ann"}`}, channel.Profile{Name: "Ann"}, ""},
		{answer{status: 404, body: `{"message":"Not found"}`}, channel.Profile{}, channel.Refused},
		{answer{status: 401}, channel.Profile{}, channel.Config},
		{answer{status: 500}, channel.Profile{}, channel.Unavailable},
		{answer{status: 200, body: "<html>"}, channel.Profile{}, channel.Unavailable},
		{answer{}, channel.Profile{}, channel.Unavailable},
	} {
		f := newFake(t, map[string]answer{"/v2/bot/profile/U/1": tt.answer})
		got, err := client().Profile(t.Context(), f.account(), "U/1") // escaped on the wire
		require.Equal(t, tt.want, got)
		if tt.class != "" {
			require.Equal(t, tt.class, fault(t, err).Class, tt.status)
			continue
		}
		require.NoError(t, err)
	}
}

func TestTest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		answer
		bot, code string
	}{
		{answer{status: 200, body: `{"userId":"Ubot"}`}, "", ""},
		{answer{status: 200, body: `{"userId":"Ubot"}`}, "Ubot", ""},
		{answer{status: 200, body: `{"userId":"Ubot"}`}, "Uother", "other_bot"},
		{answer{status: 200, body: `{}`}, "", "bad_answer"},
		{answer{status: 401, body: `{"message":"Authentication failed."}`}, "", "http_401"},
		{answer{status: 500}, "", "http_500"},
	} {
		f := newFake(t, map[string]answer{"/v2/bot/info": tt.answer})
		a := f.account()
		a.Settings["bot_user_id"] = tt.bot
		err := client().Test(t.Context(), a)
		if tt.code == "" {
			require.NoError(t, err)
			continue
		}
		require.Equal(t, tt.code, fault(t, err).Code)
		require.NotEqual(t, channel.Uncertain, fault(t, err).Class)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	a := account("s")
	a.Settings["channel_id"] = "12ab"
	var invalid *channel.Invalid
	require.ErrorAs(t, New().Validate(a), &invalid)
	require.Equal(t, "channel_id", invalid.Field)
}

// Without an override, calls go to LINE's own hosts.
func TestHosts(t *testing.T) {
	t.Parallel()
	var hosts []string
	l := &Line{HTTP: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		hosts = append(hosts, r.URL.Scheme+"://"+r.URL.Host)
		return nil, io.ErrUnexpectedEOF
	})}}
	a := account("s")
	_, err := l.Send(t.Context(), a, outbound("hi"))
	require.Error(t, err)
	_, err = l.Fetch(t.Context(), a, channel.MediaRef{ID: "1"})
	require.Error(t, err)
	require.Error(t, l.Test(t.Context(), a))
	require.Equal(t, []string{"https://api.line.me", "https://api-data.line.me", "https://api.line.me"}, hosts)
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
