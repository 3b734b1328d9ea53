package messagedb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"switchboard/store/campaigndb"
	"switchboard/store/pg"
)

// Message is one message of a thread.
type Message struct {
	ID           uuid.UUID            `db:"id"`
	Conversation uuid.UUID            `db:"conversation_id"`
	Seq          int64                `db:"seq"`
	Direction    string               `db:"direction"`
	Type         string               `db:"type"`
	Text         string               `db:"text"`
	Data         *json.RawMessage     `db:"data"`
	Agent        uuid.NullUUID        `db:"agent_id"`
	AgentName    *string              `db:"agent_name"`
	ReplyTo      *string              `db:"reply_to"`
	ProviderID   *string              `db:"provider_message_id"`
	Status       *string              `db:"status"`
	StatusAt     *time.Time           `db:"status_at"`
	ErrorClass   *string              `db:"error_class"`
	ErrorCode    *string              `db:"error_code"`
	ErrorDetail  *string              `db:"error_detail"`
	RedactedAt   *time.Time           `db:"redacted_at"`
	EditedAt     *time.Time           `db:"edited_at"`
	ProviderAt   *time.Time           `db:"provider_at"`
	Template     uuid.NullUUID        `db:"template_id"`
	Variables    *json.RawMessage     `db:"content_variables"` // null: not sent by template
	CreatedAt    time.Time            `db:"created_at"`
	Automated    *string              `db:"automated"` // the trigger; null: a person wrote it
	AnswersJSON  *json.RawMessage     `db:"answers"`
	Answers      *campaigndb.Answered `db:"-"`   // what it answers of what we began; nil: nothing
	Key          *string              `db:"key"` // the idempotency key of its author; null: no agent wrote it
}

const selectMessage = `
SELECT m.id, m.conversation_id, m.seq, m.direction, m.type, m.text, m.data, m.agent_id, g.name AS agent_name, m.reply_to,
       m.provider_message_id, m.status, m.status_at, m.error_class, m.error_code, m.error_detail, m.redacted_at, m.edited_at, m.provider_at, m.template_id,
       m.content_variables, m.created_at, m.automated,` + campaigndb.AnsweredOf + `, CASE WHEN m.agent_id IS NOT NULL THEN m.idempotency_key END AS key
FROM message m LEFT JOIN agent g ON g.id = m.agent_id `

func (m *Message) readAnswers() (err error) {
	m.Answers, err = campaigndb.AnsweredBy(m.AnswersJSON)
	return err
}

const messagesAfter = selectMessage + `WHERE m.conversation_id = $1 AND m.seq > $2 AND m.visible_to <> 'customer' ORDER BY m.seq LIMIT $3`

// MessagesAfter returns messages of a conversation that follow seq, in order.
func (s *Store) MessagesAfter(ctx context.Context, conversation uuid.UUID, seq int64, limit int) ([]Message, error) {
	return s.messages(ctx, messagesAfter, conversation, seq, limit)
}

const messagesBefore = selectMessage + `WHERE m.conversation_id = $1 AND m.seq < $2 AND m.visible_to <> 'customer' ORDER BY m.seq DESC LIMIT $3`

// MessagesBefore returns messages of a conversation that precede seq, the latest first.
func (s *Store) MessagesBefore(ctx context.Context, conversation uuid.UUID, seq int64, limit int) ([]Message, error) {
	return s.messages(ctx, messagesBefore, conversation, seq, limit)
}

func (s *Store) messages(ctx context.Context, query string, args ...any) ([]Message, error) {
	list := []Message{}
	if err := s.SQL.SelectContext(ctx, &list, query, args...); err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	for i := range list {
		if err := list[i].readAnswers(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

const messageByID = selectMessage + `WHERE m.id = $1`

// MessageByID returns a message or ErrNotFound.
func (s *Store) MessageByID(ctx context.Context, id uuid.UUID) (Message, error) {
	var m Message
	if err := pg.GetOne(ctx, s.SQL, &m, messageByID, id); err != nil {
		return Message{}, fmt.Errorf("read message: %w", err)
	}
	return m, m.readAnswers()
}

const messageByKey = selectMessage + `WHERE m.conversation_id = $1 AND m.idempotency_key = $2`

// MessageByKey returns the message that was stored under an idempotency key, or
// ErrNotFound.
func (s *Store) MessageByKey(ctx context.Context, conversation uuid.UUID, key string) (Message, error) {
	var m Message
	if err := pg.GetOne(ctx, s.SQL, &m, messageByKey, conversation, key); err != nil {
		return Message{}, fmt.Errorf("read message: %w", err)
	}
	return m, m.readAnswers()
}
