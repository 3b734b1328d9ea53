package stack_test

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"switchboard/dev/stack"
	"switchboard/test/tier"
)

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), tier.Patience(d))
	t.Cleanup(cancel)
	return ctx
}

type lines struct{ t *testing.T }

func (l lines) Write(b []byte) (int, error) {
	l.t.Logf("%s", b)
	return len(b), nil
}

// The real parts come up from nothing, survive kill -9 with all that was
// committed, and come up again.
func TestStack_SurvivesKills(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	port, err := stack.FreePorts(1 + stack.TemporalPorts + 1)
	require.NoError(t, err)
	ctx := within(t, 15*time.Minute)
	pg, err := stack.StartPostgres(ctx, stack.PostgresOptions{Dir: dir, Port: port, Password: "secret", Progress: lines{t}})
	require.NoError(t, err)
	t.Cleanup(func() { pg.Kill() })
	require.NoError(t, pg.CreateDatabase(ctx, "switchboard"))
	require.NoError(t, pg.CreateDatabase(ctx, "switchboard"), "again is no error")
	db := sqlx.MustConnect("postgres", pg.DSN("switchboard"))
	db.MustExec(`CREATE TABLE kept (n int)`)
	db.MustExec(`INSERT INTO kept VALUES (42)`)
	temporal, err := stack.StartTemporal(ctx, stack.TemporalOptions{Dir: dir, Port: port + 1, Postgres: pg, Progress: lines{t}})
	require.NoError(t, err)
	t.Cleanup(func() { temporal.Kill() })

	pg.Kill()
	require.NoError(t, pg.Restart(ctx))
	var n int
	require.NoError(t, db.Get(&n, `SELECT n FROM kept`))
	require.Equal(t, 42, n)

	temporal.Kill()
	began := time.Now()
	temporal, err = stack.StartTemporal(ctx, stack.TemporalOptions{Dir: dir, Port: port + 1, Postgres: pg, Revive: true})
	require.NoError(t, err)
	t.Logf("second start of Temporal: %s", time.Since(began))

	first := temporal.Process()
	require.NoError(t, first.Signal(syscall.SIGKILL), "as if it had ended by itself")
	<-first.Done()
	for temporal.Process() == first {
		require.NoError(t, ctx.Err(), "it is started again")
		time.Sleep(50 * time.Millisecond)
	}
	second := temporal.Process()
	require.NoError(t, temporal.Restart(ctx), "waits until it answers")
	require.Same(t, second, temporal.Process(), "and starts no other")
}

// Ports that were given out are not given out again, though nobody listens on
// them yet. It runs before the tests that start programs: a child holds what its
// parent listens on until it has become the program, so a port closed meanwhile
// looks taken.
func TestFreePorts_AreGivenOnce(t *testing.T) {
	given := map[int]bool{}
	for range 50 {
		first, err := stack.FreePorts(12)
		require.NoError(t, err)
		require.Zero(t, stack.PortsTaken(first, 12))
		for p := first; p < first+12; p++ {
			require.False(t, given[p])
			given[p] = true
		}
	}
	_, err := stack.FreePorts(32)
	require.Error(t, err)
}
