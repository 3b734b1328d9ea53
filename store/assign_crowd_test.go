package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
	"switchboard/store/admindb"
	"switchboard/store/assigndb"
	"switchboard/store/auditdb"
	"switchboard/store/conversationdb"
	"switchboard/store/presencedb"
	"switchboard/store/storetest"
)

const crowdCapacity = 2

// T11: 200 agents appear, vanish, decline and let offers lapse at random while
// customers with all kinds of wishes wait in two queues. Nobody is ever given
// more than they can take, nothing is lost, accepted twice or left behind; read
// from the event log alone.
func TestAssign_CrowdComesAndGoes(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	const agents, customers, players = 200, 300, 8
	sites := []storetest.Site{db.Site(t), db.Site(t)}
	all := db.Agents(t, &sites[0], agents, crowdCapacity)
	for i, id := range all {
		if i%4 == 0 {
			db.SQL.MustExec(`INSERT INTO queue_member (queue_id, agent_id) VALUES ($1, $2)`, sites[1].Queue, id)
		}
	}
	db.SQL.MustExec(`UPDATE workstream SET max_offers = 1000, reoffer_after = 0, missed_inactive = false`)
	db.SQL.MustExec(`UPDATE agent_status SET presence = 'offline', skills = CASE WHEN hashtext(agent_id::text) % 2 = 0 THEN '{"dutch": 5}'::jsonb ELSE '{}' END`)
	_, err := db.Admin.ChangeQueue(t.Context(), auditdb.Actor{}, sites[0].Queue, func(q *admindb.Queue) error {
		q.AgePriority = 60
		q.Rules = assigndb.AssignmentRules{{Skills: assigndb.SkillsExact, Method: assigndb.RoundRobin}, {After: 60, Skills: assigndb.SkillsClosest, Method: assigndb.MostIdle}}
		return nil
	})
	require.NoError(t, err)
	waiting := append(db.Waiting(t, sites[0], customers*2/3), db.Waiting(t, sites[1], customers/3)...)
	db.SQL.MustExec(`UPDATE conversation SET skills = '{"dutch": 3}' WHERE hashtext(id::text) % 3 = 0`)

	left := func() (n int) {
		require.NoError(t, db.SQL.Get(&n, `SELECT count(*) FROM conversation WHERE state <> 'closed'`))
		return n
	}
	var work, sweep sync.WaitGroup
	done := make(chan struct{})
	sweep.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				_, err := db.Assignment.SweepAssignments(t.Context())
				require.NoError(t, err)
				db.Check(t)
			}
		}
	})
	for n := range players {
		work.Go(func() {
			r := rand.New(rand.NewPCG(11, uint64(n)))
			desk := map[uuid.UUID]uuid.UUID{} // agent → connection
			for left() > 0 {
				for range 20 {
					play(t, db, r, all[n*agents/players+r.IntN(agents/players)], desk)
				}
			}
		})
	}
	work.Wait()
	close(done)
	sweep.Wait()
	db.Check(t)

	log := readLog(t, db)
	t.Log(log.say())
	require.Empty(t, log.wrong)
	for _, id := range waiting {
		c := log.conversations[id]
		require.NotNil(t, c, "conversation %s was lost", id)
		require.Equal(t, 1, c.accepted, "conversation %s was accepted", id)
		require.True(t, c.closed)
	}
	require.Positive(t, log.refused)
}

// play does one thing of an agent: come, go, answer what is offered or not, or
// finish what they have. Who is gone finishes it all the same, from elsewhere.
func play(t *testing.T, db *storetest.DB, r *rand.Rand, agent uuid.UUID, desk map[uuid.UUID]uuid.UUID) {
	p := &presencedb.Presence{Store: db.Store.Presence, Grace: time.Nanosecond, Available: func(_ context.Context, a uuid.UUID) {
		_, err := db.Assignment.AssignFor(t.Context(), a)
		require.NoError(t, err)
	}}
	conn, there := desk[agent]
	switch what := r.IntN(10); {
	case !there:
		desk[agent] = uuid.New()
		require.NoError(t, p.Connect(t.Context(), agent, desk[agent], "node"))
	case what == 0:
		delete(desk, agent)
		require.NoError(t, p.Disconnect(t.Context(), conn))
		if r.IntN(2) == 0 {
			_, err := p.ExpiredGrace(t.Context())
			require.NoError(t, err)
		}
	}
	var mine []struct {
		ID    uuid.UUID `db:"id"`
		State string    `db:"state"`
	}
	require.NoError(t, db.SQL.Select(&mine, `SELECT id, state FROM conversation WHERE held_by = $1`, agent))
	for _, m := range mine {
		switch {
		case m.State == "open" && r.IntN(8) == 0:
			do(t, db, m.ID, conversation.Decline, agent)
		case m.State == "open" && r.IntN(8) == 0:
			do(t, db, m.ID, conversation.Lapse, agent)
		case m.State == "open":
			do(t, db, m.ID, conversation.Accept, agent)
		case m.State == "active":
			do(t, db, m.ID, conversation.End, agent)
		default:
			do(t, db, m.ID, conversation.Close, agent)
		}
	}
}

