package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

// weixin keeps what it was asked and answers by path. Tokens are ACCESS-1, -2 …
type weixin struct {
	mu      sync.Mutex
	asked   []string // path and query, without token
	bodies  []map[string]any
	raw     []string
	tokens  []string // that the calls had
	issued  int
	forced  int
	answers map[string][]string // by path; the last one is repeated
}

func (x *weixin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x.mu.Lock()
	defer x.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	var doc map[string]any
	_ = json.Unmarshal(body, &doc)
	x.asked, x.bodies, x.raw = append(x.asked, r.URL.Path), append(x.bodies, doc), append(x.raw, string(body))
	if r.URL.Path == "/cgi-bin/stable_token" && x.answers[r.URL.Path] == nil {
		if doc["force_refresh"] == true {
			x.forced++
		}
		x.issued++
		_, _ = io.WriteString(w, `{"access_token":"ACCESS-`+string(rune('0'+1+x.forced))+`","expires_in":7200}`)
		return
	}
	x.tokens = append(x.tokens, r.URL.Query().Get("access_token"))
	list := x.answers[r.URL.Path]
	if len(list) == 0 {
		_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
		return
	}
	_, _ = io.WriteString(w, list[0])
	if len(list) > 1 {
		x.answers[r.URL.Path] = list[1:]
	}
}

func serve(t *testing.T, answers map[string][]string) (*WeChat, channel.Account, *weixin) {
	t.Helper()
	x := &weixin{answers: answers}
	s := httptest.NewServer(x)
	t.Cleanup(s.Close)
	a := account()
	a.BaseURL = s.URL
	return New("127.0.0.1"), a, x
}

func message(text string) channel.Outbound {
	return channel.Outbound{ID: "123e4567-e89b-12d3-a456-426614174000", Channel: Channel, To: customer, Text: text, InboundAt: time.Now()}
}

const sendPath = "/cgi-bin/message/custom/send"

func errorOf(t *testing.T, err error) *channel.Error {
	t.Helper()
	var e *channel.Error
	require.ErrorAs(t, err, &e)
	return e
}

func TestSend_Text(t *testing.T) {
	t.Parallel()
	w, a, x := serve(t, nil)
	_, err := w.Send(t.Context(), a, message(`您好 <a href="https://example.com">link</a> & more`))
	require.NoError(t, err)
	require.Equal(t, []string{"/cgi-bin/stable_token", sendPath}, x.asked)
	require.Equal(t, map[string]any{"grant_type": "client_credential", "appid": app, "secret": "secret-of-the-app", "force_refresh": false}, x.bodies[0])
	require.Contains(t, x.raw[1], `<a href=\"https://example.com\">link</a> & more`, "WeChat shows escapes")
	require.Equal(t, customer, x.bodies[1]["touser"])

	_, err = w.Send(t.Context(), a, message("again"))
	require.NoError(t, err)
	require.Equal(t, 1, x.issued, "the token is kept")

	out := message("sure?")
	out.Buttons = []channel.Button{{Title: "满意", Value: "101"}, {Title: "不满意", Value: "102"}}
	_, err = w.Send(t.Context(), a, out)
	require.NoError(t, err)
	require.Equal(t, "msgmenu", x.bodies[3]["msgtype"])
	require.Equal(t, map[string]any{"head_content": "sure?", "tail_content": "",
		"list": []any{map[string]any{"id": "101", "content": "满意"}, map[string]any{"id": "102", "content": "不满意"}}}, x.bodies[3]["msgmenu"])
}

func TestSend_LimitIsInBytes(t *testing.T) {
	t.Parallel()
	w, a, x := serve(t, nil)
	_, err := w.Send(t.Context(), a, message(strings.Repeat("好", 682)))
	require.NoError(t, err)
	_, err = w.Send(t.Context(), a, message(strings.Repeat("好", 683)))
	require.Equal(t, "too_long", errorOf(t, err).Code)
	require.Len(t, x.asked, 2)
	old := message("late")
	old.InboundAt = time.Now().Add(-window)
	_, err = w.Send(t.Context(), a, old)
	require.Equal(t, channel.Window, errorOf(t, err).Class)
	require.Len(t, x.asked, 2, "WeChat was not asked")
}

