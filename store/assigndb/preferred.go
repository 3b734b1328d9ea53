package assigndb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

const lockContactID = `SELECT id FROM contact WHERE id = $1 FOR UPDATE`

// Preferred are the agents whom a contact is offered to first, in order. Only:
// nobody else is asked.
type Preferred struct {
	Agents []uuid.UUID
	Only   bool
}

const preferredOnly = `SELECT preferred_only FROM contact WHERE id = $1`

const selectPreferred = `SELECT agent_id FROM preferred_agent WHERE contact_id = $1 ORDER BY position`

// PreferredAgents are a contact's.
func (s *Store) PreferredAgents(ctx context.Context, contact uuid.UUID) (Preferred, error) {
	p, err := readPreferred(ctx, s.SQL, contact)
	if err != nil {
		return p, fmt.Errorf("list preferred agents: %w", err)
	}
	return p, nil
}

func readPreferred(ctx context.Context, q sqlx.QueryerContext, contact uuid.UUID) (Preferred, error) {
	p := Preferred{Agents: []uuid.UUID{}}
	if err := pg.GetOne(ctx, q, &p.Only, preferredOnly, contact); err != nil {
		return p, err
	}
	return p, sqlx.SelectContext(ctx, q, &p.Agents, selectPreferred, contact)
}

const deletePreferred = `DELETE FROM preferred_agent WHERE contact_id = $1`

const insertPreferred = `
INSERT INTO preferred_agent (contact_id, position, agent_id)
SELECT $1, x.n, x.agent_id FROM unnest($2::uuid[]) WITH ORDINALITY x (agent_id, n)`

const setPreferredOnly = `UPDATE contact SET preferred_only = $2 WHERE id = $1`

// SetPreferredAgents says whom a contact is offered to first. An agent who does
// not exist or is given twice is an *Invalid.
func (s *Store) SetPreferredAgents(ctx context.Context, by auditdb.Actor, contact uuid.UUID, to Preferred) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var locked uuid.UUID
		if err := pg.GetOne(ctx, tx, &locked, lockContactID, contact); err != nil {
			return err
		}
		before, err := readPreferred(ctx, tx, contact)
		if err != nil {
			return err
		}
		if err := auditdb.UnlessMatching(ctx, map[string]any{"agent_ids": before.Agents, "only": before.Only}); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deletePreferred, contact); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, setPreferredOnly, contact, to.Only); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, insertPreferred, contact, pq.Array(pg.UUIDStrings(to.Agents)))
		switch _, code := pg.Constraint(err); {
		case code == "23503":
			return &pg.Invalid{Field: "agent_ids", Reason: "has one that is no agent"}
		case code == "23505":
			return &pg.Invalid{Field: "agent_ids", Reason: "has one twice"}
		case err != nil:
			return err
		}
		return auditdb.WriteAudit(ctx, tx, by, "set_preferred_agents", auditdb.AuditContact, contact.String(),
			map[string]any{"agent_ids": map[string]any{"from": before.Agents, "to": to.Agents}, "only": map[string]any{"from": before.Only, "to": to.Only}})
	})
	if err != nil {
		return fmt.Errorf("set preferred agents: %w", err)
	}
	return nil
}
