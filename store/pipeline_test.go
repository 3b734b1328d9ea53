package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
	"switchboard/domain/hours"
	"switchboard/domain/routing"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/contactdb"
	"switchboard/store/conversationdb"
	"switchboard/store/storetest"
)

// queue adds a queue with overflow rules.
func queue(t testing.TB, db *storetest.DB, rules ...routing.Overflow) uuid.UUID {
	t.Helper()
	q, err := db.Admin.CreateQueue(t.Context(), auditdb.Actor{}, admindb.Queue{Name: uuid.NewString()})
	require.NoError(t, err)
	_, err = db.Admin.SetOverflow(t.Context(), auditdb.Actor{}, q.ID, rules)
	require.NoError(t, err)
	return q.ID
}

// hoursAt are operating hours that are open once, from a moment on for a while.
func hoursAt(t testing.TB, db *storetest.DB, from time.Time, d time.Duration) uuid.UUID {
	t.Helper()
	from = from.UTC()
	date := from.Format("2006-01-02")
	h, err := db.Config.CreateOperatingHours(t.Context(), auditdb.Actor{}, configdb.OperatingHours{Name: uuid.NewString(), TimeZone: "UTC", Calendar: configdb.Calendar{
		Events: []hours.Event{{Weekdays: []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, From: date, Until: date,
			Span: hours.Span{Start: from.Format("15:04"), End: from.Add(d).Format("15:04")}}}}})
	require.NoError(t, err)
	return h.ID
}

// writes stores a customer's first message and returns the conversation that it
// begins, which was not routed yet.
func writes(t testing.TB, db *storetest.DB, site storetest.Site, customer, text string) uuid.UUID {
	t.Helper()
	_, err := db.Message.StoreMessages(t.Context(), []contactdb.Inbound{message(site, customer, uuid.NewString(), text)})
	require.NoError(t, err)
	var id uuid.UUID
	require.NoError(t, db.SQL.Get(&id, `SELECT c.id FROM conversation c JOIN contact_point p ON p.id = c.contact_point_id WHERE p.external_id = $1 AND c.state <> 'closed'`, customer))
	return id
}

func begins(t testing.TB, db *storetest.DB, site storetest.Site) (uuid.UUID, conversationdb.Snapshot) {
	t.Helper()
	id := writes(t, db, site, uuid.NewString(), "hi")
	f, err := db.Conversation.Begin(t.Context(), id)
	require.NoError(t, err)
	return id, f
}

func lastDecision(t testing.TB, db *storetest.DB, id uuid.UUID) routing.Decision {
	t.Helper()
	list, err := db.Conversation.Decisions(t.Context(), id, auditdb.Page{Limit: 100})
	require.NoError(t, err)
	require.NotEmpty(t, list)
	return list[len(list)-1].Decision
}

