package ingest_test

import (
	"fmt"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"switchboard/ingest"

	"github.com/stretchr/testify/require"
)

// impatient lets the bundle's receiver wait for locks only briefly.
func (b *bundle) impatient(t testing.TB) {
	t.Helper()
	u, err := url.Parse(b.db.DSN)
	require.NoError(t, err)
	q := u.Query()
	q.Set("lock_timeout", "100ms")
	u.RawQuery = q.Encode()
	b.cfg.Store = ingest.Database(openStore(t, u.String()))
}

// hold locks rows in a session of its own until the returned function is called.
func (b *bundle) hold(t testing.TB, query string, args ...any) (release func()) {
	t.Helper()
	tx, err := b.db.SQL.Beginx()
	require.NoError(t, err)
	_, err = tx.Exec(query, args...)
	require.NoError(t, err)
	var once sync.Once
	release = func() { once.Do(func() { _ = tx.Rollback() }) }
	t.Cleanup(release)
	return release
}

const rowOf = `SELECT c.id FROM conversation c JOIN contact_point p ON p.id = c.contact_point_id WHERE p.external_id = $1 FOR UPDATE OF c`

// One customer's row is held by another session: nobody else waits for it, the
// database is not called away, and that customer's messages keep their order.
func TestFault_F3_AHeldRowStopsNobodyElse(t *testing.T) {
	t.Parallel()
	b := site(t)
	b.impatient(t)
	b.cfg.Lanes, b.cfg.LockWait = 1, time.Hour
	b.start(t)
	require.NoError(t, b.send(t, text("U1", "0", "0")))
	release := b.hold(t, rowOf, "U1")
	var mine sync.WaitGroup
	for i := 1; i <= 3; i++ {
		mine.Go(func() { require.NoError(t, b.send(t, text("U1", fmt.Sprint(i), fmt.Sprint(i)))) })
		eventually(t, "it waits", func() bool { return b.WaitingEvents() == i })
		var others sync.WaitGroup
		for c := range 10 {
			others.Go(func() {
				require.NoError(t, b.send(t, text(fmt.Sprint("other", c), fmt.Sprint("o", i, c), fmt.Sprint(i))))
			})
		}
		others.Wait()
	}
	require.Equal(t, 31, b.count(t, `SELECT count(*) FROM message`), "all of the others', and none that waits")
	release()
	mine.Wait()
	require.Equal(t, []string{"0", "1", "2", "3"}, b.thread(t, "U1"))
	require.NoError(t, b.send(t, text("U1", "4", "4")))
	require.Equal(t, []string{"0", "1", "2", "3", "4"}, b.thread(t, "U1"))
	require.Zero(t, b.Counts.Trips.Load(), "the database was there")
	require.Zero(t, b.Counts.Journaled.Load())
	require.Zero(t, b.Counts.Poisoned.Load())
}

// Many webhooks share a commit; one locked customer among them is set apart.
func TestFault_F3_ABatchIsSplit(t *testing.T) {
	t.Parallel()
	b := site(t)
	b.impatient(t)
	b.cfg.Lanes, b.cfg.LockWait = 1, time.Hour
	b.start(t)
	for i := range 2 {
		require.NoError(t, b.send(t, text(fmt.Sprint("U", i), fmt.Sprint("first", i), "first")))
	}
	releases := []func(){b.hold(t, rowOf, "U0"), b.hold(t, rowOf, "U1")}
	var locked, free sync.WaitGroup
	for i := range 120 {
		group := &free
		if i < 2 {
			group = &locked
		}
		group.Go(func() { require.NoError(t, b.send(t, text(fmt.Sprint("U", i), fmt.Sprint(i), "hello"))) })
	}
	free.Wait()
	require.Equal(t, 118, b.count(t, `SELECT count(*) FROM message WHERE text = 'hello'`))
	for _, release := range releases {
		release()
	}
	locked.Wait()
	require.Equal(t, 120, b.count(t, `SELECT count(*) FROM message WHERE text = 'hello'`))
	require.Zero(t, b.Counts.Trips.Load())
}

// What waits for too long is answered by way of the journal, and stored in order
// once the lock is gone, or by the next process.
func TestFault_F3_WhatWaitsLongIsJournaled(t *testing.T) {
	t.Parallel()
	for _, crash := range []bool{false, true} {
		t.Run(fmt.Sprint("crash ", crash), func(t *testing.T) {
			t.Parallel()
			b := site(t)
			b.impatient(t)
			b.cfg.LockWait = 50 * time.Millisecond
			b.start(t)
			require.NoError(t, b.send(t, text("U1", "0", "0")))
			release := b.hold(t, rowOf, "U1")
			require.NoError(t, b.send(t, text("U1", "1", "1")))
			require.NoError(t, b.send(t, text("U1", "2", "2")))
			require.NoError(t, b.send(t, text("U2", "u2", "1")))
			require.EqualValues(t, 2, b.Counts.Journaled.Load())
			require.Equal(t, []string{"1"}, b.thread(t, "U2"))
			require.Equal(t, []string{"0"}, b.thread(t, "U1"))
			require.False(t, b.Away())
			if crash {
				b.stop()
				release()
				b.start(t)
			}
			release()
			eventually(t, "all is stored", func() bool { return len(b.thread(t, "U1")) == 3 })
			eventually(t, "the journal is empty", func() bool { return len(must(filepath.Glob(filepath.Join(b.dir, "*.journal")))) == 0 })
			require.Equal(t, []string{"0", "1", "2"}, b.thread(t, "U1"))
		})
	}
}

// A table that somebody locks is no affair of single customers.
func TestFault_F3_ALockedTableIsAnOutage(t *testing.T) {
	t.Parallel()
	b := site(t)
	b.impatient(t)
	b.start(t)
	require.NoError(t, b.send(t, text("U0", "0", "0")))
	release := b.hold(t, `LOCK TABLE message IN ACCESS EXCLUSIVE MODE`)
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() { require.NoError(t, b.send(t, text(fmt.Sprint("U", i), fmt.Sprint("x", i), "hello"))) })
	}
	eventually(t, "it is called away", func() bool { return b.Away() })
	all.Wait()
	release()
	b.drained(t)
	require.Equal(t, 41, b.count(t, `SELECT count(*) FROM message`))
}
