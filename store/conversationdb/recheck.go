package conversationdb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// What is held for the hours of a queue or an address, by the id of any of the three.
const recheckHeld = `
WITH held AS (
  SELECT c.id FROM conversation c JOIN address d ON d.id = c.address_id JOIN queue q ON q.id = c.queue_id
  WHERE c.hold = 'hours' AND c.state = 'open' AND (q.id = $1 OR d.id = $1 OR q.operating_hours_id = $1 OR d.operating_hours_id = $1)
  ORDER BY c.id FOR NO KEY UPDATE OF c
), due AS (
  UPDATE conversation c SET held_until = now(), version = c.version + 1 FROM held h WHERE c.id = h.id RETURNING c.id
)
INSERT INTO bell (conversation_id) SELECT id FROM due
ON CONFLICT (conversation_id) DO UPDATE SET rings = nextval('bell_ring'), due_at = LEAST(bell.due_at, EXCLUDED.due_at)`

// Recheck lets what is held be decided about anew, because hours changed. It
// comes after the change: a transaction that holds a queue or its hours never
// waits for a conversation.
func (s *Store) Recheck(ctx context.Context, of uuid.UUID) error {
	err := s.BellTx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, recheckHeld, of)
		return err
	})
	if err != nil {
		return fmt.Errorf("recheck held conversations: %w", err)
	}
	return nil
}
