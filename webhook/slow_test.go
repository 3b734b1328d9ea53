package webhook_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/store/webhookdb"
	"switchboard/test/tier"
	"switchboard/webhook"
)

// A subscriber that takes half a minute for each (here a hundredth of it) and
// one that answers too late for a while: the others' are there meanwhile, each of
// theirs arrives, once or under the same id, in order per conversation.
func TestDispatcher_LatencyDelaysNobodyElseAndLosesNothing(t *testing.T) {
	s := setup(t, 4)
	const latency = 300 * time.Millisecond
	steady := subscribe(t, func(told) int { time.Sleep(latency); return 200 }) // a subscriber's own time, not a wait of the test
	hang := make(chan struct{})
	release := sync.OnceFunc(func() { close(hang) })
	t.Cleanup(release)
	late := subscribe(t, func(told) int { <-hang; return 200 })
	good := subscribe(t, nil)
	steadyID, lateID, goodID := s.hook(steady.URL).ID, s.hook(late.URL).ID, s.hook(good.URL).ID
	s.run(func(c *webhook.Config) { c.Timeout = tier.Patience(20 * time.Second) })
	s.happen(4)
	s.inOrder(good.waits(16), 4)
	s.eventually(0, pending, goodID)
	late.waits(3) // all its slots
	s.eventually(16, pending, lateID)
	s.inOrder(steady.waits(16), 4)
	s.eventually(0, pending, steadyID)
	require.Len(t, steady.all(), 16, "slow is not failing: each came once")
	require.Equal(t, 16, s.count(`SELECT count(*) FROM webhook_delivery WHERE subscription_id = $1 AND attempts = 1`, steadyID))
	release()
	s.eventually(0, pending, lateID)
	s.inOrder(late.all(), 4)
}

// An answer that comes after its time counts as none: the same is tried again
// later, and what follows in its conversation waits for it.
func TestDispatcher_TooLateIsTriedAgain(t *testing.T) {
	s := setup(t, 1)
	hang := make(chan struct{})
	release := sync.OnceFunc(func() { close(hang) })
	t.Cleanup(release)
	late := subscribe(t, func(told) int { <-hang; return 200 })
	id := s.hook(late.URL).ID
	s.run(func(c *webhook.Config) { c.Timeout = 50 * time.Millisecond })
	s.happen(2)
	s.eventually(1, `SELECT count(*) FROM webhook_delivery WHERE subscription_id = $1 AND last_error = 'timeout' AND delivered_at IS NULL`, id)
	require.Equal(t, 1, late.all()[0].n())
	require.Equal(t, 2, s.count(pending, id))
	release()
	tries := 1
	for s.count(pending, id) > 0 { // as time goes by; a loaded machine may miss the shortened time again
		s.due()
		tries++
		require.Less(t, tries, 10_000)
	}
	got := late.all()
	s.inOrder(got, 2)
	require.Equal(t, got[0].ID, got[1].ID, "under the same id")
}

// A callback is told of its own work items only, with their creator's ids.
func TestDispatcher_CallbacksOfWorkItems(t *testing.T) {
	s := setup(t, 2)
	mine, all := subscribe(t, nil), subscribe(t, nil)
	w := s.hook(mine.URL, func(w *webhookdb.Webhook) { w.WorkItems = true })
	s.hook(all.URL)
	s.db.SQL.MustExec(`INSERT INTO work_item (conversation_id, external_id, title, webhook_id) VALUES ($1, 'call-17', 'marked', $2)`, s.conv[1], w.ID)
	s.db.SQL.MustExec(`INSERT INTO work_item (conversation_id, external_id, title) VALUES ($1, 'call-18', 'marked')`, s.conv[0])
	s.run()
	s.happen(3)
	all.waits(6)
	got := mine.waits(3)
	s.eventually(0, pending, w.ID)
	require.Len(t, mine.all(), 3)
	for _, r := range got {
		require.Equal(t, s.conv[1], uuid.MustParse(r.conversation()))
		require.Equal(t, "call-17", r.Data["external_id"])
		require.NotContains(t, r.Data, "title")
	}
}
