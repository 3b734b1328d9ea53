package whatsappcloud

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

const ref = "123e4567-e89b-12d3-a456-426614174000"

// meta is a server that keeps what it was sent and answers by path.
func meta(t *testing.T, status int, answer func(r *http.Request, at string) string) (channel.Account, *[]map[string]any) {
	t.Helper()
	var got []map[string]any
	var address string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		doc := map[string]any{}
		_ = json.Unmarshal(body, &doc)
		doc["path"] = r.URL.Path
		got = append(got, doc)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer(r, address))
	}))
	t.Cleanup(s.Close)
	address = s.URL
	a := account("s")
	a.BaseURL = s.URL
	return a, &got
}

func always(s string) func(*http.Request, string) string {
	return func(*http.Request, string) string { return s }
}

const taken = `{"messaging_product":"whatsapp","contacts":[{"input":"66812345678","wa_id":"66812345678"}],"messages":[{"id":"wamid.out1"}]}`

func outbound(text string) channel.Outbound {
	return channel.Outbound{ID: ref, Channel: whatsapp, From: "+15550783881", To: "+66812345678", Text: text}
}

func picture(contentType string) channel.OutMedia {
	return channel.OutMedia{URL: "https://desk.example.com/m/1", ContentType: contentType, Name: "1.bin", Size: 1000}
}

// What goes to WhatsApp, by what an agent sent.
func TestSend_Objects(t *testing.T) {
	t.Parallel()
	link := "https://desk.example.com/m/1"
	button := []channel.Button{{Title: "Yes", Value: "confirm_yes"}}
	yes := map[string]any{"buttons": []any{map[string]any{"type": "reply", "reply": map[string]any{"id": "confirm_yes", "title": "Yes"}}}}
	for name, c := range map[string]struct {
		change func(*channel.Outbound)
		kind   string
		object map[string]any
	}{
		"text":             {func(*channel.Outbound) {}, "text", map[string]any{"body": "Hi", "preview_url": false}},
		"picture and text": {func(m *channel.Outbound) { m.Media = []channel.OutMedia{picture("image/jpeg")} }, "image", map[string]any{"link": link, "caption": "Hi"}},
		"document": {func(m *channel.Outbound) { m.Text, m.Media = "", []channel.OutMedia{picture("application/pdf")} }, "document",
			map[string]any{"link": link, "filename": "1.bin"}},
		"voice": {func(m *channel.Outbound) { m.Text, m.Media = "", []channel.OutMedia{picture("audio/ogg")} }, "audio", map[string]any{"link": link}},
		"voice and text": {func(m *channel.Outbound) { m.Media = []channel.OutMedia{picture("audio/ogg")} }, "document",
			map[string]any{"link": link, "filename": "1.bin", "caption": "Hi"}},
		"buttons": {func(m *channel.Outbound) { m.Buttons = button }, "interactive",
			map[string]any{"type": "button", "body": map[string]any{"text": "Hi"}, "action": yes}},
		"picture with buttons": {func(m *channel.Outbound) { m.Buttons, m.Media = button, []channel.OutMedia{picture("image/png")} }, "interactive",
			map[string]any{"type": "button", "body": map[string]any{"text": "Hi"}, "action": yes,
				"header": map[string]any{"type": "image", "image": map[string]any{"link": link}}}},
		"template": {func(m *channel.Outbound) {
			m.Template = &channel.Template{ContentSID: "order_update/en_US", Variables: map[string]string{"10": "c", "2": "b", "1": "a"}}
		}, "template", map[string]any{"name": "order_update", "language": map[string]any{"policy": "deterministic", "code": "en_US"},
			"components": []any{map[string]any{"type": "body", "parameters": []any{map[string]any{"type": "text", "text": "a"},
				map[string]any{"type": "text", "text": "b"}, map[string]any{"type": "text", "text": "c"}}}}}},
		"template with names": {func(m *channel.Outbound) {
			m.Template = &channel.Template{ContentSID: "hello/nl", Variables: map[string]string{"first": "Mila"}}
		}, "template", map[string]any{"name": "hello", "language": map[string]any{"policy": "deterministic", "code": "nl"},
			"components": []any{map[string]any{"type": "body", "parameters": []any{map[string]any{"type": "text", "text": "Mila", "parameter_name": "first"}}}}}},
	} {
		a, got := meta(t, 200, always(taken))
		m := outbound("Hi")
		c.change(&m)
		r, err := New("127.0.0.1").Send(t.Context(), a, m)
		require.NoError(t, err, name)
		require.Equal(t, []string{"wamid.out1"}, r.IDs)
		require.Equal(t, []map[string]any{{"path": "/v25.0/" + numberID + "/messages", "messaging_product": "whatsapp", "recipient_type": "individual",
			"to": "66812345678", "biz_opaque_callback_data": ref, "type": c.kind, c.kind: c.object}}, *got, name)
	}
}

