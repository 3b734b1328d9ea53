package presencedb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// CustomPresence is a presence that administrators added. Routing knows its
// Base only; Text is what people see.
type CustomPresence struct {
	ID          uuid.UUID `db:"id" json:"id"`
	Name        string    `db:"name" json:"name"`
	Text        string    `db:"text" json:"text"`
	Base        string    `db:"base" json:"base"`
	Description string    `db:"description" json:"description"`
	CreatedAt   time.Time `db:"created_at" json:"created_at"`
	UpdatedAt   time.Time `db:"updated_at" json:"updated_at"`
}

const presenceColumns = `id, name, text, base, description, created_at, updated_at`

const selectPresences = `
SELECT ` + presenceColumns + ` FROM presence WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3`

// CustomPresences lists the presences that were added, the oldest first.
func (s *Store) CustomPresences(ctx context.Context, p auditdb.Page) ([]CustomPresence, error) {
	list := []CustomPresence{}
	if err := s.SQL.SelectContext(ctx, &list, selectPresences, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list presences: %w", err)
	}
	return list, nil
}

const selectPresence = `SELECT ` + presenceColumns + ` FROM presence WHERE id = $1`

// CustomPresenceByID returns a presence that was added, or ErrNotFound.
func (s *Store) CustomPresenceByID(ctx context.Context, id uuid.UUID) (CustomPresence, error) {
	var p CustomPresence
	if err := pg.GetOne(ctx, s.SQL, &p, selectPresence, id); err != nil {
		return CustomPresence{}, fmt.Errorf("read presence: %w", err)
	}
	return p, nil
}

func presenceConstraint(err error) error {
	switch name, code := pg.Constraint(err); {
	case name == "presence_name_key":
		return &pg.Conflict{Reason: "Another presence has this name."}
	case code == "23503":
		return &pg.Conflict{Reason: "It is still an agent's default presence."}
	}
	return err
}

const insertPresence = `
INSERT INTO presence (name, text, base, description) VALUES ($1, $2, $3, $4) RETURNING ` + presenceColumns

// CreateCustomPresence adds a presence. A name that is taken is a *Conflict.
func (s *Store) CreateCustomPresence(ctx context.Context, by auditdb.Actor, p CustomPresence) (CustomPresence, error) {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if err := pg.GetOne(ctx, tx, &p, insertPresence, p.Name, p.Text, p.Base, p.Description); err != nil {
			return presenceConstraint(err)
		}
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditPresence, p.ID.String(), nil, p, nil)
	})
	if err != nil {
		return CustomPresence{}, fmt.Errorf("create presence: %w", err)
	}
	return p, nil
}

const lockPresence = selectPresence + ` FOR UPDATE`

const presenceInUse = `
SELECT EXISTS (SELECT FROM agent_status WHERE custom_id = $1) OR EXISTS (SELECT FROM agent WHERE default_presence_id = $1)`

const updateCustomPresence = `
UPDATE presence SET name = $2, text = $3, base = $4, description = $5, updated_at = now() WHERE id = $1 RETURNING ` + presenceColumns

// ChangeCustomPresence lets change edit a locked presence and writes what it
// left. The base of one that somebody has or begins with stays: routing would
// change behind their back.
func (s *Store) ChangeCustomPresence(ctx context.Context, by auditdb.Actor, id uuid.UUID, change func(*CustomPresence) error) (CustomPresence, error) {
	var after CustomPresence
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before CustomPresence
		if err := pg.GetOne(ctx, tx, &before, lockPresence, id); err != nil {
			return err
		}
		p := before
		if err := change(&p); err != nil {
			return err
		}
		if p.Base != before.Base {
			var used bool
			if err := pg.GetOne(ctx, tx, &used, presenceInUse, id); err != nil {
				return err
			}
			if used {
				return &pg.Conflict{Reason: "An agent has chosen it or begins with it; its base stays until none does."}
			}
		}
		if err := pg.GetOne(ctx, tx, &after, updateCustomPresence, id, p.Name, p.Text, p.Base, p.Description); err != nil {
			return presenceConstraint(err)
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditPresence, id.String(), before, after, nil)
	})
	if err != nil {
		return CustomPresence{}, fmt.Errorf("change presence: %w", err)
	}
	return after, nil
}

const deletePresence = `DELETE FROM presence WHERE id = $1`

// DeleteCustomPresence removes a presence. Who has chosen it keeps its base; one
// that an agent begins with is a *Conflict.
func (s *Store) DeleteCustomPresence(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before CustomPresence
		if err := pg.GetOne(ctx, tx, &before, lockPresence, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deletePresence, id); err != nil {
			return presenceConstraint(err)
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditPresence, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete presence: %w", err)
	}
	return nil
}
