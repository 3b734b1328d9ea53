package store_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
	"switchboard/store"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
	"switchboard/store/conversationdb"
	"switchboard/store/eventlog"
	"switchboard/store/messagedb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
	"switchboard/store/storetest"
	"switchboard/store/workitemdb"
	"switchboard/test/tier"
)

// refusedAs decides and projects a command and returns why it was refused, "" if
// it was not.
func refusedAs(t *testing.T, st *store.Store, id uuid.UUID, c conversation.Command) string {
	t.Helper()
	f, err := st.Conversation.Snapshot(t.Context(), id)
	require.NoError(t, err)
	next, effects, err := conversation.Apply(f.State, c, time.Now())
	var refused *conversation.Refusal
	if errors.As(err, &refused) {
		return refused.Code
	}
	require.NoError(t, err)
	out, err := st.Conversation.Project(t.Context(), conversationdb.Projection{Conversation: id, From: f.State.Version, To: next, Effects: effects})
	require.NoError(t, err)
	if out.Refused != nil {
		return out.Refused.Code
	}
	if out.NoRoom {
		return conversation.NoCapacity
	}
	require.True(t, out.Done)
	return ""
}

func beside(t *testing.T, st *store.Store, id uuid.UUID) []conversation.Participant {
	t.Helper()
	f, err := st.Conversation.Snapshot(t.Context(), id)
	require.NoError(t, err)
	return f.State.Beside
}

type handled struct {
	*storetest.DB
	site   storetest.Site
	agents []uuid.UUID
	conv   uuid.UUID
}

// inHands is a conversation that the first of n agents has.
func inHands(t *testing.T, n, capacity int) handled {
	t.Helper()
	db := storetest.New(t)
	x := handled{DB: db, site: db.Site(t)}
	x.agents = db.Agents(t, &x.site, n, capacity)
	x.conv = db.Waiting(t, x.site, 1)[0]
	require.Empty(t, refusedAs(t, db.Store, x.conv, x.by(conversation.Pick, 0)))
	return x
}

func (x handled) by(k conversation.Kind, agent int) conversation.Command {
	return conversation.Command{Kind: k, Agent: x.agents[agent].String()}
}

func (x handled) to(k conversation.Kind, target uuid.UUID) conversation.Command {
	return conversation.Command{Kind: k, Agent: x.agents[0].String(), To: target.String()}
}

