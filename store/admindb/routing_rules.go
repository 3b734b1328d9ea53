package admindb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/routing"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

// RuleMistakes is what is wrong with rules that were to be saved.
type RuleMistakes struct{ List []routing.Mistake }

func (e *RuleMistakes) Error() string {
	return fmt.Sprintf("%d mistakes in routing rules", len(e.List))
}

// RoutingRules returns a workstream's rules, which may be none.
func (s *Store) RoutingRules(ctx context.Context, workstream uuid.UUID) (configdb.RoutingRules, error) {
	return configdb.ReadRouting(ctx, s.SQL, workstream)
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
func (s *Store) SaveRoutingRules(ctx context.Context, by auditdb.Actor, workstream uuid.UUID, change RoutingChange) (configdb.RoutingRules, []string, error) {
	var after configdb.RoutingRules
	var lines []string
	var changed []uuid.UUID
	err := s.BellTx(ctx, func(tx *sqlx.Tx) error {
		before, err := configdb.ReadLocked(ctx, tx, workstream)
		if err != nil {
			return err
		}
		if change.Version != nil && *change.Version != before.Version {
			return pg.ErrStale
		}
		made, err := importNames(ctx, tx, by, workstream, routing.File{Variables: change.Variables, Skills: change.Skills})
		if err != nil {
			return err
		}
		if err := configdb.KeepNamed(ctx, tx, change.Rules); err != nil {
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
		return configdb.RoutingRules{}, nil, fmt.Errorf("save routing rules: %w", err)
	}
	for _, queue := range changed {
		if err := s.Conversation.Recheck(ctx, queue); err != nil {
			return configdb.RoutingRules{}, nil, err
		}
	}
	return after, lines, nil
}

// errDry takes back what was only tried.
var errDry = errors.New("only tried")

func writeRouting(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, workstream uuid.UUID, before configdb.RoutingRules, rules routing.Model) (configdb.RoutingRules, error) {
	data, err := json.Marshal(rules)
	if err != nil {
		return before, err
	}
	if _, err := tx.ExecContext(ctx, upsertRouting, workstream, data, by.Agent); err != nil {
		return before, err
	}
	after, err := configdb.ReadRouting(ctx, tx, workstream)
	if err != nil {
		return before, err
	}
	return after, auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditRouting, workstream.String(), before, after, nil)
}

// CheckRoutingRules says what is wrong with rules as *RuleMistakes, and returns
// them in the form in which they would be saved.
func (s *Store) CheckRoutingRules(ctx context.Context, workstream uuid.UUID, m routing.Model) (routing.Model, error) {
	return checkRouting(ctx, s.SQL, workstream, m)
}

const selectQueuesByID = `SELECT id, archived_at IS NOT NULL AS archived FROM queue WHERE id = ANY($1)`

func checkRouting(ctx context.Context, q sqlx.QueryerContext, workstream uuid.UUID, m routing.Model) (routing.Model, error) {
	vars, err := configdb.ReadVariables(ctx, q, workstream)
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
		archived, exists := known[id]
		switch {
		case queue != "" && (err != nil || !exists):
			wrong = append(wrong, routing.Mistake{Path: path, Reason: "is no queue"})
			return queue
		case archived:
			wrong = append(wrong, routing.Mistake{Path: path, Reason: configdb.QueueIsArchived})
		}
		return id.String()
	})
	if len(wrong) > 0 {
		return m, &RuleMistakes{List: wrong}
	}
	return m, nil
}

// existing are the queues of a model that exist, and whether they are archived.
func existing(ctx context.Context, q sqlx.QueryerContext, m routing.Model) (map[uuid.UUID]bool, error) {
	var found []struct {
		ID       uuid.UUID `db:"id"`
		Archived bool      `db:"archived"`
	}
	if err := sqlx.SelectContext(ctx, q, &found, selectQueuesByID, pg.QueueIDs(m.Queues())); err != nil {
		return nil, fmt.Errorf("read queues: %w", err)
	}
	out := map[uuid.UUID]bool{}
	for _, f := range found {
		out[f.ID] = f.Archived
	}
	return out, nil
}
