package conversationdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/assigndb"
	"switchboard/store/outbox"
)

// Withdrawn is an offer that was taken back from an agent who is gone.
type Withdrawn struct {
	Conversation, Offer, Agent uuid.UUID
}

// OffersTo are the conversations that are offered to agent $1.
const OffersTo = `SELECT id FROM conversation WHERE offer_agent_id = $1 AND offer_id IS NOT NULL ORDER BY id`

const lockOffer = `
SELECT offer_id, held_by, held_units, held_profiles, queue_id FROM conversation
WHERE id = $1 AND offer_agent_id = $2 AND offer_id IS NOT NULL FOR NO KEY UPDATE`

// Neither declined_by nor waiting_since changes: the agent refused nothing, and
// the customer keeps their place.
const clearOffer = `
UPDATE conversation SET offer_id = NULL, offer_agent_id = NULL, offer_expires_at = NULL, held_by = NULL, held_units = 0, held_profiles = '{}',
  version = version + 1
WHERE id = $1 RETURNING version`

// withdraw takes one offer back, unless it was answered or the agent returned
// at this moment; then it returns nil.
func (s *Store) withdraw(ctx context.Context, id, agent uuid.UUID, reason string, gone condition) (*Withdrawn, error) {
	var out *Withdrawn
	err := s.BellTx(ctx, func(tx *sqlx.Tx) error {
		out = nil
		var row struct {
			Offer    uuid.UUID      `db:"offer_id"`
			HeldBy   uuid.NullUUID  `db:"held_by"`
			Units    int            `db:"held_units"`
			Profiles pq.StringArray `db:"held_profiles"`
			Queue    uuid.NullUUID  `db:"queue_id"`
		}
		if err := tx.GetContext(ctx, &row, lockOffer, id, agent); errors.Is(err, sql.ErrNoRows) {
			return nil
		} else if err != nil {
			return err
		}
		if holds, err := gone.holds(ctx, tx); err != nil || !holds {
			return err
		}
		var version int64
		if err := tx.GetContext(ctx, &version, clearOffer, id); err != nil {
			return err
		}
		if row.HeldBy.Valid {
			if err := assigndb.FreeCapacity(ctx, tx, row.HeldBy.UUID, row.Units, row.Profiles); err != nil {
				return err
			}
		}
		if err := endSession(ctx, tx, id, "agent_disconnected"); err != nil {
			return err
		}
		out = &Withdrawn{Conversation: id, Offer: row.Offer, Agent: agent}
		if err := tellWithdrawn(ctx, tx, *out, reason, row.Queue, version); err != nil {
			return err
		}
		if err := outbox.Ring(ctx, tx, id, 0); err != nil {
			return err
		}
		_, err := s.Assignment.AssignTo(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("withdraw offer: %w", err)
	}
	return out, nil
}

func tellWithdrawn(ctx context.Context, tx *sqlx.Tx, w Withdrawn, reason string, queue uuid.NullUUID, version int64) error {
	err := outbox.AddEvent(ctx, tx, outbox.Event{Kind: outbox.EventOfferGone, Conversation: outbox.NullUUID(w.Conversation), Agent: outbox.NullUUID(w.Agent), State: "open", Version: version,
		Data: map[string]any{"offer_id": w.Offer, "agent_id": w.Agent, "reason": reason}})
	if err != nil {
		return err
	}
	return outbox.AddEvent(ctx, tx, outbox.Event{Kind: outbox.EventConversation, Conversation: outbox.NullUUID(w.Conversation), Queue: queue,
		Data: map[string]any{"change": "offer_withdrawn", "state": "open", "version": version, "reason": reason}})
}
