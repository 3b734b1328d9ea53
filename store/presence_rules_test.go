package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/identitydb"
	"switchboard/store/pg"
	"switchboard/store/presencedb"
	"switchboard/store/storetest"
	flow "switchboard/workflows/contract"
)

// holds tells an agent's presence and choice: "away/away".
func holds(t *testing.T, db *storetest.DB, agent uuid.UUID) string {
	t.Helper()
	a, err := db.Admin.AgentByID(t.Context(), agent)
	require.NoError(t, err)
	if a.Chosen == nil {
		return a.Presence
	}
	return a.Presence + "/" + *a.Chosen
}

// A connection that comes and goes leaves work alone: no offer changes, and each
// visible change is told once.
func TestPresence_BouncingConnection(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	ann := offline(t, db, &site, 1, 3)[0]
	d := newDesk(db)
	var told []flow.Deadlines
	d.Deadline = func(_ context.Context, _ uuid.UUID, is flow.Deadlines) { told = append(told, is) }
	conn := uuid.New()
	require.NoError(t, d.Connect(ctx, ann, conn, "n1"))
	db.Waiting(t, site, 2)
	offers, err := db.Assignment.AssignFor(ctx, ann)
	require.NoError(t, err)
	require.Len(t, offers, 2)
	var before, after []string
	const work = `SELECT to_jsonb(c)::text FROM conversation c ORDER BY id`
	require.NoError(t, db.SQL.Select(&before, work))
	for i := range 50 {
		require.NoError(t, d.Disconnect(ctx, conn))
		require.Contains(t, d.is(t, ann), "offline grace")
		d.now = d.now.Add(2 * time.Second)
		if i%10 == 0 {
			_, err := d.SweepPresence(ctx)
			require.NoError(t, err)
			left, err := d.Settle(ctx, ann)
			require.NoError(t, err)
			require.Equal(t, told[i].Grace.UnixMilli(), left.Grace.UnixMilli())
		}
		conn = uuid.New()
		require.NoError(t, d.Connect(ctx, ann, conn, "n1"))
		require.Equal(t, fmt.Sprint("busy ", 3+2*i), d.is(t, ann))
	}
	require.NoError(t, db.SQL.Select(&after, work))
	require.Equal(t, before, after)
	require.Len(t, told, 50)
	left, err := d.Settle(ctx, ann)
	require.NoError(t, err)
	require.True(t, left.None(), "whoever is back has no deadline")
	db.Check(t)
}

// What a workflow waited for is settled without the sweep, and only if it is due.
func TestPresence_Settle(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	ann := offline(t, db, &site, 1, 3)[0]
	d := newDesk(db)
	d.Grace = time.Minute
	conn := uuid.New()
	require.NoError(t, d.Connect(ctx, ann, conn, "n1"))
	db.Waiting(t, site, 1)
	_, err := db.Assignment.AssignFor(ctx, ann)
	require.NoError(t, err)
	require.NoError(t, d.Disconnect(ctx, conn))
	offered := func() (n int) {
		require.NoError(t, db.SQL.Get(&n, `SELECT count(*) FROM conversation WHERE offer_id IS NOT NULL`))
		return n
	}
	left, err := d.Settle(ctx, ann)
	require.NoError(t, err)
	require.WithinDuration(t, d.now.Add(time.Minute), left.Grace, time.Millisecond)
	require.Equal(t, 1, offered())
	d.now = d.now.Add(time.Minute)
	for range 2 {
		left, err = d.Settle(ctx, ann)
		require.NoError(t, err)
		require.True(t, left.None())
		require.Zero(t, offered())
	}
	left, err = d.Settle(ctx, uuid.New())
	require.NoError(t, err)
	require.True(t, left.None(), "an agent who is gone has no deadline")
	db.Check(t)
}

