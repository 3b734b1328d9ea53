package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/routing"
)

// compiled is what rules compile to, until they or their variables change.
type compiled struct {
	version int
	vars    string
	program *routing.Program
}

const applyRoute = `
UPDATE conversation SET queue_id = $2, priority = COALESCE($3, priority), context = context || $4 WHERE id = $1`

// routeByRules lets a workstream's rules choose the queue and the priority of a
// conversation that begins, and keeps the decision with its explanation. Rules
// that cannot be read leave the workstream's own queue: a mistake in them never
// keeps a customer from being served.
func (s *Store) routeByRules(ctx context.Context, tx *sqlx.Tx, conversation, workstream uuid.UUID) (queue uuid.NullUUID, err error) {
	rules, err := readRouting(ctx, tx, workstream)
	if err != nil || rules.Version == 0 {
		return queue, err
	}
	program, err := s.programOf(ctx, tx, rules)
	if err != nil || program == nil {
		return queue, err
	}
	zone, err := time.LoadLocation(rules.Rules.Zone)
	if err != nil {
		zone = time.UTC // it was checked when the rules were saved
	}
	var now time.Time
	if err := get(ctx, tx, &now, `SELECT now()`); err != nil {
		return queue, err
	}
	env, _, err := routingFacts(ctx, tx, conversation, now.In(zone))
	if err != nil {
		return queue, err
	}
	st, err := routingState(ctx, tx, workstream, conversation, rules.Rules)
	if err != nil {
		return queue, err
	}
	d := program.Decide(env, st)
	if err := recordDecision(ctx, tx, conversation, rules.Version, d); err != nil {
		return queue, err
	}
	return carryOut(ctx, tx, conversation, d)
}

func carryOut(ctx context.Context, tx *sqlx.Tx, conversation uuid.UUID, d routing.Decision) (uuid.NullUUID, error) {
	id, err := uuid.Parse(d.Queue)
	if err != nil {
		return uuid.NullUUID{}, nil //nolint:nilerr // no queue was chosen
	}
	values, err := json.Marshal(d.Context)
	if err != nil || d.Context == nil {
		values = []byte("{}")
	}
	if _, err := tx.ExecContext(ctx, applyRoute, conversation, id, d.Priority, cleanJSON(string(values))); err != nil {
		return uuid.NullUUID{}, fmt.Errorf("apply routing decision: %w", err)
	}
	profile := ""
	if d.CapacityProfile != nil {
		profile = *d.CapacityProfile
	}
	return some(id), setRequirements(ctx, tx, conversation, d.Skills, profile)
}

// programOf compiles rules once for each version of them and of their
// variables: compiling takes much longer than deciding.
func (s *Store) programOf(ctx context.Context, tx *sqlx.Tx, rules RoutingRules) (*routing.Program, error) {
	vars, err := readVariables(ctx, tx, rules.Workstream)
	if err != nil {
		return nil, err
	}
	known, err := json.Marshal(vars)
	if err != nil {
		return nil, fmt.Errorf("read variables: %w", err)
	}
	if c, ok := s.programs.Load(rules.Workstream); ok {
		if c, ok := c.(compiled); ok && c.version == rules.Version && c.vars == string(known) {
			return c.program, nil
		}
	}
	program, mistakes := routing.Compile(rules.Rules, vars)
	if len(mistakes) > 0 {
		return nil, nil // saved by another version of this program
	}
	s.programs.Store(rules.Workstream, compiled{rules.Version, string(known), program})
	return program, nil
}
