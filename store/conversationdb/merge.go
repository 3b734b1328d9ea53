package conversationdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/conversation"
	"switchboard/store/outbox"
)

// The conversation that the customer has by the id that they go by now.
const findOther = `
SELECT o.id FROM conversation c JOIN contact_point p ON p.id = c.contact_point_id
JOIN contact_point_alias a ON a.account_id = p.account_id AND a.channel = p.channel AND a.alias = p.external_id
JOIN contact_point k ON k.account_id = p.account_id AND k.channel = p.channel AND k.external_id = a.external_id
JOIN conversation o ON o.contact_point_id = k.id AND o.address_id = c.address_id AND o.state <> 'closed'
WHERE c.id = $1 AND o.id <> c.id FOR NO KEY UPDATE OF o`

// There is none any more: this one goes on, under that id.
const takeOver = `
UPDATE conversation c SET merging = false, contact_point_id = COALESCE((
  SELECT k.id FROM contact_point p
  JOIN contact_point_alias a ON a.account_id = p.account_id AND a.channel = p.channel AND a.alias = p.external_id
  JOIN contact_point k ON k.account_id = p.account_id AND k.channel = p.channel AND k.external_id = a.external_id
  WHERE p.id = c.contact_point_id), c.contact_point_id)
WHERE c.id = $1`

// What the customer wrote and nobody answered goes on in the other conversation,
// with its files; what was answered stays where it is.
const moveUnanswered = `
WITH unanswered AS (
  SELECT m.id, row_number() OVER (ORDER BY m.seq) AS n FROM message m
  WHERE m.conversation_id = $1 AND m.direction = 'in' AND m.seq > $3
), moved AS (
  UPDATE message m SET conversation_id = o.id, seq = o.last_seq + u.n FROM unanswered u, conversation o
  WHERE m.id = u.id AND o.id = $2
  RETURNING m.id, m.created_at
), files AS (
  UPDATE attachment f SET conversation_id = $2 FROM moved WHERE f.message_id = moved.id
), told AS (
  INSERT INTO event (kind, conversation_id, message_id, queue_id, agent_id, state, version)
  SELECT '` + outbox.EventMessage + `', o.id, moved.id, o.queue_id, o.agent_id, o.state, o.version FROM moved, conversation o WHERE o.id = $2
)
UPDATE conversation o SET last_seq = o.last_seq + n.total, inbound_seq = o.last_seq + n.total,
  last_inbound_at = GREATEST(o.last_inbound_at, c.last_inbound_at), last_activity_at = now(), window_sent = 0,
  unanswered_since = LEAST(o.unanswered_since, c.unanswered_since),
  reply_token = COALESCE(o.reply_token, c.reply_token), reply_until = COALESCE(o.reply_until, c.reply_until)
FROM conversation c, (SELECT count(*) AS total FROM moved) n
WHERE o.id = $2 AND c.id = $1 AND n.total > 0`

// mergeIntoOther moves what is unanswered to the conversation with which this one
// is to be merged. It is a *conversation.Refusal if there is none any more.
func mergeIntoOther(ctx context.Context, tx *sqlx.Tx, row snapshotRow, id uuid.UUID) error {
	var other uuid.UUID
	err := tx.GetContext(ctx, &other, findOther, id)
	if errors.Is(err, sql.ErrNoRows) {
		if _, err := tx.ExecContext(ctx, takeOver, id); err != nil {
			return fmt.Errorf("merge conversation: %w", err)
		}
		return &conversation.Refusal{Code: conversation.WrongState, Reason: "The customer's other conversation is closed."}
	} else if err != nil {
		return fmt.Errorf("merge conversation: %w", err)
	}
	if _, err := tx.ExecContext(ctx, moveUnanswered, id, other, row.AgentSeq); err != nil {
		return fmt.Errorf("merge conversation: %w", err)
	}
	return outbox.Ring(ctx, tx, other, 0)
}
