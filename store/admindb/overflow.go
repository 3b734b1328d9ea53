package admindb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/routing"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/conversationdb"
	"switchboard/store/outbox"
)

const selectOverflow = `
SELECT condition, threshold, action, target_id, after FROM queue_overflow WHERE queue_id = $1 ORDER BY position`

type overflowRow struct {
	Condition string        `db:"condition"`
	Threshold int           `db:"threshold"`
	Action    string        `db:"action"`
	Target    uuid.NullUUID `db:"target_id"`
	After     int           `db:"after"`
}

// Overflow returns a queue's overflow rules in order. A queue that does not
// exist is ErrNotFound.
func (s *Store) Overflow(ctx context.Context, queue uuid.UUID) ([]routing.Overflow, error) {
	if _, err := s.QueueByID(ctx, queue); err != nil {
		return nil, err
	}
	return readOverflow(ctx, s.SQL, queue)
}

func readOverflow(ctx context.Context, q sqlx.QueryerContext, queue uuid.UUID) ([]routing.Overflow, error) {
	var rows []overflowRow
	if err := sqlx.SelectContext(ctx, q, &rows, selectOverflow, queue); err != nil {
		return nil, fmt.Errorf("read overflow rules: %w", err)
	}
	list := []routing.Overflow{}
	for _, r := range rows {
		o := routing.Overflow{When: routing.Condition(r.Condition), Limit: r.Threshold, Action: routing.Action(r.Action), After: r.After}
		if r.Target.Valid {
			o.To = r.Target.UUID.String()
		}
		list = append(list, o)
	}
	return list, nil
}

const (
	deleteOverflow = `DELETE FROM queue_overflow WHERE queue_id = $1`
	insertOverflow = `
INSERT INTO queue_overflow (queue_id, position, condition, threshold, action, target_id, after) VALUES ($1, $2, $3, $4, $5, $6, $7)`
)

// SetOverflow replaces a queue's overflow rules. Rules with mistakes are
// *RuleMistakes, a queue that does not exist ErrNotFound.
func (s *Store) SetOverflow(ctx context.Context, by auditdb.Actor, queue uuid.UUID, rules []routing.Overflow) ([]routing.Overflow, error) {
	var after []routing.Overflow
	err := s.BellTx(ctx, func(tx *sqlx.Tx) error {
		if _, err := lockedQueue(ctx, tx, queue); err != nil {
			return err
		}
		before, err := readOverflow(ctx, tx, queue)
		if err != nil {
			return err
		}
		if err := auditdb.UnlessMatching(ctx, map[string]any{"rules": before}); err != nil {
			return err
		}
		after, err = replaceOverflow(ctx, tx, by, queue, before, rules)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("set overflow rules: %w", err)
	}
	return after, s.Conversation.Recheck(ctx, queue)
}

// replaceOverflow writes the overflow rules of a queue that is locked.
func replaceOverflow(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, queue uuid.UUID, before, rules []routing.Overflow) ([]routing.Overflow, error) {
	if wrong := routing.CheckOverflow(rules); len(wrong) > 0 {
		return nil, &RuleMistakes{List: wrong}
	}
	if _, err := tx.ExecContext(ctx, deleteOverflow, queue); err != nil {
		return nil, err
	}
	for i, o := range rules {
		if err := addOverflow(ctx, tx, queue, i, o); err != nil {
			return nil, err
		}
	}
	after, err := readOverflow(ctx, tx, queue)
	if err != nil {
		return nil, err
	}
	if waitLimit(before) != waitLimit(after) {
		if err := conversationdb.Reread(ctx, tx, conversationdb.RereadQueue, queue); err != nil {
			return nil, err
		}
	}
	return after, auditdb.AuditDiff(ctx, tx, by, "set_overflow", auditdb.AuditQueue, queue.String(), map[string]any{"overflow": before}, map[string]any{"overflow": after}, nil)
}

// waitLimit is after how long in the queue its rules are asked; 0: never.
func waitLimit(rules []routing.Overflow) int {
	least := 0
	for _, o := range rules {
		if o.When == routing.Waited && (least == 0 || o.Limit < least) {
			least = o.Limit
		}
	}
	return least
}

func addOverflow(ctx context.Context, tx *sqlx.Tx, queue uuid.UUID, position int, o routing.Overflow) error {
	var target uuid.NullUUID
	if o.To != "" {
		to := routing.Model{Route: routing.Route{Fallback: o.To}}
		if err := configdb.KeepNamed(ctx, tx, to); err != nil {
			return err
		}
		known, err := existing(ctx, tx, to)
		if err != nil {
			return err
		}
		id, err := uuid.Parse(o.To)
		archived, exists := known[id]
		if err != nil || !exists || id == queue {
			return &RuleMistakes{List: []routing.Mistake{{Path: fmt.Sprintf("rules.%d.to", position), Reason: "is no other queue"}}}
		}
		if archived {
			return &RuleMistakes{List: []routing.Mistake{{Path: fmt.Sprintf("rules.%d.to", position), Reason: configdb.QueueIsArchived}}}
		}
		target = outbox.NullUUID(id)
	}
	_, err := tx.ExecContext(ctx, insertOverflow, queue, position, o.When, o.Limit, o.Action, target, o.After)
	return err
}
