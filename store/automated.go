package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// Texts are texts by language, as jsonb.
type Texts map[string]string

// Scan reads jsonb.
func (t *Texts) Scan(v any) error {
	b, ok := v.([]byte)
	if !ok {
		return errors.New("texts are no json")
	}
	return json.Unmarshal(b, t)
}

// json is what is written; a NUL in a text would be refused.
func (t Texts) json() (string, error) {
	if t == nil {
		return "{}", nil
	}
	b, err := json.Marshal(t)
	return cleanJSON(string(b)), err
}

// AutomatedMessage is what an administrator set for a trigger on a channel ("":
// all) and a workstream (null: all).
type AutomatedMessage struct {
	ID         uuid.UUID     `db:"id" json:"id"`
	Trigger    string        `db:"trigger" json:"trigger"`
	Channel    string        `db:"channel" json:"channel"`
	Workstream uuid.NullUUID `db:"workstream_id" json:"workstream_id"`
	Enabled    bool          `db:"enabled" json:"enabled"`
	Visibility string        `db:"visibility" json:"visibility"`
	Texts      Texts         `db:"texts" json:"texts"`
	CreatedAt  time.Time     `db:"created_at" json:"created_at"`
	UpdatedAt  time.Time     `db:"updated_at" json:"updated_at"`
}

const automatedColumns = `id, trigger, channel, workstream_id, enabled, visibility, texts, created_at, updated_at`

const selectAutomated = `
SELECT ` + automatedColumns + ` FROM automated_message WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3`

// AutomatedMessages lists what administrators set, the oldest first.
func (s *Store) AutomatedMessages(ctx context.Context, p Page) ([]AutomatedMessage, error) {
	list := []AutomatedMessage{}
	if err := s.db.SelectContext(ctx, &list, selectAutomated, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list automated messages: %w", err)
	}
	return list, nil
}

const lockAutomated = `
SELECT ` + automatedColumns + ` FROM automated_message
WHERE trigger = $1 AND channel = $2 AND COALESCE(workstream_id, '00000000-0000-0000-0000-000000000000') = COALESCE($3::uuid, '00000000-0000-0000-0000-000000000000')
FOR UPDATE`

const upsertAutomated = `
INSERT INTO automated_message (trigger, channel, workstream_id, enabled, visibility, texts) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (trigger, channel, COALESCE(workstream_id, '00000000-0000-0000-0000-000000000000'))
DO UPDATE SET enabled = EXCLUDED.enabled, visibility = EXCLUDED.visibility, texts = EXCLUDED.texts, updated_at = now()
RETURNING ` + automatedColumns

// SetAutomatedMessage sets what is said on an occasion, on its channel and
// workstream. A workstream that does not exist is an *Invalid.
func (s *Store) SetAutomatedMessage(ctx context.Context, by Actor, m AutomatedMessage) (AutomatedMessage, error) {
	var after AutomatedMessage
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		var before AutomatedMessage
		err := get(ctx, tx, &before, lockAutomated, m.Trigger, m.Channel, m.Workstream)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		texts, jerr := m.Texts.json()
		if jerr != nil {
			return jerr
		}
		if err := get(ctx, tx, &after, upsertAutomated, m.Trigger, m.Channel, m.Workstream, m.Enabled, m.Visibility, texts); err != nil {
			return workstreamMissing(err)
		}
		if errors.Is(err, ErrNotFound) {
			return auditDiff(ctx, tx, by, "create", AuditAutomated, after.ID.String(), nil, after, nil)
		}
		return auditDiff(ctx, tx, by, "update", AuditAutomated, after.ID.String(), before, after, nil)
	})
	if err != nil {
		return AutomatedMessage{}, fmt.Errorf("set automated message: %w", err)
	}
	return after, nil
}

func workstreamMissing(err error) error {
	if _, code := constraint(err); code == "23503" {
		return &Invalid{Field: "workstream_id", Reason: "is no workstream"}
	}
	return err
}

const deleteAutomated = `DELETE FROM automated_message WHERE id = $1 RETURNING ` + automatedColumns

// DeleteAutomatedMessage takes a setting back: the next more general one counts.
func (s *Store) DeleteAutomatedMessage(ctx context.Context, by Actor, id uuid.UUID) error {
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		var before AutomatedMessage
		if err := get(ctx, tx, &before, deleteAutomated, id); err != nil {
			return err
		}
		return auditDiff(ctx, tx, by, "delete", AuditAutomated, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete automated message: %w", err)
	}
	return nil
}