func TestPresence_ConnectAndDisconnectAtOnce(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	ann := offline(t, db, &site, 1, 3)[0]
	p := &presencedb.Presence{Store: db.Store.Presence}
	require.NoError(t, p.ChoosePresence(ctx, ann, ptr("away")))
	last := uuid.New()
	for range 20 {
		require.NoError(t, p.Connect(ctx, ann, last, "n1"))
		next := uuid.New()
		var wg sync.WaitGroup
		wg.Go(func() { require.NoError(t, p.Disconnect(ctx, last)) })
		wg.Go(func() { require.NoError(t, p.Connect(ctx, ann, next, "n2")) })
		wg.Go(func() { _, err := p.Settle(ctx, ann); require.NoError(t, err) })
		wg.Wait()
		require.Equal(t, "away/away", holds(t, db, ann))
		last = next
	}
	require.NoError(t, p.Disconnect(ctx, last))
	require.Equal(t, "offline/away", holds(t, db, ann))
}

func TestPresence_ByHandUntilTheWorkChanges(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	ann := offline(t, db, &site, 1, 2)[0]
	d := newDesk(db)
	require.NoError(t, d.Connect(ctx, ann, uuid.New(), "n1"))
	act := func(id uuid.UUID, kind conversation.Kind) {
		t.Helper()
		out, err := command(t, db, id, conversation.Command{Kind: kind, Agent: ann.String()})
		require.NoError(t, err)
		require.True(t, out.Done)
	}
	accept := func() uuid.UUID {
		t.Helper()
		id := db.Waiting(t, site, 1)[0]
		act(id, conversation.Pick)
		return id
	}
	require.NoError(t, d.ChoosePresence(ctx, ann, ptr("available")))
	first := accept()
	require.Equal(t, "busy", holds(t, db, ann), "automatic again")
	require.NoError(t, d.ChoosePresence(ctx, ann, ptr("do_not_disturb")))
	second := accept()
	require.Equal(t, "do_not_disturb/do_not_disturb", holds(t, db, ann), "lasts until changed")
	act(first, conversation.End)
	require.NoError(t, d.ChoosePresence(ctx, ann, nil))
	require.Equal(t, "do_not_disturb", holds(t, db, ann), "wrap-up counts")
	require.NoError(t, d.ChoosePresence(ctx, ann, ptr("busy")))
	act(second, conversation.End)
	require.Equal(t, "busy/busy", holds(t, db, ann), "not closed yet")
	act(second, conversation.Close)
	require.Equal(t, "busy", holds(t, db, ann))
	require.NoError(t, d.ChoosePresence(ctx, ann, ptr("away")))
	act(first, conversation.Close)
	require.Equal(t, "away/away", holds(t, db, ann))
	require.NoError(t, d.ChoosePresence(ctx, ann, nil))
	require.Equal(t, "available", holds(t, db, ann))
	db.Check(t)
}

func TestPresence_MissedAndDeclinedOffers(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	ann := offline(t, db, &site, 1, 5)[0]
	d := newDesk(db)
	conn := uuid.New()
	require.NoError(t, d.Connect(ctx, ann, conn, "n1"))
	offered := func(kind conversation.Kind) {
		t.Helper()
		id := db.Waiting(t, site, 1)[0]
		_, err := db.Assignment.AssignFor(ctx, ann)
		require.NoError(t, err)
		if kind == conversation.Lapse {
			db.SQL.MustExec(`UPDATE conversation SET offer_expires_at = now() WHERE id = $1`, id)
		}
		out, err := command(t, db, id, conversation.Command{Kind: kind, Agent: ann.String()})
		require.NoError(t, err)
		require.True(t, out.Done)
	}
	offered(conversation.Lapse)
	offered(conversation.Decline)
	require.Equal(t, "available", holds(t, db, ann), "nothing is switched on")

	db.SQL.MustExec(`UPDATE workstream SET missed_inactive = true, rejected_dnd = true`)
	offered(conversation.Decline)
	require.Equal(t, "do_not_disturb/do_not_disturb", holds(t, db, ann))
	require.NoError(t, d.ChoosePresence(ctx, ann, nil))
	offered(conversation.Lapse)
	require.Equal(t, "inactive", holds(t, db, ann))

	db.SQL.MustExec(`UPDATE conversation SET declined_by = '{}'`)
	inactive := func() {
		t.Helper()
		require.Equal(t, "inactive", holds(t, db, ann))
		offers, err := db.Assignment.AssignFor(ctx, ann)
		require.NoError(t, err)
		require.Empty(t, offers, "not assignable")
		offers, err = db.Assignment.AssignNext(ctx, site.Queue, 1)
		require.NoError(t, err)
		require.Empty(t, offers)
	}
	inactive()
	other := uuid.New()
	require.NoError(t, d.Connect(ctx, ann, other, "n1"))
	inactive() // nor is a second window
	require.NoError(t, d.Disconnect(ctx, other))
	require.NoError(t, d.Disconnect(ctx, conn))
	require.Equal(t, "offline", holds(t, db, ann))
	require.NoError(t, d.Connect(ctx, ann, conn, "n1"))
	inactive() // a lost connection is no return
	db.Check(t)
	require.NoError(t, d.ChoosePresence(ctx, ann, nil))
	offers, err := db.Assignment.AssignFor(ctx, ann)
	require.NoError(t, err)
	require.Len(t, offers, 4)
}

