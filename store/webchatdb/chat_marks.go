package webchatdb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/outbox"
)

// Kinds of events that concern web chats only.
const (
	EventCustomerTyping = "customer.typing"   // data: none
	EventAgentTyping    = "agent.typing"      // agent_id: who
	EventReadMark       = "conversation.read" // data: by, seq
)

// Receipts move answers forward only.
const markChat = `
WITH moved AS (
  UPDATE message m SET status = $4, status_at = now()
  FROM conversation c WHERE m.conversation_id = c.id AND c.contact_point_id IN (` + points + `) AND (c.number < $2 OR c.number = $2 AND m.seq <= $3)
    AND m.direction = 'out' AND m.visible_to <> 'agent' AND m.status = ANY(CASE WHEN $4 = 'read' THEN '{sent,delivered,unknown}'::text[] ELSE '{sent,unknown}'::text[] END)
    AND (c.state <> 'closed' OR c.number = $2)
  RETURNING m.id, m.conversation_id
)
INSERT INTO event (kind, conversation_id, message_id, queue_id, agent_id, state, version)
SELECT '` + outbox.EventMessageUpdated + `', c.id, m.id, c.queue_id, c.agent_id, c.state, c.version FROM moved m JOIN conversation c ON c.id = m.conversation_id`

const customerRead = `
UPDATE conversation c SET customer_read = CASE WHEN c.number = $2 THEN LEAST($3, c.last_seq) ELSE c.last_seq END
WHERE c.contact_point_id IN (` + points + `) AND c.number <= $2 AND c.customer_read < CASE WHEN c.number = $2 THEN LEAST($3, c.last_seq) ELSE c.last_seq END`

// MarkChat records that a visitor's device has, or the visitor has read, all
// answers up to a place. It never goes back.
func (s *Store) MarkChat(ctx context.Context, visitor uuid.UUID, place int64, read bool) error {
	number, seq := SplitThreadSeq(place)
	status := "delivered"
	if read {
		status = "read"
	}
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		if read {
			if _, err := tx.ExecContext(ctx, customerRead, visitor, number, seq); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, markChat, visitor, number, seq, status)
		return err
	})
	if err != nil {
		return fmt.Errorf("mark chat: %w", err)
	}
	return nil
}

const agentRead = `
WITH moved AS (
  UPDATE conversation c SET agent_read = LEAST($2, c.last_seq) WHERE c.id = $1 AND c.agent_read < LEAST($2, c.last_seq) AND c.agent_id = $3
  RETURNING c.id, c.agent_read, c.queue_id, c.agent_id
)
INSERT INTO event (kind, conversation_id, queue_id, agent_id, data)
SELECT '` + EventReadMark + `', id, queue_id, agent_id, jsonb_build_object('by', 'agent', 'seq', agent_read) FROM moved`

// AgentRead records up to which seq the agent who has a conversation has read
// it. It never goes back, and of somebody else it is nothing.
func (s *Store) AgentRead(ctx context.Context, agent, conversation uuid.UUID, seq int64) error {
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, agentRead, conversation, seq, agent)
		return err
	})
	if err != nil {
		return fmt.Errorf("mark conversation: %w", err)
	}
	return nil
}

// Somebody types: it is told, and kept nowhere else.
const tellTyping = `
INSERT INTO event (kind, conversation_id, queue_id, agent_id)
SELECT $2, c.id, c.queue_id, CASE WHEN $2 = '` + EventAgentTyping + `' THEN $3 ELSE c.agent_id END FROM conversation c WHERE c.id = $1 AND c.state <> 'closed'`

// Typing tells that somebody types in a conversation: its agent, or, for
// uuid.Nil, its customer.
func (s *Store) Typing(ctx context.Context, conversation, agent uuid.UUID) error {
	kind := EventCustomerTyping
	if agent != uuid.Nil {
		kind = EventAgentTyping
	}
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, tellTyping, conversation, kind, outbox.NullUUID(agent))
		return err
	})
	if err != nil {
		return fmt.Errorf("tell of typing: %w", err)
	}
	return nil
}
