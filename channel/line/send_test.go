package line

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

const retryKey = "123e4567-e89b-12d3-a456-426614174000"

// sent is one request that the fake LINE took.
type sent struct {
	path   string
	header http.Header
	body   string
}

// fake is LINE with prepared answers by path.
type fake struct {
	t       *testing.T
	mu      sync.Mutex
	sent    []sent
	answers map[string]answer
	*httptest.Server
}

type answer struct {
	status int
	body   string
	header map[string]string
}

func newFake(t *testing.T, answers map[string]answer) *fake {
	t.Helper()
	f := &fake{t: t, answers: answers}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		f.t.Error(err)
	}
	f.mu.Lock()
	f.sent = append(f.sent, sent{r.URL.Path, r.Header, string(body)})
	f.mu.Unlock()
	a, ok := f.answers[r.URL.Path]
	if !ok {
		f.t.Errorf("LINE was asked for %s", r.URL.Path)
	}
	if a.status == 0 {
		panic(http.ErrAbortHandler) // the connection breaks
	}
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

func (f *fake) account() channel.Account {
	a := account("s")
	a.BaseURL = f.URL + "/"
	return a
}

// asked is what LINE was asked so far.
func (f *fake) asked() []sent {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.sent)
}

func (f *fake) paths() (out []string) {
	for _, s := range f.asked() {
		out = append(out, s.path)
	}
	return out
}

func now() time.Time { return time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC) }

func client() *Line {
	l := New("127.0.0.1")
	l.Now = now
	return l
}

func outbound(text string) channel.Outbound {
	return channel.Outbound{ID: retryKey, Channel: "line", To: customer, Text: text}
}

func token(life time.Duration) *channel.ReplyToken {
	return &channel.ReplyToken{Token: "b60d432864f44d079f6d8efe86cf404b", Until: now().Add(life)}
}

func fault(t *testing.T, err error) *channel.Error {
	t.Helper()
	var e *channel.Error
	require.ErrorAs(t, err, &e)
	return e
}

func TestSend_SampleShapes(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t).Outbound {
		reply := v.ID == "reply-text"
		if !reply && v.ID != "push-text-with-retry-key" {
			continue
		}
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			path := strings.TrimPrefix(v.Request.URL, "https://api.line.me")
			f := newFake(t, map[string]answer{path: {status: v.Response.Status, body: string(v.Response.Body), header: v.Response.Headers}})
			var want map[string]any
			require.NoError(t, json.Unmarshal(v.Request.Body, &want))
			object := want["messages"].([]any)[0].(map[string]any)
			// What is not ours to say is LINE's default.
			delete(want, "notificationDisabled")
			delete(object, "quickReply")
			m := outbound(object["text"].(string))
			if reply {
				m.Reply = token(time.Second)
			}
			r, err := client().Send(t.Context(), f.account(), m)
			require.NoError(t, err)
			require.Equal(t, reply, r.UsedReply)
			require.Len(t, r.IDs, 1)
			require.Contains(t, string(v.Response.Body), r.IDs[0])

			wantBody, err := json.Marshal(want)
			require.NoError(t, err)
			require.Len(t, f.asked(), 1)
			require.JSONEq(t, string(wantBody), f.asked()[0].body)
			require.Equal(t, "Bearer token-of-line", f.asked()[0].header.Get("Authorization"))
			require.Equal(t, "application/json", f.asked()[0].header.Get("Content-Type"))
			require.Equal(t, v.Request.Headers["x-line-retry-key"], f.asked()[0].header.Get("X-Line-Retry-Key"))
			for _, name := range v.Request.Forbidden {
				require.NotContains(t, f.asked()[0].header, http.CanonicalHeaderKey(name))
			}
		})
	}
}

func TestSend_SampleMedia(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t).Outbound {
		if v.ID != "push-media" {
			continue
		}
		var want struct {
			To       string `json:"to"`
			Messages []any  `json:"messages"`
		}
		require.NoError(t, json.Unmarshal(v.Request.Body, &want))
		want.Messages = want.Messages[:3] // agents send neither places nor stickers
		f := newFake(t, map[string]answer{pushPath: {status: 200, body: `{"sentMessages":[{"id":"1"},{"id":"2"},{"id":"3"}]}`}})
		m := outbound("")
		const host = "https://files.example.com/"
		m.Media = []channel.OutMedia{
			{URL: host + "a.jpg", PreviewURL: host + "a_240.jpg", ContentType: "image/jpeg", Size: 10 << 20},
			{URL: host + "v.mp4", PreviewURL: host + "v.jpg", ContentType: "video/mp4", Size: 200 << 20},
			{URL: host + "a.m4a", ContentType: "audio/x-m4a"},
		}
		r, err := client().Send(t.Context(), f.account(), m)
		require.NoError(t, err)
		require.Equal(t, []string{"1", "2", "3"}, r.IDs)
		wantBody, err := json.Marshal(want)
		require.NoError(t, err)
		require.JSONEq(t, string(wantBody), f.asked()[0].body)
	}
}