func TestSend_Files(t *testing.T) {
	t.Parallel()
	w, a, x := serve(t, map[string][]string{"/cgi-bin/media/upload": {`{"type":"image","media_id":"MEDIA_ID","created_at":1}`}})
	out := message("look")
	out.Media = []channel.OutMedia{{URL: "https://desk.example.com/f/1", ContentType: "image/png", Name: "图.png",
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("PNG")), nil }}}
	_, err := w.Send(t.Context(), a, out)
	require.NoError(t, err)
	require.Equal(t, []string{"/cgi-bin/stable_token", "/cgi-bin/media/upload", sendPath, sendPath}, x.asked)
	require.Contains(t, x.raw[1], `name="media"; filename="a.png"`)
	require.Contains(t, x.raw[1], "\r\n\r\nPNG\r\n")
	require.Equal(t, map[string]any{"media_id": "MEDIA_ID"}, x.bodies[2]["image"])
	require.Equal(t, map[string]any{"content": "look"}, x.bodies[3]["text"])

	out.Media[0].ContentType, out.Media[0].Name = "application/pdf", "terms.pdf"
	_, err = w.Send(t.Context(), a, out)
	require.NoError(t, err)
	require.Equal(t, map[string]any{"content": "look\nterms.pdf\nhttps://desk.example.com/f/1"}, x.bodies[4]["text"])

	out.Media[0].ContentType = "image/png"
	out.Media[0].Open = func(context.Context) (io.ReadCloser, error) { return nil, errors.New("away") }
	_, err = w.Send(t.Context(), a, out)
	require.Equal(t, channel.Unavailable, errorOf(t, err).Class)
}

// A token that is over is replaced once, and the message goes out once.
func TestSend_TokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"40001", "40014", "42001"} {
		w, a, x := serve(t, map[string][]string{sendPath: {`{"errcode":` + code + `,"errmsg":"invalid credential"}`, `{"errcode":0}`}})
		_, err := w.Send(t.Context(), a, message("hello"))
		require.NoError(t, err)
		require.Equal(t, []string{"ACCESS-1", "ACCESS-2"}, x.tokens)
		require.Equal(t, 1, x.forced, "WeChat still gave the token that it does not take")
	}
	w, a, x := serve(t, map[string][]string{sendPath: {`{"errcode":40001,"errmsg":"invalid credential"}`}})
	_, err := w.Send(t.Context(), a, message("hello"))
	require.Equal(t, channel.Config, errorOf(t, err).Class)
	require.Len(t, x.tokens, 2)
}

// Many messages at once ask for one token.
func TestToken_OneAsks(t *testing.T) {
	t.Parallel()
	w, a, x := serve(t, nil)
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			_, err := w.Send(t.Context(), a, message("hello"))
			assertNil(t, err)
		})
	}
	wait.Wait()
	require.Equal(t, 1, x.issued)

	other := a
	other.Secrets = map[string]string{"app_secret": "another"}
	_, err := w.token(t.Context(), other, "")
	require.NoError(t, err)
	require.Equal(t, 2, x.issued, "a new AppSecret is tried, not the token of the old one")
	w.Now = func() time.Time { return time.Now().Add(7200 * time.Second * 4 / 5) }
	_, err = w.token(t.Context(), a, "")
	require.NoError(t, err)
	require.Equal(t, 3, x.issued, "asked for before it is over")
}