// Whom a conversation may be given to, and who may be asked, is decided with the
// facts of that moment, and refused with the reason.
func TestTogether_TargetsAreRefusedWithReason(t *testing.T) {
	t.Parallel()
	x := inHands(t, 4, 1)
	full, away, gone := x.agents[1], x.agents[2], x.agents[3]
	x.SQL.MustExec(`UPDATE agent_status SET load = 1, presence = 'do_not_disturb' WHERE agent_id = $1`, full)
	x.SQL.MustExec(`UPDATE agent_status SET presence = 'offline' WHERE agent_id = $1`, away)
	x.SQL.MustExec(`UPDATE agent SET disabled_at = now() WHERE id = $1`, gone)
	other := x.Site(t)
	outside := x.Agents(t, &other, 1, 1)[0]
	empty := x.Site(t)
	queue := func(k conversation.Kind, q uuid.UUID) conversation.Command {
		return conversation.Command{Kind: k, Agent: x.agents[0].String(), Queue: q.String()}
	}
	over := func(target uuid.UUID) conversation.Command {
		c := x.to(conversation.AssignTo, target)
		c.Over = true
		return c
	}
	for name, c := range map[string]struct {
		cmd  conversation.Command
		code string
	}{
		"consult full": {x.to(conversation.Consult, full), conversation.NoCapacity}, "consult away": {x.to(conversation.Consult, away), conversation.TargetAway},
		"consult disabled": {x.to(conversation.Consult, gone), conversation.TargetGone}, "consult nobody": {x.to(conversation.Consult, uuid.New()), conversation.TargetGone},
		"consult outside": {x.to(conversation.Consult, outside), conversation.OutsideQueue}, "consult other queue": {queue(conversation.Consult, other.Queue), conversation.OutsideQueue},
		"consult own queue, all busy": {queue(conversation.Consult, x.site.Queue), conversation.NobodyThere},
		"transfer to full":            {x.to(conversation.Transfer, full), conversation.NoCapacity}, "transfer to away": {x.to(conversation.Transfer, away), conversation.TargetAway},
		"transfer to disabled": {x.to(conversation.Transfer, gone), conversation.TargetGone}, "transfer to the same queue": {queue(conversation.Transfer, x.site.Queue), conversation.SameTarget},
		"transfer to an empty queue": {queue(conversation.Transfer, empty.Queue), conversation.NobodyThere}, "transfer to no queue": {queue(conversation.Transfer, uuid.New()), conversation.TargetGone},
		"assign full": {x.to(conversation.AssignTo, full), conversation.NoCapacity}, "assign away, whatever": {over(away), conversation.TargetAway},
		"assign disabled, whatever": {over(gone), conversation.TargetGone},
	} {
		require.Equal(t, c.code, refusedAs(t, x.Store, x.conv, c.cmd), name)
	}
	require.Equal(t, 1, one(t, x.DB, `SELECT load FROM agent_status WHERE agent_id = $1`, x.agents[0]), "nothing moved")
	x.SQL.MustExec(`UPDATE workstream SET consult_anyone = true`)
	require.Empty(t, refusedAs(t, x.Store, x.conv, x.to(conversation.Consult, outside)))
	require.Empty(t, refusedAs(t, x.Store, x.conv, over(full)))
	require.Equal(t, 2, one(t, x.DB, `SELECT load FROM agent_status WHERE agent_id = $1`, full), "knowingly beyond their capacity")
	require.Zero(t, one(t, x.DB, `SELECT load FROM agent_status WHERE agent_id = $1`, x.agents[0]))
	require.Empty(t, beside(t, x.Store, x.conv), "whose advice was asked goes with the agent")
}

// A queue's request goes to its best, then to the next, to nobody twice, and
// fails when nobody is left. It takes nobody's capacity.
func TestTogether_ConsultOfAQueue(t *testing.T) {
	t.Parallel()
	x := inHands(t, 3, 3)
	require.Empty(t, refusedAs(t, x.Store, x.conv, conversation.Command{Kind: conversation.Consult, Agent: x.agents[0].String(), Queue: x.site.Queue.String()}))
	asked := map[string]bool{}
	for range 2 {
		list := beside(t, x.Store, x.conv)
		require.Len(t, list, 1)
		require.False(t, asked[list[0].Agent])
		asked[list[0].Agent] = true
		require.Equal(t, 1, one(t, x.DB, `SELECT count(*) FROM event WHERE kind = 'consult.asked' AND agent_id = $1`, list[0].Agent))
		require.Empty(t, refusedAs(t, x.Store, x.conv, conversation.Command{Kind: conversation.ConsultDecline, Agent: list[0].Agent}))
	}
	require.NotContains(t, asked, x.agents[0].String())
	require.Empty(t, beside(t, x.Store, x.conv))
	require.Equal(t, 1, one(t, x.DB, `SELECT count(*) FROM event WHERE data->>'change' = 'consult_failed'`))
	require.Zero(t, one(t, x.DB, `SELECT sum(load) FROM agent_status WHERE agent_id <> $1`, x.agents[0]))
}

