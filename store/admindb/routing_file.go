package admindb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/routing"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/conversationdb"
	"switchboard/store/pg"
)

// RoutingFile is a workstream's rules and, with queues by their names, the file
// that says them together with the overflow rules of every queue that they lead
// to, directly or by overflowing. All of it is as it was at one moment.
func (s *Store) RoutingFile(ctx context.Context, workstream uuid.UUID) (r configdb.RoutingRules, f routing.File, err error) {
	err = s.ReadTx(ctx, func(tx *sqlx.Tx) error {
		if r, err = configdb.ReadRouting(ctx, tx, workstream); err != nil {
			return err
		}
		if f, err = readFile(ctx, tx, r.Rules); err != nil {
			return err
		}
		if f.Variables, err = configdb.ReadVariables(ctx, tx, workstream); err != nil {
			return err
		}
		f.Skills, err = readKinds(ctx, tx, r.Rules.Skills())
		return err
	})
	return r, f, err
}

const selectReached = conversationdb.ReachQueues + `
SELECT q.id, q.name, ` + conversationdb.OverflowOf + ` AS overflow FROM reach r JOIN queue q ON q.id = r.id`

// readFile adds to rules what the queues say that they lead to. One that was
// deleted is left as it is: importing the file says so.
func readFile(ctx context.Context, q sqlx.QueryerContext, rules routing.Model) (routing.File, error) {
	var rows []struct {
		ID       uuid.UUID       `db:"id"`
		Name     string          `db:"name"`
		Overflow json.RawMessage `db:"overflow"`
	}
	if err := sqlx.SelectContext(ctx, q, &rows, selectReached, pg.QueueIDs(rules.Queues())); err != nil {
		return routing.File{}, fmt.Errorf("read queues: %w", err)
	}
	f := routing.File{Model: rules, Overflow: map[string][]routing.Overflow{}}
	names := map[uuid.UUID]string{}
	for _, r := range rows {
		var list []routing.Overflow
		if err := json.Unmarshal(r.Overflow, &list); err != nil {
			return f, fmt.Errorf("read overflow rules: %w", err)
		}
		f.Overflow[r.ID.String()], names[r.ID] = list, r.Name
	}
	return byName(f, names), nil
}

const selectKinds = `SELECT name, kind FROM skill WHERE name = ANY($1)`

// readKinds are the kinds of those skills that exist.
func readKinds(ctx context.Context, q sqlx.QueryerContext, names []string) (map[string]string, error) {
	var rows []struct{ Name, Kind string }
	if err := sqlx.SelectContext(ctx, q, &rows, selectKinds, pq.Array(pg.NotNil(names))); err != nil {
		return nil, fmt.Errorf("read skills: %w", err)
	}
	out := map[string]string{}
	for _, r := range rows {
		out[r.Name] = r.Kind
	}
	return out, nil
}

const importSkill = `INSERT INTO skill (name, kind) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING RETURNING ` + skillColumns

// importNames makes the context variables and skills of a file that are missing
// here, and says in lines which.
func importNames(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, workstream uuid.UUID, f routing.File) ([]string, error) {
	has, err := configdb.ReadVariables(ctx, tx, workstream)
	if err != nil {
		return nil, err
	}
	if wrong := f.CheckNames(has); len(wrong) > 0 {
		return nil, &RuleMistakes{List: wrong}
	}
	lines := []string{}
	for _, name := range slices.Sorted(maps.Keys(f.Variables)) {
		if has[name] != "" {
			continue
		}
		if has[name] = f.Variables[name]; len(has) > configdb.MaxVariables {
			return nil, &pg.Conflict{Reason: fmt.Sprintf("The workstream would have more than %d context variables.", configdb.MaxVariables)}
		}
		v := configdb.ContextVariable{}
		if err := pg.GetOne(ctx, tx, &v, configdb.InsertVariable, workstream, name, f.Variables[name]); err != nil {
			return nil, configdb.VariableConstraint(err)
		}
		if err := auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditVariable, v.ID.String(), nil, v, nil); err != nil {
			return nil, err
		}
		lines = append(lines, fmt.Sprintf("+ context variable %q (%s)", name, v.Type))
	}
	for _, name := range slices.Sorted(maps.Keys(f.Skills)) {
		k := Skill{}
		if err := pg.GetOne(ctx, tx, &k, importSkill, name, f.Skills[name]); errors.Is(err, pg.ErrNotFound) {
			continue // there is one already
		} else if err != nil {
			return nil, fmt.Errorf("import skill: %w", err)
		}
		if err := auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditSkill, k.ID.String(), nil, k, nil); err != nil {
			return nil, err
		}
		lines = append(lines, fmt.Sprintf("+ skill %q", name))
	}
	return lines, nil
}

