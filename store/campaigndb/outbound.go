package campaigndb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/channel"
	"switchboard/domain/conversation"
	"switchboard/store/contactdb"
	"switchboard/store/conversationdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
	"switchboard/store/templatedb"
)

const (
	RefusedAccountPaused  = "account_paused"
	RefusedAccountRemoved = "account_removed"
)

// AccountRemoved says why nothing can be sent in a conversation any more.
const AccountRemoved = "The messaging account or chat widget of this conversation was removed; nothing can be sent through it any more."

// NewOutbound is an agent's answer. Key is the client's idempotency key.
type NewOutbound struct {
	Conversation, Agent uuid.UUID
	Key, Text, ReplyTo  string
	Attachments         []uuid.UUID
	Buttons             []channel.Button
	Window              conversation.Policy      // the reply window of its channel
	Template            *templatedb.SentTemplate // what Text was made from, or nil
}

// Queued is a stored answer. Repeated says that the key was used before and
// nothing was stored now; PendingBell is the bell its announcement carries.
type Queued struct {
	MessageID uuid.UUID
	Seq       int64
	Repeated  bool
	Rung      outbox.PendingBell
}

const lockForSend = `
SELECT c.state, c.agent_id, c.account_id, c.last_inbound_at, c.window_sent, w.send_timeout, p.opted_out_at IS NOT NULL AS opted_out, a.paused_code IS NOT NULL AS paused,
       a.deleted_at IS NOT NULL AS removed, ` + conversationdb.WritesToCustomer + ` AS joined
FROM conversation c JOIN workstream w ON w.id = c.workstream_id JOIN contact_point p ON p.id = c.contact_point_id
JOIN account a ON a.id = c.account_id
WHERE c.id = $1 FOR UPDATE OF c`

const findByKey = `SELECT id, seq FROM message WHERE conversation_id = $1 AND idempotency_key = $2`

const insertOutbound = `
WITH moved AS (
  UPDATE conversation SET last_seq = last_seq + 1, last_activity_at = now(), last_agent_seq = last_seq + 1, last_agent_at = now(),
         unanswered_since = NULL, window_sent = window_sent + 1
  WHERE id = $1
  RETURNING id, last_seq, account_id, queue_id, agent_id, state, version
), stored AS (
  INSERT INTO message (conversation_id, seq, account_id, direction, type, text, agent_id, reply_to, idempotency_key,
                       status, status_at, expires_at, template_id, content_sid, content_variables, data)
  SELECT id, last_seq, account_id, 'out', $2, $3, $4, NULLIF($5, ''), $6, 'queued', now(), now() + make_interval(secs => $7), $8, $9, $10::jsonb, $11::jsonb FROM moved
  RETURNING id, seq
), told AS (
  INSERT INTO event (kind, conversation_id, message_id, queue_id, agent_id, state, version)
  SELECT '` + outbox.EventMessage + `', m.id, s.id, m.queue_id, m.agent_id, m.state, m.version FROM moved m, stored s
)
SELECT id, seq FROM stored`

const attachToMessage = `
UPDATE attachment SET message_id = $1, position = t.ord - 1
FROM unnest($3::uuid[]) WITH ORDINALITY AS t(id, ord)
WHERE attachment.id = t.id AND conversation_id = $2 AND message_id IS NULL AND state = 'stored'`