// Every answer that is recorded, to a push.
func TestSend_SampleAnswers(t *testing.T) {
	t.Parallel()
	want := map[string]struct {
		class channel.Class
		code  string
	}{
		"err-validation": {channel.Refused, "http_400"}, "err-cannot-send": {channel.Refused, "http_400"},
		"err-invalid-reply-token": {channel.Refused, "http_400"}, // to a push it means nothing
		"err-auth":                {channel.Config, "http_401"}, "err-plan": {channel.Config, "http_403"},
		"err-monthly-quota": {channel.Config, "quota"}, "err-rate": {channel.Throttled, "http_429"},
		"err-server": {channel.Uncertain, "http_500"},
	}
	for _, v := range vectors(t).Outbound {
		if v.Response.Status == 0 || v.ID == "reply-text" {
			continue
		}
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, map[string]answer{pushPath: {status: v.Response.Status, body: string(v.Response.Body)}})
			r, err := client().Send(t.Context(), f.account(), outbound("hi"))
			require.Equal(t, []string{pushPath}, f.paths())
			require.Equal(t, retryKey, f.asked()[0].header.Get("X-Line-Retry-Key"))
			if v.Response.Status == 200 || v.Response.Status == 409 {
				require.NoError(t, err)
				require.Equal(t, []string{"461230966842064898"}, r.IDs, "the ids of the first time")
				return
			}
			require.Equal(t, want[v.ID].class, fault(t, err).Class)
			require.Equal(t, want[v.ID].code, fault(t, err).Code)
		})
	}
}

func TestSend_Reply(t *testing.T) {
	t.Parallel()
	const ids = `{"sentMessages":[{"id":"1"}]}`
	for _, tt := range []struct {
		name   string
		life   time.Duration
		reply  answer
		paths  []string
		class  channel.Class // "" is success
		spends bool
	}{
		{"fresh token", time.Second, answer{status: 200, body: ids}, []string{replyPath}, "", true},
		{"stale token", 0, answer{}, []string{pushPath}, "", false},
		{"token refused", time.Second, answer{status: 400, body: `{"message":"Invalid reply token"}`}, []string{replyPath, pushPath}, "", false},
		{"other refusal", time.Second, answer{status: 400, body: `{"message":"The request body has 1 error(s)"}`}, []string{replyPath}, channel.Refused, false},
		{"fault", time.Second, answer{status: 500}, []string{replyPath}, channel.Uncertain, false},
		{"gateway's fault", time.Second, answer{status: 502, body: "<html>Invalid reply token</html>"}, []string{replyPath}, channel.Uncertain, false},
		{"no answer", time.Second, answer{}, []string{replyPath}, channel.Uncertain, false},
		{"answer that is none", time.Second, answer{status: 200, body: "<html>"}, []string{replyPath}, channel.Uncertain, false},
		{"rate", time.Second, answer{status: 429}, []string{replyPath}, channel.Throttled, false},
		{"credentials", time.Second, answer{status: 401}, []string{replyPath}, channel.Config, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, map[string]answer{replyPath: tt.reply, pushPath: {status: 200, body: ids}})
			m := outbound("hi")
			m.Reply = token(tt.life)
			r, err := client().Send(t.Context(), f.account(), m)
			require.Equal(t, tt.paths, f.paths())
			for _, s := range f.sent {
				_, has := s.header["X-Line-Retry-Key"]
				require.Equal(t, s.path == pushPath, has, "the reply endpoint refuses a retry key")
			}
			if tt.class != "" {
				require.Equal(t, tt.class, fault(t, err).Class)
				return
			}
			require.NoError(t, err)
			require.Equal(t, channel.Receipt{IDs: []string{"1"}, UsedReply: tt.spends}, r)
		})
	}
}

func TestSend_Conflict(t *testing.T) {
	t.Parallel()
	f := newFake(t, map[string]answer{pushPath: {status: 409, body: "no JSON"}})
	r, err := client().Send(t.Context(), f.account(), outbound("hi"))
	require.NoError(t, err, "LINE has it, whatever it says besides")
	require.Empty(t, r.IDs)
}

