package presencedb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/assigndb"
	"switchboard/store/conversationdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
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
func (p *Presence) SweepPresence(ctx context.Context) ([]conversationdb.Withdrawn, error) {
	conn, err := p.Store.SQL.Conn(ctx)
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
	disabled, errDisabled := p.Store.Conversation.SweepDisabled(ctx)
	return append(gone, disabled...), errors.Join(errDead, errGrace, errDisabled, p.endUnused(ctx), p.followLoad(ctx))
}

const agentsWithDead = `SELECT DISTINCT agent_id FROM agent_connection WHERE seen_at < $1 ORDER BY agent_id`

const deleteDead = `DELETE FROM agent_connection WHERE agent_id = $1 AND seen_at < $2`

func (p *Presence) dropDead(ctx context.Context) error {
	now, err := p.now(ctx, p.Store.SQL)
	if err != nil {
		return fmt.Errorf("drop dead connections: %w", err)
	}
	limit := now.Add(-ConnectionTimeout)
	var agents []uuid.UUID
	if err := p.Store.SQL.SelectContext(ctx, &agents, agentsWithDead, limit); err != nil {
		return fmt.Errorf("drop dead connections: %w", err)
	}
	var errs []error
	for _, agent := range agents {
		err := p.change(ctx, agent, settling{grace: true}, func(tx *sqlx.Tx) error {
			_, err := tx.ExecContext(ctx, deleteDead, agent, limit)
			return err
		})
		if err != nil && !errors.Is(err, pg.ErrNotFound) {
			errs = append(errs, fmt.Errorf("drop dead connections: %w", err))
		}
	}
	return errors.Join(errs...)
}

const agentsPastGrace = `SELECT agent_id FROM agent_status WHERE grace_until <= $1 ORDER BY agent_id`

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
SELECT '` + outbox.EventPresence + `', agent_id, jsonb_build_object('presence', presence, 'chosen', NULL) FROM gone WHERE chosen IS NOT NULL`

// ExpiredGrace withdraws the offers of agents who did not come back in time and
// returns them. Each conversation is one transaction, in which it is offered to
// somebody else if somebody is free.
func (p *Presence) ExpiredGrace(ctx context.Context) ([]conversationdb.Withdrawn, error) {
	now, err := p.now(ctx, p.Store.SQL)
	if err != nil {
		return nil, fmt.Errorf("end grace: %w", err)
	}
	var agents []uuid.UUID
	if err := p.Store.SQL.SelectContext(ctx, &agents, agentsPastGrace, now); err != nil {
		return nil, fmt.Errorf("end grace: %w", err)
	}
	var gone []conversationdb.Withdrawn
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

func (p *Presence) withdrawAll(ctx context.Context, agent uuid.UUID, now time.Time) ([]conversationdb.Withdrawn, error) {
	past := conversationdb.While(lockPastGrace, agent, now)
	gone, err := p.Store.Conversation.WithdrawOffers(ctx, agent, "disconnected", past, conversationdb.OffersTo, agent)
	return gone, errors.Join(err, p.Store.Conversation.Abandon(ctx, agent, past, conversationdb.HeldByGone), p.Store.EventTx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, endGrace, agent, now)
		return err
	}))
}

const lockPastGrace = `SELECT agent_id FROM agent_status WHERE agent_id = $1 AND grace_until <= $2 FOR UPDATE`

const lockAdrift = `
SELECT s.agent_id FROM agent_status s WHERE ` + assigndb.Automatic + ` AND s.presence <> ` + assigndb.AutomaticPresence + `
ORDER BY s.agent_id FOR UPDATE SKIP LOCKED`

// followLoad catches agents whose capacity was changed by an administrator.
func (p *Presence) followLoad(ctx context.Context) error {
	var any bool
	err := p.Store.SQL.GetContext(ctx, &any, `SELECT EXISTS (SELECT FROM agent_status s WHERE `+assigndb.Automatic+` AND s.presence <> `+assigndb.AutomaticPresence+`)`)
	if err != nil || !any {
		return err
	}
	var able []uuid.UUID
	err = p.Store.EventTx(ctx, func(tx *sqlx.Tx) error {
		var adrift []uuid.UUID
		if err := tx.SelectContext(ctx, &adrift, lockAdrift); err != nil {
			return err
		}
		able, err = assigndb.RecomputePresence(ctx, tx, adrift...)
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
