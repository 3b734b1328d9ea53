package messagedb

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"switchboard/store/pg"
)

// LastInbound is what a customer wrote last, as their provider knows it.
type LastInbound struct {
	To        string `db:"to_address"`
	MessageID string `db:"provider_message_id"`
}

const lastInbound = `
SELECT COALESCE(p.send_to, p.external_id) AS to_address, m.provider_message_id
FROM conversation c JOIN contact_point p ON p.id = c.contact_point_id
CROSS JOIN LATERAL (SELECT provider_message_id FROM message WHERE conversation_id = c.id AND direction = 'in' AND provider_message_id IS NOT NULL
  ORDER BY seq DESC LIMIT 1) m
WHERE c.id = $1`

// LastInbound returns the customer's last message of a conversation, or ErrNotFound.
func (s *Store) LastInbound(ctx context.Context, conversation uuid.UUID) (LastInbound, error) {
	var out LastInbound
	if err := pg.GetOne(ctx, s.SQL, &out, lastInbound, conversation); err != nil {
		return out, fmt.Errorf("read last inbound message: %w", err)
	}
	return out, nil
}
