package stack_test

import (
	"os"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"switchboard/dev/stack"
)

// What a statement refuses names addresses and numbers; the server's log does not.
func TestSecurity_L2_PostgresLogsNoValues(t *testing.T) {
	t.Parallel()
	port, err := stack.FreePorts(1)
	require.NoError(t, err)
	pg, err := stack.StartPostgres(within(t, 5*time.Minute), stack.PostgresOptions{Dir: t.TempDir(), Port: port, Password: "secret", Lossy: true})
	require.NoError(t, err)
	t.Cleanup(pg.Kill)
	db := sqlx.MustConnect("postgres", pg.DSN("postgres"))
	defer db.Close()
	db.MustExec(`CREATE TABLE person (email text UNIQUE CHECK (email <> 'nobody@example.com'), age int)`)
	db.MustExec(`INSERT INTO person VALUES ('someone@example.com')`)
	for _, wrong := range []string{"someone@example.com", "nobody@example.com"} {
		_, err = db.Exec(`INSERT INTO person VALUES ($1)`, wrong)
		require.ErrorContains(t, err, "constraint")
	}
	_, err = db.Exec(`DO $$ BEGIN RAISE EXCEPTION 'failed' USING DETAIL = 'of +15005550021', HINT = 'ask someone@example.com'; END $$`)
	require.Error(t, err)
	log, err := os.ReadFile(pg.Process().Log())
	require.NoError(t, err)
	require.Contains(t, string(log), "unique constraint", "it was logged")
	require.NotContains(t, string(log), "example.com")
	require.NotContains(t, string(log), "+15005550021")
}
