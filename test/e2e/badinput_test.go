package e2e

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// Bad input gets a clear error, and nothing is half-done after it.
func TestBadInput_Webhooks(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	rows := func() int {
		return count(t, `SELECT (SELECT count(*) FROM message WHERE account_id IN ($1, $2)) + (SELECT count(*) FROM provider_event WHERE account_id IN ($1, $2))
			+ (SELECT count(*) FROM contact_point WHERE account_id IN ($1, $2))`, site.LINEAcct, site.TwilioAcct)
	}
	before := rows()
	big := bytes.Repeat([]byte("x"), 1<<20+1)
	for name, c := range map[string]struct {
		resp func() *http.Response
		want int
		says string
	}{
		"wrong signature": {func() *http.Response { return lineHook(t, site.LINEHook, "wrong", []byte(`{"events":[]}`)) }, 403, ""},
		"no signature": {func() *http.Response {
			return post(t, site.LINEHook, "application/json", []byte(`{"events":[]}`), "X-None", "")
		}, 403, ""},
		"body over the cap": {func() *http.Response { return lineHook(t, site.LINEHook, site.Secret, big) }, 413, "larger"},
		"form over the cap": {func() *http.Response {
			return post(t, site.TwilioHook, "application/x-www-form-urlencoded", big[:256<<10+1], "X-Twilio-Signature", "x")
		}, 413, "larger"},
		"malformed JSON":         {func() *http.Response { return lineHook(t, site.LINEHook, site.Secret, []byte(`{"events":[`)) }, 400, "no document"},
		"JSON that is no object": {func() *http.Response { return lineHook(t, site.LINEHook, site.Secret, []byte(`null`)) }, 400, "no document"},
		"unknown account": {func() *http.Response {
			return lineHook(t, shared.Base+"/webhooks/line/nobody", site.Secret, []byte(`{"events":[]}`))
		}, 404, ""},
		"unknown provider": {func() *http.Response { return lineHook(t, shared.Base+"/webhooks/pigeon/x", site.Secret, []byte(`{}`)) }, 404, ""},
		"another account": {func() *http.Response {
			form := url.Values{"MessageSid": {"SM1"}, "AccountSid": {"AC0"}, "From": {number()}, "To": {site.SMS}, "Body": {said("x")}}
			return twilioHook(t, site.TwilioHook, site.TwilioHook, site.Secret, form)
		}, 403, ""},
	} {
		t.Run(name, func(t *testing.T) {
			resp := c.resp()
			require.Equal(t, c.want, resp.StatusCode)
			var b bytes.Buffer
			_, err := b.ReadFrom(resp.Body)
			require.NoError(t, err)
			require.Contains(t, b.String(), c.says)
			if c.want == http.StatusForbidden {
				require.Empty(t, b.String(), "a stranger learns nothing")
			} else {
				require.Contains(t, resp.Header.Get("Content-Type"), "application/problem+json")
			}
		})
	}
	require.Equal(t, before, rows())
}

func TestBadInput_Agents(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	ann, stranger := newAgent(t, site, 3), newAgent(t, newSite(t, nil), 3)
	customer := site.LINE.User(userID())
	say(t, customer, said("hi"))
	conv := ann.accept(t)
	before := count(t, `SELECT count(*) FROM message WHERE conversation_id = $1`, conv)
	version := count(t, `SELECT version FROM conversation WHERE id = $1`, conv)
	answer := func(a *agent, key, text string) error {
		_, _, err := a.Answer(t.Context(), conv, key, text)
		return err
	}
	raw := func(a *agent, body string) error {
		_, err := a.Do(t.Context(), http.MethodPost, "/v1/conversations/"+conv.String()+"/messages", []byte(body), nil, "Idempotency-Key", uuid.NewString())
		return err
	}
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"no idempotency key":        {answer(ann, "", said("x")), 400},
		"empty message":             {answer(ann, uuid.NewString(), ""), 422},
		"longer than LINE takes":    {answer(ann, uuid.NewString(), strings.Repeat("x", 5001)), 422},
		"malformed JSON":            {raw(ann, `{"text":`), 400},
		"unknown attachment":        {raw(ann, `{"text":"`+markText+`","attachments":["`+uuid.NewString()+`"]}`), 422},
		"an agent without access":   {answer(stranger, uuid.NewString(), said("x")), 404},
		"an agent's administration": {func() error { _, err := ann.Do(t.Context(), http.MethodGet, "/v1/accounts", nil, nil); return err }(), 403},
		"a stale offer":             {ann.Command(t.Context(), conv, "accept", "", map[string]any{"offer_id": uuid.New()}), 409},
		"close before the end":      {ann.Command(t.Context(), conv, "pick", "", nil), 409},
	} {
		t.Run(name, func(t *testing.T) {
			r := refusal(t, c.err)
			require.Equal(t, c.want, r.Status, r.Detail)
			require.NotEmpty(t, r.Detail)
		})
	}
	require.Equal(t, before, count(t, `SELECT count(*) FROM message WHERE conversation_id = $1`, conv))
	require.Equal(t, version, count(t, `SELECT version FROM conversation WHERE id = $1`, conv))
}
