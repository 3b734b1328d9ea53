package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/routing"
)

// RoutingRules is how a workstream routes. Queues are named by their ids.
type RoutingRules struct {
	Workstream uuid.UUID     `json:"workstream_id"`
	Version    int           `json:"version"` // 0: there are none yet
	Rules      routing.Model `json:"rules"`
	UpdatedAt  *time.Time    `json:"updated_at"`
	UpdatedBy  uuid.NullUUID `json:"updated_by"`
}

// RuleMistakes is what is wrong with rules that were to be saved.
type RuleMistakes struct{ List []routing.Mistake }

func (e *RuleMistakes) Error() string {
	return fmt.Sprintf("%d mistakes in routing rules", len(e.List))
}

const selectRouting = `
SELECT w.id, COALESCE(r.version, 0) AS version, COALESCE(r.rules, '{}') AS rules, r.updated_at, r.updated_by
FROM workstream w LEFT JOIN routing_rules r ON r.workstream_id = w.id WHERE w.id = $1`

// RoutingRules returns a workstream's rules, which may be none.
func (s *Store) RoutingRules(ctx context.Context, workstream uuid.UUID) (RoutingRules, error) {
	return readRouting(ctx, s.db, workstream)
}

const lockRouting = `SELECT id FROM workstream WHERE id = $1 FOR NO KEY UPDATE`

// readLocked locks a workstream, which keeps its rules and the variables they
// use in step, and reads the rules. In two statements: one that had to wait for
// the lock would show what there was before it waited.
func readLocked(ctx context.Context, tx *sqlx.Tx, workstream uuid.UUID) (RoutingRules, error) {
	var id uuid.UUID
	if err := get(ctx, tx, &id, lockRouting, workstream); err != nil {
		return RoutingRules{}, fmt.Errorf("lock workstream: %w", err)
	}
	return readRouting(ctx, tx, workstream)
}

func readRouting(ctx context.Context, q sqlx.QueryerContext, workstream uuid.UUID) (RoutingRules, error) {
	var row struct {
		ID        uuid.UUID       `db:"id"`
		Version   int             `db:"version"`
		Rules     json.RawMessage `db:"rules"`
		UpdatedAt *time.Time      `db:"updated_at"`
		UpdatedBy uuid.NullUUID   `db:"updated_by"`
	}
	if err := get(ctx, q, &row, selectRouting, workstream); err != nil {
		return RoutingRules{}, fmt.Errorf("read routing rules: %w", err)
	}
	r := RoutingRules{Workstream: row.ID, Version: row.Version, UpdatedAt: row.UpdatedAt, UpdatedBy: row.UpdatedBy}
	if err := json.Unmarshal(row.Rules, &r.Rules); err != nil {
		return RoutingRules{}, fmt.Errorf("read routing rules: %w", err)
	}
	r.Rules = r.Rules.Normal()
	return r, nil
}

const upsertRouting = `
INSERT INTO routing_rules (workstream_id, rules, updated_by) VALUES ($1, $2, $3)
ON CONFLICT (workstream_id) DO UPDATE SET rules = EXCLUDED.rules, updated_by = EXCLUDED.updated_by, version = routing_rules.version + 1, updated_at = now()`

// RoutingChange is new rules for a workstream. Version is the one they were made
// from; nil: whichever is there. Overflow are those of queues, by id, that are
// replaced with them. Dry only says what would change.
type RoutingChange struct {
	Version  *int
	Rules    routing.Model
	Overflow map[string][]routing.Overflow
	Dry      bool

	// Those that are made with them where they are missing.
	Variables map[string]routing.Type
	Skills    map[string]string
}

