package assigndb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/outbox"
)

// endChoice ends a choice of available or busy: those last until the work changes.
const endChoice = `
WITH moved AS (
  UPDATE agent_status s SET chosen = NULL, custom_id = NULL,
         presence = CASE WHEN s.presence IN ('offline', 'inactive') THEN s.presence ELSE ` + AutomaticPresence + ` END
  WHERE s.agent_id = $1 AND s.chosen IN ('available', 'busy')
  RETURNING s.agent_id, s.presence
)
INSERT INTO event (kind, agent_id, data)
SELECT '` + outbox.EventPresence + `', agent_id, jsonb_build_object('presence', presence, 'chosen', NULL, 'chosen_id', NULL) FROM moved`

// WorkChanged lets an agent's presence be automatic again after they accepted a
// conversation or one of theirs closed, in the transaction that says so.
func WorkChanged(ctx context.Context, tx *sqlx.Tx, agent uuid.UUID) error {
	if _, err := tx.ExecContext(ctx, endChoice, agent); err != nil {
		return fmt.Errorf("end choice of presence: %w", err)
	}
	return nil
}
