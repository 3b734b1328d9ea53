package conversationdb

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/auditdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

const (
	selectAsked = `SELECT skills FROM conversation WHERE id = $1`
	lockAsked   = `SELECT state, queue_id, skills FROM conversation WHERE id = $1 FOR NO KEY UPDATE`
	updateAsked = `UPDATE conversation SET skills = $2 WHERE id = $1`
	knownSkills = `SELECT name FROM skill WHERE name = ANY($1)`
)

// AskedSkills are the skills that a conversation asks for, with their ratings.
func (s *Store) AskedSkills(ctx context.Context, conversation uuid.UUID) (map[string]int, error) {
	var raw json.RawMessage
	if err := pg.GetOne(ctx, s.SQL, &raw, selectAsked, conversation); err != nil {
		return nil, fmt.Errorf("read skills asked for: %w", err)
	}
	asked := map[string]int{}
	return asked, json.Unmarshal(raw, &asked)
}

// SetAskedSkills says which skills a conversation asks for from now on. One that
// waits is offered by them at once; who has it or is being asked keeps it. A
// skill that does not exist is an *Invalid, a closed conversation a *Conflict.
func (s *Store) SetAskedSkills(ctx context.Context, by auditdb.Actor, conversation uuid.UUID, skills map[string]int) error {
	var was askedRow
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		if err := pg.GetOne(ctx, tx, &was, lockAsked, conversation); err != nil {
			return err
		}
		if was.State == "closed" {
			return &pg.Conflict{Reason: "The conversation is closed."}
		}
		if err := checkSkills(ctx, tx, skills); err != nil {
			return err
		}
		return writeAsked(ctx, tx, by, conversation, was, skills)
	})
	if err != nil {
		return fmt.Errorf("set skills asked for: %w", err)
	}
	if was.State != "open" || !was.Queue.Valid {
		return nil
	}
	return s.Assignment.AssignQueue(ctx, was.Queue.UUID)
}

type askedRow struct {
	State  string          `db:"state"`
	Queue  uuid.NullUUID   `db:"queue_id"`
	Skills json.RawMessage `db:"skills"`
}

// writeAsked writes and tells what a locked conversation asks for.
func writeAsked(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, conversation uuid.UUID, was askedRow, skills map[string]int) error {
	before := map[string]int{}
	if err := json.Unmarshal(was.Skills, &before); err != nil || maps.Equal(before, skills) {
		return err
	}
	asked, err := json.Marshal(skills)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, updateAsked, conversation, asked); err != nil {
		return err
	}
	err = outbox.AddEvent(ctx, tx, outbox.Event{Kind: outbox.EventConversation, Conversation: outbox.NullUUID(conversation), Queue: was.Queue, Data: map[string]any{"change": "skills_changed"}})
	if err != nil {
		return err
	}
	return auditdb.WriteAudit(ctx, tx, by, "set_skills", auditdb.AuditConversation, conversation.String(), map[string]any{"skills": map[string]any{"from": before, "to": skills}})
}

// checkSkills wants skills that exist: nobody could ever have another.
func checkSkills(ctx context.Context, q sqlx.QueryerContext, skills map[string]int) error {
	names := slices.Sorted(maps.Keys(skills))
	var known []string
	if err := sqlx.SelectContext(ctx, q, &known, knownSkills, pq.StringArray(names)); err != nil {
		return err
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return &pg.Invalid{Field: "skills." + name, Reason: "is no skill"}
		}
	}
	return nil
}
