package instagram

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

// meta keeps what it was asked and answers by path.
func meta(t *testing.T, answers map[string]string) (channel.Account, *[]string, *[]map[string]any) {
	t.Helper()
	var paths []string
	var bodies []map[string]any
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var doc map[string]any
		_ = json.Unmarshal(body, &doc)
		paths, bodies = append(paths, r.URL.Path), append(bodies, doc)
		answer, ok := answers[r.URL.Path]
		if !ok || strings.Contains(answer, `"error"`) {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	a := account("secret-of-the-app")
	a.BaseURL = s.URL
	return a, &paths, &bodies
}

func message1(text string) channel.Outbound {
	return channel.Outbound{ID: "123e4567-e89b-12d3-a456-426614174000", Channel: Channel, To: customer, Text: text, InboundAt: time.Now()}
}

func errorOf(t *testing.T, err error) *channel.Error {
	t.Helper()
	var e *channel.Error
	require.ErrorAs(t, err, &e)
	return e
}

func TestSend(t *testing.T) {
	t.Parallel()
	answers := map[string]string{"/v25.0/me/messages": `{"recipient_id":"1","message_id":"m1"}`, "/v25.0/1045/messages": `{"recipient_id":"1","message_id":"m2"}`}
	a, paths, bodies := meta(t, answers)
	m := New("127.0.0.1")
	out := message1("Hi")
	out.Buttons = []channel.Button{{Title: "Yes", Value: "all-yes"}}
	r, err := m.Send(t.Context(), a, out)
	require.NoError(t, err)
	require.Equal(t, []string{"m1"}, r.IDs)
	require.Equal(t, map[string]any{"recipient": map[string]any{"id": customer}, "message": map[string]any{"text": "Hi",
		"quick_replies": []any{map[string]any{"content_type": "text", "title": "Yes", "payload": "all-yes"}}}}, (*bodies)[0])

	page := a
	page.Settings = map[string]string{"ig_id": igID, "page_id": "1045"}
	late := message1("late")
	late.InboundAt = time.Now().Add(-window)
	_, err = m.Send(t.Context(), page, late)
	require.NoError(t, err)
	require.Equal(t, "/v25.0/1045/messages", (*paths)[1])
	require.Equal(t, "HUMAN_AGENT", (*bodies)[1]["tag"])
	late.Automated = true
	_, err = m.Send(t.Context(), page, late)
	require.Equal(t, channel.Window, errorOf(t, err).Class)

	out = message1("look")
	out.Media = []channel.OutMedia{{URL: "https://desk.example.com/f/1", ContentType: "application/zip", Name: "a.zip"}}
	_, err = m.Send(t.Context(), a, out)
	require.NoError(t, err)
	require.Equal(t, map[string]any{"text": "look\na.zip\nhttps://desk.example.com/f/1"}, (*bodies)[2]["message"])
	out.Media[0].ContentType = "image/png"
	_, err = m.Send(t.Context(), a, out)
	require.NoError(t, err)
	require.Equal(t, map[string]any{"attachment": map[string]any{"type": "image", "payload": map[string]any{"url": "https://desk.example.com/f/1"}}}, (*bodies)[3]["message"])

	_, err = m.Send(t.Context(), a, message1(strings.Repeat("é", 501)))
	require.Equal(t, "too_long", errorOf(t, err).Code, "the limit is in bytes")
	require.Len(t, *paths, 5)
	_, err = m.Send(t.Context(), a, message1(strings.Repeat("é", 500)))
	require.NoError(t, err)
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for answer, class := range map[string]channel.Class{
		`{"error":{"code":10,"error_subcode":2534022,"message":"outside of allowed window"}}`: channel.Window,
		`{"error":{"code":190,"message":"expired"}}`:                                          channel.Config,
		`{"error":{"code":100,"error_subcode":2018001,"message":"no user"}}`:                  channel.Refused,
		`{"error":{"code":613,"message":"rate"}}`:                                             channel.Throttled,
	} {
		a, _, _ := meta(t, map[string]string{"/v25.0/me/messages": answer})
		_, err := New("127.0.0.1").Send(t.Context(), a, message1("Hi"))
		require.Equal(t, class, errorOf(t, err).Class, answer)
	}
}

func TestTest(t *testing.T) {
	t.Parallel()
	good := map[string]string{"/v25.0/me": `{"user_id":"` + igID + `","username":"tea"}`, "/v25.0/me/subscribed_apps": `{"data":[{"subscribed_fields":["messages"]}]}`}
	a, _, _ := meta(t, good)
	require.NoError(t, New("127.0.0.1").Test(t.Context(), a))
	a, _, _ = meta(t, map[string]string{"/v25.0/me": `{"user_id":"1","username":"tea"}`})
	require.Equal(t, "other_account", errorOf(t, New("127.0.0.1").Test(t.Context(), a)).Code)
	a, _, _ = meta(t, map[string]string{"/v25.0/me": good["/v25.0/me"], "/v25.0/me/subscribed_apps": `{"data":[]}`})
	require.Equal(t, "not_subscribed", errorOf(t, New("127.0.0.1").Test(t.Context(), a)).Code)
	a, _, _ = meta(t, map[string]string{"/v25.0/1045": `{"id":"1045","instagram_business_account":{"id":"` + igID + `"}}`,
		"/v25.0/1045/subscribed_apps": good["/v25.0/me/subscribed_apps"]})
	a.Settings = map[string]string{"ig_id": igID, "page_id": "1045"}
	require.NoError(t, New("127.0.0.1").Test(t.Context(), a))
}

func TestProfile(t *testing.T) {
	t.Parallel()
	a, _, _ := meta(t, map[string]string{"/v25.0/" + customer: `{"name":"Mila","username":"mila.b","profile_pic":"https://scontent.cdninstagram.com/1"}`})
	p, err := New("127.0.0.1").Profile(t.Context(), a, customer)
	require.NoError(t, err)
	require.Equal(t, channel.Profile{Name: "Mila", PictureURL: "https://scontent.cdninstagram.com/1", Attributes: map[string]string{"handle": "mila.b"}}, p)
}
