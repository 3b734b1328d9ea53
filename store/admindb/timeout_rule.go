package admindb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/conversationdb"
	"switchboard/store/pg"
	"switchboard/store/templatedb"
)

// TimeoutRule says what happens when one side of a workstream's conversations is
// silent for After seconds. Texts are those of the two message actions.
type TimeoutRule struct {
	ID         uuid.UUID        `db:"id" json:"id"`
	Workstream uuid.UUID        `db:"workstream_id" json:"workstream_id"`
	Name       string           `db:"name" json:"name"`
	Silent     string           `db:"silent" json:"silent"`
	After      int              `db:"after" json:"after"`
	Action     string           `db:"action" json:"action"`
	Priority   int              `db:"priority" json:"priority"`
	Enabled    bool             `db:"enabled" json:"enabled"`
	Texts      templatedb.Texts `db:"texts" json:"texts"`
	CreatedAt  time.Time        `db:"created_at" json:"created_at"`
	UpdatedAt  time.Time        `db:"updated_at" json:"updated_at"`
}

const ruleColumns = `id, workstream_id, name, silent, after, action, priority, enabled, texts, created_at, updated_at`

const selectRules = `
SELECT ` + ruleColumns + ` FROM timeout_rule WHERE workstream_id = $1 AND (created_at, id) > ($2, $3) ORDER BY created_at, id LIMIT $4`

// TimeoutRules lists a workstream's rules, the oldest first.
func (s *Store) TimeoutRules(ctx context.Context, workstream uuid.UUID, p auditdb.Page) ([]TimeoutRule, error) {
	list := []TimeoutRule{}
	if err := s.SQL.SelectContext(ctx, &list, selectRules, workstream, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list timeout rules: %w", err)
	}
	return list, nil
}

const insertRule = `
INSERT INTO timeout_rule (workstream_id, name, silent, after, action, priority, enabled, texts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
RETURNING ` + ruleColumns

// CreateTimeoutRule adds a rule. A name that is taken is a *Conflict, a
// workstream that does not exist an *Invalid.
func (s *Store) CreateTimeoutRule(ctx context.Context, by auditdb.Actor, r TimeoutRule) (TimeoutRule, error) {
	err := s.BellTx(ctx, func(tx *sqlx.Tx) error {
		values, err := r.values()
		if err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &r, insertRule, append([]any{r.Workstream}, values...)...); err != nil {
			return ruleConstraint(err)
		}
		if err := conversationdb.Reread(ctx, tx, conversationdb.RereadWorkstream, r.Workstream); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditTimeoutRule, r.ID.String(), nil, r, nil)
	})
	if err != nil {
		return TimeoutRule{}, fmt.Errorf("create timeout rule: %w", err)
	}
	return r, nil
}

func (r TimeoutRule) values() ([]any, error) {
	texts, err := r.Texts.JSON()
	return []any{r.Name, r.Silent, r.After, r.Action, r.Priority, r.Enabled, texts}, err
}

func ruleConstraint(err error) error {
	if name, _ := pg.Constraint(err); name == "timeout_rule_workstream_id_name_key" {
		return &pg.Conflict{Reason: "Another timeout rule of this workstream has this name."}
	}
	return configdb.WorkstreamMissing(err)
}

const lockRule = `SELECT ` + ruleColumns + ` FROM timeout_rule WHERE id = $1 FOR UPDATE`

const updateRule = `
UPDATE timeout_rule SET name = $2, silent = $3, after = $4, action = $5, priority = $6, enabled = $7, texts = $8, updated_at = now()
WHERE id = $1 RETURNING ` + ruleColumns

// ChangeTimeoutRule lets change edit a locked rule and writes what it left. An
// error of change is returned and nothing is written.
func (s *Store) ChangeTimeoutRule(ctx context.Context, by auditdb.Actor, id uuid.UUID, change func(*TimeoutRule) error) (TimeoutRule, error) {
	var after TimeoutRule
	err := s.BellTx(ctx, func(tx *sqlx.Tx) error {
		var before TimeoutRule
		if err := pg.GetOne(ctx, tx, &before, lockRule, id); err != nil {
			return err
		}
		r := before
		if err := change(&r); err != nil {
			return err
		}
		values, err := r.values()
		if err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &after, updateRule, append([]any{id}, values...)...); err != nil {
			return ruleConstraint(err)
		}
		if err := conversationdb.Reread(ctx, tx, conversationdb.RereadWorkstream, after.Workstream); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditTimeoutRule, id.String(), before, after, nil)
	})
	if err != nil {
		return TimeoutRule{}, fmt.Errorf("change timeout rule: %w", err)
	}
	return after, nil
}

const deleteRule = `DELETE FROM timeout_rule WHERE id = $1 RETURNING ` + ruleColumns

// DeleteTimeoutRule removes a rule; silences that it watched go on without it, at once.
func (s *Store) DeleteTimeoutRule(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.BellTx(ctx, func(tx *sqlx.Tx) error {
		var before TimeoutRule
		if err := pg.GetOne(ctx, tx, &before, deleteRule, id); err != nil {
			return err
		}
		if err := conversationdb.Reread(ctx, tx, conversationdb.RereadWorkstream, before.Workstream); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditTimeoutRule, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete timeout rule: %w", err)
	}
	return nil
}