// What the two say to each other is theirs and the supervisors'; nobody else
// reads it, and nothing that reads the thread finds it.
// Where the workstream says so, who advises has less room until it is over.
func TestTogether_AdviceMayTakeCapacity(t *testing.T) {
	t.Parallel()
	x := inHands(t, 3, 1)
	load := func(agent int) (n int) {
		require.NoError(t, x.SQL.Get(&n, `SELECT load FROM agent_status WHERE agent_id = $1`, x.agents[agent]))
		return n
	}
	yes := func(agent int) string { return refusedAs(t, x.Store, x.conv, x.by(conversation.ConsultAccept, agent)) }
	require.Empty(t, refusedAs(t, x.Store, x.conv, x.to(conversation.Consult, x.agents[1])))
	require.Empty(t, yes(1))
	require.Zero(t, load(1), "by itself it takes none")

	x.SQL.MustExec(`UPDATE workstream SET consult_takes_capacity = true`)
	require.Empty(t, refusedAs(t, x.Store, x.conv, x.to(conversation.Consult, x.agents[2])))
	require.Zero(t, load(2), "a question takes none")
	x.SQL.MustExec(`UPDATE agent_status SET capacity = 0 WHERE agent_id = $1`, x.agents[2])
	require.Equal(t, conversation.NoCapacity, yes(2))
	x.SQL.MustExec(`UPDATE agent_status SET capacity = 1 WHERE agent_id = $1`, x.agents[2])
	require.Empty(t, yes(2))
	require.Equal(t, []int{0, 1}, []int{load(1), load(2)})
	x.Check(t)
	require.Empty(t, refusedAs(t, x.Store, x.conv, x.to(conversation.Transfer, x.agents[1])))
	require.Equal(t, []int{0, 1, 0}, []int{load(0), load(1), load(2)}, "advice ends with the transfer")
	x.Check(t)
}

func TestTogether_PaneIsPrivate(t *testing.T) {
	t.Parallel()
	x := inHands(t, 3, 3)
	require.Empty(t, refusedAs(t, x.Store, x.conv, x.to(conversation.Consult, x.agents[1])))
	part := uuid.MustParse(beside(t, x.Store, x.conv)[0].ID)
	say := func(v auditdb.Viewer, key string) error {
		_, _, err := x.Message.StoreConsultMessage(t.Context(), v, messagedb.NewConsultMessage{Conversation: x.conv, Participation: part, Agent: v.Agent, Key: key, Text: "secret"})
		return err
	}
	read := func(v auditdb.Viewer) error {
		_, err := x.Message.ConsultMessages(t.Context(), v, x.conv, part, 0, 10)
		return err
	}
	ann, ben, eva, boss := auditdb.Viewer{Agent: x.agents[0]}, auditdb.Viewer{Agent: x.agents[1]}, auditdb.Viewer{Agent: x.agents[2]}, auditdb.Viewer{Scope: auditdb.Everywhere(), Agent: x.agents[2]}
	var refused *conversation.Refusal
	require.ErrorAs(t, say(ben, "early"), &refused)
	require.NoError(t, say(ann, "k1"), "the request may say what it is about")
	require.Empty(t, refusedAs(t, x.Store, x.conv, x.by(conversation.ConsultAccept, 1)))
	require.NoError(t, say(ben, "k2"))
	require.NoError(t, say(ben, "k2"), "again")
	require.ErrorIs(t, say(eva, "k3"), pg.ErrNotFound)
	require.ErrorAs(t, say(boss, "k4"), &refused)
	require.ErrorIs(t, read(eva), pg.ErrNotFound)
	require.NoError(t, read(boss))
	list, err := x.Message.ConsultMessages(t.Context(), ben, x.conv, part, 0, 10)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Zero(t, one(t, x.DB, `SELECT count(*) FROM message WHERE text = 'secret'`))

	require.NoError(t, x.EventLog.PrepareEvents(t.Context()))
	var told []eventlog.LoggedEvent
	require.Eventually(t, func() bool { // other tests' transactions run on the same server
		page, err := x.EventLog.ReadEvents(t.Context(), eventlog.EventRead{Limit: 100, Audience: &eventlog.EventFilter{Agent: ben.Agent}})
		require.NoError(t, err)
		told = slices.DeleteFunc(page.Events, func(e eventlog.LoggedEvent) bool { return e.Kind != outbox.EventConsultMessage })
		return len(told) == 2
	}, tier.Patience(time.Minute), 10*time.Millisecond)
	for _, e := range told {
		require.Equal(t, []uuid.UUID{ben.Agent}, e.Beside)
		require.Equal(t, ann.Agent, e.Agent.UUID)
		require.False(t, e.Queue.Valid)
		require.Contains(t, string(e.JSON), `"text":"secret"`)
	}

	require.Empty(t, refusedAs(t, x.Store, x.conv, x.by(conversation.Leave, 1)))
	require.ErrorIs(t, read(ben), pg.ErrNotFound, "afterwards it is no longer theirs")
	require.NoError(t, read(ann))
	require.ErrorAs(t, say(ann, "k5"), &refused)
}