func TestPresence_DefaultAndOnesOwn(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	ann := offline(t, db, &site, 1, 2)[0]
	d := newDesk(db)
	lunch, err := db.Presence.CreateCustomPresence(ctx, auditdb.Actor{}, presencedb.CustomPresence{Name: "Lunch", Text: "Back at one", Base: "away"})
	require.NoError(t, err)
	calls, err := db.Presence.CreateCustomPresence(ctx, auditdb.Actor{}, presencedb.CustomPresence{Name: "Calls", Text: "On the phone", Base: "busy"})
	require.NoError(t, err)
	begin := func(c presencedb.Choice) admindb.Agent {
		t.Helper()
		_, err := db.Admin.ChangeAgent(ctx, auditdb.Actor{}, ann, admindb.AgentChange{Default: &c})
		require.NoError(t, err)
		conn := uuid.New()
		require.NoError(t, d.Connect(ctx, ann, conn, "n1"))
		a, err := db.Admin.AgentByID(ctx, ann)
		require.NoError(t, err)
		require.NoError(t, d.Disconnect(ctx, conn))
		d.now = d.now.Add(presencedb.GracePeriod) // and nobody swept
		return a
	}
	a := begin(presencedb.Choice{Base: ptr("away")})
	require.Equal(t, "away", a.Presence)
	require.Equal(t, "away", *a.Chosen)
	a = begin(presencedb.Choice{Custom: uuid.NullUUID{UUID: lunch.ID, Valid: true}})
	require.Equal(t, "away", a.Presence)
	require.Equal(t, lunch.ID, a.ChosenID.UUID)
	require.Equal(t, "Back at one", *a.ChosenText)
	require.Equal(t, "away", *a.Default)
	require.Equal(t, "offline", begin(presencedb.Choice{Base: ptr("offline")}).Presence)
	for _, c := range []presencedb.Choice{{}, {Base: ptr("do_not_disturb")}, {Custom: uuid.NullUUID{UUID: calls.ID, Valid: true}}} {
		a = begin(c)
		require.Equal(t, "available", a.Presence, "computed from capacity")
		require.Nil(t, a.Chosen)
	}

	// Routing knows the base only; the work ends a choice of busy.
	require.NoError(t, d.Connect(ctx, ann, uuid.New(), "n1"))
	require.NoError(t, d.Choose(ctx, ann, presencedb.Choice{Custom: uuid.NullUUID{UUID: calls.ID, Valid: true}}))
	require.Equal(t, "busy/busy", holds(t, db, ann))
	var conflict *pg.Conflict
	_, err = db.Presence.ChangeCustomPresence(ctx, auditdb.Actor{}, calls.ID, func(p *presencedb.CustomPresence) error { p.Base = "away"; return nil })
	require.ErrorAs(t, err, &conflict, "in use")
	require.ErrorAs(t, db.Presence.DeleteCustomPresence(ctx, auditdb.Actor{}, calls.ID), &conflict, "somebody's default")
	db.Waiting(t, site, 1)
	offers, err := db.Assignment.AssignFor(ctx, ann)
	require.NoError(t, err)
	require.Len(t, offers, 1)
	_, err = command(t, db, offers[0].Conversation, conversation.Command{Kind: conversation.Accept, Agent: ann.String()})
	require.NoError(t, err)
	a, err = db.Admin.AgentByID(ctx, ann)
	require.NoError(t, err)
	require.Equal(t, "busy", a.Presence)
	require.False(t, a.ChosenID.Valid)

	require.NoError(t, d.Choose(ctx, ann, presencedb.Choice{Custom: uuid.NullUUID{UUID: lunch.ID, Valid: true}}))
	require.NoError(t, db.Presence.DeleteCustomPresence(ctx, auditdb.Actor{}, lunch.ID))
	require.Equal(t, "away/away", holds(t, db, ann), "the base stays")
	var invalid *pg.Invalid
	require.ErrorAs(t, d.Choose(ctx, ann, presencedb.Choice{Custom: uuid.NullUUID{UUID: lunch.ID, Valid: true}}), &invalid)
}

