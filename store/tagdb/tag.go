package tagdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// Tag is a label for conversations.
type Tag struct {
	ID        uuid.UUID `db:"id" json:"id"`
	Name      string    `db:"name" json:"name"`
	Color     string    `db:"color" json:"color"`
	Archived  bool      `db:"archived" json:"archived"` // stays on conversations, and is not offered any more
	CreatedAt time.Time `db:"created_at" json:"created_at"`
	UpdatedAt time.Time `db:"updated_at" json:"updated_at"`
}

const tagColumns = `id, name, color, archived, created_at, updated_at`

const selectTags = `SELECT ` + tagColumns + ` FROM tag WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3`

// Tags lists all tags, the oldest first.
func (s *Store) Tags(ctx context.Context, p auditdb.Page) ([]Tag, error) {
	list := []Tag{}
	if err := s.SQL.SelectContext(ctx, &list, selectTags, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list tags: %w", err)
	}
	return list, nil
}

const selectTag = `SELECT ` + tagColumns + ` FROM tag WHERE id = $1`

// TagByID returns a tag or ErrNotFound.
func (s *Store) TagByID(ctx context.Context, id uuid.UUID) (Tag, error) {
	var t Tag
	if err := pg.GetOne(ctx, s.SQL, &t, selectTag, id); err != nil {
		return Tag{}, fmt.Errorf("read tag: %w", err)
	}
	return t, nil
}

func nameTaken(err error) error {
	if name, _ := pg.Constraint(err); name == "tag_name" {
		return &pg.Conflict{Reason: "Another tag has this name."}
	}
	return err
}

const insertTag = `INSERT INTO tag (name, color, archived) VALUES ($1, $2, $3) RETURNING ` + tagColumns

// CreateTag adds a tag. A name that is taken, in whatever case, is a *Conflict.
func (s *Store) CreateTag(ctx context.Context, by auditdb.Actor, t Tag) (Tag, error) {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if err := pg.GetOne(ctx, tx, &t, insertTag, t.Name, t.Color, t.Archived); err != nil {
			return nameTaken(err)
		}
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditTag, t.ID.String(), nil, t, nil)
	})
	if err != nil {
		return Tag{}, fmt.Errorf("create tag: %w", err)
	}
	return t, nil
}

const lockTag = selectTag + ` FOR NO KEY UPDATE`

const updateTag = `
UPDATE tag SET name = $2, color = $3, archived = $4, updated_at = clock_timestamp() WHERE id = $1 RETURNING ` + tagColumns

// ChangeTag lets change edit a locked tag and writes what it left.
func (s *Store) ChangeTag(ctx context.Context, by auditdb.Actor, id uuid.UUID, change func(*Tag) error) (Tag, error) {
	var after Tag
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before Tag
		if err := pg.GetOne(ctx, tx, &before, lockTag, id); err != nil {
			return err
		}
		t := before
		if err := change(&t); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &after, updateTag, id, t.Name, t.Color, t.Archived); err != nil {
			return nameTaken(err)
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditTag, id.String(), before, after, nil)
	})
	if err != nil {
		return Tag{}, fmt.Errorf("change tag: %w", err)
	}
	return after, nil
}

const deleteTag = `DELETE FROM tag WHERE id = $1 RETURNING ` + tagColumns

// DeleteTag removes a tag that no conversation has; where one has it that is a
// *Conflict, and the tag can be archived instead.
func (s *Store) DeleteTag(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before Tag
		err := pg.GetOne(ctx, tx, &before, deleteTag, id)
		if _, code := pg.Constraint(err); code == "23503" || code == "23001" {
			return &pg.Conflict{Reason: "Conversations have this tag. Archive it instead."}
		} else if err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditTag, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete tag: %w", err)
	}
	return nil
}
