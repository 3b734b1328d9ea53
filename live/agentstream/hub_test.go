package agentstream_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/live/agentstream"
	"switchboard/store"
	"switchboard/store/auditdb"
	"switchboard/store/eventlog"
	"switchboard/store/outbox"
	"switchboard/store/pg"
	"switchboard/store/storetest"
	"switchboard/test/tier"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var supervisor = agentstream.Viewer{Scope: auditdb.Everywhere(), Limit: auditdb.Everywhere(), People: true}

// run starts a hub on a database.
func run(t testing.TB, s *store.Store, opts agentstream.Options) *agentstream.Hub {
	t.Helper()
	h := agentstream.NewHub(s, opts)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = h.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	return h
}

func subscribe(t testing.TB, h *agentstream.Hub, v agentstream.Viewer, after string) *agentstream.Subscription {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), tier.Patience(time.Minute))
	defer cancel()
	s, err := h.Subscribe(ctx, v, after)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

// take collects events until done says that it has enough.
func take(t testing.TB, s *agentstream.Subscription, done func([]*agentstream.Event) bool) []*agentstream.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), tier.Patience(time.Minute))
	defer cancel()
	var all []*agentstream.Event
	for !done(all) {
		select {
		case <-ctx.Done():
			require.FailNow(t, "events are missing", "got %d", len(all))
		case <-s.Ready():
			events, err := s.Take(ctx)
			require.NoError(t, err)
			all = append(all, events...)
		}
	}
	return all
}

func count(n int) func([]*agentstream.Event) bool {
	return func(e []*agentstream.Event) bool { return len(e) >= n }
}

func until(kind string) func([]*agentstream.Event) bool {
	return func(e []*agentstream.Event) bool { return len(e) > 0 && e[len(e)-1].Kind == kind }
}

func cursors(events []*agentstream.Event) []string {
	out := make([]string, len(events))
	for i, e := range events {
		out[i] = e.Cursor.String()
	}
	return out
}

func kinds(events []*agentstream.Event) []string {
	out := make([]string, len(events))
	for i, e := range events {
		out[i] = e.Kind
	}
	return out
}

// logged is the whole log in order, as the database has it.
func logged(t testing.TB, db *storetest.DB, after string) []string {
	t.Helper()
	c, _ := eventlog.ParseEventCursor(after)
	var all []string
	require.NoError(t, db.SQL.Select(&all, `SELECT xid || '-' || id FROM event WHERE kind <> 'log.started'
		AND (xid, id) > ($1::xid8, $2) ORDER BY xid, id`, fmt.Sprint(c.XID), c.ID))
	return all
}

func tell(t testing.TB, db *storetest.DB, n int, kind string) {
	t.Helper()
	_, err := db.SQL.Exec(`INSERT INTO event (kind) SELECT $2 FROM generate_series(1, $1)`, n, kind)
	require.NoError(t, err)
	db.Events().Wake()
}

// Twenty writers whose transactions begin in one order and end in another, some
// of them never; one reader stays, one is cut again and again.
func TestHub_EveryEventOnceInOrder(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	db.SQL.SetMaxOpenConns(20)
	h := run(t, db.Store, agentstream.Options{Batch: 7, Poll: 50 * time.Millisecond})
	stays := subscribe(t, h, supervisor, "")
	start := stays.Cursor().String()
	var wg sync.WaitGroup
	for w := range 20 {
		wg.Go(func() { write(t, db, rand.New(rand.NewPCG(uint64(w), 1))) })
	}
	var cut []string
	var reader sync.WaitGroup
	reader.Go(func() { cut = readWithCuts(t, h, start) })
	wg.Wait()
	tell(t, db, 1, "last")
	got := cursors(take(t, stays, until("last")))
	reader.Wait()
	want := logged(t, db, start)
	require.Greater(t, len(want), 500)
	require.Equal(t, want, got, "the reader who stayed")
	require.Equal(t, want, cut, "the reader who was cut")
}

