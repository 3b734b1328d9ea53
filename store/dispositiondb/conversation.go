package dispositiondb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/outbox"
	"switchboard/store/pg"
)

const lockConversation = `SELECT queue_id, agent_id, workstream_id, disposition_id FROM conversation WHERE id = $1 FOR NO KEY UPDATE`

// The lock keeps it from being archived or deleted meanwhile.
const lockOffered = `SELECT archived FROM disposition WHERE id = $1 AND workstream_id = $2 FOR SHARE`

const updateConversation = `UPDATE conversation SET disposition_id = $2 WHERE id = $1`

// SetOf says how a conversation ended, in any state; null takes that back. One that
// is archived or of another workstream is an *Invalid.
func (s *Store) SetOf(ctx context.Context, conversation uuid.UUID, disposition uuid.NullUUID) error {
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		var was struct {
			Queue       uuid.NullUUID `db:"queue_id"`
			Agent       uuid.NullUUID `db:"agent_id"`
			Workstream  uuid.UUID     `db:"workstream_id"`
			Disposition uuid.NullUUID `db:"disposition_id"`
		}
		if err := pg.GetOne(ctx, tx, &was, lockConversation, conversation); err != nil || was.Disposition == disposition {
			return err
		}
		if disposition.Valid {
			if err := checkOffered(ctx, tx, disposition.UUID, was.Workstream); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, updateConversation, conversation, disposition); err != nil {
			return err
		}
		return outbox.AddEvent(ctx, tx, outbox.Event{Kind: outbox.EventConversation, Conversation: outbox.NullUUID(conversation),
			Queue: was.Queue, Agent: was.Agent, Data: map[string]any{"change": "disposition_changed"}})
	})
	if err != nil {
		return fmt.Errorf("set disposition: %w", err)
	}
	return nil
}

func checkOffered(ctx context.Context, tx *sqlx.Tx, id, workstream uuid.UUID) error {
	var archived []bool
	if err := tx.SelectContext(ctx, &archived, lockOffered, id, workstream); err != nil {
		return err
	}
	switch {
	case len(archived) == 0:
		return &pg.Invalid{Field: "disposition_id", Reason: "is no disposition of the conversation's workstream"}
	case archived[0]:
		return &pg.Invalid{Field: "disposition_id", Reason: "is archived; choose another"}
	}
	return nil
}
