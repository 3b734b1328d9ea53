package campaign

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/desk"
	"switchboard/e2e/rig"
	"switchboard/sandbox"
)

const (
	perSecond = 40
	window    = 10 * time.Second
	agentsSay = 8
)

// Two campaigns and an agent share a number with a limit: in no stretch of time
// do more messages go out than it allows, the campaigns have like shares, and the
// agent's answers wait for nobody.
func TestCampaign_SharesANumber(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.do(http.MethodPatch, "/v1/accounts/"+p.TwilioAcct.String()+"/addresses/"+p.address.String(), obj{"send_rate": perSecond}, nil)
	ann, conv, customer := p.conversation()
	var ids []uuid.UUID
	for c := range 2 {
		var contacts []obj
		for i := range 300 {
			to := contact(number(), i)
			to["contextitems"] = obj{"Name": fmt.Sprintf("%s-%c", rig.MarkText, 'A'+c), "N": fmt.Sprint(i)}
			contacts = append(contacts, to)
		}
		ids = append(ids, p.draft(nil, contacts))
	}
	for _, id := range ids {
		p.start(id)
	}
	sent := func(what string) (at []time.Time) {
		for _, c := range shared.Sandbox.Calls(p.TwilioID) {
			if c.Outcome == sandbox.Accepted && c.Method == http.MethodPost && strings.Contains(c.Text, what) {
				at = append(at, c.At)
			}
		}
		return at
	}
	eventually(t, "both run", func() bool { return len(sent("-A,")) > 5 && len(sent("-B,")) > 5 })
	for i := range agentsSay {
		text := fmt.Sprintf("%s answer %d", rig.MarkText, i)
		before := len(sent("number"))
		_, _, err := ann.Answer(t.Context(), conv, uuid.NewString(), text)
		require.NoError(t, err)
		_, err = customer.Await(t.Context(), func(m sandbox.Message) bool { return m.Text == text })
		require.NoError(t, err)
		// Measured in messages of the campaigns, not on a clock that a busy machine stretches.
		require.Less(t, len(sent("number"))-before, 2*perSecond, "the answer did not wait for the campaigns")
	}
	for _, id := range ids {
		require.Equal(t, 300, ends(t, id).Progress.Sent)
	}
	all := sent("")
	slices.SortFunc(all, time.Time.Compare)
	most := 0
	for i, from := range all {
		n, _ := slices.BinarySearchFunc(all, from.Add(window), time.Time.Compare)
		most = max(most, n-i)
	}
	t.Logf("%d messages; at most %d of %d in %s", len(all), most, perSecond*int(window.Seconds()), window)
	require.LessOrEqual(t, most, perSecond*int(window.Seconds()))
	a, b := sent("-A,"), sent("-B,")
	half := slices.MinFunc([]time.Time{a[len(a)-1], b[len(b)-1]}, time.Time.Compare)
	inTime := func(at []time.Time) (n int) {
		for _, x := range at {
			if !x.After(half) {
				n++
			}
		}
		return n
	}
	require.InDelta(t, inTime(a), inTime(b), 150, "while both ran, both had their share")
}

// conversation is a customer whom an agent serves.
func (p *place) conversation() (*desk.Client, uuid.UUID, *sandbox.Phone) {
	p.t.Helper()
	ann, _, err := p.NewAgent(p.t.Context(), "ann", 5)
	require.NoError(p.t, err)
	customer := p.Twilio.SMS(number(), p.SMS)
	_, err = customer.Says(p.t.Context(), rig.MarkText+" hello")
	require.NoError(p.t, err)
	return ann, p.picked(ann, 0), customer
}

// picked is the n-th conversation of the site, taken by an agent.
func (p *place) picked(ann *desk.Client, n int) uuid.UUID {
	p.t.Helper()
	var id uuid.UUID
	eventually(p.t, "the conversation is taken", func() bool {
		list, err := ann.Conversations(p.t.Context(), "open")
		if err != nil || len(list) <= n {
			return false
		}
		id = list[n].ID
		return ann.Command(p.t.Context(), id, "pick", "", nil) == nil
	})
	return id
}
