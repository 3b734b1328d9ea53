package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/store/pg"
	"switchboard/store/presencedb"
	"switchboard/store/storetest"
)

// desk is presence with a clock that stands still and is moved by hand.
type desk struct {
	*presencedb.Presence
	db        *storetest.DB
	now       time.Time
	available []uuid.UUID
}

func newDesk(db *storetest.DB) *desk {
	d := &desk{db: db, now: time.Now().UTC().Truncate(time.Millisecond)}
	d.Presence = &presencedb.Presence{Store: db.Store.Presence, Now: func() time.Time { return d.now },
		Available: func(_ context.Context, a uuid.UUID) { d.available = append(d.available, a) }}
	return d
}

// is returns presence, whether in grace, and how many presence events there were.
func (d *desk) is(t *testing.T, agent uuid.UUID) string {
	t.Helper()
	var s string
	require.NoError(t, d.db.SQL.Get(&s, `SELECT presence || CASE WHEN grace_until IS NULL THEN '' ELSE ' grace' END ||
		' ' || (SELECT count(*) FROM event e WHERE e.kind = 'agent.presence' AND e.agent_id = s.agent_id) FROM agent_status s WHERE agent_id = $1`, agent))
	return s
}

func offline(t *testing.T, db *storetest.DB, s *storetest.Site, n, capacity int) []uuid.UUID {
	t.Helper()
	ids := db.Agents(t, s, n, capacity)
	db.SQL.MustExec(`UPDATE agent_status SET presence = 'offline'`)
	return ids
}

func ptr[T any](v T) *T { return &v }

func TestPresence_FollowsConnectionsWithGrace(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	ann := offline(t, db, &site, 1, 3)[0]
	d := newDesk(db)
	one, two := uuid.New(), uuid.New()

	require.NoError(t, d.Connect(ctx, ann, one, "n1"))
	require.Equal(t, "available 1", d.is(t, ann))
	require.NoError(t, d.Connect(ctx, ann, two, "n2"))
	require.NoError(t, d.Connect(ctx, ann, two, "n2"))
	require.Equal(t, "available 1", d.is(t, ann), "events on change only")
	require.Equal(t, []uuid.UUID{ann}, d.available)

	require.NoError(t, d.ChoosePresence(ctx, ann, ptr("away")))
	require.NoError(t, d.Disconnect(ctx, one))
	require.Equal(t, "away 2", d.is(t, ann), "another client is there")
	require.NoError(t, d.Disconnect(ctx, two))
	require.NoError(t, d.Disconnect(ctx, two))
	require.Equal(t, "offline grace 3", d.is(t, ann))

	d.now = d.now.Add(presencedb.GracePeriod - time.Second)
	_, err := d.SweepPresence(ctx)
	require.NoError(t, err)
	require.NoError(t, d.Connect(ctx, ann, one, "n1"))
	require.Equal(t, "away 4", d.is(t, ann), "restored within the grace period")

	require.NoError(t, d.Disconnect(ctx, one))
	d.now = d.now.Add(presencedb.GracePeriod)
	_, err = d.SweepPresence(ctx)
	require.NoError(t, err)
	require.NoError(t, d.Connect(ctx, ann, one, "n1"))
	require.Equal(t, "available 7", d.is(t, ann), "computed anew after it")
}

func TestPresence_ByHandAndByLoad(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	ann := offline(t, db, &site, 1, 2)[0]
	d := newDesk(db)
	require.NoError(t, d.ChoosePresence(ctx, ann, ptr("busy")))
	require.Equal(t, "offline 1", d.is(t, ann), "chosen, but not there")
	require.NoError(t, d.Connect(ctx, ann, uuid.New(), "n1"))
	require.Equal(t, "busy 2", d.is(t, ann))
	for load, want := range []string{"available", "busy", "do_not_disturb"} {
		require.NoError(t, d.ChoosePresence(ctx, ann, ptr("away")))
		db.SQL.MustExec(`UPDATE agent_status SET load = $2 WHERE agent_id = $1`, ann, load)
		require.NoError(t, d.ChoosePresence(ctx, ann, nil))
		require.Contains(t, d.is(t, ann), want)
	}
	d.available = nil
	db.SQL.MustExec(`UPDATE agent_status SET capacity = 3 WHERE agent_id = $1`, ann) // by an administrator
	_, err := d.SweepPresence(ctx)
	require.NoError(t, err)
	require.Contains(t, d.is(t, ann), "busy")
	require.Equal(t, []uuid.UUID{ann}, d.available, "there is room again")

	var invalid *pg.Invalid
	require.ErrorAs(t, d.ChoosePresence(ctx, ann, ptr("offline")), &invalid)
	require.ErrorIs(t, d.ChoosePresence(ctx, uuid.New(), nil), pg.ErrNotFound)
	require.ErrorIs(t, d.Connect(ctx, uuid.New(), uuid.New(), "n1"), pg.ErrNotFound)
}

func TestPresence_DeadNode(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	agents := offline(t, db, &site, 2, 3)
	ann, bob := agents[0], agents[1]
	d := newDesk(db)
	dead, live, bobs := uuid.New(), uuid.New(), uuid.New()
	require.NoError(t, d.Connect(ctx, ann, dead, "dead"))
	require.NoError(t, d.Connect(ctx, ann, live, "live"))
	require.NoError(t, d.Connect(ctx, bob, bobs, "dead"))
	d.now = d.now.Add(presencedb.ConnectionTimeout + time.Second)
	missing, err := d.Seen(ctx, live)
	require.NoError(t, err)
	require.Empty(t, missing)
	_, err = d.SweepPresence(ctx)
	require.NoError(t, err)
	require.Equal(t, "available 1", d.is(t, ann), "connected to another node as well")
	require.Equal(t, "offline grace 2", d.is(t, bob))
	missing, err = d.Seen(ctx, live, bobs)
	require.NoError(t, err)
	require.Equal(t, []uuid.UUID{bobs}, missing, "a node taken for dead learns it")
}