// A consultant from elsewhere sees the conversation while they advise, even if
// they wrote to the customer, and no longer.
func TestTogether_SightEndsWithTheConsult(t *testing.T) {
	t.Parallel()
	x := inHands(t, 1, 3)
	other := x.Site(t)
	ben := x.Agents(t, &other, 1, 3)[0]
	x.SQL.MustExec(`UPDATE workstream SET consult_anyone = true`)
	sees := func() bool {
		_, err := x.Conversation.ConversationFor(t.Context(), auditdb.Viewer{Agent: ben}, x.conv)
		if err != nil {
			require.ErrorIs(t, err, pg.ErrNotFound)
		}
		return err == nil
	}
	answer := func(key string) error {
		_, err := x.Campaign.QueueMessage(t.Context(), campaigndb.NewOutbound{Conversation: x.conv, Agent: ben, Key: key, Text: "Hi"})
		return err
	}
	require.False(t, sees())
	require.Empty(t, refusedAs(t, x.Store, x.conv, x.to(conversation.Consult, ben)))
	require.True(t, sees(), "who is asked sees what it is about")
	part := beside(t, x.Store, x.conv)[0].ID
	require.Empty(t, refusedAs(t, x.Store, x.conv, conversation.Command{Kind: conversation.ConsultAccept, Agent: ben.String()}))
	var refused *conversation.Refusal
	require.ErrorAs(t, answer("k1"), &refused)
	require.Empty(t, refusedAs(t, x.Store, x.conv, conversation.Command{Kind: conversation.BringIn, Agent: x.agents[0].String(), Part: part}))
	require.NoError(t, answer("k2"))
	require.Empty(t, refusedAs(t, x.Store, x.conv, conversation.Command{Kind: conversation.Remove, Agent: x.agents[0].String(), Part: part}))
	require.ErrorAs(t, answer("k3"), &refused)
	require.False(t, sees())
}

// A transfer to an agent who does not take it leaves it to the queue; one to a
// queue is asked there, and who gave it away is not the first to be asked.
func TestTogether_TransferFallsBackToTheQueue(t *testing.T) {
	t.Parallel()
	x := inHands(t, 3, 3)
	offeredTo := func() string {
		f, err := x.Conversation.Snapshot(t.Context(), x.conv)
		require.NoError(t, err)
		require.NotNil(t, f.State.Offer)
		require.Equal(t, conversation.Open, f.State.Phase)
		return f.State.Offer.Agent
	}
	require.Empty(t, refusedAs(t, x.Store, x.conv, x.to(conversation.Transfer, x.agents[2])))
	require.Equal(t, x.agents[2].String(), offeredTo())
	require.Empty(t, refusedAs(t, x.Store, x.conv, x.by(conversation.Decline, 2)))
	require.Equal(t, x.agents[1].String(), offeredTo(), "neither who gave it away nor who declined")
	require.Empty(t, refusedAs(t, x.Store, x.conv, x.by(conversation.Accept, 1)))

	other := x.Site(t)
	kim := x.Agents(t, &other, 1, 3)[0]
	require.Empty(t, refusedAs(t, x.Store, x.conv, conversation.Command{Kind: conversation.Transfer, Agent: x.agents[1].String(), Queue: other.Queue.String()}))
	require.Equal(t, kim.String(), offeredTo())
	require.Equal(t, 1, one(t, x.DB, `SELECT count(*) FROM conversation WHERE queue_id = $1`, other.Queue))
	var ends []string
	require.NoError(t, x.SQL.Select(&ends, `SELECT COALESCE(closure_reason, 'open') FROM session WHERE conversation_id = $1 ORDER BY opened_at`, x.conv))
	require.Equal(t, []string{"agent_transferred", "agent_rejected", "agent_transferred_to_queue", "open"}, ends)
}

