package configdb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/pg"
)

// channelSetting is the setting that says which channel of a provider an account is.
const channelSetting = "channel_id"

// Two who add the same channel at once wait for each other.
const (
	lockChannel    = `SELECT pg_advisory_xact_lock(hashtextextended('channel ' || $1 || ' ' || $2, 0))`
	accountChannel = `
SELECT name FROM account WHERE provider = $1 AND settings->>'` + channelSetting + `' = $2 AND id <> $3 AND deleted_at IS NULL
ORDER BY created_at LIMIT 1`
)

// refuseSecondChannel refuses the channel of another account. before is its channel
// until now, or "".
func refuseSecondChannel(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, provider, before, channel string) error {
	if channel == "" || channel == before {
		return nil
	}
	if _, err := tx.ExecContext(ctx, lockChannel, provider, channel); err != nil {
		return fmt.Errorf("lock channel: %w", err)
	}
	var others []string
	if err := tx.SelectContext(ctx, &others, accountChannel, provider, channel, id); err != nil {
		return fmt.Errorf("read accounts of channel: %w", err)
	}
	if len(others) == 0 {
		return nil
	}
	return &pg.Invalid{Field: "settings." + channelSetting,
		Reason: fmt.Sprintf("is the channel of the account %q, and a channel can have one account only", others[0])}
}