// Two connections that end at the same moment: one of them must be the last.
func TestPresence_ConnectionsEndAtOnce(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	ann := offline(t, db, &site, 1, 3)[0]
	p := &presencedb.Presence{Store: db.Store.Presence}
	for range 20 {
		conns := []uuid.UUID{uuid.New(), uuid.New(), uuid.New()}
		for _, c := range conns {
			require.NoError(t, p.Connect(ctx, ann, c, "n1"))
		}
		var wg sync.WaitGroup
		for _, c := range conns {
			wg.Go(func() { require.NoError(t, p.Disconnect(ctx, c)) })
		}
		wg.Wait()
		require.Contains(t, newDesk(db).is(t, ann), "offline grace")
	}
}

func TestPresence_OffersAreWithdrawnAfterGrace(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	agents := offline(t, db, &site, 2, 2)
	ann, bob := agents[0], agents[1]
	d := newDesk(db)
	conn := uuid.New()
	require.NoError(t, d.Connect(ctx, ann, conn, "n1"))
	waiting := db.Waiting(t, site, 2)
	offers, err := db.Assignment.AssignFor(ctx, ann)
	require.NoError(t, err)
	require.Len(t, offers, 2)
	var before []string
	place := `SELECT id || ' ' || waiting_since || declined_by::text FROM conversation ORDER BY id`
	require.NoError(t, db.SQL.Select(&before, place))
	require.NoError(t, d.Disconnect(ctx, conn))

	d.now = d.now.Add(presencedb.GracePeriod - time.Second)
	gone, err := d.SweepPresence(ctx)
	require.NoError(t, err)
	require.Empty(t, gone, "kept within the grace period")
	db.SQL.MustExec(`DELETE FROM bell`)

	db.SQL.MustExec(`UPDATE agent_status SET presence = 'available', load = 1, capacity = 2 WHERE agent_id = $1`, bob)
	db.SQL.MustExec(`UPDATE conversation SET held_by = $1, held_units = 1, agent_id = $1, state = 'active' WHERE id = $2`, bob, db.Waiting(t, site, 1)[0])
	d.now = d.now.Add(time.Second)
	gone, err = d.SweepPresence(ctx)
	require.NoError(t, err)
	require.Len(t, gone, 2)
	db.Check(t)

	var got []string
	require.NoError(t, db.SQL.Select(&got, `SELECT COALESCE(offer_agent_id, $1)::text FROM conversation WHERE id = ANY($2::uuid[]) ORDER BY offer_agent_id NULLS LAST`,
		uuid.Nil, "{"+waiting[0].String()+","+waiting[1].String()+"}"))
	require.Equal(t, []string{bob.String(), uuid.Nil.String()}, got, "one goes to who is free, one waits")
	var facts string
	require.NoError(t, db.SQL.Get(&facts, `SELECT format('bells %s, withdrawn %s, told %s, load %s, grace %s',
		(SELECT count(*) FROM bell), (SELECT count(*) FROM event WHERE kind = 'offer.withdrawn' AND agent_id = $1),
		(SELECT count(*) FROM event WHERE data->>'change' = 'offer_withdrawn' AND queue_id = $2),
		load, grace_until IS NOT NULL) FROM agent_status WHERE agent_id = $1`, ann, site.Queue))
	require.Equal(t, "bells 2, withdrawn 2, told 2, load 0, grace f", facts)
	var after []string
	require.NoError(t, db.SQL.Select(&after, place))
	require.Subset(t, after, before, "nobody lost their place or counts as having declined")
}

// Agents come and go while their offers are withdrawn, made and counted.
func TestPresence_LoadStaysTrueInRaces(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	agents := offline(t, db, &site, 6, 2)
	db.Waiting(t, site, 40)
	p := &presencedb.Presence{Store: db.Store.Presence, Grace: time.Nanosecond, Available: func(ctx context.Context, a uuid.UUID) {
		_, err := db.Assignment.AssignFor(ctx, a)
		require.NoError(t, err)
	}}
	var wg, sweepers sync.WaitGroup
	done := make(chan struct{})
	for i, a := range agents {
		wg.Go(func() {
			for n := range 15 {
				conn := uuid.New()
				require.NoError(t, p.Connect(ctx, a, conn, fmt.Sprint("n", i)))
				if n%3 == 0 {
					require.NoError(t, p.ChoosePresence(ctx, a, nil))
				}
				require.NoError(t, p.Disconnect(ctx, conn))
			}
		})
	}
	for range 2 {
		sweepers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				_, err := p.SweepPresence(ctx)
				require.NoError(t, err)
				_, err = p.ExpiredGrace(ctx)
				require.NoError(t, err)
				_, err = db.Assignment.SweepAssignments(ctx)
				require.NoError(t, err)
			}
		})
	}
	wg.Wait()
	close(done)
	sweepers.Wait()
	_, err := p.SweepPresence(ctx)
	require.NoError(t, err)
	db.Check(t)
	var offered int
	require.NoError(t, db.SQL.Get(&offered, `SELECT count(*) FROM conversation WHERE offer_id IS NOT NULL`))
	require.Zero(t, offered, "nobody is there, so nothing is offered")
}
