package presencedb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/configdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
	"switchboard/workflows/contract"
)

// inactiveAt is when the choice of agent g with status s ends unless they use
// something; null: never.
const inactiveAt = `CASE WHEN s.chosen IS NOT NULL AND g.inactive_after > 0 THEN s.active_at + make_interval(secs => g.inactive_after) END`

const readDeadlines = `
SELECT false AS able, s.grace_until, ` + inactiveAt + ` AS inactive_at
FROM agent_status s JOIN agent g ON g.id = s.agent_id WHERE s.agent_id = $1`

// Settle does what is due of an agent's presence now: it withdraws their offers
// after the grace period and ends a choice after too long without use. What is
// due is decided under the lock of the row, so that an agent who returned
// meanwhile is left alone. It returns the deadlines that remain; an agent who
// does not exist has none.
func (p *Presence) Settle(ctx context.Context, agent uuid.UUID) (contract.Deadlines, error) {
	now, err := p.now(ctx, p.Store.SQL)
	if err != nil {
		return contract.Deadlines{}, fmt.Errorf("settle presence: %w", err)
	}
	is, err := p.deadlinesOf(ctx, agent)
	if err != nil || is.None() {
		return is, err
	}
	if !is.Grace.IsZero() && !is.Grace.After(now) {
		if _, err := p.withdrawAll(ctx, agent, now); err != nil {
			return is, fmt.Errorf("settle presence: %w", err)
		}
	}
	if err := p.endChoiceUnused(ctx, agent, now); err != nil {
		return is, fmt.Errorf("settle presence: %w", err)
	}
	return p.deadlinesOf(ctx, agent)
}

func (p *Presence) deadlinesOf(ctx context.Context, agent uuid.UUID) (contract.Deadlines, error) {
	var row settled
	err := pg.GetOne(ctx, p.Store.SQL, &row, readDeadlines, agent)
	if err != nil && !errors.Is(err, pg.ErrNotFound) {
		return contract.Deadlines{}, fmt.Errorf("read deadlines of presence: %w", err)
	}
	return row.deadlines(), nil
}

const touchAgent = `
UPDATE agent_status s SET active_at = GREATEST(s.active_at, COALESCE($2::timestamptz, now())) FROM agent g
WHERE s.agent_id = $1 AND g.id = s.agent_id AND g.inactive_after > 0`

// Active records that an agent uses something, so that what they chose lasts.
// Of agents whose choices last anyway nothing is written.
func (p *Presence) Active(ctx context.Context, agent uuid.UUID) error {
	var now *time.Time
	if p.Now != nil {
		t := p.Now()
		now = &t
	}
	if _, err := p.Store.SQL.ExecContext(ctx, touchAgent, agent, now); err != nil {
		return fmt.Errorf("record activity: %w", err)
	}
	return nil
}

const agentsUnused = `
SELECT s.agent_id FROM agent g JOIN agent_status s ON s.agent_id = g.id
WHERE g.inactive_after > 0 AND s.chosen IS NOT NULL AND s.active_at + make_interval(secs => g.inactive_after) <= $1 ORDER BY s.agent_id`

// endUnused catches the choices whose end no workflow waited for.
func (p *Presence) endUnused(ctx context.Context) error {
	now, err := p.now(ctx, p.Store.SQL)
	if err != nil {
		return fmt.Errorf("end unused choices: %w", err)
	}
	var agents []uuid.UUID
	if err := p.Store.SQL.SelectContext(ctx, &agents, agentsUnused, now); err != nil {
		return fmt.Errorf("end unused choices: %w", err)
	}
	var errs []error
	for _, agent := range agents {
		if err := p.endChoiceUnused(ctx, agent, now); err != nil {
			errs = append(errs, fmt.Errorf("end unused choices: %w", err))
		}
	}
	return errors.Join(errs...)
}

// Who is connected and uses nothing is not there: to follow the load would
// offer work to an empty chair.
const becomeUnused = `
WITH moved AS (
  UPDATE agent_status s SET chosen = NULL, custom_id = NULL,
         presence = CASE WHEN c.connected THEN 'inactive' ELSE s.presence END,
         inactive_since = CASE WHEN c.connected THEN $2::timestamptz ELSE s.inactive_since END
  FROM agent g CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM agent_connection x WHERE x.agent_id = g.id AND NOT x.signed_out) AS connected) c
  WHERE s.agent_id = $1 AND g.id = s.agent_id AND g.inactive_after > 0 AND s.chosen IS NOT NULL
    AND s.active_at + make_interval(secs => g.inactive_after) <= $2
  RETURNING s.agent_id, s.presence
)
INSERT INTO event (kind, agent_id, data)
SELECT '` + outbox.EventPresence + `', agent_id,
       jsonb_build_object('presence', presence, 'chosen', NULL, 'chosen_id', NULL, 'reason', 'unused') FROM moved`

func (p *Presence) endChoiceUnused(ctx context.Context, agent uuid.UUID, now time.Time) error {
	return p.Store.EventTx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, configdb.LockAgent, agent); err != nil { // connections are counted under the lock
			return err
		}
		_, err := tx.ExecContext(ctx, becomeUnused, agent, now)
		return err
	})
}