// write commits, or takes back, transactions of different lengths.
func write(t *testing.T, db *storetest.DB, r *rand.Rand) {
	for range 25 {
		tx := db.SQL.MustBegin()
		tx.MustExec(`INSERT INTO event (kind) VALUES ('a')`)
		if r.IntN(3) == 0 {
			tx.MustExec(`SELECT pg_sleep($1)`, r.Float64()*0.03)
			tx.MustExec(`INSERT INTO event (kind) VALUES ('b')`)
		}
		if r.IntN(10) == 0 {
			require.NoError(t, tx.Rollback())
			continue
		}
		require.NoError(t, tx.Commit())
		if r.IntN(2) == 0 { // of the others the poll and the re-read must find out
			db.Events().Wake()
		}
	}
}

// readWithCuts takes a few events, breaks off and resumes, until the last.
func readWithCuts(t *testing.T, h *agentstream.Hub, cursor string) (got []string) {
	for {
		s := subscribe(t, h, supervisor, cursor)
		events := take(t, s, count(1))
		s.Close()
		got = append(got, cursors(events)...)
		cursor = got[len(got)-1]
		if events[len(events)-1].Kind == "last" {
			return got
		}
	}
}

func TestHub_WokenByAnotherProcess(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	h := run(t, db.Store, agentstream.Options{DSN: db.DSN, Poll: time.Hour})
	s := subscribe(t, h, supervisor, "")
	require.Eventually(t, func() bool { // LISTEN begins in the background
		db.SQL.MustExec(`INSERT INTO event (kind) VALUES ('a')`)
		db.SQL.MustExec(`SELECT pg_notify($1, '')`, pg.NotifyEvents)
		select {
		case <-s.Ready():
			return true
		default:
			return false
		}
	}, tier.Patience(10*time.Second), 20*time.Millisecond)
}

func TestHub_SlowReaderIsCutOffAndResumes(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	h := run(t, db.Store, agentstream.Options{Buffer: 10, Batch: 10, Poll: 50 * time.Millisecond})
	slow, fast := subscribe(t, h, supervisor, ""), subscribe(t, h, supervisor, "")
	start := slow.Cursor().String()
	for range 10 { // the fast one keeps up, so it never waits for the slow one
		tell(t, db, 5, "a")
		require.Len(t, take(t, fast, count(5)), 5)
	}
	<-slow.Ready()
	_, err := slow.Take(t.Context())
	require.ErrorIs(t, err, agentstream.ErrSlow)
	require.Equal(t, start, slow.Cursor().String(), "nothing counts as delivered that was not taken")
	again := subscribe(t, h, supervisor, slow.Cursor().String())
	require.Equal(t, logged(t, db, start), cursors(take(t, again, count(50))))
}

// While a reader catches up, more happens than its buffer holds. Where it is cut
// off for being slow it resumes, as clients do, and misses nothing.
func TestHub_CatchingUpUnderTraffic(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	h := run(t, db.Store, agentstream.Options{Buffer: 5, Batch: 5, Poll: 50 * time.Millisecond})
	start := subscribe(t, h, supervisor, "").Cursor().String()
	tell(t, db, 100, "a")
	ctx, cancel := context.WithTimeout(t.Context(), tier.Patience(time.Minute))
	defer cancel()
	var got []*agentstream.Event
	s := subscribe(t, h, supervisor, start)
	for told := 0; len(got) < 100+20*8; {
		if told < 20 {
			told++
			tell(t, db, 8, "b")
		}
		select {
		case <-ctx.Done():
			require.FailNow(t, "events are missing", "got %d", len(got))
		case <-s.Ready():
		}
		events, err := s.Take(ctx)
		if errors.Is(err, agentstream.ErrSlow) {
			s = subscribe(t, h, supervisor, s.Cursor().String())
			continue
		}
		require.NoError(t, err)
		got = append(got, events...)
	}
	require.Equal(t, logged(t, db, start), cursors(got))
}

