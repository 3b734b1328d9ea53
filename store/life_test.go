package store_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
	"switchboard/store"
	"switchboard/store/conversationdb"
	"switchboard/store/storetest"
)

// transition decides and projects as the workflow does. It reports whether it
// was done.
func transition(t *testing.T, st *store.Store, id uuid.UUID, c conversation.Command) bool {
	t.Helper()
	f, err := st.Conversation.Snapshot(t.Context(), id)
	require.NoError(t, err)
	return transitionFrom(t, st, id, f.State, c)
}

func transitionFrom(t *testing.T, st *store.Store, id uuid.UUID, s conversation.State, c conversation.Command) bool {
	t.Helper()
	next, effects, err := conversation.Apply(s, c, time.Now())
	var refused *conversation.Refusal
	if errors.As(err, &refused) || !effects.Project {
		return false
	}
	out, err := st.Conversation.Project(t.Context(), conversationdb.Projection{Conversation: id, From: s.Version, To: next, Effects: effects})
	require.NoError(t, err)
	return out.Done
}

// Whatever people do at once, load is what conversations hold, and each
// conversation has one session exactly while somebody has it. Everybody goes on
// until each kind of command was really done.
func TestLife_CapacityAndSessionsNeverLeak(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	agents := db.Agents(t, &site, 4, 3)
	ids := db.Waiting(t, site, 12)
	other := db.Site(t)
	for _, agent := range agents[:2] { // who is in both queues is found in either
		db.SQL.MustExec(`INSERT INTO queue_member (queue_id, agent_id) VALUES ($1, $2)`, other.Queue, agent)
	}
	db.SQL.MustExec(`UPDATE workstream SET reoffer_after = 0, max_offers = 1000, consult_anyone = true`)
	var wg sync.WaitGroup
	for w := range 6 {
		r := rand.New(rand.NewPCG(uint64(w), 7)) //nolint:gosec // repeatable, not secret
		wg.Go(func() { actUntilAllWasDone(t, db, r, site.Queue, other.Queue, agents, ids) })
	}
	wg.Wait()
	require.Zero(t, one(t, db, `SELECT count(*) FROM agent_status s WHERE s.load <> COALESCE((SELECT sum(held_units) FROM conversation c WHERE c.held_by = s.agent_id), 0)`))
	require.Zero(t, one(t, db, `SELECT count(*) FROM conversation c WHERE (SELECT count(*) FROM session s WHERE s.conversation_id = c.id AND s.closed_at IS NULL)
		<> CASE WHEN c.offer_id IS NOT NULL OR c.state IN ('active', 'wrap-up') THEN 1 ELSE 0 END`))
	require.Zero(t, one(t, db, `SELECT count(*) FROM conversation WHERE state = 'waiting' AND held_by IS NOT NULL`))
	require.GreaterOrEqual(t, one(t, db, `SELECT count(*) FROM session WHERE closure_reason = 'agent_moved_to_waiting'`), 6, "each parked one")
	require.Zero(t, one(t, db, `SELECT count(*) FROM participation x JOIN conversation c ON c.id = x.conversation_id WHERE x.left_at IS NULL
		AND (x.agent_id = c.agent_id OR c.state = 'closed' OR x.role = 'consultant' AND (c.state <> 'active' OR x.asked_by <> c.agent_id))`), "whose part is over has left")
	require.Zero(t, one(t, db, `SELECT count(*) FROM conversation c WHERE c.state IN ('active', 'waiting', 'wrap-up') AND c.agent_id IS NULL OR c.state = 'open' AND c.agent_id IS NOT NULL`), "one primary agent")
}

// actUntilAllWasDone gives random commands for whoever may give them until each
// kind succeeded. The bound is only against a test without an end: no state here
// is one that none of the commands leaves.
func actUntilAllWasDone(t *testing.T, db *storetest.DB, r *rand.Rand, queue, other uuid.UUID, agents, ids []uuid.UUID) {
	kinds := []conversation.Kind{conversation.Accept, conversation.Pick, conversation.Decline, conversation.Park, conversation.Resume, conversation.Release,
		conversation.End, conversation.Write, conversation.Consult, conversation.ConsultAccept, conversation.ConsultDecline, conversation.BringIn,
		conversation.Consult, conversation.ConsultAccept, conversation.BringIn, conversation.Remove, conversation.Leave, conversation.Transfer, conversation.Monitor, conversation.Join, conversation.AssignTo}
	distinct := len(kinds) - 3 // those that follow one another come twice
	done := map[conversation.Kind]int{}
	for range 20_000 {
		if len(done) == distinct {
			return
		}
		id := ids[r.IntN(len(ids))]
		f, err := db.Conversation.Snapshot(t.Context(), id)
		if err != nil {
			t.Error(err)
			return
		}
		c := conversation.Command{Kind: kinds[r.IntN(len(kinds))], Agent: agents[r.IntN(len(agents))].String(), Seq: f.State.InboundSeq + 1, At: time.Now()}
		if f.State.Agent != "" {
			c.Agent = f.State.Agent
		} else if f.State.Offer != nil {
			c.Agent = f.State.Offer.Agent
		}
		together(r, &c, f.State, []uuid.UUID{queue, other}, agents)
		if c.Kind == conversation.Write {
			db.SQL.MustExec(`UPDATE conversation SET inbound_seq = inbound_seq + 1 WHERE id = $1`, id)
		}
		if transitionFrom(t, db.Store, id, f.State, c) { // a written message is news to this state
			done[c.Kind]++
		}
	}
	t.Errorf("not everything was done: %v", done)
}

