package store_test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
	"switchboard/store/assigndb"
	"switchboard/store/conversationdb"
	"switchboard/store/storetest"
	"switchboard/test/tier"
)

// command decides and projects as a conversation's workflow does, until the row
// is as it was thought to be.
func command(t *testing.T, db *storetest.DB, id uuid.UUID, c conversation.Command) (conversationdb.Projected, error) {
	for {
		f, err := db.Conversation.Snapshot(t.Context(), id)
		if err != nil {
			return conversationdb.Projected{}, err
		}
		next, effects, err := conversation.Apply(f.State, c, time.Now())
		if err != nil {
			return conversationdb.Projected{}, err
		}
		out, err := db.Conversation.Project(t.Context(), conversationdb.Projection{Conversation: id, From: f.State.Version, To: next, Effects: effects})
		if err != nil || !out.Stale {
			return out, err
		}
	}
}

// Eight routers, agents who pick by hand, decline, accept, end and close, all at
// once: nobody is ever given more than they can take, and all of it is handled.
func TestAssign_CapacityIsNeverExceeded(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	conversations, agents, capacity := tier.Size(150, 5000), tier.Size(20, 100), 3
	db.Agents(t, &site, agents, capacity)
	waiting := db.Waiting(t, site, conversations)

	var closed atomic.Int64
	var wg, workers sync.WaitGroup
	done, over := make(chan struct{}), make(chan struct{})
	for range 8 {
		workers.Go(func() {
			freed, stop := db.Events().Watch()
			defer stop()
			for closed.Load() < int64(conversations) {
				offers, err := db.Assignment.AssignNext(t.Context(), site.Queue, assigndb.OffersAtOnce)
				require.NoError(t, err)
				if len(offers) == 0 {
					select {
					case <-freed:
					case <-over:
					}
				}
			}
		})
	}
	for w := range 8 { // each plays some of the agents
		workers.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(w)))
			for closed.Load() < int64(conversations) {
				playAgent(t, db, site, waiting, site.Agents[r.IntN(agents)], r, &closed, over)
			}
		})
	}
	wg.Go(func() {
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-done:
				tick.Stop()
				return
			case <-tick.C:
				db.Check(t)
			}
		}
	})
	workers.Wait()
	close(done)
	wg.Wait()
	db.Check(t)
	var left, held, twice int
	require.NoError(t, db.SQL.QueryRow(`SELECT (SELECT count(*) FROM conversation WHERE state <> 'closed'),
		(SELECT sum(load) FROM agent_status),
		(SELECT count(*) FROM (SELECT conversation_id FROM event WHERE data->>'change' IN ('accepted', 'picked') GROUP BY 1 HAVING count(*) > 1) x)`).
		Scan(&left, &held, &twice))
	require.Equal(t, []int{0, 0, 0}, []int{left, held, twice})
}

// playAgent does one thing an agent does: answer an offer, pick by hand, or
// finish what they have.
func playAgent(t *testing.T, db *storetest.DB, site storetest.Site, waiting []uuid.UUID, agent uuid.UUID, r *rand.Rand, closed *atomic.Int64, over chan struct{}) {
	act := func(id uuid.UUID, k conversation.Kind) bool {
		out, err := command(t, db, id, conversation.Command{Kind: k, Agent: agent.String()})
		var refusal *conversation.Refusal
		if err != nil {
			require.ErrorAs(t, err, &refusal)
		}
		return err == nil && out.Done
	}
	if r.IntN(4) == 0 {
		act(waiting[r.IntN(len(waiting))], conversation.Pick)
	}
	var mine []struct {
		ID    uuid.UUID `db:"id"`
		State string    `db:"state"`
	}
	require.NoError(t, db.SQL.Select(&mine, `SELECT id, state FROM conversation WHERE held_by = $1`, agent))
	for _, m := range mine {
		switch {
		case m.State == "open" && r.IntN(10) == 0:
			act(m.ID, conversation.Decline)
		case m.State == "open":
			act(m.ID, conversation.Accept)
		case m.State == "active":
			act(m.ID, conversation.End)
		case act(m.ID, conversation.Close):
			if closed.Add(1) == int64(len(waiting)) {
				close(over)
			}
		}
	}
}

func TestAssign_FreedCapacityTakesTheOldest(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	agent := db.Agents(t, &site, 1, 1)[0]
	waiting := db.Waiting(t, site, 3)
	for i, id := range waiting {
		if i == 0 {
			_, err := db.Assignment.AssignFor(t.Context(), agent)
			require.NoError(t, err)
		}
		f, err := db.Conversation.Snapshot(t.Context(), id)
		require.NoError(t, err)
		require.NotNil(t, f.State.Offer, "conversation %d was offered with the capacity that the one before freed", i)
		for _, k := range []conversation.Kind{conversation.Accept, conversation.End, conversation.Close} {
			out, err := command(t, db, id, conversation.Command{Kind: k, Agent: agent.String()})
			require.NoError(t, err)
			require.True(t, out.Done)
		}
	}
	db.Check(t)
}

