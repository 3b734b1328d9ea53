package assigndb

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// Conversations of a contact who is served by preferred agents only wait for one
// of them: they are not pushed meanwhile, so nobody else is asked, and people may
// take or assign them by hand. Where none of them can ever be asked, because they
// are disabled or not in the queue, others are.
const causePreferredOnly = "preferred_only"

const mayReserve = `
SELECT c.id FROM conversation c JOIN contact_point p ON p.id = c.contact_point_id JOIN contact k ON k.id = p.contact_id
WHERE c.id = $1 AND ` + waits + ` AND k.preferred_only AND ` + canBePreferred

// Somebody whom contact k prefers may yet come to take conversation c.
const canBePreferred = `EXISTS (SELECT FROM preferred_agent f JOIN agent g ON g.id = f.agent_id AND g.disabled_at IS NULL
                  JOIN queue_member m ON m.agent_id = f.agent_id AND m.queue_id = c.queue_id WHERE f.contact_id = k.id)`

const reserveConversation = `UPDATE conversation SET pushed = false, reserved = true WHERE id = $1`

// reserve keeps a conversation that no preferred agent can take now for them. It
// returns false where others may be asked.
func (s *Store) reserve(ctx context.Context, tx *sqlx.Tx, conversation uuid.UUID) (bool, error) {
	var id uuid.UUID
	if err := pg.GetOne(ctx, tx, &id, mayReserve, conversation); errors.Is(err, pg.ErrNotFound) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("reserve conversation: %w", err)
	}
	if _, err := tx.ExecContext(ctx, insertNobody, conversation, causePreferredOnly); err != nil {
		return false, fmt.Errorf("explain assignment: %w", err)
	}
	if _, err := tx.ExecContext(ctx, reserveConversation, conversation); err != nil {
		return false, fmt.Errorf("reserve conversation: %w", err)
	}
	return true, nil
}

// Those that a preferred agent can be asked for now, or that others may have
// after all.
const reservedReady = `
SELECT c.id FROM conversation c JOIN workstream w ON w.id = c.workstream_id
JOIN contact_point p ON p.id = c.contact_point_id LEFT JOIN contact k ON k.id = p.contact_id
WHERE c.reserved AND NOT c.pushed AND c.state = 'open' AND c.offer_id IS NULL AND c.hold IS NULL
  AND (k.id IS NULL OR NOT k.preferred_only OR NOT ` + canBePreferred + `
       OR EXISTS (SELECT FROM preferred_agent f JOIN queue_member m ON m.agent_id = f.agent_id JOIN agent_status a ON a.agent_id = f.agent_id
                  WHERE f.contact_id = k.id AND m.queue_id = c.queue_id AND ` + IsThere + ` AND ` + OnDuty + ` AND NOT a.agent_id = ANY(c.declined_by)))
ORDER BY c.tier, c.rank, c.id LIMIT 100`

const takeReserved = `
UPDATE conversation SET pushed = true, reserved = false
WHERE id = (SELECT id FROM conversation WHERE id = $1 AND reserved AND NOT pushed AND state = 'open' AND offer_id IS NULL AND hold IS NULL FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id`

// sweepReserved offers reserved conversations for which somebody is there now.
func (s *Store) sweepReserved(ctx context.Context) error {
	var ids []uuid.UUID
	if err := s.SQL.SelectContext(ctx, &ids, reservedReady); err != nil {
		return fmt.Errorf("sweep reserved conversations: %w", err)
	}
	for _, id := range ids {
		err := s.BellTx(ctx, func(tx *sqlx.Tx) error {
			var taken uuid.UUID
			if err := pg.GetOne(ctx, tx, &taken, takeReserved, id); errors.Is(err, pg.ErrNotFound) {
				return nil
			} else if err != nil {
				return err
			}
			if o, err := s.AssignTo(ctx, tx, id); err != nil || o == nil {
				return err
			}
			return outbox.Ring(ctx, tx, id, 0)
		})
		if err != nil {
			return fmt.Errorf("sweep reserved conversations: %w", err)
		}
	}
	return nil
}