// A queue with a limit never holds more, however many conversations begin at
// once; the rest go where its rule says.
func TestOverflow_LimitIsExact(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	const most, all, routers = 7, 60, 12
	second := queue(t, db, routing.Overflow{When: routing.Size, Limit: most, Action: routing.End})
	_, err := db.Admin.SetOverflow(t.Context(), auditdb.Actor{}, site.Queue, []routing.Overflow{{When: routing.Size, Limit: most, Action: routing.Transfer, To: second.String()}})
	require.NoError(t, err)
	var ids []uuid.UUID
	for range all {
		ids = append(ids, writes(t, db, site, uuid.NewString(), "hi"))
	}
	var wg sync.WaitGroup
	for r := range routers {
		wg.Go(func() {
			for i := r; i < all; i += routers {
				if _, err := db.Conversation.Begin(t.Context(), ids[i]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	count := func(q uuid.UUID, hold string) int {
		return one(t, db, `SELECT count(*) FROM conversation WHERE state = 'open' AND queue_id = $1 AND COALESCE(hold, '') = $2`, q, hold)
	}
	require.Equal(t, []int{most, most, all - 2*most}, []int{count(site.Queue, ""), count(second, ""), count(second, "end")})
	require.Equal(t, all, one(t, db, `SELECT count(*) FROM routing_decision`), "each leaves a decision")
	require.Equal(t, all-2*most, one(t, db, `SELECT count(*) FROM message WHERE automated = 'overflow_ended'`))

	// Whom nothing takes is closed; one that leaves makes room for one.
	var turned uuid.UUID
	require.NoError(t, db.SQL.Get(&turned, `SELECT id FROM conversation WHERE hold = 'end' LIMIT 1`))
	require.True(t, transition(t, db.Store, turned, conversation.Command{Kind: conversation.TurnAway}))
	var reason string
	require.NoError(t, db.SQL.Get(&reason, `SELECT close_reason FROM conversation WHERE id = $1 AND state = 'closed'`, turned))
	require.Equal(t, "turned_away", reason)
	var gone uuid.UUID
	require.NoError(t, db.SQL.Get(&gone, `SELECT id FROM conversation WHERE queue_id = $1 AND hold IS NULL LIMIT 1`, site.Queue))
	require.True(t, transition(t, db.Store, gone, conversation.Command{Kind: conversation.ForceClose}))
	_, f := begins(t, db, site)
	require.Equal(t, site.Queue, f.Queue)
	_, f = begins(t, db, site)
	require.Equal(t, conversation.HoldEnd, f.State.Hold)
}

// Who writes while it is closed waits for the opening, which is the deadline of
// the conversation, and is offered to nobody before.
func TestHours_HeldUntilOpening(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	ann := db.Agents(t, &site, 1, 5)[0]
	opens := time.Now().UTC().AddDate(0, 0, 2).Truncate(24 * time.Hour).Add(9*time.Hour + 17*time.Minute)
	later := opens.Add(time.Hour)
	db.SQL.MustExec(`UPDATE queue SET operating_hours_id = $1`, hoursAt(t, db, opens, 8*time.Hour))
	db.SQL.MustExec(`UPDATE address SET operating_hours_id = $1`, hoursAt(t, db, later, 8*time.Hour))
	_, err := db.Admin.SetAutomatedMessage(t.Context(), auditdb.Actor{}, admindb.AutomatedMessage{Trigger: "out_of_hours", Enabled: true, Visibility: "both"})
	require.NoError(t, err)

	id, f := begins(t, db, site)
	at, kind := f.State.Deadline()
	require.Equal(t, conversation.Enter, kind)
	require.True(t, at.Equal(later), "when both are open: %s", at)
	require.Nil(t, f.State.Offer)
	d := lastDecision(t, db, id)
	require.Equal(t, []any{routing.Held, routing.AddressClosed}, []any{d.Outcome, d.Overflow[0].Closed})
	require.Equal(t, 1, one(t, db, `SELECT count(*) FROM message WHERE automated = 'out_of_hours' AND text LIKE '%' || $1 || '%'`, later.Format("2006-01-02 15:04")))
	n, err := db.Assignment.SweepAssignments(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)

	// The moment comes by the workflow's clock, whatever the database's says.
	f, err = db.Conversation.Snapshot(t.Context(), id)
	require.NoError(t, err)
	next, effects, err := conversation.Apply(f.State, conversation.Command{Kind: conversation.Enter}, at)
	require.NoError(t, err)
	out, err := db.Conversation.Project(t.Context(), conversationdb.Projection{Conversation: id, From: f.State.Version, To: next, Effects: effects})
	require.NoError(t, err)
	require.True(t, out.Done)
	require.Equal(t, ann.String(), out.Facts.State.Offer.Agent)
	d = lastDecision(t, db, id)
	require.Equal(t, routing.Queued, d.Outcome)
	db.Check(t)
}

// When hours change, what is held is decided about anew at once, by its workflow.
func TestHours_ChangedWhileSomethingIsHeld(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	h := hoursAt(t, db, time.Now().AddDate(0, 0, 5), time.Minute)
	db.SQL.MustExec(`UPDATE queue SET operating_hours_id = $1`, h)
	id, f := begins(t, db, site)
	rungs, err := db.Outbox.ClaimBells(ctx, 10, 0)
	require.NoError(t, err)
	require.NoError(t, db.Outbox.AckBells(ctx, rungs))
	_, err = db.Admin.ChangeOperatingHours(ctx, auditdb.Actor{}, h, func(h *configdb.OperatingHours) error {
		h.Calendar.Events[0].From, h.Calendar.Events[0].Until = "2020-01-01", ""
		h.Calendar.Events[0].Span = hours.Span{AllDay: true}
		return nil
	})
	require.NoError(t, err)
	rungs, err = db.Outbox.ClaimBells(ctx, 10, 0)
	require.NoError(t, err)
	require.Len(t, rungs, 1)
	b := rungs[0].Bell
	require.Equal(t, []any{f.State.Version + 1, "hours"}, []any{b.Version, b.Hold})
	require.True(t, b.HeldUntil.Before(f.State.HeldUntil))
	require.True(t, transition(t, db.Store, id, conversation.Command{Kind: conversation.Enter}))
	require.Equal(t, routing.Queued, lastDecision(t, db, id).Outcome)
}

// A parked conversation whose customer comes back at night is not offered to
// anybody before the morning, and then to its agent first.
func TestHours_ReturningCustomerWaitsForTheAgent(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	agents := db.Agents(t, &site, 2, 5)
	id, f := begins(t, db, site)
	had := f.State.Offer.Agent
	require.True(t, transition(t, db.Store, id, conversation.Command{Kind: conversation.Accept, Agent: had}))
	require.True(t, transition(t, db.Store, id, conversation.Command{Kind: conversation.Park, Agent: had}))
	opens := time.Now().UTC().AddDate(0, 0, 2).Truncate(time.Hour)
	db.SQL.MustExec(`UPDATE queue SET operating_hours_id = $1`, hoursAt(t, db, opens, time.Hour))
	require.True(t, transition(t, db.Store, id, conversation.Command{Kind: conversation.Write, Seq: 9, At: time.Now()}))
	f, err := db.Conversation.Snapshot(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, []any{conversation.Open, conversation.HoldHours, true}, []any{f.State.Phase, f.State.Hold, f.State.Offer == nil})
	next, effects, err := conversation.Apply(f.State, conversation.Command{Kind: conversation.Enter}, f.State.HeldUntil)
	require.NoError(t, err)
	out, err := db.Conversation.Project(t.Context(), conversationdb.Projection{Conversation: id, From: f.State.Version, To: next, Effects: effects})
	require.NoError(t, err)
	require.Equal(t, had, out.Facts.State.Offer.Agent)
	require.Equal(t, routing.CameBack, lastDecision(t, db, id).Reason)
	require.Len(t, agents, 2)
	db.Check(t)
}

// A live chat does not wait for the morning: it ends, and an agent who takes
// something by hand while it is held has it.
func TestHours_LiveChatsEndAndHeldOnesCanBePicked(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	ann := db.Agents(t, &site, 1, 5)[0]
	db.SQL.MustExec(`UPDATE queue SET operating_hours_id = $1`, hoursAt(t, db, time.Now().AddDate(0, 0, 2), time.Minute))
	id, _ := begins(t, db, site)
	require.True(t, transition(t, db.Store, id, conversation.Command{Kind: conversation.Pick, Agent: ann.String()}))
	f, err := db.Conversation.Snapshot(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, []any{conversation.Active, conversation.Deferral("")}, []any{f.State.Phase, f.State.Hold})
	db.SQL.MustExec(`UPDATE workstream SET style = 'live'`)
	_, f = begins(t, db, site)
	require.Equal(t, conversation.HoldEnd, f.State.Hold)
	db.Check(t)
}

// What waits in a queue for too long goes where the queue says, once.
func TestOverflow_InTheQueue(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rule  routing.Overflow
		check func(*testing.T, *storetest.DB, conversationdb.Snapshot, uuid.UUID)
	}{
		"transfer": {routing.Overflow{Action: routing.Transfer}, func(t *testing.T, _ *storetest.DB, f conversationdb.Snapshot, other uuid.UUID) {
			require.Equal(t, []any{other, conversation.Deferral(""), false}, []any{f.Queue, f.State.Hold, f.State.Overflowed})
		}},
		"callback": {routing.Overflow{Action: routing.Callback, After: 600}, func(t *testing.T, db *storetest.DB, f conversationdb.Snapshot, _ uuid.UUID) {
			require.Equal(t, conversation.HoldCallback, f.State.Hold)
			require.InDelta(t, 600, time.Until(f.State.HeldUntil).Seconds(), 60)
			require.Equal(t, 1, one(t, db, `SELECT count(*) FROM message WHERE automated = 'callback_later'`))
		}},
		"end": {routing.Overflow{Action: routing.End}, func(t *testing.T, _ *storetest.DB, f conversationdb.Snapshot, _ uuid.UUID) {
			_, kind := f.State.Deadline()
			require.Equal(t, conversation.TurnAway, kind)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			site := db.Site(t)
			other := queue(t, db)
			c.rule.When, c.rule.Limit = routing.Waited, 3600
			if c.rule.Action == routing.Transfer {
				c.rule.To = other.String()
			}
			_, err := db.Admin.SetOverflow(t.Context(), auditdb.Actor{}, site.Queue, []routing.Overflow{c.rule})
			require.NoError(t, err)
			id, f := begins(t, db, site)
			at, kind := f.State.Deadline()
			require.Equal(t, conversation.Overflow, kind)
			require.WithinDuration(t, f.State.Entered.Add(time.Hour), at, 0)
			next, effects, err := conversation.Apply(f.State, conversation.Command{Kind: conversation.Overflow}, at)
			require.NoError(t, err)
			out, err := db.Conversation.Project(t.Context(), conversationdb.Projection{Conversation: id, From: f.State.Version, To: next, Effects: effects})
			require.NoError(t, err)
			require.True(t, out.Done)
			c.check(t, db, out.Facts, other)
			require.Equal(t, routing.TooLong, lastDecision(t, db, id).Reason)
		})
	}
}

// A queue that overflows only into one that takes nothing keeps it, and does not
// ask again at once.
func TestOverflow_NowhereToGo(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	other := queue(t, db, routing.Overflow{When: routing.Size, Limit: 1, Action: routing.Transfer, To: site.Queue.String()})
	db.SQL.MustExec(`UPDATE workstream SET queue_id = $1, fallback_queue_id = $1`, other)
	begins(t, db, site)
	db.SQL.MustExec(`UPDATE workstream SET queue_id = $1, fallback_queue_id = $1`, site.Queue)
	_, err := db.Admin.SetOverflow(t.Context(), auditdb.Actor{}, site.Queue, []routing.Overflow{{When: routing.Waited, Limit: 60, Action: routing.Transfer, To: other.String()}})
	require.NoError(t, err)
	id, f := begins(t, db, site)
	next, effects, err := conversation.Apply(f.State, conversation.Command{Kind: conversation.Overflow}, f.State.Entered.Add(time.Minute))
	require.NoError(t, err)
	out, err := db.Conversation.Project(t.Context(), conversationdb.Projection{Conversation: id, From: f.State.Version, To: next, Effects: effects})
	require.NoError(t, err)
	require.Equal(t, []any{site.Queue, true}, []any{out.Facts.Queue, out.Facts.State.Overflowed})
	_, kind := out.Facts.State.Deadline()
	require.Equal(t, conversation.Idle, kind)
	require.Equal(t, fmt.Sprint(site.Queue), lastDecision(t, db, id).Queue)
}
