package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/routing"
)

// RoutingFile is a workstream's rules with the overflow rules of every queue that
// they lead to, directly or by overflowing, by id.
func (s *Store) RoutingFile(ctx context.Context, workstream uuid.UUID) (RoutingRules, routing.File, error) {
	r, err := s.RoutingRules(ctx, workstream)
	if err != nil {
		return r, routing.File{}, err
	}
	f := routing.File{Model: r.Rules, Overflow: map[string][]routing.Overflow{}}
	for ask := f.Model.Queues(); len(ask) > 0; {
		queue := ask[0]
		ask = ask[1:]
		id, err := uuid.Parse(queue)
		if _, done := f.Overflow[queue]; done || err != nil {
			continue
		}
		list, err := s.Overflow(ctx, id)
		if errors.Is(err, ErrNotFound) {
			continue // was deleted: importing the file says so
		}
		if err != nil {
			return r, f, err
		}
		f.Overflow[queue] = list
		for _, o := range list {
			if o.To != "" {
				ask = append(ask, o.To)
			}
		}
	}
	return r, f, nil
}

// importedOverflow is what a file's overflow rules change, by the queue's id.
type importedOverflow struct {
	before, after map[string][]routing.Overflow
	changed       []uuid.UUID
}

// importOverflow replaces overflow rules of queues, always in the same order:
// each is locked.
func importOverflow(ctx context.Context, tx *sqlx.Tx, by Actor, lists map[string][]routing.Overflow) (importedOverflow, error) {
	out := importedOverflow{before: map[string][]routing.Overflow{}, after: map[string][]routing.Overflow{}}
	for _, queue := range slices.Sorted(maps.Keys(lists)) {
		path := "overflow." + queue
		id, err := uuid.Parse(queue)
		if err == nil {
			_, err = lockedQueue(ctx, tx, id)
		} else {
			err = ErrNotFound
		}
		if errors.Is(err, ErrNotFound) {
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
	name := func(_, queue string) string {
		if id, err := uuid.Parse(queue); err == nil && names[id] != "" {
			return names[id]
		}
		return queue
	}
	a, b = a.Rename(name), b.Rename(name)
	return append(routing.Diff(a.Model, b.Model), routing.DiffOverflow(a.Overflow, b.Overflow)...), nil
}

const selectQueueNames = `SELECT id, name FROM queue WHERE id = ANY($1) OR name = ANY($2)`

// QueueNames returns the names of queues, by id, that are asked for by id or name.
func (s *Store) QueueNames(ctx context.Context, keys []string) (map[uuid.UUID]string, error) {
	return queueNames(ctx, s.db, keys)
}

func queueNames(ctx context.Context, q sqlx.QueryerContext, keys []string) (map[uuid.UUID]string, error) {
	var ids, names pq.StringArray
	for _, key := range keys {
		if id, err := uuid.Parse(key); err == nil {
			ids = append(ids, id.String())
		}
		names = append(names, clean(key))
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