// do is a command of an agent, who may come too late; a lapse comes when the
// offer's time is over.
func do(t *testing.T, db *storetest.DB, id uuid.UUID, kind conversation.Kind, agent uuid.UUID) {
	for {
		f, err := db.Conversation.Snapshot(t.Context(), id)
		require.NoError(t, err)
		now := time.Now()
		if kind == conversation.Lapse {
			if f.State.Offer == nil || f.State.Offer.Agent != agent.String() {
				return
			}
			now = f.State.Offer.Until
		}
		next, effects, err := conversation.Apply(f.State, conversation.Command{Kind: kind, Agent: agent.String()}, now)
		var refusal *conversation.Refusal
		if err != nil {
			require.ErrorAs(t, err, &refusal)
			return
		}
		out, err := db.Conversation.Project(t.Context(), conversationdb.Projection{Conversation: id, From: f.State.Version, To: next, Effects: effects})
		require.NoError(t, err)
		if !out.Stale {
			return
		}
	}
}

// crowdLog is what the event log says happened, followed without a look at how
// the product keeps it.
type crowdLog struct {
	conversations map[uuid.UUID]*crowdConversation
	load          map[uuid.UUID]int
	wrong         []string
	most, refused int
}

type crowdConversation struct {
	holder   uuid.UUID
	accepted int
	closed   bool
}

// An offer is written once the capacity is taken, and what frees it at the
// latest then: in the order of being written, the sum is never too high.
func readLog(t *testing.T, db *storetest.DB) *crowdLog {
	t.Helper()
	l := &crowdLog{conversations: map[uuid.UUID]*crowdConversation{}, load: map[uuid.UUID]int{}}
	var events []struct {
		Kind         string        `db:"kind"`
		Conversation uuid.UUID     `db:"conversation_id"`
		Agent        uuid.NullUUID `db:"agent_id"`
		Change       string        `db:"change"`
	}
	require.NoError(t, db.SQL.Select(&events, `SELECT kind, conversation_id, agent_id, COALESCE(data->>'change', '') AS change
		FROM event WHERE kind IN ('conversation.updated', 'offer.made', 'offer.withdrawn') ORDER BY id`))
	for _, e := range events {
		c := l.conversations[e.Conversation]
		if c == nil {
			c = &crowdConversation{}
			l.conversations[e.Conversation] = c
		}
		switch {
		case e.Kind == "offer.made":
			l.made(e.Conversation, c, e.Agent.UUID)
		case e.Kind == "offer.withdrawn":
			l.refused++
			l.free(e.Conversation, c, e.Agent.UUID)
		case e.Change == "accepted":
			c.accepted++
		case e.Change == "closed":
			c.closed = true
			l.free(e.Conversation, c, c.holder)
		}
	}
	return l
}

func (l *crowdLog) made(id uuid.UUID, c *crowdConversation, agent uuid.UUID) {
	if c.holder != uuid.Nil || c.closed {
		l.wrong = append(l.wrong, fmt.Sprintf("conversation %s was offered to %s while %s had it", id, agent, c.holder))
	}
	c.holder = agent
	l.load[agent]++
	l.most = max(l.most, l.load[agent])
	if l.load[agent] > crowdCapacity {
		l.wrong = append(l.wrong, fmt.Sprintf("agent %s had %d", agent, l.load[agent]))
	}
}

func (l *crowdLog) free(id uuid.UUID, c *crowdConversation, agent uuid.UUID) {
	if c.holder != agent {
		l.wrong = append(l.wrong, fmt.Sprintf("conversation %s was taken from %s, but %s had it", id, agent, c.holder))
		return
	}
	l.load[agent]--
	c.holder = uuid.Nil
}

func (l *crowdLog) say() string {
	return fmt.Sprintf("%d conversations, %d offers refused, lapsed or withdrawn, at most %d held by one", len(l.conversations), l.refused, l.most)
}
