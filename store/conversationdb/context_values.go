package conversationdb

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/routing"
	"switchboard/store/configdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// maxValues is how many context variables one conversation can have.
const maxValues = 100

const (
	selectContext = `SELECT workstream_id, queue_id, agent_id, context FROM conversation WHERE id = $1`
	lockContext   = selectContext + ` FOR UPDATE`
	updateContext = `UPDATE conversation SET context = $2 WHERE id = $1`
	ensureText    = `
INSERT INTO context_variable (workstream_id, name, type) VALUES ($1, $2, 'text') ON CONFLICT (workstream_id, name) DO NOTHING`
)

type contextRow struct {
	Workstream uuid.UUID       `db:"workstream_id"`
	Queue      uuid.NullUUID   `db:"queue_id"`
	Agent      uuid.NullUUID   `db:"agent_id"`
	Context    json.RawMessage `db:"context"`
}

func (r contextRow) values() (map[string]any, error) {
	values := map[string]any{}
	if err := json.Unmarshal(r.Context, &values); err != nil {
		return nil, fmt.Errorf("read context: %w", err)
	}
	return values, nil
}

// Context returns a conversation's context variables: texts and numbers by name.
func (s *Store) Context(ctx context.Context, conversation uuid.UUID) (map[string]any, error) {
	var r contextRow
	if err := pg.GetOne(ctx, s.SQL, &r, selectContext, conversation); err != nil {
		return nil, fmt.Errorf("read context: %w", err)
	}
	return r.values()
}

// SetContext sets context variables of a conversation and leaves the others; nil
// removes one. What the workstream does not know becomes one of its variables,
// a text. Values that do not fit are *Invalid. It returns all there are then.
func (s *Store) SetContext(ctx context.Context, conversation uuid.UUID, values map[string]any) (map[string]any, error) {
	var all map[string]any
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		var err error
		all, err = SetContextOf(ctx, tx, conversation, values)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("set context: %w", err)
	}
	return all, nil
}

// SetContextOf does it in a transaction, for whoever begins a conversation with
// values: answers before a chat, claims of a token, a bot.
func SetContextOf(ctx context.Context, tx *sqlx.Tx, conversation uuid.UUID, values map[string]any) (map[string]any, error) {
	var r contextRow
	if err := pg.GetOne(ctx, tx, &r, lockContext, conversation); err != nil {
		return nil, err
	}
	all, err := r.values()
	if err != nil {
		return nil, err
	}
	vars, err := configdb.ReadVariables(ctx, tx, r.Workstream)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if values[name] == nil {
			delete(all, name)
			continue
		}
		v, err := fitting(name, values[name], vars)
		if err != nil {
			return nil, err
		}
		if all[name] = v; vars[name] == "" && len(vars) < configdb.MaxVariables {
			if _, err := tx.ExecContext(ctx, ensureText, r.Workstream, name); err != nil {
				return nil, err
			}
		}
	}
	if len(all) > maxValues {
		return nil, &pg.Invalid{Field: "context", Reason: fmt.Sprintf("would have more than %d variables", maxValues)}
	}
	data, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, updateContext, conversation, string(data)); err != nil {
		return nil, err
	}
	return all, outbox.AddEvent(ctx, tx, outbox.Event{Kind: outbox.EventConversation, Conversation: outbox.NullUUID(conversation), Queue: r.Queue, Agent: r.Agent,
		Data: map[string]any{"change": "context"}})
}

// fitting is a value as its variable holds it.
func fitting(name string, value any, vars routing.Variables) (any, error) {
	field := "context." + name
	if n := utf8.RuneCountInString(name); n == 0 || n > routing.MaxVariableName || pg.Clean(name) != name || strings.TrimSpace(name) == "" {
		return nil, &pg.Invalid{Field: "context", Reason: fmt.Sprintf("has a name that is empty or has more than %d characters", routing.MaxVariableName)}
	}
	switch x := value.(type) {
	case string:
		if vars[name] == routing.Number {
			n, err := strconv.ParseFloat(strings.TrimSpace(x), 64)
			if err != nil || n-n != 0 {
				return nil, &pg.Invalid{Field: field, Reason: "must be a number"}
			}
			return n, nil
		}
		if utf8.RuneCountInString(x) > routing.MaxVariableValue {
			return nil, &pg.Invalid{Field: field, Reason: fmt.Sprintf("must have at most %d characters", routing.MaxVariableValue)}
		}
		return pg.Clean(x), nil
	case float64:
		if vars[name] == routing.Number {
			return x, nil
		}
		return strconv.FormatFloat(x, 'f', -1, 64), nil
	case bool:
		if vars[name] != routing.Number {
			return strconv.FormatBool(x), nil
		}
	}
	return nil, &pg.Invalid{Field: field, Reason: "must be a text or a number"}
}
