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

	"switchboard/desk"
	"switchboard/e2e/rig"
	"switchboard/sandbox"
)

const (
	holders  = 200              // conversations with a timer each
	due      = 45 * time.Second // of every timer
	reminder = "A colleague will be with you in a moment."
)

// Timers of 200 conversations fall due while worker and Temporal are dead: half
// are reminders to customers, half end parked conversations. Each happens once,
// none is lost.
func TestTimersThatFireDuringAnOutage(t *testing.T) {
	site, err := shared.NewSite(t.Context(), 3, map[string]any{"waiting_timeout": int(due.Seconds())})
	require.NoError(t, err)
	_, err = shared.Admin.Do(t.Context(), http.MethodPost, "/v1/workstreams/"+site.Workstream.String()+"/timeout-rules",
		map[string]any{"name": "Hurry", "silent": "agent", "after": int(due.Seconds()), "action": "message_customer", "texts": map[string]string{"en": reminder}}, nil)
	require.NoError(t, err)
	ann, id, err := site.NewAgent(t.Context(), "ann", holders)
	require.NoError(t, err)
	ctx, leave := context.WithCancel(context.Background())
	offers, followed := make(chan desk.Event, 4*holders), make(chan struct{})
	go func() {
		defer close(followed)
		ann.Follow(ctx, func(e desk.Event) {
			if e.Kind == "offer.made" && e.Agent.UUID == id {
				offers <- e
			}
		})
	}()
	t.Cleanup(func() { leave(); <-followed })

	customers := holdTimers(t, site, ann, offers)
	shared.Process("worker").Kill()
	shared.Temporal.Kill()
	require.Zero(t, count(t, `SELECT count(*) FROM conversation WHERE workstream_id = $1 AND state = 'closed'`, site.Workstream), "nothing was due before")
	last(t, due+5*time.Second)
	require.NoError(t, shared.Temporal.Restart(t.Context()))
	require.NoError(t, shared.Run(t.Context(), "worker"))

	eventually(t, "parked conversations are closed", func() bool {
		return count(t, `SELECT count(*) FROM conversation WHERE workstream_id = $1 AND state = 'closed' AND close_reason = 'timeout_waiting'`, site.Workstream) == holders/2
	})
	eventually(t, "customers are reminded", func() bool { return reminded(customers) == holders/2 })
	quiet(t)
	require.Equal(t, holders/2, reminded(customers))
	for _, c := range customers {
		require.LessOrEqual(t, c.Count(reminder), 1, "nobody is reminded twice")
	}
	twice := `SELECT count(*) FROM (SELECT 1 FROM event e JOIN conversation c ON c.id = e.conversation_id
		WHERE c.workstream_id = $1 AND e.data->>'change' = $2 GROUP BY e.conversation_id HAVING count(*) > 1) x`
	require.Zero(t, count(t, twice, site.Workstream, "closed"))
	require.Zero(t, count(t, twice, site.Workstream, "rule_applied"))
	workflowsAreWell(t)
}

func reminded(customers []*sandbox.Phone) int {
	n := 0
	for _, c := range customers {
		n += c.Count(reminder)
	}
	return n
}

// holdTimers has customers write, and an agent accept all and park every other.
func holdTimers(t *testing.T, site *rig.Site, ann *desk.Client, offers <-chan desk.Event) []*sandbox.Phone {
	t.Helper()
	var customers []*sandbox.Phone
	var failed sync.Map
	var wg sync.WaitGroup
	work := make(chan uuid.UUID, holders)
	for range 8 {
		wg.Go(func() {
			for conv := range work {
				if err := ann.Command(t.Context(), conv, "park", "", nil); err != nil {
					failed.Store(conv, err)
				}
			}
		})
	}
	for i := range holders {
		c := site.LINE.User(fmt.Sprintf(rig.MarkUser+"%024x", 0xabc000+i))
		customers = append(customers, c)
		sent, err := c.Says(t.Context(), rig.MarkText+" hello")
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, sent.Status)
	}
	for i := range holders {
		select {
		case e := <-offers:
			require.NoError(t, ann.Command(t.Context(), e.Conversation.UUID, "accept", "", map[string]any{"offer_id": e.OfferID()}))
			if i%2 == 0 {
				work <- e.Conversation.UUID
			}
		case <-time.After(patience):
			t.Fatalf("%d offers", i)
		}
	}
	close(work)
	wg.Wait()
	failed.Range(func(k, v any) bool { t.Errorf("park: %v", v); return true })
	return customers
}
