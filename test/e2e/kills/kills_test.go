package kills

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/test/chaos"
	"switchboard/test/rig"
	"switchboard/test/tier"
)

// One process at a time is killed, again and again, at random, while agents work
// who never give a failed command again. When it is quiet every row and its
// workflow tell the same, no customer's message is lost or left unheard, nobody
// got anything twice, and capacity is what is held.
func TestFault_RandomKills(t *testing.T) {
	kills, before := tier.Size(50, 500), time.Now()
	seed := uint64(before.UnixNano())
	t.Logf("%d kills, seed %d", kills, seed)
	shared.ExplainFailure(t)
	site, err := shared.NewSite(t.Context(), 20, map[string]any{"offer_timeout": 600, "wrap_up_timeout": 10, "reoffer_after": 1})
	require.NoError(t, err)
	c := &careless{}
	x := c.begin(t, shared.Rig, site, c.see)
	shared.Eventually(t, "traffic flows", func() bool { return x.written() > perSecond })
	mayhem(t, kills, rand.New(rand.NewPCG(seed, 0)))
	x.stopWriting()
	x.writing.Wait()
	shared.Eventually(t, "every webhook was answered", func() bool { return len(x.unanswered()) == 0 })
	of := ` AND workstream_id = $1`
	shared.Eventually(t, "every bell was rung", func() bool {
		return shared.Rows(t, `SELECT count(*) FROM bell`) == 0
	})
	shared.Eventually(t, "every answer was decided", func() bool {
		return shared.Rows(t, `SELECT count(*) FROM message m JOIN conversation c ON c.id = m.conversation_id
			WHERE m.status IN ('queued', 'sending')`+of, site.Workstream) == 0
	})
	shared.Same(t)
	shared.Eventually(t, "wrap-up is over", func() bool {
		return shared.Rows(t, `SELECT count(*) FROM conversation WHERE state = 'wrap-up'`+of, site.Workstream) == 0
	})
	unheard := `SELECT count(*) FROM conversation WHERE state IN ('waiting', 'wrap-up') AND inbound_seq > heard_seq`
	require.Zero(t, shared.Rows(t, unheard+of, site.Workstream), "nobody is left unheard")
	c.judge(t)
	t.Logf("%d messages, %d commands and answers, %d of them failed; %s",
		x.written(), c.given.Load(), c.failed.Load(), time.Since(before).Round(time.Second))
	require.Positive(t, c.failed.Load(), "kills are felt")
	x.stop()
	shared.CloseAll(t, site)
}

// mayhem kills one process at a time, and starts it again at once.
func mayhem(t *testing.T, kills int, random *rand.Rand) {
	t.Helper()
	counts := map[string]int{}
	for range kills {
		chaos.Last(t, time.Duration(random.IntN(900))*time.Millisecond)
		part := []string{"api", "worker", "api", "worker", "Temporal", "PostgreSQL"}[random.IntN(6)]
		counts[part]++
		switch part {
		case "Temporal":
			shared.Temporal.Kill()
			require.NoError(t, shared.Temporal.Restart(t.Context()))
		case "PostgreSQL":
			shared.Postgres.Kill()
			require.NoError(t, shared.Postgres.Restart(t.Context()))
		default:
			shared.Process(part).Kill()
			require.NoError(t, shared.Launch(part))
		}
	}
	t.Logf("killed: %v", counts)
	for _, part := range []string{"api", "worker"} { // whatever became of the last start
		shared.Process(part).Kill()
		require.NoError(t, shared.Run(t.Context(), part))
	}
}

// careless are agents who do everything once: a command that fails is forgotten,
// as people do who see the conversation change all the same.
type careless struct {
	traffic
	given, failed atomic.Int64
	seen          sync.Map // offers that were accepted
	answers       sync.Map // texts
}

// see is an agent at the desk.
func (c *careless) see(a *apiclient.Client, me uuid.UUID, e apiclient.Event) {
	if e.Kind != "offer.made" || e.Agent.UUID != me {
		return
	}
	if _, again := c.seen.LoadOrStore(e.OfferID(), true); !again {
		c.working.Go(func() { c.serve(a, e) })
	}
}

// once gives a command, and says whether it was answered well.
func (c *careless) once(do func(context.Context) error) bool {
	c.given.Add(1)
	if err := do(c.work); err != nil {
		if c.work.Err() == nil {
			c.failed.Add(1)
		}
		return false
	}
	return true
}

func (c *careless) serve(a *apiclient.Client, e apiclient.Event) {
	id := e.Conversation.UUID
	command := func(name string, in any) bool {
		return c.once(func(ctx context.Context) error { return a.CommandOnce(ctx, id, name, "", in) })
	}
	if !command("accept", map[string]any{"offer_id": e.OfferID()}) {
		return
	}
	text := fmt.Sprintf("%s answer %s", rig.MarkText, e.OfferID())
	c.once(func(ctx context.Context) error { _, _, err := a.Answer(ctx, id, uuid.NewString(), text); return err })
	c.answers.Store(text, true)
	select {
	case <-c.work.Done():
		return
	case <-time.After(time.Duration(rand.IntN(2000)) * time.Millisecond):
	}
	switch n := rand.IntN(10); {
	case n < 4:
		if command("park", nil) && n == 0 {
			command("resume", nil)
		}
	case n < 8:
		if command("end", nil) && n < 6 {
			command("close", nil)
		}
	case n == 8:
		c.once(func(ctx context.Context) error { return shared.Admin.CommandOnce(ctx, id, "force-close", "", nil) })
	}
}

// judge counts at the customers and in the tables.
func (c *careless) judge(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	var stored []string
	db := shared.Database(t, "switchboard")
	require.NoError(t, db.SelectContext(t.Context(), &stored, `SELECT m.text FROM message m JOIN conversation c ON c.id = m.conversation_id
		WHERE m.direction = 'in' AND c.workstream_id = $1`, c.site.Workstream))
	times := map[string]int{}
	for _, text := range stored {
		times[text]++
	}
	for text := range c.said {
		require.Equal(t, 1, times[text], text)
	}
	require.Len(t, stored, len(c.said))
	twice := 0
	for _, p := range c.customers {
		got := map[string]int{}
		for _, m := range p.Received() {
			if _, ours := c.answers.Load(m.Text); ours {
				got[m.Text]++
			}
		}
		for text, n := range got {
			if n > 1 {
				twice++
				t.Log(text, "arrived", n, "times")
			}
		}
	}
	require.Zero(t, twice, "answers that arrived twice")
	require.Zero(t, shared.Rows(t, `SELECT count(*) FROM agent_status s WHERE s.load <>
		COALESCE((SELECT sum(held_units) FROM conversation c WHERE c.held_by = s.agent_id), 0)`), "capacity is what is held")
}
