package messenger

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

const ref = "123e4567-e89b-12d3-a456-426614174000"

// meta is a server that keeps what it was sent and answers the same every time.
func meta(t *testing.T, status int, answer string) (channel.Account, *[]map[string]any) {
	t.Helper()
	var got []map[string]any
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		doc := map[string]any{"path": r.URL.Path, "proof": r.URL.Query().Get("appsecret_proof"), "token": r.Header.Get("Authorization")}
		_ = json.Unmarshal(body, &doc)
		got = append(got, doc)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	a := account("5f4dcc3b5aa765d61d8327deb882cf99")
	a.Secrets["page_access_token"] = "EAATESTTOKEN"
	a.BaseURL = s.URL
	return a, &got
}

func outbound(text string) channel.Outbound {
	return channel.Outbound{ID: ref, Channel: Channel, To: "24680135792468", Text: text, InboundAt: time.Now()}
}

func TestSend_Text(t *testing.T) {
	t.Parallel()
	a, got := meta(t, 200, `{"recipient_id":"24680135792468","message_id":"m_out1"}`)
	m := outbound("Confirm?")
	m.Buttons = []channel.Button{{Title: "Yes", Value: "CONFIRM_YES"}}
	r, err := New("127.0.0.1").Send(t.Context(), a, m)
	require.NoError(t, err)
	require.Equal(t, []string{"m_out1"}, r.IDs)
	require.Equal(t, []map[string]any{{
		"path": "/v25.0/" + pageID + "/messages", "proof": "778a0ea5fa5b8e1271c0f662ab43d2503a2cc25c10b19e640fa10d172a8a1e71", "token": "Bearer EAATESTTOKEN",
		"recipient": map[string]any{"id": "24680135792468"}, "messaging_type": "RESPONSE",
		"message": map[string]any{"text": "Confirm?", "metadata": "switchboard:" + ref,
			"quick_replies": []any{map[string]any{"content_type": "text", "title": "Yes", "payload": "CONFIRM_YES"}}},
	}}, *got)
}

// The attachment goes first, and the id with what comes last.
func TestSend_AttachmentAndText(t *testing.T) {
	t.Parallel()
	a, got := meta(t, 200, `{"message_id":"m_out1"}`)
	a.Settings["graph_version"] = "v26.0"
	m := outbound("Look")
	m.Media = []channel.OutMedia{{URL: "https://desk.example.com/m/1.pdf", ContentType: "application/pdf"}}
	_, err := New("127.0.0.1").Send(t.Context(), a, m)
	require.NoError(t, err)
	require.Len(t, *got, 2)
	require.Equal(t, "/v26.0/"+pageID+"/messages", (*got)[0]["path"])
	first, _ := (*got)[0]["message"].(map[string]any)
	require.Equal(t, map[string]any{"attachment": map[string]any{"type": "file",
		"payload": map[string]any{"url": "https://desk.example.com/m/1.pdf", "is_reusable": false}}}, first)
	last, _ := (*got)[1]["message"].(map[string]any)
	require.Equal(t, "switchboard:"+ref, last["metadata"])
}

// After a day only what a person typed goes, for a week.
func TestSend_Window(t *testing.T) {
	t.Parallel()
	a, got := meta(t, 200, `{"message_id":"m_out1"}`)
	now := time.Now()
	p := New("127.0.0.1")
	p.Now = func() time.Time { return now }
	send := func(age time.Duration, automated bool) error {
		m := outbound("Hi")
		m.InboundAt, m.Automated = now.Add(-age), automated
		_, err := p.Send(t.Context(), a, m)
		return err
	}
	require.NoError(t, send(23*time.Hour, true))
	require.NoError(t, send(25*time.Hour, false))
	require.Equal(t, "MESSAGE_TAG", (*got)[1]["messaging_type"])
	require.Equal(t, "HUMAN_AGENT", (*got)[1]["tag"])
	for _, err := range []error{send(25*time.Hour, true), send(8*24*time.Hour, false)} {
		var e *channel.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, channel.Window, e.Class)
	}
	require.Len(t, *got, 2, "Meta was not asked")
}

func TestSend_Answers(t *testing.T) {
	t.Parallel()
	classes := map[string][]channel.Class{
		"accepted": {""}, "window_expired": {channel.Window}, "permanent": {channel.Refused}, "permanent_config": {channel.Refused},
		"account_auth": {channel.Config}, "retryable": {channel.Throttled, channel.Uncertain},
	}
	for _, s := range vectors(t).Outbound {
		if s.ID == "typing" || s.ID == "mark-seen" || s.ID == "appsecret-proof" {
			continue
		}
		a, _ := meta(t, s.Response.Status, string(s.Response.Body))
		_, err := New("127.0.0.1").Send(t.Context(), a, outbound("Hi"))
		want, known := classes[s.Classify]
		require.True(t, known, s.Classify)
		if want[0] == "" {
			require.NoError(t, err, s.ID)
			continue
		}
		var e *channel.Error
		require.ErrorAs(t, err, &e, s.ID)
		require.Contains(t, want, e.Class, s.ID)
	}
}

// A doubt is settled by what stands in the page's conversation.
func TestFind(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)
	for answer, found := range map[string]bool{
		`{"data":[{"messages":{"data":[{"id":"m1","message":"Hi","created_time":"2026-11-30T10:00:01+0000","from":{"id":"` + pageID + `"}}]}}]}`:    true,
		`{"data":[{"messages":{"data":[{"id":"m1","message":"Hi","created_time":"2026-11-30T09:00:01+0000","from":{"id":"` + pageID + `"}}]}}]}`:    false,
		`{"data":[{"messages":{"data":[{"id":"m1","message":"Hi","created_time":"2026-11-30T10:00:01+0000","from":{"id":"24680135792468"}}]}}]}`:    false,
		`{"data":[{"messages":{"data":[{"id":"m1","message":"Hello","created_time":"2026-11-30T10:00:01+0000","from":{"id":"` + pageID + `"}}]}}]}`: false,
		`{"data":[]}`: false,
	} {
		a, _ := meta(t, 200, answer)
		_, got, err := New("127.0.0.1").Find(t.Context(), a, outbound("Hi"), since)
		require.NoError(t, err)
		require.Equal(t, found, got, answer)
	}
}

func TestTest(t *testing.T) {
	t.Parallel()
	for apps, code := range map[string]string{
		`[{"id":"` + appID + `","subscribed_fields":["messages","messaging_postbacks","message_deliveries","message_reads","message_echoes","message_reactions","message_edits"]}]`: "",
		`[{"id":"` + appID + `","subscribed_fields":["messages"]}]`: "not_subscribed",
		`[{"id":"1"}]`: "not_subscribed",
		`null`:         "bad_answer",
	} {
		a, _ := meta(t, 200, `{"id":"`+pageID+`","name":"Kettle & Leaf","data":`+apps+`}`)
		err := New("127.0.0.1").Test(t.Context(), a)
		if code == "" {
			require.NoError(t, err)
			continue
		}
		var e *channel.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, code, e.Code)
	}
}
