package campaign

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/dev/sandbox"
	"switchboard/test/rig"
	"switchboard/webhook"
)

type fired struct {
	Items []struct {
		ID       uuid.UUID
		Error    string
		Messages []struct{ Status, Code, Text string }
	}
}

func (p *place) trigger(kind string, more obj) uuid.UUID {
	p.t.Helper()
	in := obj{"name": "Trigger " + uuid.NewString()[:8], "kind": kind, "configuration_id": p.conf,
		"rule": obj{"when": "data.priority < 3", "to": "data.customer.phone", "optin": "data.customer.agreed", "contextitems": obj{"Name": "upper(data.customer.name)", "N": "data.priority"}}}
	for k, v := range more {
		in[k] = v
	}
	return p.create("/v1/outbound-triggers", in)
}

func happened(to string) obj {
	return obj{"priority": 1, "customer": obj{"phone": to, "agreed": true, "name": rig.MarkText + "-ada"}}
}

// What a dry run shows is what an event sends, told by the API or by a signed
// webhook, and once for each key; a forged one sends nothing.
func TestTrigger_Event(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	event := "case.created." + uuid.NewString()[:8]
	id := p.trigger("event", obj{"event": event})
	to := number()
	text := rig.MarkText + " hello " + strings.ToUpper(rig.MarkText) + "-ADA, number 1"
	var dry struct {
		Messages []struct{ Status, Text string }
	}
	p.do(http.MethodPost, "/v1/outbound-triggers/"+id.String()+"/dry-run", obj{"data": happened(to)}, &dry)
	require.Len(t, dry.Messages, 1)
	require.Equal(t, text, dry.Messages[0].Text)
	require.Zero(t, count(t, `SELECT count(*) FROM campaign WHERE configuration_id = $1`, p.conf))
	var out fired
	for range 2 {
		p.do(http.MethodPost, "/v1/outbound/events", obj{"event": event, "data": happened(to)}, &out, "Idempotency-Key", "e1")
	}
	require.Len(t, out.Items, 1)
	require.Equal(t, 1, ends(t, out.Items[0].ID).Progress.Sent)
	low := happened(to)
	low["priority"] = 5
	p.do(http.MethodPost, "/v1/outbound/events", obj{"event": event, "data": low}, &out)
	require.Empty(t, out.Items[0].Messages)

	var source struct{ URL, Secret string }
	p.do(http.MethodPost, "/v1/outbound-sources", obj{"name": event}, &source)
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(source.Secret, "whsec_"))
	require.NoError(t, err)
	other := number()
	body, err := json.Marshal(obj{"event": event, "data": happened(other)})
	require.NoError(t, err)
	post := func(key []byte) int {
		now := time.Now()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, source.URL, bytes.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("webhook-id", "w1")
		req.Header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
		req.Header.Set("webhook-signature", webhook.Sign([][]byte{key}, "w1", now, body))
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode
	}
	require.Equal(t, http.StatusUnauthorized, post(make([]byte, 32)))
	require.Equal(t, http.StatusOK, post(key))
	require.Equal(t, http.StatusOK, post(key))
	phone := p.Twilio.SMS(other, p.SMS)
	_, err = phone.Await(t.Context(), func(m sandbox.Message) bool { return m.Text == text })
	require.NoError(t, err)
	require.Len(t, p.Twilio.SMS(to, p.SMS).Received(), 1)
	require.Equal(t, 2, count(t, `SELECT count(*) FROM campaign WHERE configuration_id = $1`, p.conf))
}

// A schedule sends by itself, and not when it is switched off or gone.
func TestTrigger_Schedule(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	to, off := number(), number()
	id := p.trigger("schedule", obj{"cron": "* * * * *", "time_zone": "Europe/Tallinn", "data": happened(to)})
	silent := p.trigger("schedule", obj{"cron": "* * * * *", "enabled": false, "data": happened(off)})
	_, err := p.Twilio.SMS(to, p.SMS).Await(t.Context(), func(sandbox.Message) bool { return true })
	require.NoError(t, err)
	require.Empty(t, p.Twilio.SMS(off, p.SMS).Received())
	for _, one := range []uuid.UUID{id, silent} {
		p.do(http.MethodDelete, "/v1/outbound-triggers/"+one.String(), nil, nil)
	}
	eventually(t, "their schedules are gone", func() bool {
		return count(t, `SELECT count(*) FROM outbound_trigger WHERE configuration_id = $1 AND placed <> version`, p.conf) == 0
	})
}

// A campaign that most of its recipients refuse stops by itself; one whose
// credentials are refused stops too; both go on when somebody says so.
func TestCampaign_PausesByItself(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	var contacts []obj
	for i := range 2000 {
		to := number()
		contacts = append(contacts, contact(to, i))
		if i%2 == 0 {
			p.Twilio.OptOut(to, p.SMS)
		}
	}
	id := p.draft(obj{"rate": 300, "pause_above": 30}, contacts)
	p.start(id)
	paused := func(reason string) state {
		t.Helper()
		var s state
		began := time.Now()
		defer func() { t.Logf("%s after %s: %+v", reason, time.Since(began), s) }()
		eventually(t, "it pauses: "+reason, func() bool {
			s, _ = stands(t, id)
			return s.State == "paused" && s.PauseReason == reason
		})
		return s
	}
	s := paused("refusals")
	require.Less(t, s.Progress.Sent+s.Progress.Refused, 2000)
	shared.Sandbox.Fault(p.TwilioID, sandbox.Fault{Kind: "refuse_auth"})
	p.do(http.MethodPost, "/v1/campaigns/"+id.String()+"/resume", nil, nil)
	paused("account")
	shared.Sandbox.ClearFaults(p.TwilioID)
	p.do(http.MethodPost, "/v1/accounts/"+p.TwilioAcct.String()+"/test", nil, nil)
	p.do(http.MethodPost, "/v1/campaigns/"+id.String()+"/resume", nil, nil)
	paused("refusals")
	p.do(http.MethodPost, "/v1/campaigns/"+id.String()+"/cancel", nil, nil)
	s, ok := stands(t, id)
	require.True(t, ok)
	require.Equal(t, "canceled", s.State)
	require.Positive(t, s.Progress.Waiting)
}