// QueueMessage stores an agent's answer with the next seq. It fails with
// ErrNotFound, with a *conversation.Refusal (not active, not the primary agent,
// opted out, account paused) or an *Invalid (attachments), and then stores
// nothing. A key that was used before returns the first result.
func (s *Store) QueueMessage(ctx context.Context, in NewOutbound) (Queued, error) {
	var q Queued
	err := s.BellTx(ctx, func(tx *sqlx.Tx) error {
		var c struct {
			State       string        `db:"state"`
			Agent       uuid.NullUUID `db:"agent_id"`
			Account     uuid.UUID     `db:"account_id"`
			InboundAt   sql.NullTime  `db:"last_inbound_at"`
			WindowSent  int           `db:"window_sent"`
			SendTimeout int           `db:"send_timeout"`
			OptedOut    bool          `db:"opted_out"`
			Paused      bool          `db:"paused"`
			Removed     bool          `db:"removed"`
			Joined      bool          `db:"joined"`
		}
		if err := tx.GetContext(ctx, &c, lockForSend, in.Conversation, in.Agent); errors.Is(err, sql.ErrNoRows) {
			return pg.ErrNotFound
		} else if err != nil {
			return err
		}
		err := tx.QueryRowxContext(ctx, findByKey, in.Conversation, in.Key).Scan(&q.MessageID, &q.Seq)
		if err == nil {
			q.Repeated = true
			return s.rungIn(ctx, tx, in.Conversation, &q.Rung)
		} else if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		st := conversation.State{Phase: conversation.Phase(c.State), Agent: c.Agent.UUID.String(), InboundAt: c.InboundAt.Time, Sent: c.WindowSent, Policy: in.Window, Beside: conversationdb.JoinedAs(in.Agent, c.Joined)}
		if err := mayQueue(st, in, c.OptedOut, c.Paused, c.Removed); err != nil {
			return err
		}
		if err := insertAnswer(ctx, tx, in, c.SendTimeout, &q); err != nil {
			return err
		}
		if err := outbox.Ring(ctx, tx, in.Conversation, contactdb.AnnounceWithin); err != nil {
			return err
		}
		return s.rungIn(ctx, tx, in.Conversation, &q.Rung)
	})
	if err != nil {
		return Queued{}, fmt.Errorf("queue message: %w", err)
	}
	return q, nil
}

func mayQueue(st conversation.State, in NewOutbound, optedOut, paused, removed bool) error {
	if err := st.MaySend(conversation.Sending{Agent: in.Agent.String(), Template: in.Template.Approved()}, time.Now()); err != nil {
		return err
	}
	if optedOut {
		return &conversation.Refusal{Code: contactdb.RefusedOptedOut, Reason: "The customer does not want messages on this channel."}
	}
	if removed {
		return &conversation.Refusal{Code: RefusedAccountRemoved, Reason: AccountRemoved}
	}
	if paused {
		return &conversation.Refusal{Code: RefusedAccountPaused, Reason: "Sending is paused for this account; an administrator must check its credentials."}
	}
	return nil
}

func insertAnswer(ctx context.Context, tx *sqlx.Tx, in NewOutbound, timeout int, q *Queued) error {
	typ := channel.TypeText
	if in.Text == "" {
		typ = channel.TypeFile
	}
	template, sid, variables := in.Template.Columns()
	var data any
	if len(in.Buttons) > 0 {
		b, err := json.Marshal(map[string]any{"buttons": in.Buttons})
		if err != nil {
			return err
		}
		data = string(b)
	}
	row := tx.QueryRowxContext(ctx, insertOutbound, in.Conversation, typ, pg.Clean(in.Text), in.Agent, pg.Clean(in.ReplyTo), in.Key, timeout, template, sid, variables, data)
	if err := row.Scan(&q.MessageID, &q.Seq); err != nil {
		return templatedb.TemplateGone(err)
	}
	if len(in.Attachments) == 0 {
		return nil
	}
	ids := make([]string, len(in.Attachments))
	for i, id := range in.Attachments {
		ids[i] = id.String()
	}
	res, err := tx.ExecContext(ctx, attachToMessage, q.MessageID, in.Conversation, pq.Array(ids))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || int(n) != len(ids) {
		return errors.Join(err, &pg.Invalid{Field: "attachments", Reason: "must be files uploaded to this conversation and not sent before"})
	}
	return nil
}

func (s *Store) rungIn(ctx context.Context, tx *sqlx.Tx, conversation uuid.UUID, into *outbox.PendingBell) error {
	rungs, err := outbox.ReadBells(ctx, tx, []string{conversation.String()})
	if err != nil {
		return err
	}
	if len(rungs) == 1 {
		*into = rungs[0]
	}
	return nil
}
