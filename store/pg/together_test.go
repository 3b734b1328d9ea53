package pg_test

import (
	"errors"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"switchboard/store/pg"
	"switchboard/store/storetest"
)

// What is put together happens as a whole or not at all, and a transaction within
// it that failed takes back its own part only.
func TestTogether(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	add := func(within *pg.DB, name string, and error) error {
		return within.Tx(t.Context(), func(tx *sqlx.Tx) error {
			if _, err := tx.ExecContext(t.Context(), `INSERT INTO skill (name) VALUES ($1)`, name); err != nil {
				return err
			}
			return and
		})
	}
	names := func(q sqlx.QueryerContext) (list []string) {
		require.NoError(t, sqlx.SelectContext(t.Context(), q, &list, `SELECT name FROM skill ORDER BY name`))
		return list
	}
	refused := errors.New("refused")
	err := db.Store.DB.Together(t.Context(), func(within *pg.DB) error {
		require.NoError(t, add(within, "a", nil))
		require.ErrorIs(t, add(within, "b", refused), refused)
		require.Error(t, add(within, "a", nil), "a statement that fails ends its own part")
		require.NoError(t, add(within, "c", nil))
		require.Equal(t, []string{"a", "c"}, names(within.SQL), "outside of a part the transaction is seen")
		require.Empty(t, names(db.SQL), "nobody else sees it yet")
		return within.Tx(t.Context(), func(tx *sqlx.Tx) error {
			rows, err := tx.QueryxContext(t.Context(), `SELECT name FROM skill`)
			require.NoError(t, err)
			defer rows.Close()
			require.True(t, rows.Next())
			require.Equal(t, []string{"a", "c"}, names(within.SQL), "while an answer is being read")
			return nil
		})
	})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "c"}, names(db.SQL))
	require.ErrorIs(t, db.Store.DB.Together(t.Context(), func(within *pg.DB) error {
		require.NoError(t, add(within, "d", nil))
		return refused
	}), refused)
	require.Equal(t, []string{"a", "c"}, names(db.SQL))
}
