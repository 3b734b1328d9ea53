package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// ConnectionTimeout is how long a connection counts without being seen: three
// times the pause between reports, so that one that is late does no harm.
const ConnectionTimeout = 45 * time.Second

const presenceLock = 7305303

// SweepPresence ends the connections of nodes that died, withdraws the offers of
// agents whose grace is over or who were disabled, ends choices of agents who used nothing for too
// long, and lets presence follow what changed besides. It is the safety net of
// the workflows that wait for these deadlines. Of
// all processes one does it at a time; the others return at once.
func (p *Presence) SweepPresence(ctx context.Context) ([]Withdrawn, error) {
	conn, err := p.Store.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("sweep presence: %w", err)
	}
	defer conn.Close()
	var mine bool
	if err := conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1)`, presenceLock).Scan(&mine); err != nil || !mine {
		return nil, err
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, presenceLock) //nolint:errcheck // the connection's end frees it too
	errDead := p.dropDead(ctx)
	gone, errGrace := p.ExpiredGrace(ctx)
	disabled, errDisabled := p.Store.sweepDisabled(ctx)
	return append(gone, disabled...), errors.Join(errDead, errGrace, errDisabled, p.endUnused(ctx), p.followLoad(ctx))
}

const agentsWithDead = `SELECT DISTINCT agent_id FROM agent_connection WHERE seen_at < $1 ORDER BY agent_id`

const deleteDead = `DELETE FROM agent_connection WHERE agent_id = $1 AND seen_at < $2`

func (p *Presence) dropDead(ctx context.Context) error {
	now, err := p.now(ctx, p.Store.db)
	if err != nil {
		return fmt.Errorf("drop dead connections: %w", err)
	}
	limit := now.Add(-ConnectionTimeout)
	var agents []uuid.UUID
	if err := p.Store.db.SelectContext(ctx, &agents, agentsWithDead, limit); err != nil {
		return fmt.Errorf("drop dead connections: %w", err)
	}
	var errs []error
	for _, agent := range agents {
		err := p.change(ctx, agent, settling{grace: true}, func(tx *sqlx.Tx) error {
			_, err := tx.ExecContext(ctx, deleteDead, agent, limit)
			return err
		})
		if err != nil && !errors.Is(err, ErrNotFound) {
			errs = append(errs, fmt.Errorf("drop dead connections: %w", err))
		}
	}
	return errors.Join(errs...)
}

// Withdrawn is an offer that was taken back from an agent who is gone.
type Withdrawn struct {
	Conversation, Offer, Agent uuid.UUID
}

const agentsPastGrace = `SELECT agent_id FROM agent_status WHERE grace_until <= $1 ORDER BY agent_id`

const offersTo = `SELECT id FROM conversation WHERE offer_agent_id = $1 AND offer_id IS NOT NULL ORDER BY id`

// An agent who comes back later begins anew: what they chose is forgotten.
// An offer that was made meanwhile keeps them for the next round.
const endGrace = `
WITH gone AS (
  UPDATE agent_status s SET grace_until = NULL, chosen = NULL, custom_id = NULL, inactive_since = NULL
  FROM (SELECT chosen FROM agent_status WHERE agent_id = $1) old
  WHERE s.agent_id = $1 AND s.grace_until <= $2
    AND NOT EXISTS (SELECT FROM conversation WHERE offer_agent_id = $1 AND offer_id IS NOT NULL)
  RETURNING s.agent_id, s.presence, old.chosen
)
INSERT INTO event (kind, agent_id, data)
SELECT '` + EventPresence + `', agent_id, jsonb_build_object('presence', presence, 'chosen', NULL) FROM gone WHERE chosen IS NOT NULL`

// ExpiredGrace withdraws the offers of agents who did not come back in time and
// returns them. Each conversation is one transaction, in which it is offered to
// somebody else if somebody is free.
func (p *Presence) ExpiredGrace(ctx context.Context) ([]Withdrawn, error) {
	now, err := p.now(ctx, p.Store.db)
	if err != nil {
		return nil, fmt.Errorf("end grace: %w", err)
	}
	var agents []uuid.UUID
	if err := p.Store.db.SelectContext(ctx, &agents, agentsPastGrace, now); err != nil {
		return nil, fmt.Errorf("end grace: %w", err)
	}
	var gone []Withdrawn
	var errs []error
	for _, agent := range agents {
		list, err := p.withdrawAll(ctx, agent, now)
		gone = append(gone, list...)
		if err != nil { // one conversation that fails holds up no other agent
			errs = append(errs, fmt.Errorf("end grace: %w", err))
		}
	}
	return gone, errors.Join(errs...)
}

func (p *Presence) withdrawAll(ctx context.Context, agent uuid.UUID, now time.Time) ([]Withdrawn, error) {
	past := while(lockPastGrace, agent, now)
	gone, err := p.Store.withdrawOffers(ctx, agent, "disconnected", past, offersTo, agent)
	return gone, errors.Join(err, p.Store.abandon(ctx, agent, past, heldByGone), p.Store.txEvents(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, endGrace, agent, now)
		return err
	}))
}

const lockOffer = `
SELECT offer_id, held_by, held_units, held_profiles, queue_id FROM conversation
WHERE id = $1 AND offer_agent_id = $2 AND offer_id IS NOT NULL FOR NO KEY UPDATE`

const lockPastGrace = `SELECT agent_id FROM agent_status WHERE agent_id = $1 AND grace_until <= $2 FOR UPDATE`

// Neither declined_by nor waiting_since changes: the agent refused nothing, and
// the customer keeps their place.
const clearOffer = `
UPDATE conversation SET offer_id = NULL, offer_agent_id = NULL, offer_expires_at = NULL, held_by = NULL, held_units = 0, held_profiles = '{}',
  version = version + 1
