package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/store"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/storetest"
	"switchboard/test/tier"
)

// bigOrganisation is ten thousand people in five hundred queues: everybody in one of
// them and in two more.
const bigOrganisation = `
WITH a AS (
  INSERT INTO agent (name, email, role, created_at)
  SELECT 'Given' || g || ' Family' || g % 1000, 'p' || g || '@example.com', CASE WHEN g % 100 = 0 THEN 'supervisor' ELSE 'agent' END,
         now() + g * interval '1 millisecond' FROM generate_series(1, 10000) g RETURNING id, email
), s AS (
  INSERT INTO agent_status (agent_id) SELECT id FROM a
), q AS (
  INSERT INTO queue (name) SELECT 'Team ' || g FROM generate_series(1, 500) g RETURNING id, name
), n AS (
  SELECT id, split_part(substr(email, 2), '@', 1)::int AS n FROM a
)
INSERT INTO queue_member (queue_id, agent_id)
SELECT $1, n.id FROM n UNION ALL
SELECT q.id, n.id FROM n JOIN q ON q.name IN ('Team ' || n.n % 500 + 1, 'Team ' || (n.n + 7) % 500 + 1)`

// Lists of a big organisation are read by page and searched, each page by index.
func TestPeopleLists_OfTenThousand(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	db.SQL.MustExec(bigOrganisation, site.Queue)
	db.SQL.MustExec(`VACUUM ANALYZE`)
	require.NoError(t, db.Store.Close())
	db.SQL.SetMaxOpenConns(1)
	const others = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`
	scans := func() (n int) {
		t.Helper()
		require.Eventually(t, func() bool {
			var left int
			err := db.SQL.Get(&left, others)
			return err == nil && left == 0
		}, tier.Patience(time.Minute), 10*time.Millisecond)
		db.SQL.MustExec(`SELECT pg_stat_force_next_flush()`)
		require.NoError(t, db.SQL.Get(&n, `SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname IN ('agent', 'queue_member')`))
		return n
	}
	before := scans()
	st, err := store.Open(db.DSN, storetest.TestSealer())
	require.NoError(t, err)
	readPeople(t, ctx, st, site.Queue)
	require.NoError(t, st.Close())
	require.Equal(t, before, scans(), "no page reads all people")
}

func readPeople(t *testing.T, ctx context.Context, st *store.Store, queue uuid.UUID) {
	t.Helper()
	all := admindb.AgentFilter{Limit: auditdb.Everywhere()}
	agents := func(f admindb.AgentFilter, p auditdb.Page) []admindb.Agent {
		t.Helper()
		list, err := st.Admin.AgentsWithin(ctx, f, p)
		require.NoError(t, err)
		return list
	}
	seen, p := map[uuid.UUID]bool{}, auditdb.Page{Limit: 200}
	for {
		list := agents(all, p)
		for _, a := range list {
			require.False(t, seen[a.ID], "on one page only")
			seen[a.ID] = true
		}
		if len(list) < p.Limit {
			break
		}
		p.After = auditdb.Cursor{At: list[len(list)-1].CreatedAt, ID: list[len(list)-1].ID}
	}
	require.GreaterOrEqual(t, len(seen), 10_000)

	first := auditdb.Page{Limit: 51}
	for _, search := range []string{"given4711", "Family711 given4711", "p4711@example.com", "GIVEN4711 fam"} {
		f := all
		f.Search = search
		found := agents(f, first)
		require.Len(t, found, 1, search)
		require.Equal(t, "p4711@example.com", found[0].Email)
	}
	for search, n := range map[string]int{"given471": 11, "family711": 10, "nobody": 0, "...": 0, "' | '": 0} {
		f := all
		f.Search = search
		require.Len(t, agents(f, first), n, search)
	}
	one := agents(admindb.AgentFilter{Limit: auditdb.Everywhere(), Search: "given4711"}, first)[0].ID
	require.Empty(t, agents(admindb.AgentFilter{Limit: auditdb.Everywhere(), Search: "given4711", NotIn: uuid.NullUUID{UUID: queue, Valid: true}}, first))
	require.Empty(t, agents(admindb.AgentFilter{Limit: auditdb.InQueues(uuid.New()), Search: "given4711"}, first), "limited to other queues")
	require.Len(t, agents(admindb.AgentFilter{Limit: auditdb.Everywhere(), Role: "supervisor"}, auditdb.Page{Limit: 201}), 100)
	require.Len(t, agents(admindb.AgentFilter{Limit: auditdb.Everywhere(), IDs: []uuid.UUID{one, uuid.New()}}, first), 1)

	members, err := st.Admin.Members(ctx, queue, "given471", first)
	require.NoError(t, err)
	require.Len(t, members, 11)
	members, err = st.Admin.Members(ctx, queue, "", first)
	require.NoError(t, err)
	require.Len(t, members, 51)

	queues, err := st.Admin.Queues(ctx, admindb.QueueFilter{Member: uuid.NullUUID{UUID: one, Valid: true}}, first)
	require.NoError(t, err)
	require.Len(t, queues, 3)
	queues, err = st.Admin.Queues(ctx, admindb.QueueFilter{Search: "team 49"}, first)
	require.NoError(t, err)
	require.Len(t, queues, 11, "49 and 490 to 499")
}
