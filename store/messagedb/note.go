package messagedb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// Note is what an agent wrote down about a conversation.
type Note struct {
	ID           uuid.UUID `db:"id"`
	Conversation uuid.UUID `db:"conversation_id"`
	Agent        uuid.UUID `db:"agent_id"`
	AgentName    string    `db:"agent_name"`
	Text         string    `db:"text"`
	CreatedAt    time.Time `db:"created_at"`
	UpdatedAt    time.Time `db:"updated_at"`
}

const noteColumns = `n.id, n.conversation_id, n.agent_id, g.name AS agent_name, n.text, n.created_at, n.updated_at`

const selectNotes = `
SELECT ` + noteColumns + ` FROM note n JOIN agent g ON g.id = n.agent_id
WHERE n.conversation_id = $1 AND n.deleted_at IS NULL AND (n.created_at, n.id) > ($2, $3) ORDER BY n.created_at, n.id LIMIT $4`

// Notes lists the notes on a conversation, the oldest first.
func (s *Store) Notes(ctx context.Context, conversation uuid.UUID, p auditdb.Page) ([]Note, error) {
	list := []Note{}
	if err := s.SQL.SelectContext(ctx, &list, selectNotes, conversation, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list notes: %w", err)
	}
	return list, nil
}

const insertNote = `
WITH n AS (
  INSERT INTO note (conversation_id, agent_id, text, idempotency_key) VALUES ($1, $2, $3, NULLIF($4, ''))
  ON CONFLICT (conversation_id, agent_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
  RETURNING id, conversation_id, agent_id, text, created_at, updated_at
)
SELECT ` + noteColumns + ` FROM n JOIN agent g ON g.id = n.agent_id`

// CreateNote adds a note, whatever the conversation's state. A conversation that
// does not exist is ErrNotFound.
func (s *Store) CreateNote(ctx context.Context, conversation, agent uuid.UUID, text string) (Note, error) {
	n, _, err := s.CreateNoteOnce(ctx, conversation, agent, text, "")
	return n, err
}

const noteByKey = `
SELECT ` + noteColumns + ` FROM note n JOIN agent g ON g.id = n.agent_id WHERE n.conversation_id = $1 AND n.agent_id = $2 AND n.idempotency_key = $3`

// CreateNoteOnce does the same with an idempotency key: a repeat answers the note
// that there is, as it is now, and repeated.
func (s *Store) CreateNoteOnce(ctx context.Context, conversation, agent uuid.UUID, text, key string) (n Note, repeated bool, err error) {
	err = s.EventTx(ctx, func(tx *sqlx.Tx) error {
		err := pg.GetOne(ctx, tx, &n, insertNote, conversation, agent, pg.Clean(text), key)
		if repeated = errors.Is(err, pg.ErrNotFound) && key != ""; repeated {
			return pg.GetOne(ctx, tx, &n, noteByKey, conversation, agent, key)
		}
		if err != nil {
			return noteConstraint(err)
		}
		return tellNote(ctx, tx, outbox.EventNote, n)
	})
	if err != nil {
		return Note{}, false, fmt.Errorf("create note: %w", err)
	}
	return n, repeated, nil
}

func noteConstraint(err error) error {
	if name, _ := pg.Constraint(err); name == "note_conversation_id_fkey" {
		return pg.ErrNotFound
	}
	return err
}

const insertNoteEvent = `
INSERT INTO event (kind, conversation_id, queue_id, agent_id, data) SELECT $2, id, queue_id, agent_id, $3::jsonb FROM conversation WHERE id = $1`

// tellNote tells those who watch the conversation; what the note says is read
// when the event is delivered.
func tellNote(ctx context.Context, tx *sqlx.Tx, kind string, n Note) error {
	data, err := json.Marshal(map[string]any{"note_id": n.ID})
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, insertNoteEvent, n.Conversation, kind, string(data))
	return err
}

const selectNoteFor = `
SELECT ` + noteColumns + ` FROM note n JOIN agent g ON g.id = n.agent_id JOIN conversation c ON c.id = n.conversation_id
WHERE n.id = $3 AND n.deleted_at IS NULL AND ` + auditdb.Visible

// NoteFor returns a note on a conversation that the viewer may see, or ErrNotFound.
func (s *Store) NoteFor(ctx context.Context, v auditdb.Viewer, id uuid.UUID) (Note, error) {
	var n Note
	if err := pg.GetOne(ctx, s.SQL, &n, selectNoteFor, v.Scope, v.Agent, id); err != nil {
		return Note{}, fmt.Errorf("read note: %w", err)
	}
	return n, nil
}

const updateNote = `
WITH n AS (
  UPDATE note SET text = $2, updated_at = clock_timestamp() WHERE id = $1 AND deleted_at IS NULL
  RETURNING id, conversation_id, agent_id, text, created_at, updated_at
)
SELECT ` + noteColumns + ` FROM n JOIN agent g ON g.id = n.agent_id`

// ChangeNote sets a note's text. The audit log has that it changed, not what it
// says: that may be about the customer.
func (s *Store) ChangeNote(ctx context.Context, by auditdb.Actor, id uuid.UUID, text string) (Note, error) {
	var n Note
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		if err := pg.GetOne(ctx, tx, &n, updateNote, id, pg.Clean(text)); err != nil {
			return err
		}
		if err := tellNote(ctx, tx, outbox.EventNoteUpdated, n); err != nil {
			return err
		}
		return auditdb.WriteAudit(ctx, tx, by, "update", auditdb.AuditNote, id.String(), map[string]any{"text": auditdb.ChangedSecret()})
	})
	if err != nil {
		return Note{}, fmt.Errorf("change note: %w", err)
	}
	return n, nil
}

const deleteNote = `
WITH n AS (
  UPDATE note SET text = '', deleted_at = clock_timestamp(), updated_at = clock_timestamp() WHERE id = $1 AND deleted_at IS NULL
  RETURNING id, conversation_id, agent_id, text, created_at, updated_at
)
SELECT ` + noteColumns + ` FROM n JOIN agent g ON g.id = n.agent_id`

// DeleteNote takes a note away, with its text: what stays is that there was one.
func (s *Store) DeleteNote(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		var n Note
		if err := pg.GetOne(ctx, tx, &n, deleteNote, id); err != nil {
			return err
		}
		if err := tellNote(ctx, tx, outbox.EventNoteUpdated, n); err != nil {
			return err
		}
		return auditdb.WriteAudit(ctx, tx, by, "delete", auditdb.AuditNote, id.String(), map[string]any{})
	})
	if err != nil {
		return fmt.Errorf("delete note: %w", err)
	}
	return nil
}
