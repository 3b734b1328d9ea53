package configdb

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/routing"
	"switchboard/store/pg"
)

// What routing rules name cannot be deleted. Whoever saves rules keeps what they
// name from going (keepNamed…), and whoever deletes it has locked it before they
// look (lockGoing…): one of the two sees the other.
const (
	keepNamedQueues   = `SELECT id FROM queue WHERE id = ANY($1::uuid[]) ORDER BY id FOR KEY SHARE`
	keepNamedSkills   = `SELECT id FROM skill WHERE name = ANY($1::text[]) ORDER BY id FOR KEY SHARE`
	keepNamedProfiles = `SELECT id FROM capacity_profile ORDER BY id FOR KEY SHARE` // expressions may name any
	selectAllRules    = `SELECT w.name, r.rules FROM routing_rules r JOIN workstream w ON w.id = r.workstream_id ORDER BY w.name`
	SkillInBuckets    = `SELECT q.name FROM queue q WHERE EXISTS (
  SELECT FROM jsonb_array_elements(q.buckets) b WHERE b->'skills' ? $1) ORDER BY q.name LIMIT 1`
	WorkstreamInBuckets = `SELECT q.name FROM queue q WHERE EXISTS (
  SELECT FROM jsonb_array_elements(q.buckets) b WHERE b->'workstream_ids' ? $1) ORDER BY q.name LIMIT 1`
)

// KeepNamed locks what rules name, so that nobody deletes it meanwhile.
func KeepNamed(ctx context.Context, tx *sqlx.Tx, m routing.Model) error {
	if _, err := tx.ExecContext(ctx, keepNamedQueues, pg.QueueIDs(m.Queues())); err != nil {
		return fmt.Errorf("keep queues: %w", err)
	}
	if _, err := tx.ExecContext(ctx, keepNamedSkills, pq.Array(pg.NotNil(m.Skills()))); err != nil {
		return fmt.Errorf("keep skills: %w", err)
	}
	if _, err := tx.ExecContext(ctx, keepNamedProfiles); err != nil {
		return fmt.Errorf("keep capacity profiles: %w", err)
	}
	return nil
}

// UnlessRuled is a *Conflict if rules of any workstream name what is to be
// deleted.
func UnlessRuled(ctx context.Context, tx *sqlx.Tx, what string, names func(routing.Model) bool) error {
	var rows []struct {
		Workstream string          `db:"name"`
		Rules      json.RawMessage `db:"rules"`
	}
	if err := tx.SelectContext(ctx, &rows, selectAllRules); err != nil {
		return fmt.Errorf("read routing rules: %w", err)
	}
	for _, r := range rows {
		var m routing.Model
		if err := json.Unmarshal(r.Rules, &m); err != nil {
			return fmt.Errorf("read routing rules: %w", err)
		}
		if names(m) {
			return &pg.Conflict{Reason: fmt.Sprintf("The routing rules of the workstream %q name this %s; change them first.", r.Workstream, what)}
		}
	}
	return nil
}

// NamesQueue finds rules that name a queue.
func NamesQueue(id uuid.UUID) func(routing.Model) bool {
	return func(m routing.Model) bool { return slices.Contains(m.Queues(), id.String()) }
}

// NamesSkill finds rules that name a skill.
func NamesSkill(name string) func(routing.Model) bool {
	return func(m routing.Model) bool { return slices.Contains(m.Skills(), name) }
}

// UnlessInBuckets is a *Conflict if a bucket of a queue, which query finds, names
// what is to be deleted.
func UnlessInBuckets(ctx context.Context, tx *sqlx.Tx, what, query, name string) error {
	var queues []string
	if err := tx.SelectContext(ctx, &queues, query, name); err != nil {
		return fmt.Errorf("read buckets: %w", err)
	}
	if len(queues) == 0 {
		return nil
	}
	return &pg.Conflict{Reason: fmt.Sprintf("A bucket of the queue %q names this %s; change it first.", queues[0], what)}
}