// Two agents who give their conversations to each other at the same moment do
// not wait for each other for ever, and nothing is lost.
func TestTogether_ChangingPlacesAtOnce(t *testing.T) {
	t.Parallel()
	x := inHands(t, 2, 1000)
	ids := []uuid.UUID{x.conv}
	for i := range 19 {
		id := x.Waiting(t, x.site, 1)[0]
		require.Empty(t, refusedAs(t, x.Store, id, x.by(conversation.Pick, i%2)))
		ids = append(ids, id)
	}
	var wg sync.WaitGroup
	for w := range 4 {
		r := rand.New(rand.NewPCG(uint64(w), 11)) //nolint:gosec // repeatable, not secret
		wg.Go(func() {
			for range 40 {
				id, from := ids[r.IntN(len(ids))], r.IntN(2)
				transition(t, x.Store, id, conversation.Command{Kind: conversation.Transfer, Agent: x.agents[from].String(), To: x.agents[1-from].String()})
				transition(t, x.Store, id, x.by(conversation.Accept, 1-from))
			}
		})
	}
	wg.Wait()
	require.Equal(t, 20, one(t, x.DB, `SELECT sum(load) FROM agent_status`))
	require.Equal(t, 20, one(t, x.DB, `SELECT count(*) FROM conversation WHERE held_by IS NOT NULL`))
}

// advice is a consult in every conversation, one message in each, and as many
// work items.
const advice = `
WITH x AS (
  INSERT INTO participation (id, request_id, conversation_id, agent_id, asked_by, role, stage, accepted_at, left_at, left_reason)
  SELECT gen_random_uuid(), gen_random_uuid(), id, $1, $1, 'consultant', 'aside', now(), now(), 'left' FROM conversation RETURNING id
), w AS (
  INSERT INTO work_item (conversation_id, external_id, title) SELECT id, id::text, 'title' FROM conversation
)
INSERT INTO consult_message (participation_id, seq, agent_id, text, idempotency_key) SELECT id, 1, $1, 'text', 'key' FROM x`

// useTogether does what people do with each other in a conversation, and routes
// a work item.
func useTogether(t *testing.T, st *store.Store, site storetest.Site, agent, active uuid.UUID) {
	t.Helper()
	ctx, by := t.Context(), agent.String()
	other := site.Agents[1]
	require.Empty(t, refusedAs(t, st, active, conversation.Command{Kind: conversation.Consult, Agent: by, Queue: site.Queue.String()}))
	asked := beside(t, st, active)[0]
	require.Empty(t, refusedAs(t, st, active, conversation.Command{Kind: conversation.ConsultAccept, Agent: asked.Agent}))
	part, viewer := uuid.MustParse(asked.ID), auditdb.Viewer{Agent: agent}
	_, _, err := st.Message.StoreConsultMessage(ctx, viewer, messagedb.NewConsultMessage{Conversation: active, Participation: part, Agent: agent, Key: uuid.NewString(), Text: "text"})
	require.NoError(t, err)
	_, err = st.Message.ConsultMessages(ctx, viewer, active, part, 0, 50)
	require.NoError(t, err)
	_, err = st.Conversation.ParticipatingConversations(ctx, other, auditdb.Page{Limit: 51})
	require.NoError(t, err)
	_, err = st.Conversation.Participations(ctx, active)
	require.NoError(t, err)
	require.Empty(t, refusedAs(t, st, active, conversation.Command{Kind: conversation.Transfer, Agent: by, To: other.String()}))
	require.Empty(t, refusedAs(t, st, active, conversation.Command{Kind: conversation.AssignTo, Agent: other.String(), To: by}))
	require.Empty(t, refusedAs(t, st, active, conversation.Command{Kind: conversation.Accept, Agent: by}))
	w, _, _, err := st.WorkItem.CreateWorkItem(ctx, auditdb.Actor{}, workitemdb.NewWorkItem{Workstream: site.Workstream, ExternalID: uuid.NewString(), Title: "title", IdempotentKey: uuid.NewString()})
	require.NoError(t, err)
	_, err = st.WorkItem.WorkItemByID(ctx, w.ID)
	require.NoError(t, err)
}
