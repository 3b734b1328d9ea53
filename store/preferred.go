package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

const lockContactID = `SELECT id FROM contact WHERE id = $1 FOR UPDATE`

const contactExists = `SELECT id FROM contact WHERE id = $1`

const selectPreferred = `SELECT agent_id FROM preferred_agent WHERE contact_id = $1 ORDER BY position`

// PreferredAgents lists whom a contact is offered to first, in order.
func (s *Store) PreferredAgents(ctx context.Context, contact uuid.UUID) ([]uuid.UUID, error) {
	list := []uuid.UUID{}
	var known uuid.UUID
	err := get(ctx, s.db, &known, contactExists, contact)
	if err == nil {
		err = s.db.SelectContext(ctx, &list, selectPreferred, contact)
	}
	if err != nil {
		return nil, fmt.Errorf("list preferred agents: %w", err)
	}
	return list, nil
}

const deletePreferred = `DELETE FROM preferred_agent WHERE contact_id = $1`

const insertPreferred = `
INSERT INTO preferred_agent (contact_id, position, agent_id)
SELECT $1, x.n, x.agent_id FROM unnest($2::uuid[]) WITH ORDINALITY x (agent_id, n)`

// SetPreferredAgents says whom a contact is offered to first. An agent who does
// not exist or is given twice is an *Invalid.
func (s *Store) SetPreferredAgents(ctx context.Context, by Actor, contact uuid.UUID, agents []uuid.UUID) error {
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		var locked uuid.UUID
		if err := get(ctx, tx, &locked, lockContactID, contact); err != nil {
			return err
		}
		before := []uuid.UUID{}
		if err := tx.SelectContext(ctx, &before, selectPreferred, contact); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deletePreferred, contact); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, insertPreferred, contact, pq.Array(uuidStrings(agents)))
		switch _, code := constraint(err); {
		case code == "23503":
			return &Invalid{Field: "agent_ids", Reason: "has one that is no agent"}
		case code == "23505":
			return &Invalid{Field: "agent_ids", Reason: "has one twice"}
		case err != nil:
			return err
		}
		return writeAudit(ctx, tx, by, "set_preferred_agents", AuditContact, contact.String(),
			map[string]any{"agent_ids": map[string]any{"from": before, "to": agents}})
	})
	if err != nil {
		return fmt.Errorf("set preferred agents: %w", err)
	}
	return nil
}
