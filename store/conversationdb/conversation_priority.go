package conversationdb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

const lockPriority = `SELECT state, queue_id, agent_id, priority FROM conversation WHERE id = $1 FOR NO KEY UPDATE`

const updatePriority = `UPDATE conversation SET priority = $2, priority_chosen = true WHERE id = $1`

// SetPriority says how urgent a conversation is; lower goes first. Rules that are
// asked again leave it as it was said. A closed conversation is a *Conflict.
func (s *Store) SetPriority(ctx context.Context, by auditdb.Actor, conversation uuid.UUID, priority int) error {
	var was struct {
		State    string        `db:"state"`
		Queue    uuid.NullUUID `db:"queue_id"`
		Agent    uuid.NullUUID `db:"agent_id"`
		Priority int           `db:"priority"`
	}
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		if err := pg.GetOne(ctx, tx, &was, lockPriority, conversation); err != nil {
			return err
		}
		if was.State == "closed" {
			return &pg.Conflict{Reason: "The conversation is closed."}
		}
		if _, err := tx.ExecContext(ctx, updatePriority, conversation, priority); err != nil || was.Priority == priority {
			return err
		}
		err := outbox.AddEvent(ctx, tx, outbox.Event{Kind: outbox.EventConversation, Conversation: outbox.NullUUID(conversation),
			Queue: was.Queue, Agent: was.Agent, Data: map[string]any{"change": "priority_changed"}})
		if err != nil {
			return err
		}
		return auditdb.WriteAudit(ctx, tx, by, "set_priority", auditdb.AuditConversation, conversation.String(),
			map[string]any{"priority": map[string]any{"from": was.Priority, "to": priority}})
	})
	if err != nil {
		return fmt.Errorf("set priority: %w", err)
	}
	return nil
}