func TestAssign_HighestFreeCapacityThenLongestIdle(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	agents := db.Agents(t, &site, 3, 2)
	db.SQL.MustExec(`UPDATE agent_status SET capacity = 3 WHERE agent_id = $1`, agents[1])
	db.SQL.MustExec(`UPDATE agent_status SET idle_since = now() - interval '1 hour' WHERE agent_id = $1`, agents[2])
	db.Waiting(t, site, 4)
	var got []uuid.UUID
	for range 4 {
		offers, err := db.Assignment.AssignNext(t.Context(), site.Queue, 1)
		require.NoError(t, err)
		got = append(got, offers[0].Agent)
	}
	require.Equal(t, agents[1], got[0], "most room")
	require.Equal(t, agents[2], got[1], "idle longest among equals")
	db.Check(t)
}

func TestAssign_OneThatNobodyMayTakeBlocksNobody(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	agent := db.Agents(t, &site, 1, 5)[0]
	waiting := db.Waiting(t, site, 3)
	db.SQL.MustExec(`UPDATE conversation SET declined_by = ARRAY[$2, $2, $2]::uuid[],
		declined_at = array_fill(now() - interval '1 h', ARRAY[3]) WHERE id = $1`, waiting[0], agent)
	db.SQL.MustExec(`UPDATE conversation SET units = 9 WHERE id = $1`, waiting[1])
	offers, err := db.Assignment.AssignNext(t.Context(), site.Queue, 3)
	require.NoError(t, err)
	require.Len(t, offers, 1)
	require.Equal(t, waiting[2], offers[0].Conversation)
	offers, err = db.Assignment.AssignNext(t.Context(), site.Queue, 3)
	require.NoError(t, err)
	require.Empty(t, offers)
	db.Check(t)
}

func TestAssign_DeclinedGoesToOthersFirst(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	agents := db.Agents(t, &site, 2, 5)
	id := db.Waiting(t, site, 1)[0]
	asked := map[uuid.UUID]int{}
	for range 2 {
		if _, err := db.Assignment.AssignNext(t.Context(), site.Queue, 1); err != nil {
			t.Fatal(err)
		}
		f, err := db.Conversation.Snapshot(t.Context(), id)
		require.NoError(t, err)
		agent := uuid.MustParse(f.State.Offer.Agent)
		asked[agent]++
		_, err = command(t, db, id, conversation.Command{Kind: conversation.Decline, Agent: agent.String()})
		require.NoError(t, err)
	}
	require.Equal(t, map[uuid.UUID]int{agents[0]: 1, agents[1]: 1}, asked)
	offers, err := db.Assignment.AssignNext(t.Context(), site.Queue, 1)
	require.NoError(t, err)
	require.Empty(t, offers, "nobody is asked again before the pause is over")
	db.SQL.MustExec(`UPDATE conversation SET declined_at = ARRAY[now() - interval '1 h', now()]`)
	offers, err = db.Assignment.AssignNext(t.Context(), site.Queue, 1)
	require.NoError(t, err)
	require.Len(t, offers, 1)
	db.Check(t)
}

// The pause before an agent is asked again counts from when they declined
// themselves: what others declined since does not make them wait longer.
func TestSeed_D19_EachAgentsOwnPause(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	agents := db.Agents(t, &site, 2, 5)
	id := db.Waiting(t, site, 1)[0]
	asked := func() (agent uuid.UUID) {
		offers, err := db.Assignment.AssignNext(t.Context(), site.Queue, 1)
		require.NoError(t, err)
		if len(offers) == 1 {
			agent = offers[0].Agent
		}
		return agent
	}
	decline := func(agent uuid.UUID) {
		_, err := command(t, db, id, conversation.Command{Kind: conversation.Decline, Agent: agent.String()})
		require.NoError(t, err)
	}
	first := asked()
	decline(first)
	second := holderOf(t, db, id, asked) // declining looks for the next at once
	require.NotEqual(t, first, second)
	db.SQL.MustExec(`UPDATE conversation SET declined_at = ARRAY[now() - interval '31 s']`) // the usual pause is 30 s
	decline(second)
	require.Equal(t, first, holderOf(t, db, id, asked), "31 s after they declined, although the other did just now")
	decline(first)
	require.Equal(t, uuid.Nil, holderOf(t, db, id, asked), "both have declined lately")
	require.ElementsMatch(t, []uuid.UUID{first, second}, agents)
	db.Check(t)
}

// holderOf is to whom a conversation is offered, at the latest after another look.
func holderOf(t *testing.T, db *storetest.DB, id uuid.UUID, look func() uuid.UUID) uuid.UUID {
	t.Helper()
	f, err := db.Conversation.Snapshot(t.Context(), id)
	require.NoError(t, err)
	if f.State.Offer != nil {
		return uuid.MustParse(f.State.Offer.Agent)
	}
	return look()
}
