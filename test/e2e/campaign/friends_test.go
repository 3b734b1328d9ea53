package campaign

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/dev/sandbox"
	"switchboard/test/rig"
)

const (
	friends = 300
	leaves  = 250 // unfollows while it runs
	share   = 30  // percent who get the other wording
)

// On LINE a campaign goes to friends, each of whom gets one of two wordings, and
// gets it once also where the provider takes it and never says so: a repeat under
// the same id does no harm there, so nobody stays in doubt. Who unfollows while it
// runs gets nothing of it.
func TestCampaign_ToFriendsOnLINE(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.address = p.create("/v1/accounts/"+p.LINEAcct.String()+"/addresses", obj{"channel": "line"})
	p.conf = p.configure(p.addTemplate("line", rig.MarkText+" long {Name}, number {N}"))
	other := p.addTemplate("line", rig.MarkText+" short {N}")
	for _, f := range []sandbox.Fault{
		{Kind: "429", Every: 60}, {Kind: "500", Every: 70}, {Kind: "hang_after_accept", Every: 80, Delay: 2 * time.Second}, {Kind: "drop_after_accept", Every: 50},
	} {
		shared.Sandbox.Fault(p.LINEID, f)
	}
	var contacts []obj
	var phones []*sandbox.Phone
	for i := range friends {
		user := fmt.Sprintf("%s%024d", rig.MarkUser, people.Add(1))
		c := contact(user, i)
		c["channelid"] = "LINE"
		contacts, phones = append(contacts, c), append(phones, p.LINE.User(user))
	}
	id := p.draft(obj{"rate": 60, "variant_template_id": other, "variant_share": share}, contacts)
	p.start(id)
	accepted := func() int { return shared.Sandbox.Counts(p.LINEID).Accepted }
	eventually(t, "it runs", func() bool { return accepted() > 5 })
	_, err := phones[leaves].Unfollows(t.Context())
	require.NoError(t, err)
	require.Less(t, accepted(), leaves-atOnce, "it was in time")
	s := ends(t, id)
	require.Equal(t, []int{friends - 1, 1, 0, 0}, []int{s.Progress.Sent, s.Progress.Refused, s.Progress.Failed, s.Progress.Unknown})
	short := 0
	for i, phone := range phones {
		if i == leaves {
			require.Empty(t, phone.Received())
			continue
		}
		got := phone.Received()
		require.Len(t, got, 1, "friend %d", i)
		if strings.HasPrefix(got[0].Text, rig.MarkText+" short ") {
			short++
		}
	}
	require.InDelta(t, friends*share/100, short, 40)
	require.Equal(t, short, count(t, `SELECT COALESCE(sum(n), 0) FROM campaign_count WHERE campaign_id = $1 AND variant = 1 AND status IN ('sent', 'delivered', 'read')`, id))
	require.Equal(t, 1, count(t, `SELECT count(*) FROM contact_point WHERE account_id = $1 AND channel = 'line' AND opted_out_at IS NOT NULL`, p.LINEAcct))
}

// Who is in their quiet hours is written to later, and others are not kept waiting.
func TestCampaign_QuietHere(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	now := time.Now().UTC()
	quiet := obj{"quiet_from": now.Add(-2 * time.Hour).Format("15:04"), "quiet_until": now.Add(4 * time.Hour).Format("15:04")}
	var contacts []obj
	var asleep, awake []*sandbox.Phone
	for i := range 20 {
		to := number()
		c, phone := contact(to, i), p.Twilio.SMS(to, p.SMS)
		if i%2 == 0 {
			c["timezone"], asleep = "Etc/UTC", append(asleep, phone)
		} else {
			c["timezone"], awake = "Etc/GMT-6", append(awake, phone) // six hours later there
		}
		contacts = append(contacts, c)
	}
	id := p.draft(quiet, contacts)
	p.start(id)
	eventually(t, "those who are awake are written to", func() bool {
		s, _ := stands(t, id)
		return s.Progress.Sent == len(awake)
	})
	s, ok := stands(t, id)
	require.True(t, ok)
	require.Equal(t, "running", s.State)
	require.Equal(t, len(asleep), s.Progress.Waiting)
	for i := range asleep {
		require.Empty(t, asleep[i].Received())
		require.Len(t, awake[i].Received(), 1)
	}
	p.do(http.MethodPost, "/v1/campaigns/"+id.String()+"/cancel", nil, nil)
}

// A provider's answer that somebody opted out ends their consent, and START brings
// it back; both are in the audit log, and contacts who agreed are found by a filter.
func TestConsent_EndsAndComesBack(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	to, other := number(), number()
	p.Twilio.OptOut(to, p.SMS)
	id := p.draft(nil, []obj{contact(to, 1), contact(other, 2)})
	p.start(id)
	require.Equal(t, 1, ends(t, id).Progress.Refused)
	audited := func(action string) int {
		return count(t, `SELECT count(*) FROM audit u JOIN contact_point c ON c.id::text = u.object_id
			WHERE u.object_type = 'consent' AND u.action = $1 AND c.account_id = $2 AND c.external_id = $3`, action, p.TwilioAcct, to)
	}
	require.Equal(t, 1, audited("opt_out"))
	who := func() (found int) {
		draft := p.draft(nil, nil)
		var out struct{ Added int }
		p.do(http.MethodPost, "/v1/campaigns/"+draft.String()+"/audience", obj{"values": obj{"N": "7"}}, &out)
		return out.Added
	}
	require.Equal(t, 1, who(), "one of them agrees")
	before := audited("opt_in")
	_, err := p.Twilio.SMS(to, p.SMS).Says(t.Context(), "START")
	require.NoError(t, err)
	eventually(t, "consent is back", func() bool { return audited("opt_in") == before+1 })
	require.Equal(t, 2, who())
	var sent answer
	p.do(http.MethodPost, "/v1/outbound/"+p.conf.String()+"/messages", obj{"contacts": []obj{contact(to, 3)}}, &sent)
	require.NotEqual(t, uuid.Nil, sent.ID)
	require.Equal(t, 1, ends(t, sent.ID).Progress.Sent)
}
