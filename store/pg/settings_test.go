package pg_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/store"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
	"switchboard/store/storetest"
)

// Every session has limits, unless its address, role or database has its own.
func TestFault_F3_SessionsHaveLimits(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	limits := func(more string) (got map[string]string) {
		pool, err := pg.OpenDB(db.DSN + more)
		require.NoError(t, err)
		defer pool.Close()
		got = map[string]string{}
		for _, name := range []string{"idle_in_transaction_session_timeout", "lock_timeout", "tcp_keepalives_idle", "tcp_user_timeout"} {
			var v string
			require.NoError(t, pool.Get(&v, `SELECT current_setting($1)`, name))
			got[name] = v
		}
		return got
	}
	require.Equal(t, map[string]string{"idle_in_transaction_session_timeout": "10s", "lock_timeout": "4s",
		"tcp_keepalives_idle": "15", "tcp_user_timeout": "30000"}, limits(""))
	got := limits("&lock_timeout=7s&options=-c%20idle_in_transaction_session_timeout%3D0")
	require.Equal(t, []string{"7s", "0"}, []string{got["lock_timeout"], got["idle_in_transaction_session_timeout"]}, "of the address")
	var name string
	require.NoError(t, db.SQL.Get(&name, `SELECT current_database()`))
	db.SQL.MustExec(`ALTER DATABASE ` + name + ` SET lock_timeout = '9s'`)
	require.Equal(t, "9s", limits("")["lock_timeout"], "of the database")
}

// A process that stands still inside a transaction loses it, and its locks.
func TestFault_F3_AFrozenSessionIsEnded(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	agent := db.Agents(t, &site, 1, 3)[0]
	frozen, err := pg.OpenDB(db.DSN + "&idle_in_transaction_session_timeout=100ms")
	require.NoError(t, err)
	defer frozen.Close()
	tx, err := frozen.Beginx()
	require.NoError(t, err)
	_, err = tx.Exec(`SELECT FROM agent_status WHERE agent_id = $1 FOR UPDATE`, agent)
	require.NoError(t, err)
	n := 5
	_, err = db.Admin.ChangeAgent(t.Context(), auditdb.Actor{}, agent, admindb.AgentChange{Capacity: &n})
	require.NoError(t, err, "nobody has committed or rolled back")
	require.Error(t, tx.Commit())
}

// What holds an agent's row lets those wait who want it, and only so long.
func TestFault_F3_AHeldAgentIsBusy(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	agents := db.Agents(t, &site, 1, 3)
	db.Waiting(t, site, 1)
	tx := db.SQL.MustBegin()
	defer tx.Rollback() //nolint:errcheck // it only held a lock
	tx.MustExec(`SELECT FROM agent_status WHERE agent_id = $1 FOR UPDATE`, agents[0])
	hasty, err := store.Open(db.DSN+"&lock_timeout=50ms", storetest.TestSealer())
	require.NoError(t, err)
	defer hasty.Close()
	n := 5
	_, err = hasty.Admin.ChangeAgent(t.Context(), auditdb.Actor{}, agents[0], admindb.AgentChange{Capacity: &n})
	require.True(t, pg.Locked(err) && pg.Busy(err), "%v", err)
	require.False(t, pg.Unavailable(err), "the database is there")
}
