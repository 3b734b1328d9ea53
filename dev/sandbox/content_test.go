package sandbox_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/dev/sandbox"
	"switchboard/dev/sandbox/twilio"
)

func (b *box) contents(query, password string) reply {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, b.base+"/twilio/v1/ContentAndApprovals?"+query, nil)
	require.NoError(b, err)
	req.SetBasicAuth(sid, password)
	out, err := b.do(req)
	require.NoError(b, err)
	return out
}

func TestTwilio_Contents(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	require.Equal(t, 401, b.contents("", "wrong").status)
	first := b.contents("PageSize=1", secret)
	require.Equal(t, 200, first.status)
	list, _ := first.body["contents"].([]any)
	require.Len(t, list, 1)
	one, _ := list[0].(map[string]any)
	require.Equal(t, "order_update", one["friendly_name"])
	require.Equal(t, "approved", one["approval_requests"].(map[string]any)["status"])
	require.Contains(t, one["types"], "twilio/text")
	next, _ := first.body["meta"].(map[string]any)["next_page_url"].(string)
	u, err := url.Parse(next)
	require.NoError(t, err)
	require.Equal(t, b.base, u.Scheme+"://"+u.Host)
	last := b.contents(u.RawQuery, secret)
	require.Len(t, last.body["contents"], 1)
	require.Nil(t, last.body["meta"].(map[string]any)["next_page_url"])
	require.Empty(t, b.contents("Page=9", secret).body["contents"])

	// People and tests change them from outside.
	made := b.own(http.MethodPost, "accounts/"+sid+"/contents", `{"friendly_name":"hi","language":"nl","body":"Dag {{1}}"}`)
	require.Equal(t, 200, made.status)
	require.Len(t, b.contents("", secret).body["contents"], 3)
	id, _ := made.body["sid"].(string)
	require.Equal(t, 200, b.own(http.MethodPost, "accounts/"+sid+"/contents", `{"sid":"`+id+`","removed":true}`).status)
	require.Len(t, twilio.Find(b.Box, sid).Contents(), 2)
	for _, bad := range []string{`{}`, `{"sid":"HX1","friendly_name":"x","language":"en"}`, `{"friendly_name":"x","language":"en","status":"fine"}`, `{"x":1}`} {
		require.Equal(t, 400, b.own(http.MethodPost, "accounts/"+sid+"/contents", bad).status, bad)
	}
	require.Equal(t, 404, b.own(http.MethodPost, "accounts/"+lineID+"/contents", `{}`).status)
	require.Equal(t, 404, b.own(http.MethodGet, "accounts/nobody/contents", "").status)
	require.Equal(t, 200, b.own(http.MethodGet, "accounts/"+sid+"/contents", "").status)
}

func templated(sid, variables string) url.Values {
	return url.Values{"From": {"whatsapp:" + ourWA}, "To": {"whatsapp:" + customer}, "ContentSid": {sid}, "ContentVariables": {variables}}
}

// outcome sends and returns the error that came at once, or with a report.
func (b *box) outcome(form url.Values) float64 {
	b.Helper()
	r := b.send(form)
	if r.status != http.StatusCreated {
		code, _ := r.body["code"].(float64)
		return code
	}
	require.NoError(b, b.Settle(b.Context()))
	id, _ := r.body["sid"].(string)
	got, err := b.twilio(b.Context(), http.MethodGet, sid+"/Messages/"+id+".json", nil)
	require.NoError(b, err)
	code, _ := got.body["error_code"].(float64)
	return code
}

// After 24 hours a template that WhatsApp approved arrives, with its words put
// together, and nothing else does.
func TestTwilio_TemplateAfterTheWindow(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	tw := twilio.Find(b.Box, sid)
	phone := tw.WhatsApp(customer, ourWA)
	_, err := phone.Says(t.Context(), "hi")
	require.NoError(t, err)
	b.later(25 * time.Hour)
	approved, pending := tw.Contents()[0].SID, tw.Contents()[1].SID
	good := `{"1":"Grace {{2}}","2":"7"}`

	require.Zero(t, b.outcome(templated(approved, good)))
	require.Equal(t, "Hello Grace {{2}}, there is news of your order 7. May we tell you more here?", phone.Received()[0].Text)
	for status, code := range map[string]float64{"pending": 63027, "rejected": 63040, "paused": 63041, "disabled": 63042, "approved": 0} {
		c := tw.Contents()[1]
		c.Status = status
		require.Equal(t, pending, tw.SetContent(c))
		require.InDelta(t, code, b.outcome(templated(pending, `{"name":"Ada"}`)), 0, status)
	}
	require.InDelta(t, 63016.0, b.outcome(url.Values{"From": {"whatsapp:" + ourWA}, "To": {"whatsapp:" + customer}, "Body": {"free"}}), 0)
	require.Len(t, phone.Received(), 2)

	for _, bad := range []string{"", "[]", `{"1":"x"}`, `{"1":"x","2":2}`, `{"1":"x","2":""}`, `{"1":"a\nb","2":"x"}`, `{"1":"a    b","2":"x"}`, `{"1"`} {
		require.InDelta(t, 21656.0, b.outcome(templated(approved, bad)), 0, bad)
	}
	require.InDelta(t, 21655.0, b.outcome(templated("HX00000000000000000000000000000000", good)), 0)
	with := templated(approved, good)
	with.Set("Body", "too")
	require.InDelta(t, 21655.0, b.outcome(with), 0)
	without := url.Values{"From": {ourSMS}, "To": {customer}, "Body": {"x"}, "ContentVariables": {"{}"}}
	require.InDelta(t, 21656.0, b.outcome(without), 0)
}

func TestTwilio_ContentsSurviveARestart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "journal")
	b := start(t, sandbox.Config{JournalFile: file})
	tw := twilio.Find(b.Box, sid)
	c := tw.Contents()[1]
	c.Status = "approved"
	tw.SetContent(c)
	tw.SetContent(twilio.Content{Name: "new", Language: "de", Body: "Neu"})
	want := tw.Contents()
	require.NoError(t, b.Close())
	require.Equal(t, want, twilio.Find(start(t, sandbox.Config{JournalFile: file}).Box, sid).Contents())
}
