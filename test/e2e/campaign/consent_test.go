package campaign

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/dev/sandbox"
	"switchboard/test/rig"
)

// T16: who writes a stop word while a campaign runs gets nothing of it later than
// the recipients that were claimed by then, in whatever language the number
// understands; START brings them back; the audit log has all of it.
func TestCampaign_StopDuringTheRun(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.do(http.MethodPatch, "/v1/accounts/"+p.TwilioAcct.String()+"/addresses/"+p.address.String(), obj{"stop_words": []string{"Ära saada"}}, nil)
	var contacts []obj
	var phones []*sandbox.Phone
	for i := range 600 {
		to := number()
		contacts = append(contacts, contact(to, i))
		phones = append(phones, p.Twilio.SMS(to, p.SMS))
	}
	id := p.draft(obj{"rate": 60}, contacts)
	p.start(id)
	eventually(t, "it runs", func() bool { return shared.Sandbox.Counts(p.TwilioID).Accepted > 5 })
	stops := map[int]string{400: "STOP", 450: "lõpeta!", 500: "ära saada", 550: "stop it please"}
	for i, word := range stops {
		_, err := phones[i].Says(t.Context(), word)
		require.NoError(t, err)
	}
	first := len(phones[0].Received())
	require.LessOrEqual(t, first, 1)
	// What was claimed when the word came may be on its way. These were not: at most 64 are at a time.
	require.Less(t, shared.Sandbox.Counts(p.TwilioID).Accepted, 330, "the words came in time")
	s := ends(t, id)
	require.Equal(t, 3, s.Progress.Refused)
	for i, ph := range phones {
		want := 1
		if i == 400 || i == 450 || i == 500 {
			want = 0
		}
		require.Len(t, ph.Received(), want, "recipient %d", i)
	}
	require.Equal(t, 3, count(t, `SELECT count(*) FROM campaign_recipient WHERE campaign_id = $1 AND code = 'opted_out'`, id))
	require.Equal(t, 3, count(t, `SELECT count(*) FROM audit u JOIN contact_point p ON p.id::text = u.object_id
		WHERE u.object_type = 'consent' AND u.action = 'opt_out' AND p.account_id = $1`, p.TwilioAcct))

	// The API cannot bring them back; they can.
	send := func() answer {
		var out answer
		p.do(http.MethodPost, "/v1/outbound/"+p.conf.String()+"/messages", obj{"contacts": []obj{contacts[450]}}, &out)
		return out
	}
	require.Equal(t, 1, ends(t, send().ID).Progress.Refused)
	_, err := phones[450].Says(t.Context(), "alusta")
	require.NoError(t, err)
	require.Equal(t, 1, ends(t, send().ID).Progress.Sent)
	require.Len(t, phones[450].Received(), 1)
}

// A reply is a conversation on the number's workstream that names the campaign,
// for people and for routing rules, and counts as one reply.
func TestCampaign_ReplyIsAConversation(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	other := p.create("/v1/queues", obj{"name": "Campaign answers " + uuid.NewString()[:8]})
	p.create("/v1/workstreams/"+p.Workstream.String()+"/context-variables", obj{"name": "campaign", "type": "text"})
	var contacts []obj
	var phones []*sandbox.Phone
	for i := range 3 {
		to := number()
		contacts = append(contacts, contact(to, i))
		phones = append(phones, p.Twilio.SMS(to, p.SMS))
	}
	id := p.draft(obj{"name": "Spring sale"}, contacts)
	p.do(http.MethodPut, "/v1/workstreams/"+p.Workstream.String()+"/routing-rules", obj{"version": 0, "rules": obj{"classification": []obj{}, "route": obj{"rules": []obj{
		{"name": "Answers", "when": `context.campaign == "Spring sale"`, "queues": []obj{{"queue": other.String(), "percent": 100}}}}}}}, nil)
	p.start(id)
	ends(t, id)
	for range 2 {
		_, err := phones[1].Says(t.Context(), rig.MarkText+" tell me more")
		require.NoError(t, err)
	}
	_, err := p.Twilio.SMS(number(), p.SMS).Says(t.Context(), rig.MarkText+" who are you")
	require.NoError(t, err)
	eventually(t, "both conversations are routed", func() bool {
		return count(t, `SELECT count(*) FROM conversation WHERE workstream_id = $1 AND queue_id IS NOT NULL`, p.Workstream) == 2
	})
	require.Equal(t, 1, count(t, `SELECT count(*) FROM conversation WHERE workstream_id = $1 AND queue_id = $2 AND context->>'campaign_id' = $3`, p.Workstream, other, id))
	require.Equal(t, 1, count(t, fmt.Sprintf(`SELECT count(*) FROM campaign_recipient r JOIN conversation c ON c.id = r.conversation_id
		WHERE r.campaign_id = $1 AND r.seq = 2 AND c.queue_id = '%s'`, other), id))
	s, ok := stands(t, id)
	require.True(t, ok)
	require.Equal(t, 1, s.Progress.Replied)
}
