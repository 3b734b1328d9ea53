package pg_test

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"switchboard/store/pg"
	"switchboard/store/storetest"
)

// oneConn is a database of which every call takes the same connection.
func oneConn(t *testing.T) *sqlx.DB {
	t.Helper()
	db, err := pg.OpenDB(storetest.New(t).DSN)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	return db
}

func keptBy(t *testing.T, db *sqlx.DB, like string) (n int) {
	t.Helper()
	require.NoError(t, db.Get(&n, fmt.Sprintf(`SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%s'`, like)))
	return n
}

func TestConn_KeepsWhatIsUsedAgain(t *testing.T) {
	t.Parallel()
	db := oneConn(t)
	var got int
	for i := range 3 {
		require.NoError(t, db.Get(&got, `SELECT $1::int + 1 AS kept`, i))
		require.Equal(t, i+1, got)
		require.Equal(t, min(i, 1), keptBy(t, db, "%AS kept"), "after use %d", i+1)
	}
	tx, err := db.Beginx()
	require.NoError(t, err)
	require.NoError(t, tx.Get(&got, `SELECT $1::int + 1 AS kept`, 41), "in a transaction, too")
	_, err = tx.Exec(`SELECT $1::int / $2::int`, 1, 0)
	require.Error(t, err)
	require.NoError(t, tx.Rollback())
	require.Equal(t, 42, got)
	require.ErrorIs(t, db.Get(&got, `SELECT $1::int WHERE false`, 1), sql.ErrNoRows)
	_, err = db.Exec(`SELECT 1; SELECT 2`)
	require.NoError(t, err, "several statements at once")
}

func TestConn_KeepsOnlyTheLast(t *testing.T) {
	t.Parallel()
	db := oneConn(t)
	most := 2*pg.KeptStatements + 10
	for i := range most {
		for range 2 {
			var got int
			require.NoError(t, db.Get(&got, fmt.Sprintf(`SELECT $1::int + %d AS many`, i), 1))
			require.Equal(t, i+1, got)
		}
	}
	require.Equal(t, pg.KeptStatements, keptBy(t, db, "%AS many"))
	require.Equal(t, 0, keptBy(t, db, "%+ 0 AS many"))
	require.Equal(t, 1, keptBy(t, db, fmt.Sprintf("%%+ %d AS many", most-1)))
}

// What a statement returns changes when a newer version of the product migrates
// the database beside a running one.
func TestConn_SurvivesAMigration(t *testing.T) {
	t.Parallel()
	db := oneConn(t)
	db.MustExec(`CREATE TABLE changing (n int); INSERT INTO changing VALUES (7)`)
	const q = `SELECT n FROM changing WHERE n::text = $1`
	var got string
	for range 3 {
		require.NoError(t, db.Get(&got, q, "7"))
	}
	db.MustExec(`ALTER TABLE changing ALTER n TYPE text`)
	if err := db.Get(&got, q, "7"); err != nil {
		require.NotErrorIs(t, err, sql.ErrNoRows)
		require.False(t, errors.Is(err, sql.ErrConnDone))
	}
	require.NoError(t, db.Get(&got, q, "7"), "at the latest with the next use")
	require.Equal(t, "7", got)
}
