package dispositiondb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// Disposition is a way in which conversations of a workstream can have ended.
type Disposition struct {
	ID         uuid.UUID `db:"id" json:"id"`
	Workstream uuid.UUID `db:"workstream_id" json:"workstream_id"`
	Name       string    `db:"name" json:"name"`
	Archived   bool      `db:"archived" json:"archived"` // stays on conversations, and is not offered any more
	CreatedAt  time.Time `db:"created_at" json:"created_at"`
	UpdatedAt  time.Time `db:"updated_at" json:"updated_at"`
}

const dispositionColumns = `id, workstream_id, name, archived, created_at, updated_at`

const selectDispositions = `SELECT ` + dispositionColumns + ` FROM disposition WHERE workstream_id = $1 AND (created_at, id) > ($2, $3) ORDER BY created_at, id LIMIT $4`

// Dispositions lists those of a workstream, archived ones too, the oldest first.
func (s *Store) Dispositions(ctx context.Context, workstream uuid.UUID, p auditdb.Page) ([]Disposition, error) {
	list := []Disposition{}
	if err := s.SQL.SelectContext(ctx, &list, selectDispositions, workstream, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list dispositions: %w", err)
	}
	return list, nil
}

const selectDisposition = `SELECT ` + dispositionColumns + ` FROM disposition WHERE id = $1`

// DispositionByID returns a disposition or ErrNotFound.
func (s *Store) DispositionByID(ctx context.Context, id uuid.UUID) (Disposition, error) {
	var t Disposition
	if err := pg.GetOne(ctx, s.SQL, &t, selectDisposition, id); err != nil {
		return Disposition{}, fmt.Errorf("read disposition: %w", err)
	}
	return t, nil
}

func nameTaken(err error) error {
	switch name, _ := pg.Constraint(err); name {
	case "disposition_name":
		return &pg.Conflict{Reason: "Another disposition of this workstream has this name."}
	case "disposition_workstream_id_fkey":
		return pg.ErrNotFound
	}
	return err
}

const insertDisposition = `INSERT INTO disposition (workstream_id, name, archived) VALUES ($1, $2, $3) RETURNING ` + dispositionColumns

// CreateDisposition adds one. A name that is taken in its workstream is a *Conflict;
// a workstream that does not exist is ErrNotFound.
func (s *Store) CreateDisposition(ctx context.Context, by auditdb.Actor, t Disposition) (Disposition, error) {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if err := pg.GetOne(ctx, tx, &t, insertDisposition, t.Workstream, t.Name, t.Archived); err != nil {
			return nameTaken(err)
		}
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditDisposition, t.ID.String(), nil, t, nil)
	})
	if err != nil {
		return Disposition{}, fmt.Errorf("create disposition: %w", err)
	}
	return t, nil
}

const lockDisposition = selectDisposition + ` FOR NO KEY UPDATE`

const updateDisposition = `
UPDATE disposition SET name = $2, archived = $3, updated_at = clock_timestamp() WHERE id = $1 RETURNING ` + dispositionColumns

// ChangeDisposition lets change edit a locked one and writes what it left, except
// whose it is.
func (s *Store) ChangeDisposition(ctx context.Context, by auditdb.Actor, id uuid.UUID, change func(*Disposition) error) (Disposition, error) {
	var after Disposition
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before Disposition
		if err := pg.GetOne(ctx, tx, &before, lockDisposition, id); err != nil {
			return err
		}
		t := before
		if err := change(&t); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &after, updateDisposition, id, t.Name, t.Archived); err != nil {
			return nameTaken(err)
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditDisposition, id.String(), before, after, nil)
	})
	if err != nil {
		return Disposition{}, fmt.Errorf("change disposition: %w", err)
	}
	return after, nil
}

const deleteDisposition = `DELETE FROM disposition WHERE id = $1 RETURNING ` + dispositionColumns

// DeleteDisposition removes a disposition that no conversation has; where one has it that is a
// *Conflict, and the disposition can be archived instead.
func (s *Store) DeleteDisposition(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before Disposition
		err := pg.GetOne(ctx, tx, &before, deleteDisposition, id)
		if _, code := pg.Constraint(err); code == "23503" || code == "23001" {
			return &pg.Conflict{Reason: "Conversations ended with this disposition. Archive it instead."}
		} else if err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditDisposition, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete disposition: %w", err)
	}
	return nil
}
