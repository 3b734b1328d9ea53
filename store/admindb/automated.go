package admindb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
	"switchboard/store/templatedb"
)

// AutomatedMessage is what an administrator set for a trigger on a channel ("":
// all) and a workstream (null: all).
type AutomatedMessage struct {
	ID         uuid.UUID        `db:"id" json:"id"`
	Trigger    string           `db:"trigger" json:"trigger"`
	Channel    string           `db:"channel" json:"channel"`
	Workstream uuid.NullUUID    `db:"workstream_id" json:"workstream_id"`
	Enabled    bool             `db:"enabled" json:"enabled"`
	Visibility string           `db:"visibility" json:"visibility"`
	Texts      templatedb.Texts `db:"texts" json:"texts"`
	CreatedAt  time.Time        `db:"created_at" json:"created_at"`
	UpdatedAt  time.Time        `db:"updated_at" json:"updated_at"`
}

const automatedColumns = `id, trigger, channel, workstream_id, enabled, visibility, texts, created_at, updated_at`

const selectAutomated = `
SELECT ` + automatedColumns + ` FROM automated_message WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3`

// AutomatedMessages lists what administrators set, the oldest first.
func (s *Store) AutomatedMessages(ctx context.Context, p auditdb.Page) ([]AutomatedMessage, error) {
	list := []AutomatedMessage{}
	if err := s.SQL.SelectContext(ctx, &list, selectAutomated, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list automated messages: %w", err)
	}
	return list, nil
}

const selectAutomatedByID = `SELECT ` + automatedColumns + ` FROM automated_message WHERE id = $1`

// AutomatedMessageByID returns what an administrator set, or ErrNotFound.
func (s *Store) AutomatedMessageByID(ctx context.Context, id uuid.UUID) (AutomatedMessage, error) {
	var m AutomatedMessage
	if err := pg.GetOne(ctx, s.SQL, &m, selectAutomatedByID, id); err != nil {
		return AutomatedMessage{}, fmt.Errorf("read automated message: %w", err)
	}
	return m, nil
}

const lockAutomated = `
SELECT ` + automatedColumns + ` FROM automated_message
WHERE trigger = $1 AND channel = $2 AND COALESCE(workstream_id, '00000000-0000-0000-0000-000000000000') = COALESCE($3::uuid, '00000000-0000-0000-0000-000000000000')
FOR UPDATE`

const insertAutomated = `
INSERT INTO automated_message (trigger, channel, workstream_id, enabled, visibility, texts) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (trigger, channel, COALESCE(workstream_id, '00000000-0000-0000-0000-000000000000')) DO NOTHING
RETURNING ` + automatedColumns

const updateAutomated = `
UPDATE automated_message SET enabled = $2, visibility = $3, texts = $4, updated_at = now() WHERE id = $1 RETURNING ` + automatedColumns

// What nobody has set has a version too: that of nothing.
var noneSet = AutomatedMessage{}

// WithNoneSet returns a context in which SetAutomatedMessage sets only what
// nobody has set yet; else it is auditdb.ErrMismatch.
func WithNoneSet(ctx context.Context) context.Context {
	version, err := auditdb.VersionOf(noneSet)
	if err != nil {
		version = "" // matches nothing
	}
	return auditdb.WithMatch(ctx, []string{version})
}

// SetAutomatedMessage sets what is said on an occasion, on its channel and
// workstream. A workstream that does not exist is an *Invalid.
func (s *Store) SetAutomatedMessage(ctx context.Context, by auditdb.Actor, m AutomatedMessage) (AutomatedMessage, error) {
	texts, err := m.Texts.JSON()
	if err != nil {
		return AutomatedMessage{}, fmt.Errorf("set automated message: %w", err)
	}
	var after AutomatedMessage
	err = s.Tx(ctx, func(tx *sqlx.Tx) error {
		// Of two who set the first at once, the second changes what the first set.
		err := pg.GetOne(ctx, tx, &after, insertAutomated, m.Trigger, m.Channel, m.Workstream, m.Enabled, m.Visibility, texts)
		if err == nil {
			if err := auditdb.UnlessMatching(ctx, noneSet); err != nil {
				return err
			}
			return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditAutomated, after.ID.String(), nil, after, nil)
		}
		if !errors.Is(err, pg.ErrNotFound) {
			return configdb.WorkstreamMissing(err)
		}
		var before AutomatedMessage
		if err := pg.GetOne(ctx, tx, &before, lockAutomated, m.Trigger, m.Channel, m.Workstream); err != nil {
			return err // deleted meanwhile
		}
		if err := pg.GetOne(ctx, tx, &after, updateAutomated, before.ID, m.Enabled, m.Visibility, texts); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditAutomated, after.ID.String(), before, after, nil)
	})
	if err != nil {
		return AutomatedMessage{}, fmt.Errorf("set automated message: %w", err)
	}
	return after, nil
}

const deleteAutomated = `DELETE FROM automated_message WHERE id = $1 RETURNING ` + automatedColumns

// DeleteAutomatedMessage takes a setting back: the next more general one counts.
func (s *Store) DeleteAutomatedMessage(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before AutomatedMessage
		if err := pg.GetOne(ctx, tx, &before, deleteAutomated, id); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditAutomated, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete automated message: %w", err)
	}
	return nil
}