// byName is a file with those queues by their names that have one.
func byName(f routing.File, names map[uuid.UUID]string) routing.File {
	return f.Rename(func(_, queue string) string {
		if id, err := uuid.Parse(queue); err == nil && names[id] != "" {
			return names[id]
		}
		return queue
	})
}

// importedOverflow is what a file's overflow rules change, by the queue's id.
type importedOverflow struct {
	before, after map[string][]routing.Overflow
	changed       []uuid.UUID
}

// importOverflow replaces overflow rules of queues, always in the same order:
// each is locked.
func importOverflow(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, lists map[string][]routing.Overflow) (importedOverflow, error) {
	out := importedOverflow{before: map[string][]routing.Overflow{}, after: map[string][]routing.Overflow{}}
	for _, queue := range slices.Sorted(maps.Keys(lists)) {
		path := "overflow." + queue
		id, err := uuid.Parse(queue)
		if err == nil {
			_, err = lockedQueue(ctx, tx, id)
		} else {
			err = pg.ErrNotFound
		}
		if errors.Is(err, pg.ErrNotFound) {
			return out, &RuleMistakes{List: []routing.Mistake{{Path: path, Reason: "is no queue"}}}
		}
		if err != nil {
			return out, err
		}
		if out.before[queue], err = readOverflow(ctx, tx, id); err != nil {
			return out, err
		}
		out.after[queue] = lists[queue]
		if slices.Equal(out.before[queue], lists[queue]) {
			continue
		}
		out.after[queue], err = replaceOverflow(ctx, tx, by, id, out.before[queue], lists[queue])
		if wrong := (*RuleMistakes)(nil); errors.As(err, &wrong) {
			for i, m := range wrong.List {
				wrong.List[i].Path = path + strings.TrimPrefix(m.Path, "rules")
			}
		}
		if err != nil {
			return out, err
		}
		out.changed = append(out.changed, id)
	}
	return out, nil
}

// differences says in lines what a file changes in another, for people: with
// queues by their names.
func differences(ctx context.Context, q sqlx.QueryerContext, a, b routing.File) ([]string, error) {
	names, err := queueNames(ctx, q, append(a.Queues(), b.Queues()...))
	if err != nil {
		return nil, err
	}
	a, b = byName(a, names), byName(b, names)
	return append(routing.Diff(a.Model, b.Model), routing.DiffOverflow(a.Overflow, b.Overflow)...), nil
}

const selectQueueNames = `SELECT id, name FROM queue WHERE id = ANY($1) OR name = ANY($2)`

// QueueNames returns the names of queues, by id, that are asked for by id or name.
func (s *Store) QueueNames(ctx context.Context, keys []string) (map[uuid.UUID]string, error) {
	return queueNames(ctx, s.SQL, keys)
}

func queueNames(ctx context.Context, q sqlx.QueryerContext, keys []string) (map[uuid.UUID]string, error) {
	var ids, names pq.StringArray
	for _, key := range keys {
		if id, err := uuid.Parse(key); err == nil {
			ids = append(ids, id.String())
		}
		names = append(names, pg.Clean(key))
	}
	var rows []struct {
		ID   uuid.UUID `db:"id"`
		Name string    `db:"name"`
	}
	if err := sqlx.SelectContext(ctx, q, &rows, selectQueueNames, ids, names); err != nil {
		return nil, fmt.Errorf("read queues: %w", err)
	}
	out := map[uuid.UUID]string{}
	for _, r := range rows {
		out[r.ID] = r.Name
	}
	return out, nil
}
