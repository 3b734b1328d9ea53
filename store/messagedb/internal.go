package messagedb

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/conversation"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// NewInternal is what an agent says to colleagues within a conversation. Key is
// the client's idempotency key.
type NewInternal struct {
	Conversation, Agent uuid.UUID
	Key, Text           string
}

const lockForInternal = `SELECT state FROM conversation WHERE id = $1 FOR NO KEY UPDATE`

// It has no status, so no outbox ever takes it, and it is no activity: timers,
// rules and windows go by what passes between agent and customer.
const insertInternal = `
WITH moved AS (
  UPDATE conversation SET last_seq = last_seq + 1 WHERE id = $1
  RETURNING id, last_seq, account_id, queue_id, agent_id, state, version
), stored AS (
  INSERT INTO message (conversation_id, seq, account_id, direction, type, text, agent_id, idempotency_key, visible_to)
  SELECT id, last_seq, account_id, 'internal', 'text', $2, $3, $4, 'agent' FROM moved
  RETURNING id
), told AS (
  INSERT INTO event (kind, conversation_id, message_id, queue_id, agent_id, state, version)
  SELECT '` + outbox.EventMessage + `', m.id, s.id, m.queue_id, m.agent_id, m.state, m.version FROM moved m, stored s
)
SELECT id FROM stored`

// StoreInternal adds an internal message to the thread. A key that was used
// before returns the first message under it, and repeated. It fails with
// ErrNotFound, and with a *conversation.Refusal if the conversation is closed.
func (s *Store) StoreInternal(ctx context.Context, in NewInternal) (m Message, repeated bool, err error) {
	err = s.EventTx(ctx, func(tx *sqlx.Tx) error {
		var phase string
		if err := pg.GetOne(ctx, tx, &phase, lockForInternal, in.Conversation); err != nil {
			return err
		}
		err := pg.GetOne(ctx, tx, &m, messageByKey, in.Conversation, in.Key)
		if repeated = err == nil; repeated || !errors.Is(err, pg.ErrNotFound) {
			return err
		}
		if conversation.Phase(phase) == conversation.Closed {
			return &conversation.Refusal{Code: conversation.WrongState, Reason: "It is closed for good; write a note instead."}
		}
		var id uuid.UUID
		if err := pg.GetOne(ctx, tx, &id, insertInternal, in.Conversation, pg.Clean(in.Text), in.Agent, in.Key); err != nil {
			return err
		}
		return pg.GetOne(ctx, tx, &m, messageByID, id)
	})
	if err != nil {
		return Message{}, false, fmt.Errorf("store internal message: %w", err)
	}
	return m, repeated, nil
}
