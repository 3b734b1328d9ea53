package assigndb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/configdb"
	"switchboard/store/pg"
)

const (
	updateWorkingHours = `UPDATE agent SET operating_hours_id = $2 WHERE id = $1`
	// What an agent's hours mean is found anew at once.
	dutyOfAgent = `UPDATE agent_status SET duty_changes_at = now() WHERE agent_id = $1`
	DutyOfHours = `UPDATE agent_status SET duty_changes_at = now() WHERE agent_id IN (SELECT id FROM agent WHERE operating_hours_id = $1)`
)

// SetWorkingHours says when an agent is offered work; null: always.
func SetWorkingHours(ctx context.Context, tx *sqlx.Tx, agent uuid.UUID, hours uuid.NullUUID) error {
	if _, err := tx.ExecContext(ctx, updateWorkingHours, agent, hours); err != nil {
		return AgentConstraint(err)
	}
	if _, err := tx.ExecContext(ctx, dutyOfAgent, agent); err != nil {
		return err
	}
	return settleShifts(ctx, tx, []onHours{{agent, hours}}, time.Now()) // whoever changed them sees what they mean
}

const shiftsDue = `
SELECT s.agent_id, g.operating_hours_id FROM agent_status s JOIN agent g ON g.id = s.agent_id
WHERE s.duty_changes_at <= $1 ORDER BY s.agent_id LIMIT 1000 FOR NO KEY UPDATE OF s SKIP LOCKED`

const setShifts = `
UPDATE agent_status s SET off_duty = x.off, duty_changes_at = x.next
FROM unnest($1::uuid[], $2::boolean[], $3::timestamptz[]) AS x (agent_id, off, next) WHERE s.agent_id = x.agent_id`

// laterShift is when hours are looked at again that do not change for years.
const laterShift = 24 * time.Hour

// SweepShifts lets agents' working hours begin and end that do so by that time;
// zero: now. It returns for how many it looked. Who begins is found by the sweep
// of what waits.
func (s *Store) SweepShifts(ctx context.Context, now time.Time) (int, error) {
	if now.IsZero() {
		now = time.Now()
	}
	looked := 0
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var due []onHours
		if err := tx.SelectContext(ctx, &due, shiftsDue, now); err != nil || len(due) == 0 {
			return err
		}
		looked = len(due)
		return settleShifts(ctx, tx, due, now)
	})
	if err != nil {
		return 0, fmt.Errorf("sweep working hours: %w", err)
	}
	return looked, nil
}

// onHours is an agent and when they are offered work; null: always.
type onHours struct {
	Agent uuid.UUID     `db:"agent_id"`
	Hours uuid.NullUUID `db:"operating_hours_id"`
}

// settleShifts writes whether agents, whose statuses are locked, are within their
// hours, and when that changes.
func settleShifts(ctx context.Context, tx *sqlx.Tx, due []onHours, now time.Time) error {
	ids := make([]uuid.NullUUID, len(due))
	for i, d := range due {
		ids[i] = d.Hours
	}
	schedules, err := configdb.ReadSchedules(ctx, tx, ids)
	if err != nil {
		return err
	}
	agents, off, next := make([]string, len(due)), make([]bool, len(due)), make([]*string, len(due))
	for i, d := range due {
		agents[i] = d.Agent.String()
		if !d.Hours.Valid {
			continue
		}
		x := schedules[d.Hours]
		off[i] = !x.Open(now).Open
		at := now.Add(laterShift)
		if change, ok := x.NextChange(now); ok && change.At.Before(at) {
			at = change.At
		}
		text := at.Format(time.RFC3339Nano)
		next[i] = &text
	}
	_, err = tx.ExecContext(ctx, setShifts, pq.Array(agents), pq.Array(off), pq.Array(next))
	return err
}

// AgentConstraint turns a violated constraint of an agent into what was wrong.
func AgentConstraint(err error) error {
	switch name, _ := pg.Constraint(err); name {
	case "agent_email":
		return &pg.Conflict{Reason: "Another agent has this e-mail address."}
	case "agent_default_presence_id_fkey":
		return &pg.Invalid{Field: "default_presence_id", Reason: "is no presence"}
	case "agent_operating_hours_id_fkey":
		return HoursMissing()
	}
	return err
}

// HoursMissing is for rows that name operating hours that are not there.
func HoursMissing() error {
	return &pg.Invalid{Field: "operating_hours_id", Reason: "is no operating hours"}
}