// together aims a command at an agent or a queue, and at who takes part.
func together(r *rand.Rand, c *conversation.Command, s conversation.State, queues, agents []uuid.UUID) {
	if c.To = agents[r.IntN(len(agents))].String(); r.IntN(3) == 0 {
		c.To, c.Queue = "", queues[r.IntN(len(queues))].String()
	}
	c.Over = r.IntN(2) == 0
	switch c.Kind {
	case conversation.Monitor, conversation.Join, conversation.AssignTo:
		c.Agent = agents[r.IntN(len(agents))].String()
	}
	if len(s.Beside) == 0 {
		return
	}
	p := s.Beside[r.IntN(len(s.Beside))]
	for _, x := range s.Beside { // the rarest of all: they were asked, came, and are still there
		if c.Kind == conversation.BringIn && x.Role == conversation.Consultant && x.Stage == conversation.Aside {
			p = x
		}
	}
	switch c.Part = p.ID; c.Kind {
	case conversation.ConsultAccept, conversation.ConsultDecline, conversation.Leave:
		c.Agent = p.Agent
	}
}

func one(t *testing.T, db *storetest.DB, query string, args ...any) int {
	t.Helper()
	var n int
	require.NoError(t, db.SQL.Get(&n, query, args...))
	return n
}

// A rule that nobody's silence justifies any more is not applied, whichever side
// wrote at the last moment.
func TestLife_RuleYieldsToWhoeverWrote(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	agent := db.Agents(t, &site, 1, 3)[0]
	id := db.Waiting(t, site, 1)[0]
	require.True(t, transition(t, db.Store, id, conversation.Command{Kind: conversation.Pick, Agent: agent.String()}))
	f, err := db.Conversation.Snapshot(t.Context(), id)
	require.NoError(t, err)
	p := conversationdb.Projection{Conversation: id, From: f.State.Version, To: f.State, Effects: conversation.Effects{Project: true, Quiet: true, Event: "rule_applied"}}

	db.SQL.MustExec(`UPDATE conversation SET last_agent_seq = 9 WHERE id = $1`, id)
	out, err := db.Conversation.Project(t.Context(), p)
	require.NoError(t, err)
	require.True(t, out.Stale)
	p.To.AgentSeq = 9
	db.SQL.MustExec(`UPDATE conversation SET inbound_seq = 10 WHERE id = $1`, id)
	out, err = db.Conversation.Project(t.Context(), p)
	require.NoError(t, err)
	require.True(t, out.Unseen)
	p.To.InboundSeq = 10
	out, err = db.Conversation.Project(t.Context(), p)
	require.NoError(t, err)
	require.True(t, out.Done)
}

// A customer who returns is offered to their agent beyond capacity, and to
// nobody who was disabled.
func TestLife_BackToTheSameAgent(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	ann := db.Agents(t, &site, 1, 1)[0]
	id := db.Waiting(t, site, 1)[0]
	require.True(t, transition(t, db.Store, id, conversation.Command{Kind: conversation.Pick, Agent: ann.String()}))
	require.True(t, transition(t, db.Store, id, conversation.Command{Kind: conversation.Park, Agent: ann.String()}))
	other := db.Waiting(t, site, 1)[0]
	require.True(t, transition(t, db.Store, other, conversation.Command{Kind: conversation.Pick, Agent: ann.String()}))
	require.False(t, transition(t, db.Store, id, conversation.Command{Kind: conversation.Resume, Agent: ann.String()}), "no room")
	ben := db.Agents(t, &site, 1, 5)[1]

	write := func() {
		db.SQL.MustExec(`UPDATE conversation SET inbound_seq = inbound_seq + 1 WHERE id = $1`, id)
		f, err := db.Conversation.Snapshot(t.Context(), id)
		require.NoError(t, err)
		f.State.InboundSeq--
		next, effects, err := conversation.Apply(f.State, conversation.Command{Kind: conversation.Write, Seq: f.State.InboundSeq + 1, At: time.Now()}, time.Now())
		require.NoError(t, err)
		out, err := db.Conversation.Project(t.Context(), conversationdb.Projection{Conversation: id, From: f.State.Version, To: next, Effects: effects})
		require.NoError(t, err)
		require.True(t, out.Done)
	}
	offeredTo := func() uuid.UUID {
		f, err := db.Conversation.Snapshot(t.Context(), id)
		require.NoError(t, err)
		require.NotNil(t, f.State.Offer)
		return uuid.MustParse(f.State.Offer.Agent)
	}
	write()
	require.Equal(t, ann, offeredTo())
	require.Equal(t, 2, one(t, db, `SELECT load FROM agent_status WHERE agent_id = $1`, ann))

	require.True(t, transition(t, db.Store, id, conversation.Command{Kind: conversation.Accept, Agent: ann.String()}))
	require.True(t, transition(t, db.Store, id, conversation.Command{Kind: conversation.Park, Agent: ann.String()}))
	db.SQL.MustExec(`UPDATE agent SET disabled_at = now() WHERE id = $1`, ann)
	write()
	require.Equal(t, ben, offeredTo())
}
