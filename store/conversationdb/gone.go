package conversationdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/pg"
)

// What makes an offer to agent $1 void besides the end of their grace period,
// checked while the offer and their status are locked.
const (
	lockDisabled = `
SELECT s.agent_id FROM agent_status s JOIN agent g ON g.id = s.agent_id WHERE s.agent_id = $1 AND g.disabled_at IS NOT NULL FOR UPDATE OF s`
	lockOffline = `SELECT agent_id FROM agent_status WHERE agent_id = $1 AND presence = 'offline' FOR UPDATE`
	lockRemoved = `
SELECT s.agent_id FROM agent_status s WHERE s.agent_id = $1 AND NOT EXISTS (
  SELECT FROM queue_member m WHERE m.queue_id = $2 AND m.agent_id = s.agent_id) FOR UPDATE OF s`
)

const offersOfQueue = `SELECT id FROM conversation WHERE offer_agent_id = $1 AND offer_id IS NOT NULL AND queue_id = $2 ORDER BY id`

// WithdrawSignedOut withdraws the offers of an agent who signed out everywhere.
func (s *Store) WithdrawSignedOut(ctx context.Context, agent uuid.UUID) error {
	_, err := s.WithdrawOffers(ctx, agent, "disconnected", While(lockOffline, agent), OffersTo, agent)
	return err
}

// WithdrawRemoved withdraws the offers of a queue of which an agent is no member
// any more.
func (s *Store) WithdrawRemoved(ctx context.Context, queue, agent uuid.UUID) error {
	_, err := s.WithdrawOffers(ctx, agent, "removed", While(lockRemoved, agent, queue), offersOfQueue, agent, queue)
	return err
}

// WithdrawOffers withdraws the offers of an agent that the query finds, each in a
// transaction of its own in which it is offered to somebody else. One that fails
// holds up no other.
func (s *Store) WithdrawOffers(ctx context.Context, agent uuid.UUID, reason string, gone condition, query string, args ...any) ([]Withdrawn, error) {
	var ids []uuid.UUID
	if err := s.SQL.SelectContext(ctx, &ids, query, args...); err != nil {
		return nil, fmt.Errorf("find offers: %w", err)
	}
	var out []Withdrawn
	var errs []error
	for _, id := range ids {
		w, err := s.withdraw(ctx, id, agent, reason, gone)
		if err != nil {
			errs = append(errs, err)
		} else if w != nil {
			out = append(out, *w)
		}
	}
	return out, errors.Join(errs...)
}

// ClearDisabled leaves nothing with a disabled agent for which a customer waits:
// offers go to others at once, and active conversations back to their queue.
func (s *Store) ClearDisabled(ctx context.Context, agent uuid.UUID) ([]Withdrawn, error) {
	gone := While(lockDisabled, agent)
	list, err := s.WithdrawOffers(ctx, agent, "disconnected", gone, OffersTo, agent)
	return list, errors.Join(err, s.Abandon(ctx, agent, gone, activeOf))
}

// An agent may be offered or accept something at the moment at which they are
// disabled, and a process may end before it has cleared up.
const disabledWithWork = `
SELECT g.id FROM agent g WHERE g.disabled_at IS NOT NULL
  AND (EXISTS (SELECT FROM conversation c WHERE c.offer_agent_id = g.id AND c.offer_id IS NOT NULL)
    OR EXISTS (SELECT FROM conversation c WHERE c.agent_id = g.id AND c.state <> 'closed' AND c.state = 'active' AND c.abandoned_by IS DISTINCT FROM g.id))
ORDER BY g.id`

// SweepDisabled takes back what is still offered to agents who were disabled.
func (s *Store) SweepDisabled(ctx context.Context) ([]Withdrawn, error) {
	var agents []uuid.UUID
	if err := s.SQL.SelectContext(ctx, &agents, disabledWithWork); err != nil {
		return nil, fmt.Errorf("find work of disabled agents: %w", err)
	}
	var out []Withdrawn
	var errs []error
	for _, agent := range agents {
		list, err := s.ClearDisabled(ctx, agent)
		out, errs = append(out, list...), append(errs, err)
	}
	return out, errors.Join(errs...)
}

// condition is a statement that returns a row while what a withdrawal is made for is
// so, and locks the agent's status.
type condition struct {
	query string
	args  []any
}

// While is a condition that is looked at again under the lock.
func While(query string, args ...any) condition { return condition{query, args} }

func (g condition) holds(ctx context.Context, tx *sqlx.Tx) (bool, error) {
	var locked uuid.UUID
	err := pg.GetOne(ctx, tx, &locked, g.query, g.args...)
	if errors.Is(err, pg.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