func TestHub_SupervisorsSeeAllAgentsTheirOwn(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	mine, other := db.Site(t), db.Site(t)
	ann, bob := db.Agents(t, &mine, 1, 3)[0], db.Agents(t, &other, 1, 3)[0]
	h := run(t, db.Store, agentstream.Options{Poll: 50 * time.Millisecond})
	viewers := map[string]agentstream.Viewer{
		"ann": {Agent: ann}, "bob": {Agent: bob}, "nobody": {},
		"of ann's queue": {Scope: auditdb.InQueues(mine.Queue), Limit: auditdb.InQueues(mine.Queue), People: true},
		"supervisor":     supervisor, "administrator": {Scope: auditdb.Everywhere(), Limit: auditdb.Everywhere(), People: true, Accounts: true},
	}
	live, start := map[string]*agentstream.Subscription{}, ""
	for name, v := range viewers {
		live[name] = subscribe(t, h, v, "")
		start = live[name].Cursor().String()
	}
	for _, e := range []struct {
		kind         string
		queue, agent uuid.UUID
	}{
		{"1 of ann's queue", mine.Queue, uuid.Nil}, {"2 of bob's queue", other.Queue, uuid.Nil}, {"3 to ann", uuid.Nil, ann},
		{"4 to bob in ann's queue", mine.Queue, bob}, {"5 to nobody", uuid.Nil, uuid.Nil},
		{outbox.EventPresence, uuid.Nil, ann}, {outbox.EventPresence, uuid.Nil, bob}, {outbox.EventAccount, uuid.Nil, uuid.Nil},
		{"end", mine.Queue, uuid.Nil}, {"end", other.Queue, uuid.Nil},
	} {
		db.SQL.MustExec(`INSERT INTO event (kind, queue_id, agent_id) VALUES ($1, NULLIF($2::uuid, $4::uuid), NULLIF($3::uuid, $4::uuid))`, e.kind, e.queue, e.agent, uuid.Nil)
	}
	all := []string{"1 of ann's queue", "2 of bob's queue", "3 to ann", "4 to bob in ann's queue", "5 to nobody", outbox.EventPresence, outbox.EventPresence}
	want := map[string][]string{
		"ann":            {"1 of ann's queue", "3 to ann", "4 to bob in ann's queue", outbox.EventPresence, "end"},
		"bob":            {"2 of bob's queue", "4 to bob in ann's queue", outbox.EventPresence, "end"},
		"of ann's queue": {"1 of ann's queue", "4 to bob in ann's queue", outbox.EventPresence, "end"},
		"supervisor":     append(append([]string{}, all...), "end", "end"),
		"administrator":  append(append([]string{}, all...), outbox.EventAccount, "end", "end"),
	}
	for name, expected := range want {
		require.Equal(t, expected, kinds(take(t, live[name], count(len(expected)))), "%s, live", name)
		again := subscribe(t, h, viewers[name], start)
		require.Equal(t, expected, kinds(take(t, again, count(len(expected)))), "%s, resumed", name)
	}
	events, err := live["nobody"].Take(t.Context())
	require.NoError(t, err)
	require.Empty(t, events)
}

func TestHub_MembershipAndDisablingTakeEffect(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	mine, other := db.Site(t), db.Site(t)
	ann := db.Agents(t, &mine, 1, 3)[0]
	h := run(t, db.Store, agentstream.Options{Poll: 20 * time.Millisecond, Refresh: time.Hour})
	s := subscribe(t, h, agentstream.Viewer{Agent: ann}, "")
	db.SQL.MustExec(`UPDATE queue_member SET queue_id = $2 WHERE agent_id = $1`, ann, other.Queue)
	h.Refresh()
	got := take(t, s, until(agentstream.KindReset))
	require.Contains(t, string(got[0].Frame), agentstream.ReasonQueuesChanged)
	db.SQL.MustExec(`INSERT INTO event (kind, queue_id) VALUES ('old', $1), ('new', $2)`, mine.Queue, other.Queue)
	require.Equal(t, []string{"new"}, kinds(take(t, s, count(1))))
	db.SQL.MustExec(`UPDATE agent SET disabled_at = now() WHERE id = $1`, ann)
	h.Refresh()
	<-s.Ready()
	_, err := s.Take(t.Context())
	require.ErrorIs(t, err, agentstream.ErrRevoked)
	_, err = h.Subscribe(t.Context(), agentstream.Viewer{Agent: ann}, "")
	require.ErrorIs(t, err, agentstream.ErrRevoked)
}
