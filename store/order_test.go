package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
	"switchboard/store/auditdb"
	"switchboard/store/contactdb"
	"switchboard/store/storetest"
	"switchboard/store/workitemdb"
)

func waitingSince(t *testing.T, db *storetest.DB, id uuid.UUID) time.Time {
	t.Helper()
	var at time.Time
	require.NoError(t, db.SQL.Get(&at, `SELECT waiting_since FROM conversation WHERE id = $1`, id))
	return at
}

// Whoever wrote first is served first, in whatever order their workflows begin,
// and has waited since they wrote.
func TestSeed_R2_OldestIsWhoWroteFirst(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	agent := db.Agents(t, &site, 1, 1)[0]
	var ids []uuid.UUID
	for range 5 {
		ids = append(ids, writes(t, db, site, uuid.NewString(), "hi"))
	}
	since := waitingSince(t, db, ids[0])
	for _, i := range []int{3, 4, 1, 0, 2} { // as workflows begin after an outage
		_, err := db.Conversation.Begin(ctx, ids[i])
		require.NoError(t, err)
	}
	require.Equal(t, since, waitingSince(t, db, ids[0]), "its routing does not change it")
	for i, id := range ids {
		require.Equal(t, agent.String(), offeredTo(t, db, id), "customer %d", i)
		for _, k := range []conversation.Kind{conversation.Accept, conversation.End, conversation.Close} {
			out, err := command(t, db, id, conversation.Command{Kind: k, Agent: agent.String()})
			require.NoError(t, err)
			require.True(t, out.Done)
		}
	}
}

// What was left to an earlier one is offered with it, if there is room for both.
func TestSeed_R2_NobodyWaitsForTheSweep(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	db.Agents(t, &site, 1, 5)
	first, second := writes(t, db, site, uuid.NewString(), "hi"), writes(t, db, site, uuid.NewString(), "hi")
	_, err := db.Conversation.Begin(ctx, second)
	require.NoError(t, err)
	require.Empty(t, offeredTo(t, db, second))
	_, err = db.Conversation.Begin(ctx, first)
	require.NoError(t, err)
	require.NotEmpty(t, offeredTo(t, db, first))
	require.NotEmpty(t, offeredTo(t, db, second))
}

// Messages that are stored in one transaction came one after the other all the
// same; those from the journal came when their webhook did; work items when they
// were made.
func TestSeed_R2_WaitingBeginsWithArrival(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	var batch []contactdb.Inbound
	for range 9 {
		batch = append(batch, message(site, uuid.NewString(), uuid.NewString(), "hi"))
	}
	late := message(site, "late", uuid.NewString(), "hi")
	late.Arrived = time.Now().Add(-10 * time.Minute).Truncate(time.Millisecond)
	_, err := db.Message.StoreMessages(ctx, append(batch, late))
	require.NoError(t, err)
	var order []string
	require.NoError(t, db.SQL.Select(&order, `SELECT p.external_id FROM conversation c JOIN contact_point p ON p.id = c.contact_point_id ORDER BY c.waiting_since, c.id`))
	require.Equal(t, "late", order[0])
	for i, in := range batch {
		require.Equal(t, in.Event.From, order[i+1])
	}
	var id uuid.UUID
	require.NoError(t, db.SQL.Get(&id, `SELECT c.id FROM conversation c JOIN contact_point p ON p.id = c.contact_point_id WHERE p.external_id = 'late'`))
	_, err = db.Conversation.Begin(ctx, id)
	require.NoError(t, err)
	require.WithinDuration(t, late.Arrived, waitingSince(t, db, id), time.Millisecond)
	f, err := db.Conversation.Snapshot(ctx, id)
	require.NoError(t, err)
	require.WithinDuration(t, late.Arrived, f.State.Entered, time.Millisecond, "that it waited before counts for the limits of its queue")

	w, _, _, err := db.WorkItem.CreateWorkItem(ctx, auditdb.Actor{}, workitemdb.NewWorkItem{Workstream: site.Workstream, ExternalID: "1", Title: "Call"})
	require.NoError(t, err)
	require.False(t, waitingSince(t, db, w.ID).IsZero())
}

// A customer who comes back, or whose agent gives them away unanswered, has
// waited since the first message that nobody answered.
func TestSeed_R2_WhoWasNotAnsweredKeepsTheirPlace(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	agent := db.Agents(t, &site, 1, 5)[0].String()
	customer := uuid.NewString()
	id := writes(t, db, site, customer, "hi")
	_, err := db.Conversation.Begin(ctx, id)
	require.NoError(t, err)
	wrote := waitingSince(t, db, id)
	for _, k := range []conversation.Kind{conversation.Accept, conversation.Release, conversation.Accept} {
		if k == conversation.Accept {
			db.SQL.MustExec(`UPDATE workstream SET reoffer_after = 0`)
			db.SQL.MustExec(`UPDATE conversation SET reoffer_at = NULL, declined_by = '{}'`)
			require.NoError(t, arrive(ctx, db.Store, id))
		}
		_, err = command(t, db, id, conversation.Command{Kind: k, Agent: agent})
		require.NoError(t, err)
		if k == conversation.Release {
			require.Equal(t, wrote, waitingSince(t, db, id))
		}
	}
	// Answered and parked: the next message begins a new wait.
	db.SQL.MustExec(`UPDATE conversation SET unanswered_since = NULL, last_agent_seq = last_seq WHERE id = $1`, id)
	_, err = command(t, db, id, conversation.Command{Kind: conversation.Park, Agent: agent})
	require.NoError(t, err)
	again := message(site, customer, uuid.NewString(), "one more thing")
	again.Arrived = time.Now().Add(-time.Minute).Truncate(time.Millisecond)
	_, err = db.Message.StoreMessages(ctx, []contactdb.Inbound{again})
	require.NoError(t, err)
	_, err = command(t, db, id, conversation.Command{Kind: conversation.Write, Seq: 3, At: time.Now()})
	require.NoError(t, err)
	require.WithinDuration(t, again.Arrived, waitingSince(t, db, id), time.Millisecond)
}
