package campaign

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/dev/sandbox"
	"switchboard/test/rig"
)

const (
	perSecond = 40
	window    = 10 * time.Second
	eachGets  = 400 // messages of a campaign
	agentsSay = 8   // pairs of answers, at most
)

// Two campaigns and an agent share a number with a limit: in no stretch of time
// do more messages go out than it allows, the campaigns have like shares, and the
// agent's answers wait for nobody.
func TestCampaign_SharesANumber(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.do(http.MethodPatch, "/v1/accounts/"+p.TwilioAcct.String()+"/addresses/"+p.address.String(), obj{"send_rate": perSecond}, nil)
	busy, free := p.desk(), newPlace(t).desk()
	way := measureWay(t)
	var ids []uuid.UUID
	for c := range 2 {
		var contacts []obj
		for i := range eachGets {
			to := contact(number(), i)
			to["contextitems"] = obj{"Name": fmt.Sprintf("%s-%c", rig.MarkText, 'A'+c), "N": fmt.Sprint(i)}
			contacts = append(contacts, to)
		}
		ids = append(ids, p.draft(nil, contacts))
	}
	for _, id := range ids {
		p.start(id)
	}
	eventually(t, "both run", func() bool { return len(p.arrived("-A,")) > 5 && len(p.arrived("-B,")) > 5 })
	// Measured in messages of the campaigns, and against a number that no campaign
	// uses, not on a clock that a busy machine stretches.
	var longer []int
	for i := 0; i < agentsSay && len(p.arrived("number")) < 2*eachGets-2*perSecond; i++ {
		without := p.meanwhile(func() { free.answers(t, i) })
		with := p.meanwhile(func() { busy.answers(t, i) })
		t.Logf("%d messages of the campaigns went out while an answer did from their number, %d from another", with, without)
		longer = append(longer, with-without)
	}
	require.GreaterOrEqual(t, len(longer), 3, "while the campaigns run")
	slices.Sort(longer)
	// Some of them the machine may hold up; whoever waits in line waits each time.
	require.Less(t, longer[len(longer)/2], perSecond/2, "an answer waits for less than half a second of the campaigns")
	for _, id := range ids {
		require.Equal(t, eachGets, ends(t, id).Progress.Sent)
	}
	worst := way()
	all := p.arrived("")
	most := mostIn(all, window)
	// What arrives within a window left within the window and what the way took: on a
	// machine at rest that is nothing, on a busy one it is measured.
	may := int(perSecond * (window + worst).Seconds())
	t.Logf("%d messages; at most %d of %d in %s; the way took %s at most", len(all), most, may, window, worst)
	require.LessOrEqual(t, most, may)
	a, b := p.arrived("-A,"), p.arrived("-B,")
	both := func(at []time.Time) (n int) {
		for _, x := range at {
			if !x.Before(later(a[0], b[0])) && !x.After(earlier(a[len(a)-1], b[len(b)-1])) {
				n++
			}
		}
		return n
	}
	t.Logf("while both ran, %d of one and %d of the other went out", both(a), both(b))
	require.InDelta(t, both(a), both(b), 60, "while both ran, both had their share")
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// arrived is when messages with a text arrived at the provider, in order.
func (p *place) arrived(what string) (at []time.Time) {
	for _, c := range shared.Sandbox.Calls(p.TwilioID) {
		if c.Outcome == sandbox.Accepted && c.Method == http.MethodPost && strings.Contains(c.Text, what) {
			at = append(at, c.At)
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	return at
}

// mostIn is the most that arrived in any stretch of time of a length.
func mostIn(at []time.Time, window time.Duration) (most int) {
	for i, from := range at {
		n, _ := slices.BinarySearchFunc(at, from.Add(window), time.Time.Compare)
		most = max(most, n-i)
	}
	return most
}

// measureWay asks the provider's stand-in something again and again until the
// returned function is called, which tells how long it took at most.
func measureWay(t *testing.T) func() time.Duration {
	t.Helper()
	const every = 50 * time.Millisecond
	ctx, stop := context.WithCancel(t.Context())
	worst := make(chan time.Duration, 1)
	go func() {
		var most time.Duration
		defer func() { worst <- most }()
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			began := time.Now()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, shared.PhonesAt()+"/", nil)
			if err != nil {
				return
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				return // it was stopped
			}
			_ = resp.Body.Close()
			most = max(most, time.Since(began))
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() time.Duration {
		stop()
		return <-worst
	}
}

// meanwhile is how many messages of the campaigns went out while f ran.
func (p *place) meanwhile(f func()) int {
	before := len(p.arrived("number"))
	f()
	return len(p.arrived("number")) - before
}

// serving is an agent, and a customer whom they serve.
type serving struct {
	agent    *apiclient.Client
	conv     uuid.UUID
	customer *sandbox.Phone
}

func (p *place) desk() serving {
	p.t.Helper()
	ann, _, err := p.NewAgent(p.t.Context(), "ann", 5)
	require.NoError(p.t, err)
	customer := p.Twilio.SMS(number(), p.SMS)
	_, err = customer.Says(p.t.Context(), rig.MarkText+" hello")
	require.NoError(p.t, err)
	return serving{ann, p.picked(ann, 0), customer}
}

// answers writes to the customer and waits until it arrived.
func (s serving) answers(t *testing.T, n int) {
	t.Helper()
	text := fmt.Sprintf("%s answer %d", rig.MarkText, n)
	_, _, err := s.agent.Answer(t.Context(), s.conv, uuid.NewString(), text)
	require.NoError(t, err)
	_, err = s.customer.Await(t.Context(), func(m sandbox.Message) bool { return m.Text == text })
	require.NoError(t, err)
}

// picked is the n-th conversation of the site, taken by an agent.
func (p *place) picked(ann *apiclient.Client, n int) uuid.UUID {
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