// Who has no number is written to by their id.
func TestSend_ToUserID(t *testing.T) {
	t.Parallel()
	a, got := meta(t, 200, always(taken))
	m := outbound("Hallo")
	m.To = "NL.7Hq2"
	_, err := New("127.0.0.1").Send(t.Context(), a, m)
	require.NoError(t, err)
	require.Equal(t, "NL.7Hq2", (*got)[0]["recipient"])
	require.NotContains(t, (*got)[0], "to")
}

func TestSend_Answers(t *testing.T) {
	t.Parallel()
	classes := map[string]channel.Class{
		"accepted": "", "window_expired": channel.Window, "permanent": channel.Refused, "permanent_config": channel.Refused,
		"account_auth": channel.Config, "retryable": channel.Throttled, "retryable_slow": channel.Throttled,
	}
	for _, s := range vectors(t).Outbound {
		want, known := classes[s.Classify]
		if !known || s.Request.Method != http.MethodPost || s.ID == "mark-read-and-typing" {
			continue
		}
		a, _ := meta(t, s.Response.Status, always(string(s.Response.Body)))
		_, err := New("127.0.0.1").Send(t.Context(), a, outbound("Hi"))
		if want == "" {
			require.NoError(t, err, s.ID)
			continue
		}
		var e *channel.Error
		require.ErrorAs(t, err, &e, s.ID)
		require.Equal(t, want, e.Class, s.ID)
	}
}

// A file is had by its id: address first, then the bytes with the token.
func TestFetch_ByID(t *testing.T) {
	t.Parallel()
	a, got := meta(t, 200, func(r *http.Request, at string) string {
		if r.Header.Get("Authorization") != "Bearer token-of-the-number" {
			return "no token"
		}
		if r.URL.Path == "/cdn/1" {
			return "bytes"
		}
		return `{"url":"` + at + `/cdn/1","mime_type":"image/jpeg"}`
	})
	m, err := New("127.0.0.1").Fetch(t.Context(), a, channel.MediaRef{ID: "1000000000004"})
	require.NoError(t, err)
	b, err := io.ReadAll(m.Body)
	require.NoError(t, err)
	require.NoError(t, m.Body.Close())
	require.Equal(t, "bytes", string(b))
	require.Equal(t, "/v25.0/1000000000004", (*got)[0]["path"])
	_, err = New("127.0.0.1").Fetch(t.Context(), a, channel.MediaRef{ID: "../1"})
	var e *channel.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, channel.Refused, e.Class)
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	a, got := meta(t, 200, func(r *http.Request, _ string) string {
		if r.URL.Query().Get("after") == "" {
			return `{"data":[{"name":"order_update","language":"en_US","status":"APPROVED","rejected_reason":"NONE","components":[
				{"type":"HEADER","format":"TEXT","text":"Your order"},{"type":"BODY","text":"Hi {{1}}, order {{2}} is on its way.","example":{"body_text":[["Mila","1042"]]}},
				{"type":"FOOTER","text":"Kettle & Leaf"}]}],"paging":{"cursors":{"after":"x"},"next":"https://graph.facebook.com/next"}}`
		}
		return `{"data":[{"name":"photo","language":"nl","status":"REJECTED","rejected_reason":"INVALID_FORMAT","components":[{"type":"HEADER","format":"IMAGE"},{"type":"BODY","text":"Kijk"}]},
			{"name":"named","language":"en","status":"PENDING","components":[{"type":"BODY","text":"Hi {{first}}","example":{"body_text_named_params":[{"param_name":"first","example":"Mila"}]}}]}]}`
	})
	list, err := New("127.0.0.1").Templates(t.Context(), a)
	require.NoError(t, err)
	require.Len(t, *got, 2)
	require.Equal(t, []channel.ProviderTemplate{
		{ContentSID: "order_update/en_US", Channel: whatsapp, Name: "order_update", Language: "en-US", Kind: channel.TemplateText,
			Text: "Your order\n\nHi {{1}}, order {{2}} is on its way.\n\nKettle & Leaf", Variables: map[string]string{"1": "Mila", "2": "1042"},
			Approval: channel.ApprovalApproved},
		{ContentSID: "photo/nl", Channel: whatsapp, Name: "photo", Language: "nl", Kind: "image", Text: "Kijk", Variables: map[string]string{},
			Approval: channel.ApprovalRejected, Reason: "INVALID_FORMAT"},
		{ContentSID: "named/en", Channel: whatsapp, Name: "named", Language: "en", Kind: channel.TemplateText, Text: "Hi {{first}}",
			Variables: map[string]string{"first": "Mila"}, Approval: channel.ApprovalPending},
	}, list)
}

func TestTest(t *testing.T) {
	t.Parallel()
	for apps, code := range map[string]string{`[{"whatsapp_business_api_data":{"id":"1"}}]`: "", `[]`: "not_subscribed", `null`: "bad_answer"} {
		a, _ := meta(t, 200, always(`{"id":"`+numberID+`","data":`+apps+`}`))
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