func TestSend_Faults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		answer
		class channel.Class
		wait  time.Duration
		says  string
	}{
		{answer{status: 429, header: map[string]string{"Retry-After": "7"}}, channel.Throttled, 7 * time.Second, ""},
		{answer{status: 503, header: map[string]string{"Retry-After": "9"}}, channel.Uncertain, 9 * time.Second, ""},
		{answer{status: 413}, channel.Refused, 0, "size"},
		{answer{status: 415}, channel.Refused, 0, "kind"},
		{answer{status: 404}, channel.Refused, 0, ""},
		{answer{status: 307, header: map[string]string{"Location": "/x"}}, channel.Config, 0, "elsewhere"},
		{answer{status: 400, body: `{"details":[{"property":"messages[0].text"}]}`}, channel.Refused, 0, "messages[0].text"},
		{answer{status: 400, body: `{"details":[{"property":"messages[0].text of ` + customer + `"}]}`}, channel.Refused, 0, "refused the message."},
	} {
		f := newFake(t, map[string]answer{pushPath: tt.answer})
		_, err := client().Send(t.Context(), f.account(), outbound("hi"))
		require.Equal(t, tt.class, fault(t, err).Class, tt.status)
		require.Equal(t, tt.wait, fault(t, err).RetryAfter, tt.status)
		require.Contains(t, fault(t, err).Detail, tt.says)
		require.NotContains(t, err.Error(), customer)
	}
}

func TestCompose(t *testing.T) {
	t.Parallel()
	const address = "https://files.example.com/f"
	file := func(contentType, preview string, size int64) channel.Outbound {
		m := outbound("")
		m.Media = []channel.OutMedia{{URL: address, PreviewURL: preview, ContentType: contentType, Name: "name", Size: size}}
		return m
	}
	link := []object{{Type: "text", Text: "name\n" + address}}
	for _, tt := range []struct {
		name string
		m    channel.Outbound
		want []object
	}{
		{"longest text", outbound(strings.Repeat("👋", 2500)), []object{{Type: "text", Text: strings.Repeat("👋", 2500)}}},
		{"small picture is its own preview", file("image/png", "", 1<<20), []object{{Type: "image", Original: address, Preview: address}}},
		{"preview that LINE cannot fetch", file("image/png", "http://x.example/p", 1<<20), []object{{Type: "image", Original: address, Preview: address}}},
		{"large picture without a preview", file("image/png", "", 1<<20+1), link},
		{"picture too large", file("image/jpeg", "https://x.example/p", 10<<20+1), link},
		{"video without a preview", file("video/mp4", "", 1), link},
		{"document", file("application/pdf", "", 1), link},
		{"picture of another kind", file("image/webp", "https://x.example/p", 1), link},
	} {
		got, err := compose(tt.m)
		require.NoError(t, err, tt.name)
		require.Equal(t, tt.want, got, tt.name)
	}
	for _, l := range mediaLimits() { // what agents are told is what happens to what they send, whose pictures alone have previews
		if preview := ""; l.Type != "*/*" {
			if strings.HasPrefix(l.Type, "image/") {
				preview = "https://x.example/p"
			}
			got, err := compose(file(l.Type, preview, l.MaxBytes))
			require.NoError(t, err)
			require.Equal(t, l.AsLink, got[0].Type == "text", l.Type)
		}
	}
	four := outbound("hi")
	for range 4 {
		four.Media = append(four.Media, channel.OutMedia{URL: address, ContentType: "application/pdf"})
	}
	got, err := compose(four)
	require.NoError(t, err)
	require.Len(t, got, 5)

	for code, m := range map[string]channel.Outbound{
		"too_long":       outbound(strings.Repeat("👋", 2500) + "x"),
		"too_many_media": {Media: append(four.Media, channel.OutMedia{URL: address})},
		"media_url":      {Media: []channel.OutMedia{{URL: "http://files.example.com/f"}}},
		"empty":          outbound(""),
	} {
		_, err := compose(m)
		require.Equal(t, channel.Refused, fault(t, err).Class)
		require.Equal(t, code, fault(t, err).Code)
	}
}

// Our caps promise what Send takes.
func TestChannels(t *testing.T) {
	t.Parallel()
	caps := New().Channels()["line"]
	require.Equal(t, 5000, caps.MaxText)
	require.Equal(t, 4, caps.MaxMedia)
	require.True(t, caps.SafeSend)
	require.False(t, caps.Delivered || caps.Read)
	require.Zero(t, caps.Window)
}