func TestPresence_ChoiceEndsUnusedAndAtSignOut(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	ann := offline(t, db, &site, 1, 2)[0]
	d := newDesk(db)
	var told flow.Deadlines
	d.Deadline = func(_ context.Context, _ uuid.UUID, is flow.Deadlines) { told = is }
	conn := uuid.New()
	require.NoError(t, d.Connect(ctx, ann, conn, "n1"))
	require.NoError(t, d.ChoosePresence(ctx, ann, ptr("available")))
	require.True(t, told.None(), "off: choices last")
	d.now = d.now.Add(24 * time.Hour)
	require.NoError(t, d.Active(ctx, ann))
	db.SQL.MustExec(`UPDATE agent_connection SET seen_at = $1`, d.now.Add(24*time.Hour))

	for _, settle := range []func() error{
		func() error { _, err := d.Settle(ctx, ann); return err },
		func() error { _, err := d.SweepPresence(ctx); return err },
	} {
		_, err := db.Admin.ChangeAgent(ctx, auditdb.Actor{}, ann, admindb.AgentChange{InactiveAfter: ptr(3600)})
		require.NoError(t, err)
		require.NoError(t, d.ChoosePresence(ctx, ann, ptr("available")))
		require.WithinDuration(t, d.now.Add(time.Hour), told.Inactive, time.Second)
		d.now = d.now.Add(50 * time.Minute)
		require.NoError(t, d.Active(ctx, ann))
		d.now = d.now.Add(50 * time.Minute)
		require.NoError(t, settle())
		require.Equal(t, "available/available", holds(t, db, ann), "used meanwhile")
		d.now = d.now.Add(10 * time.Minute)
		require.NoError(t, settle())
		require.Equal(t, "inactive", holds(t, db, ann))
		require.NoError(t, d.ChoosePresence(ctx, ann, nil))
		require.Equal(t, "available", holds(t, db, ann))
	}

	require.NoError(t, d.ChoosePresence(ctx, ann, ptr("away")))
	for _, token := range []string{"one", "two"} {
		_, err := db.Identity.OpenSession(ctx, identitydb.Origin{}, []byte(token), ann)
		require.NoError(t, err)
	}
	gone, err := db.Config.SignOut(ctx, []byte("one"))
	require.NoError(t, err)
	require.False(t, gone.Valid, "signed in elsewhere")
	gone, err = db.Config.SignOut(ctx, []byte("two"))
	require.NoError(t, err)
	require.Equal(t, ann, gone.UUID)
	require.NoError(t, d.SignedOut(ctx, ann))
	require.Equal(t, "offline", holds(t, db, ann))
	missing, err := d.Seen(ctx, conn)
	require.NoError(t, err)
	require.Empty(t, missing, "a client that is still there is not taken for a new one")
	require.NoError(t, d.Connect(ctx, ann, conn, "n1"))
	require.Equal(t, "offline", holds(t, db, ann))
	require.NoError(t, d.Connect(ctx, ann, uuid.New(), "n1"))
	require.Equal(t, "available", holds(t, db, ann))
	gone, err = db.Config.SignOut(ctx, []byte("two"))
	require.NoError(t, err)
	require.False(t, gone.Valid)
}