// SaveRoutingRules replaces a workstream's rules and says in lines what changed,
// with queues by their names. Rules that are not correct are *RuleMistakes, and
// another version than the one that was changed is ErrStale. The same rules again
// change nothing.
func (s *Store) SaveRoutingRules(ctx context.Context, by Actor, workstream uuid.UUID, change RoutingChange) (RoutingRules, []string, error) {
	var after RoutingRules
	var lines []string
	var changed []uuid.UUID
	err := s.txAnnounced(ctx, func(tx *sqlx.Tx) error {
		before, err := readLocked(ctx, tx, workstream)
		if err != nil {
			return err
		}
		if change.Version != nil && *change.Version != before.Version {
			return ErrStale
		}
		made, err := importNames(ctx, tx, by, workstream, routing.File{Variables: change.Variables, Skills: change.Skills})
		if err != nil {
			return err
		}
		if err := keepNamed(ctx, tx, change.Rules); err != nil {
			return err
		}
		rules, err := checkRouting(ctx, tx, workstream, change.Rules)
		if err != nil {
			return err
		}
		overflow, err := importOverflow(ctx, tx, by, change.Overflow)
		if err != nil {
			return err
		}
		changed = overflow.changed
		lines, err = differences(ctx, tx, routing.File{Model: before.Rules, Overflow: overflow.before}, routing.File{Model: rules, Overflow: overflow.after})
		if err != nil {
			return err
		}
		lines, after = append(made, lines...), before
		if change.Dry {
			return errDry
		}
		if len(routing.Diff(before.Rules, rules)) == 0 {
			return nil
		}
		after, err = writeRouting(ctx, tx, by, workstream, before, rules)
		return err
	})
	if errors.Is(err, errDry) {
		return after, lines, nil
	}
	if err != nil {
		return RoutingRules{}, nil, fmt.Errorf("save routing rules: %w", err)
	}
	for _, queue := range changed {
		if err := s.recheck(ctx, queue); err != nil {
			return RoutingRules{}, nil, err
		}
	}
	return after, lines, nil
}

// errDry takes back what was only tried.
var errDry = errors.New("only tried")

func writeRouting(ctx context.Context, tx *sqlx.Tx, by Actor, workstream uuid.UUID, before RoutingRules, rules routing.Model) (RoutingRules, error) {
	data, err := json.Marshal(rules)
	if err != nil {
		return before, err
	}
	if _, err := tx.ExecContext(ctx, upsertRouting, workstream, data, by.Agent); err != nil {
		return before, err
	}
	after, err := readRouting(ctx, tx, workstream)
	if err != nil {
		return before, err
	}
	return after, auditDiff(ctx, tx, by, "update", AuditRouting, workstream.String(), before, after, nil)
}

// CheckRoutingRules says what is wrong with rules as *RuleMistakes, and returns
// them in the form in which they would be saved.
func (s *Store) CheckRoutingRules(ctx context.Context, workstream uuid.UUID, m routing.Model) (routing.Model, error) {
	return checkRouting(ctx, s.db, workstream, m)
}

const selectQueuesByID = `SELECT id FROM queue WHERE id = ANY($1)`

func checkRouting(ctx context.Context, q sqlx.QueryerContext, workstream uuid.UUID, m routing.Model) (routing.Model, error) {
	vars, err := readVariables(ctx, q, workstream)
	if err != nil {
		return m, err
	}
	m = m.Normal()
	_, wrong := routing.Compile(m, vars)
	if _, err := time.LoadLocation(m.Zone); err != nil || m.Zone == "Local" {
		wrong = append(wrong, routing.Mistake{Path: "zone", Reason: "is no time zone, which is written like Europe/Brussels"})
	}
	known, err := existing(ctx, q, m)
	if err != nil {
		return m, err
	}
	m = m.Rename(func(path, queue string) string {
		id, err := uuid.Parse(queue)
		if queue != "" && (err != nil || !known[id]) {
			wrong = append(wrong, routing.Mistake{Path: path, Reason: "is no queue"})
			return queue
		}
		return id.String()
	})
	if len(wrong) > 0 {
		return m, &RuleMistakes{List: wrong}
	}
	return m, nil
}

// existing are the queues of a model that exist.
func existing(ctx context.Context, q sqlx.QueryerContext, m routing.Model) (map[uuid.UUID]bool, error) {
	var found []uuid.UUID
	if err := sqlx.SelectContext(ctx, q, &found, selectQueuesByID, queueIDs(m.Queues())); err != nil {
		return nil, fmt.Errorf("read queues: %w", err)
	}
	out := map[uuid.UUID]bool{}
	for _, id := range found {
		out[id] = true
	}
	return out, nil
}

// queueIDs are those of the keys that are ids, as the database takes them.
func queueIDs(keys []string) pq.StringArray {
	ids := pq.StringArray{}
	for _, key := range keys {
		if id, err := uuid.Parse(key); err == nil {
			ids = append(ids, id.String())
		}
	}
	return ids
}