func assertNil(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func TestVectors_Answers(t *testing.T) {
	t.Parallel()
	classes := map[string]channel.Class{"window_expired": channel.Window, "window_quota": channel.Window, "retryable": channel.Unavailable,
		"suppress": channel.OptedOut, "permanent": channel.Refused, "account_config": channel.Config, "account": channel.Config}
	special := map[string]channel.Class{"frequency": channel.Throttled, "daily-quota": channel.Throttled, "token-invalid": channel.Config,
		"token-expired": channel.Config, "token-malformed": channel.Config}
	tried := 0
	for _, v := range vectors(t).Outbound {
		if !strings.Contains(v.Request.URL, sendPath) {
			continue
		}
		w, a, _ := serve(t, map[string][]string{sendPath: {string(v.Response.Body)}})
		_, err := w.Send(t.Context(), a, message("hello"))
		if v.Classify == "accepted" {
			require.NoError(t, err, v.ID)
			continue
		}
		want, known := special[v.ID]
		if !known {
			want, known = classes[v.Classify]
		}
		require.True(t, known, "%s %s", v.ID, v.Classify)
		require.Equal(t, want, errorOf(t, err).Class, v.ID)
		tried++
	}
	require.Greater(t, tried, 8)
}

func TestTest(t *testing.T) {
	t.Parallel()
	w, a, _ := serve(t, map[string][]string{"/cgi-bin/getcallbackip": {`{"ip_list":["127.0.0.1"]}`}})
	require.NoError(t, w.Test(t.Context(), a))
	for answer, class := range map[string]channel.Class{
		`{"errcode":40164,"errmsg":"invalid ip 203.0.113.7, not in whitelist"}`: channel.Config,
		`{"errcode":40125,"errmsg":"invalid appsecret"}`:                        channel.Config,
		`{"errcode":40013,"errmsg":"invalid appid"}`:                            channel.Config,
		`{"errcode":-1,"errmsg":"system error"}`:                                channel.Unavailable,
		`{"errcode":45011,"errmsg":"quota"}`:                                    channel.Throttled,
	} {
		w, a, _ := serve(t, map[string][]string{"/cgi-bin/stable_token": {answer}})
		e := errorOf(t, w.Test(t.Context(), a))
		require.Equal(t, class, e.Class, answer)
		require.NotContains(t, e.Detail, "203.0.113.7")
	}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	const get = "/cgi-bin/media/get"
	w, a, x := serve(t, map[string][]string{get: {`{"errcode":42001,"errmsg":"access_token expired"}`, "bytes of a picture"}})
	m, err := w.Fetch(t.Context(), a, channel.MediaRef{ID: "media_img_1"})
	require.NoError(t, err)
	b, err := io.ReadAll(m.Body)
	require.NoError(t, err)
	require.NoError(t, m.Body.Close())
	require.Equal(t, "bytes of a picture", string(b))
	require.Equal(t, []string{"ACCESS-1", "ACCESS-2"}, x.tokens)

	w, a, _ = serve(t, map[string][]string{get: {`{"errcode":40007,"errmsg":"invalid media_id"}`}})
	_, err = w.Fetch(t.Context(), a, channel.MediaRef{ID: "X"})
	require.Equal(t, channel.Refused, errorOf(t, err).Class)

	w, a, x = serve(t, map[string][]string{get: {`{"video_url":"http://127.0.0.1/private"}`}})
	_, err = w.Fetch(t.Context(), a, channel.MediaRef{ID: "X"})
	require.Equal(t, "forbidden", errorOf(t, err).Code, "an answer does not lead to machines inside")
	require.Len(t, x.tokens, 1)
}

func TestProfile(t *testing.T) {
	t.Parallel()
	w, a, _ := serve(t, map[string][]string{"/cgi-bin/user/info": {`{"subscribe":1,"openid":"` + customer + `","nickname":"","language":"zh_CN","remark":"VIP","sex":2,"city":"广州"}`}})
	p, err := w.Profile(t.Context(), a, customer)
	require.NoError(t, err)
	require.Equal(t, channel.Profile{Name: "VIP", Language: "zh-CN", Attributes: map[string]string{"gender": "female", "city": "广州"}}, p)
}

func TestSignal(t *testing.T) {
	t.Parallel()
	w, a, x := serve(t, nil)
	require.NoError(t, w.Signal(t.Context(), a, channel.Signal{To: customer}))
	require.Empty(t, x.asked, "there is no read mark")
	require.NoError(t, w.Signal(t.Context(), a, channel.Signal{To: customer, Typing: true}))
	require.Equal(t, map[string]any{"touser": customer, "command": "Typing"}, x.bodies[1])
}
