package crash

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/dev/sandbox"
	"switchboard/test/rig"
	"switchboard/test/tier"
)

const reminder = "A colleague will be with you in a moment."

// holders is how many conversations have a timer each.
var holders = tier.Size(60, 200)

// Timers of many conversations fall due while worker and Temporal are dead: half
// end parked conversations, half are reminders to customers. Each happens once,
// none is lost.
func TestTimersThatFireDuringAnOutage(t *testing.T) {
	shared.ExplainFailure(t)
	site, err := shared.NewSite(t.Context(), 3, nil)
	require.NoError(t, err)
	h := followOffers(t, site)

	began := time.Now()
	parked := h.take(t, holders/2)
	// Long enough for the rest to be prepared, whatever this machine is like.
	due := (3*time.Since(began) + 10*time.Second).Round(time.Second)
	t.Logf("timers run for %s", due)
	h.rules(t, due)
	h.take(t, holders/2) // who wait for an answer from now on
	h.park(t, parked)
	shared.Process("worker").Kill()
	shared.Temporal.Kill()
	require.Zero(t, count(t, `SELECT count(*) FROM conversation WHERE workstream_id = $1 AND state = 'closed'`, site.Workstream), "nothing was due before")
	require.Zero(t, reminded(h.customers))
	last(t, due+time.Second) // since the last was parked
	require.NoError(t, shared.Temporal.Restart(t.Context()))
	require.NoError(t, shared.Run(t.Context(), "worker"))

	eventually(t, "parked conversations are closed", func() bool {
		return count(t, `SELECT count(*) FROM conversation WHERE workstream_id = $1 AND state = 'closed' AND close_reason = 'timeout_waiting'`, site.Workstream) == holders/2
	})
	eventually(t, "customers are reminded", func() bool { return reminded(h.customers) == holders/2 })
	quiet(t)
	require.Equal(t, holders/2, reminded(h.customers))
	for _, c := range h.customers {
		require.LessOrEqual(t, c.Count(reminder), 1, "nobody is reminded twice")
	}
	twice := `SELECT count(*) FROM (SELECT 1 FROM event e JOIN conversation c ON c.id = e.conversation_id
		WHERE c.workstream_id = $1 AND e.data->>'change' = $2 GROUP BY e.conversation_id HAVING count(*) > 1) x`
	require.Zero(t, count(t, twice, site.Workstream, "closed"))
	require.Zero(t, count(t, twice, site.Workstream, "rule_applied"))
	workflowsAreWell(t)
}

// A parked conversation is in nobody's memory any more: the worker that a
// customer wakes it in has its history only.
func TestParkedConversationIsWokenByAnotherWorker(t *testing.T) {
	shared.ExplainFailure(t)
	site, err := shared.NewSite(t.Context(), 4, nil)
	require.NoError(t, err)
	h := followOffers(t, site)
	parked := h.take(t, 1)
	h.park(t, parked)
	shared.Process("worker").Kill()
	last(t, outage)
	require.NoError(t, shared.Run(t.Context(), "worker"))
	sent, err := h.customers[0].Says(t.Context(), rig.MarkText+" back")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, sent.Status)
	require.Equal(t, parked, h.accept(t, 1), "offered to the same agent again")
	quiet(t)
	workflowsAreWell(t)
}

func reminded(customers []*sandbox.Phone) int {
	n := 0
	for _, c := range customers {
		n += c.Count(reminder)
	}
	return n
}

// holding is an agent with many customers.
type holding struct {
	site      *rig.Site
	ann       *apiclient.Client
	offers    chan apiclient.Event
	customers []*sandbox.Phone
}

func followOffers(t *testing.T, site *rig.Site) *holding {
	t.Helper()
	ann, id, err := site.NewAgent(t.Context(), "ann", holders)
	require.NoError(t, err)
	h := &holding{site: site, ann: ann, offers: make(chan apiclient.Event, 4*holders)}
	ctx, leave := context.WithCancel(context.Background())
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		ann.Follow(ctx, func(e apiclient.Event) {
			if e.Kind == "offer.made" && e.Agent.UUID == id {
				h.offers <- e
			}
		})
	}()
	t.Cleanup(func() { leave(); <-followed })
	return h
}

// rules lets parked conversations end and customers be reminded after a while.
func (h *holding) rules(t *testing.T, due time.Duration) {
	t.Helper()
	path := "/v1/workstreams/" + h.site.Workstream.String()
	_, err := shared.Admin.Do(t.Context(), http.MethodPatch, path, map[string]any{"waiting_timeout": int(due.Seconds())}, nil)
	require.NoError(t, err)
	_, err = shared.Admin.Do(t.Context(), http.MethodPost, path+"/timeout-rules",
		map[string]any{"name": "Hurry", "silent": "agent", "after": int(due.Seconds()), "action": "message_customer", "texts": map[string]string{"en": reminder}}, nil)
	require.NoError(t, err)
}

// take has n more customers write, and the agent accept them.
func (h *holding) take(t *testing.T, n int) []uuid.UUID {
	t.Helper()
	for range n {
		c := h.site.LINE.User(fmt.Sprintf(rig.MarkUser+"%024x", 0xabc000+len(h.customers)))
		h.customers = append(h.customers, c)
		sent, err := c.Says(t.Context(), rig.MarkText+" hello")
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, sent.Status)
	}
	return h.accept(t, n)
}

// accept accepts the next n offers.
func (h *holding) accept(t *testing.T, n int) []uuid.UUID {
	t.Helper()
	var taken []uuid.UUID
	for len(taken) < n {
		select {
		case e := <-h.offers:
			require.NoError(t, h.ann.Command(t.Context(), e.Conversation.UUID, "accept", "", map[string]any{"offer_id": e.OfferID()}))
			taken = append(taken, e.Conversation.UUID)
		case <-time.After(patience):
			t.Fatalf("%d offers\n%s", len(taken), shared.Diagnose())
		}
	}
	return taken
}

func (h *holding) park(t *testing.T, conversations []uuid.UUID) {
	t.Helper()
	work := make(chan uuid.UUID, len(conversations))
	for _, id := range conversations {
		work <- id
	}
	close(work)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for id := range work {
				if err := h.ann.Command(t.Context(), id, "park", "", nil); err != nil {
					t.Errorf("park: %v", err)
				}
			}
		})
	}
	wg.Wait()
}
