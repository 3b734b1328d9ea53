package configdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/routing"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// ContextVariable is something a workstream's conversations can have a value of,
// and its rules can ask about.
type ContextVariable struct {
	ID         uuid.UUID    `db:"id" json:"id"`
	Workstream uuid.UUID    `db:"workstream_id" json:"workstream_id"`
	Name       string       `db:"name" json:"name"`
	Type       routing.Type `db:"type" json:"type"`
	CreatedAt  time.Time    `db:"created_at" json:"created_at"`
	UpdatedAt  time.Time    `db:"updated_at" json:"updated_at"`
}

const variableColumns = `id, workstream_id, name, type, created_at, updated_at`

const selectVariables = `
SELECT ` + variableColumns + ` FROM context_variable WHERE workstream_id = $1 AND (created_at, id) > ($2, $3) ORDER BY created_at, id LIMIT $4`

// ContextVariables lists a workstream's variables, the oldest first.
func (s *Store) ContextVariables(ctx context.Context, workstream uuid.UUID, p auditdb.Page) ([]ContextVariable, error) {
	list := []ContextVariable{}
	if err := s.SQL.SelectContext(ctx, &list, selectVariables, workstream, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list context variables: %w", err)
	}
	return list, nil
}

const selectVariableTypes = `SELECT name, type FROM context_variable WHERE workstream_id = $1`

// RoutingVariables are the variables of a workstream as rules know them.
func (s *Store) RoutingVariables(ctx context.Context, workstream uuid.UUID) (routing.Variables, error) {
	return ReadVariables(ctx, s.SQL, workstream)
}

// ReadVariables reads the context variables of a workstream.
func ReadVariables(ctx context.Context, q sqlx.QueryerContext, workstream uuid.UUID) (routing.Variables, error) {
	var rows []struct {
		Name string       `db:"name"`
		Type routing.Type `db:"type"`
	}
	if err := sqlx.SelectContext(ctx, q, &rows, selectVariableTypes, workstream); err != nil {
		return nil, fmt.Errorf("read context variables: %w", err)
	}
	vars := routing.Variables{}
	for _, r := range rows {
		vars[r.Name] = r.Type
	}
	return vars, nil
}

// MaxVariables of one workstream: all of them are read for every decision.
const MaxVariables = 1000

// InsertVariable adds one, whose name must be free in its workstream.
const InsertVariable = `
INSERT INTO context_variable (workstream_id, name, type) VALUES ($1, $2, $3) RETURNING ` + variableColumns

// CreateContextVariable adds a variable. A name that is taken is a *Conflict, a
// workstream that does not exist ErrNotFound.
func (s *Store) CreateContextVariable(ctx context.Context, by auditdb.Actor, v ContextVariable) (ContextVariable, error) {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := ReadLocked(ctx, tx, v.Workstream); err != nil {
			return err
		}
		vars, err := ReadVariables(ctx, tx, v.Workstream)
		if err != nil {
			return err
		}
		if len(vars) >= MaxVariables {
			return &pg.Conflict{Reason: fmt.Sprintf("The workstream has %d context variables already.", MaxVariables)}
		}
		if err := pg.GetOne(ctx, tx, &v, InsertVariable, v.Workstream, v.Name, v.Type); err != nil {
			return VariableConstraint(err)
		}
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditVariable, v.ID.String(), nil, v, nil)
	})
	if err != nil {
		return ContextVariable{}, fmt.Errorf("create context variable: %w", err)
	}
	return v, nil
}

// VariableConstraint turns a violated constraint of a variable into what was wrong.
func VariableConstraint(err error) error {
	if name, _ := pg.Constraint(err); name == "context_variable_workstream_id_name_key" {
		return &pg.Conflict{Reason: "Another context variable of this workstream has this name."}
	}
	return err
}

const selectVariable = `SELECT ` + variableColumns + ` FROM context_variable WHERE id = $1`

// ContextVariableByID returns a variable or ErrNotFound.
func (s *Store) ContextVariableByID(ctx context.Context, id uuid.UUID) (ContextVariable, error) {
	var v ContextVariable
	if err := pg.GetOne(ctx, s.SQL, &v, selectVariable, id); err != nil {
		return ContextVariable{}, fmt.Errorf("read context variable: %w", err)
	}
	return v, nil
}

// lockVariable locks a variable with its workstream, always in this order.
func lockVariable(ctx context.Context, tx *sqlx.Tx, id uuid.UUID) (ContextVariable, RoutingRules, error) {
	var v ContextVariable
	if err := pg.GetOne(ctx, tx, &v, selectVariable, id); err != nil {
		return v, RoutingRules{}, err
	}
	rules, err := ReadLocked(ctx, tx, v.Workstream)
	if err != nil {
		return v, rules, err
	}
	return v, rules, pg.GetOne(ctx, tx, &v, selectVariable, id) // what it is now that nobody changes it
}

// stillFits refuses what would break a rule that is in use.
func stillFits(ctx context.Context, tx *sqlx.Tx, rules RoutingRules) error {
	vars, err := ReadVariables(ctx, tx, rules.Workstream)
	if err != nil {
		return err
	}
	if _, wrong := routing.Compile(rules.Rules, vars); len(wrong) > 0 {
		return &pg.Conflict{Reason: "A routing rule of the workstream uses this context variable; change the rule first."}
	}
	return nil
}

const updateVariable = `
UPDATE context_variable SET name = $2, type = $3, updated_at = now() WHERE id = $1 RETURNING ` + variableColumns

// ChangeContextVariable lets change edit a variable. One that a rule uses cannot
// get another name or type. Values that conversations have are not changed.
func (s *Store) ChangeContextVariable(ctx context.Context, by auditdb.Actor, id uuid.UUID, change func(*ContextVariable) error) (ContextVariable, error) {
	var after ContextVariable
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		before, rules, err := lockVariable(ctx, tx, id)
		if err != nil {
			return err
		}
		v := before
		if err := change(&v); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &after, updateVariable, id, v.Name, v.Type); err != nil {
			return VariableConstraint(err)
		}
		if err := stillFits(ctx, tx, rules); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditVariable, id.String(), before, after, nil)
	})
	if err != nil {
		return ContextVariable{}, fmt.Errorf("change context variable: %w", err)
	}
	return after, nil
}

const deleteVariable = `DELETE FROM context_variable WHERE id = $1`

// DeleteContextVariable removes a variable that no rule uses.
func (s *Store) DeleteContextVariable(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		before, rules, err := lockVariable(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteVariable, id); err != nil {
			return err
		}
		if err := stillFits(ctx, tx, rules); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditVariable, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete context variable: %w", err)
	}
	return nil
}
