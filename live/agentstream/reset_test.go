package agentstream_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/live/agentstream"
	"switchboard/store"
	"switchboard/store/auditdb"
	"switchboard/store/storetest"
	"switchboard/test/tier"
)

func TestHub_SaysWhenItCannotResume(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	h := run(t, db.Store, agentstream.Options{Poll: 20 * time.Millisecond})
	live := subscribe(t, h, supervisor, "")
	tell(t, db, 20, "old")
	old := cursors(take(t, live, count(20)))
	db.SQL.MustExec(`UPDATE event SET created_at = now() - interval '1 day' WHERE kind = 'old'`)
	tell(t, db, 1, "new")
	take(t, live, until("new"))
	n, err := db.EventLog.PruneEvents(t.Context(), time.Now().Add(-time.Hour), 8)
	require.NoError(t, err)
	require.Zero(t, n, "what is newer and comes first keeps what follows")
	db.SQL.MustExec(`UPDATE event SET created_at = now() - interval '1 day' WHERE kind = 'log.started'`)
	for n = 1; n > 0; {
		n, err = db.EventLog.PruneEvents(t.Context(), time.Now().Add(-time.Hour), 8)
		require.NoError(t, err)
	}
	for cursor, reason := range map[string]string{
		old[3]: agentstream.ReasonExpired, "999999999999-1": agentstream.ReasonExpired, "yesterday": agentstream.ReasonUnreadable, "0-0": agentstream.ReasonExpired,
	} {
		s := subscribe(t, h, supervisor, cursor)
		got := take(t, s, count(1))
		require.Equal(t, agentstream.KindReset, got[0].Kind, cursor)
		require.Contains(t, string(got[0].Frame), `"reason":"`+reason+`","cursor":"`+live.Cursor().String())
		require.Equal(t, live.Cursor(), s.Cursor())
		tell(t, db, 1, "next")
		require.Equal(t, []string{"next"}, kinds(take(t, s, count(1))))
		take(t, live, until("next"))
	}
	kept := subscribe(t, h, supervisor, old[19])
	require.Equal(t, "new", take(t, kept, count(5))[0].Kind, "of what was pruned the last place can still be resumed from")
}

// A log that comes from a cluster that had counted further.
func TestHub_RestoredIntoAnotherCluster(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	h := run(t, db.Store, agentstream.Options{Poll: 20 * time.Millisecond})
	running := subscribe(t, h, supervisor, "")
	tell(t, db, 5, "old")
	take(t, running, count(5))
	var ahead string // read with the change: the hub may number the log anew at once
	require.NoError(t, db.SQL.Get(&ahead, `WITH moved AS (UPDATE event SET xid = (xid::text::bigint + 1000000000)::text::xid8 RETURNING xid, id)
		SELECT xid || '-' || id FROM moved ORDER BY id DESC LIMIT 1`))
	db.Events().Wake()
	got := take(t, running, count(1))
	require.Equal(t, agentstream.KindReset, got[0].Kind)
	require.Contains(t, string(got[0].Frame), agentstream.ReasonLogReplaced)

	again := run(t, db.Store, agentstream.Options{Poll: 20 * time.Millisecond})
	s := subscribe(t, again, supervisor, ahead)
	require.Equal(t, agentstream.KindReset, take(t, s, count(1))[0].Kind, "a cursor of the other cluster")
	tell(t, db, 3, "new")
	require.Equal(t, []string{"new", "new", "new"}, kinds(take(t, s, count(3))))
	require.Equal(t, []string{"new", "new", "new"}, kinds(take(t, running, count(3))))
	var old int
	require.NoError(t, db.SQL.Get(&old, `SELECT count(*) FROM event WHERE kind = 'old' AND xid < pg_snapshot_xmin(pg_current_snapshot())`))
	require.Equal(t, 5, old, "history is kept")
}

// cable is a connection to PostgreSQL that can be pulled.
type cable struct {
	mu     sync.Mutex
	to     string
	pulled bool
	conns  map[net.Conn]struct{}
}

func (c *cable) serve(l net.Listener) {
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", c.to)
		c.mu.Lock()
		if err != nil || c.pulled {
			_ = in.Close()
			if err == nil {
				_ = out.Close()
			}
			c.mu.Unlock()
			continue
		}
		c.conns[in], c.conns[out] = struct{}{}, struct{}{}
		c.mu.Unlock()
		go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
		go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
	}
}

func (c *cable) pull(pulled bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pulled = pulled
	for conn := range c.conns {
		_ = conn.Close()
	}
	clear(c.conns)
}

func TestHub_OutlivesPostgreSQL(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	dsn, err := url.Parse(db.DSN)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	c := &cable{to: dsn.Host, conns: map[net.Conn]struct{}{}}
	go c.serve(l)
	dsn.Host = l.Addr().String()
	st, err := store.Open(dsn.String(), storetest.TestSealer())
	require.NoError(t, err)
	defer st.Close()
	h := run(t, st, agentstream.Options{DSN: dsn.String(), Poll: 20 * time.Millisecond})
	s := subscribe(t, h, supervisor, "")
	start := s.Cursor().String()
	tell(t, db, 2, "before")
	take(t, s, count(2))
	c.pull(true)
	tell(t, db, 2, "during")
	ctx, cancel := context.WithTimeout(t.Context(), tier.Patience(time.Minute))
	defer cancel()
	_, err = h.Subscribe(ctx, agentstream.Viewer{Scope: auditdb.Everywhere(), Limit: auditdb.Everywhere(), People: true}, "")
	require.NoError(t, err, "one who joins needs no database")
	require.Error(t, st.Ping(ctx))
	c.pull(false)
	tell(t, db, 2, "after")
	require.Equal(t, []string{"during", "during", "after", "after"}, kinds(take(t, s, count(4))))
	require.Len(t, logged(t, db, start), 6)
}
