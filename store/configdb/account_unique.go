package configdb

import (
	"context"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"switchboard/store/pg"
)

// Two who add the same page at once wait for each other.
const (
	lockUnique = `SELECT pg_advisory_xact_lock(hashtextextended('channel ' || $1 || ' ' || $2 || ' ' || $3, 0))`
	uniqueOf   = `
SELECT name FROM account WHERE provider = $1 AND settings @> jsonb_build_object($2::text, $3::text) AND id <> $4 AND deleted_at IS NULL
ORDER BY created_at LIMIT 1`
)

// refuseSecond refuses what is another account's at the provider: of two accounts
// of one page only one would be told of what comes in. before are the account's settings until now.
func refuseSecond(ctx context.Context, tx *sqlx.Tx, a Account, before map[string]string) error {
	for _, name := range slices.Sorted(slices.Values(a.Unique)) {
		v := a.Settings[name]
		if v == "" || v == before[name] {
			continue
		}
		if _, err := tx.ExecContext(ctx, lockUnique, a.Provider, name, v); err != nil {
			return fmt.Errorf("lock %s of account: %w", name, err)
		}
		var others []string
		if err := tx.SelectContext(ctx, &others, uniqueOf, a.Provider, name, v, a.ID); err != nil {
			return fmt.Errorf("read accounts by %s: %w", name, err)
		}
		if len(others) > 0 {
			return &pg.Conflict{Field: "settings." + name,
				Reason: fmt.Sprintf("is that of the account %q, and there can be one account only", others[0])}
		}
	}
	return nil
}