WHERE id = $1 RETURNING version`

// withdraw takes one offer back, unless it was answered or the agent returned
// at this moment; then it returns nil.
func (s *Store) withdraw(ctx context.Context, id, agent uuid.UUID, reason string, gone still) (*Withdrawn, error) {
	var out *Withdrawn
	err := s.txAnnounced(ctx, func(tx *sqlx.Tx) error {
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
			if err := freeCapacity(ctx, tx, row.HeldBy.UUID, row.Units, row.Profiles); err != nil {
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
		if err := ring(ctx, tx, id, 0); err != nil {
			return err
		}
		_, err := s.assignTo(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("withdraw offer: %w", err)
	}
	return out, nil
}

func tellWithdrawn(ctx context.Context, tx *sqlx.Tx, w Withdrawn, reason string, queue uuid.NullUUID, version int64) error {
	err := addEvent(ctx, tx, Event{Kind: EventOfferGone, Conversation: some(w.Conversation), Agent: some(w.Agent), State: "open", Version: version,
		Data: map[string]any{"offer_id": w.Offer, "agent_id": w.Agent, "reason": reason}})
	if err != nil {
		return err
	}
	return addEvent(ctx, tx, Event{Kind: EventConversation, Conversation: some(w.Conversation), Queue: queue,
		Data: map[string]any{"change": "offer_withdrawn", "state": "open", "version": version, "reason": reason}})
}

const lockAdrift = `
SELECT s.agent_id FROM agent_status s WHERE ` + automatic + ` AND s.presence <> ` + automaticPresence + `
ORDER BY s.agent_id FOR UPDATE SKIP LOCKED`

// followLoad catches agents whose capacity was changed by an administrator.
func (p *Presence) followLoad(ctx context.Context) error {
	var any bool
	err := p.Store.db.GetContext(ctx, &any, `SELECT EXISTS (SELECT FROM agent_status s WHERE `+automatic+` AND s.presence <> `+automaticPresence+`)`)
	if err != nil || !any {
		return err
	}
	var able []uuid.UUID
	err = p.Store.txEvents(ctx, func(tx *sqlx.Tx) error {
		var adrift []uuid.UUID
		if err := tx.SelectContext(ctx, &adrift, lockAdrift); err != nil {
			return err
		}
		able, err = recomputePresence(ctx, tx, adrift...)
		return err
	})
	if err != nil {
		return fmt.Errorf("follow load: %w", err)
	}
	for _, agent := range able {
		p.tellAvailable(ctx, agent)
	}
	return nil
}
