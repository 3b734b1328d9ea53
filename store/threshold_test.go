package store_test

import (
	"context"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"switchboard/store/auditdb"
	"switchboard/store/livedb"
	"switchboard/store/pg"
	"switchboard/store/storetest"
)

// It is told once that a queue crosses a threshold, once that it comes back, and in
// between nothing, however many look.
func TestThresholds_AreToldWhenCrossedAndWhenOver(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	two, three, minute, day := 2, 3, 60, 86400
	require.ErrorIs(t, db.Live.SetThresholds(t.Context(), auditdb.Actor{}, uuid.New(), livedb.Thresholds{}), pg.ErrNotFound)
	set := func(l livedb.Thresholds) {
		t.Helper()
		require.NoError(t, db.Live.SetThresholds(t.Context(), auditdb.Actor{}, site.Queue, l))
	}
	look := func() (told int) {
		t.Helper()
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				n, err := db.Live.SweepThresholds(context.WithoutCancel(t.Context()))
				mu.Lock()
				defer mu.Unlock()
				require.NoError(t, err)
				told += n
			})
		}
		all.Wait()
		return told
	}
	level := func() string {
		t.Helper()
		rows, err := db.Live.ByQueue(t.Context(), auditdb.InQueues(site.Queue))
		require.NoError(t, err)
		return rows[0].Level
	}
	set(livedb.Thresholds{WaitingAmber: &two, WaitingRed: &three})
	require.Zero(t, look())
	ids := db.Waiting(t, site, 2)
	require.Equal(t, "amber", level())
	require.Equal(t, 1, look())
	require.Zero(t, look())
	db.Waiting(t, site, 1)
	require.Equal(t, 1, look())
	require.Equal(t, "red", level())
	db.SQL.MustExec(`UPDATE conversation SET state = 'active' WHERE id = ANY($1::uuid[])`, pq.Array(pg.UUIDStrings(ids)))
	require.Equal(t, 1, look())
	require.Equal(t, "normal", level())
	set(livedb.Thresholds{WaitAmber: &minute, WaitRed: &day}) // one has waited for an hour
	require.Equal(t, "amber", level())
	require.Equal(t, 1, look())
	var told []string
	require.NoError(t, db.SQL.Select(&told, `SELECT data->>'level' FROM event WHERE kind = 'queue.level' AND queue_id = $1 ORDER BY xid, id`, site.Queue))
	require.Equal(t, []string{"amber", "red", "normal", "amber"}, told)
}
