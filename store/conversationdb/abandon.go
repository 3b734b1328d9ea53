package conversationdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/outbox"
)

// What an agent has goes back to the queue where the workstream says so; a live
// chat unless it says otherwise, because its customer sits there and waits.
const HeldByGone = `
SELECT c.id FROM conversation c JOIN workstream w ON w.id = c.workstream_id
WHERE c.agent_id = $1 AND c.state <> 'closed' AND c.state = 'active' AND c.abandoned_by IS DISTINCT FROM $1
  AND COALESCE(w.release_on_disconnect, w.style = 'live') ORDER BY c.id`

// Nobody waits for a disabled agent, whatever the workstream says.
const activeOf = `
SELECT c.id FROM conversation c
WHERE c.agent_id = $1 AND c.state <> 'closed' AND c.state = 'active' AND c.abandoned_by IS DISTINCT FROM $1 ORDER BY c.id`

const markAbandoned = `UPDATE conversation SET abandoned_by = $2 WHERE id = $1 AND agent_id = $2 AND state = 'active'`

// Abandon tells the workflows of those of an agent's conversations that query
// returns that the agent is gone, unless they return at this very moment.
func (s *Store) Abandon(ctx context.Context, agent uuid.UUID, gone condition, query string) error {
	var ids []uuid.UUID
	if err := s.SQL.SelectContext(ctx, &ids, query, agent); err != nil {
		return fmt.Errorf("find abandoned conversations: %w", err)
	}
	var errs []error
	for _, id := range ids {
		errs = append(errs, s.BellTx(ctx, func(tx *sqlx.Tx) error {
			if _, err := tx.ExecContext(ctx, markAbandoned, id, agent); err != nil {
				return fmt.Errorf("abandon conversation: %w", err)
			}
			if holds, err := gone.holds(ctx, tx); err != nil {
				return fmt.Errorf("abandon conversation: %w", err)
			} else if !holds {
				return errReturned
			}
			return outbox.Ring(ctx, tx, id, 0)
		}))
	}
	if err := errors.Join(errs...); err != nil && !errors.Is(err, errReturned) {
		return err
	}
	return nil
}

// errReturned undoes what was written: the agent is back.
var errReturned = errors.New("the agent returned")
