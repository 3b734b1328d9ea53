package assigndb

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/pg"
)

// Workflows begin in any order. One whose customer wrote earlier and that is not
// routed yet would find the agents taken: those behind it leave them to it.
const (
	hasEarlier = `EXISTS (
  SELECT FROM conversation o WHERE o.queue_id IS NULL AND o.state = 'open' AND (o.waiting_since, o.id) < (c.waiting_since, c.id)
    AND o.workstream_id = c.workstream_id)`
	earlierUnrouted = `SELECT c.id FROM conversation c WHERE c.id = $1 AND ` + hasEarlier
)

// AssignNew offers a conversation that was routed just now, unless an earlier one
// is still to be routed. Then it is offered after that one, or by the sweep.
func (s *Store) AssignNew(ctx context.Context, tx *sqlx.Tx, conversation uuid.UUID) error {
	if o, kept, err := s.assignOwn(ctx, tx, conversation); err != nil || o != nil || kept {
		return err
	}
	var id, agent uuid.UUID
	switch err := pg.GetOne(ctx, tx, &id, earlierUnrouted, conversation); {
	case errors.Is(err, pg.ErrNotFound):
		_, err = s.assignBest(ctx, tx, conversation)
		return err
	case err != nil:
		return fmt.Errorf("find earlier conversations: %w", err)
	}
	err := pg.GetOne(ctx, tx, &agent, bestAgent, conversation)
	if errors.Is(err, pg.ErrNotFound) {
		return s.nobody(ctx, tx, conversation)
	} else if err != nil {
		return fmt.Errorf("assign: %w", err)
	}
	return nil
}

// The queue in which a later one may have been left to this conversation, if
// somebody there could take it.
const queueBehind = `
SELECT q.id FROM conversation c JOIN queue q ON q.id = c.queue_id
WHERE c.id = $1 AND EXISTS (SELECT FROM conversation o WHERE o.queue_id = q.id AND o.state = 'open' AND o.offer_id IS NULL AND o.pushed
                            AND (o.waiting_since, o.id) > (c.waiting_since, c.id))
  AND NOT ` + hasEarlier + `
  AND EXISTS (SELECT FROM queue_member m JOIN agent_status a ON a.agent_id = m.agent_id WHERE m.queue_id = q.id AND ` + someoneFree + `)`

// OfferLater offers what waited for a conversation to be routed. What it misses
// is found by the sweep.
func (s *Store) OfferLater(ctx context.Context, conversation uuid.UUID) error {
	var queue uuid.UUID
	err := pg.GetOne(ctx, s.SQL, &queue, queueBehind, conversation)
	if errors.Is(err, pg.ErrNotFound) {
		return nil
	} else if err != nil {
		return fmt.Errorf("find later conversations: %w", err)
	}
	_, err = s.AssignNext(ctx, queue, OffersAtOnce)
	return err
}
