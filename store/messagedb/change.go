package messagedb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/channel"
	"switchboard/store/contactdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// A customer takes back or changes what they wrote, and nobody else's. The
// provider may tell of it before the message: whoever stores that looks for what
// was told of it (storeMessages).
const sentBy = `
SELECT m.id FROM message m JOIN conversation c ON c.id = m.conversation_id JOIN contact_point p ON p.id = c.contact_point_id
WHERE m.account_id = $1 AND m.provider_message_id = $2 AND m.direction = 'in' AND m.redacted_at IS NULL
  AND p.external_id = COALESCE((SELECT a.external_id FROM contact_point_alias a WHERE a.account_id = $1 AND a.channel = p.channel AND a.alias = $3), $3)`

const redactMessage = `
WITH gone AS (
  UPDATE message SET text = '', data = NULL, redacted_at = now() WHERE id IN (` + sentBy + `) AND redacted_at IS NULL
  RETURNING id, conversation_id
), files AS (
  UPDATE attachment SET state = 'failed', error_code = 'redacted' WHERE message_id IN (SELECT id FROM gone)
)
INSERT INTO event (kind, conversation_id, message_id, queue_id, agent_id, state, version)
SELECT '` + outbox.EventMessageUpdated + `', c.id, g.id, c.queue_id, c.agent_id, c.state, c.version FROM gone g JOIN conversation c ON c.id = g.conversation_id`

// What an earlier edit said goes with the message.
const redactEdits = `
UPDATE provider_event SET data = data - 'text'
WHERE account_id = $1 AND data->>'message_id' = $2 AND kind IN ('redact', 'edit') AND data ? 'text'`

// Edits may come in any order; the one that was made last counts.
const editMessage = `
WITH changed AS (
  UPDATE message SET text = $4, edited_at = COALESCE($5, now()) WHERE id IN (` + sentBy + `) AND redacted_at IS NULL AND type = 'text'
    AND COALESCE($5, now()) > COALESCE(edited_at, '-infinity')
  RETURNING id, conversation_id
)
INSERT INTO event (kind, conversation_id, message_id, queue_id, agent_id, state, version)
SELECT '` + outbox.EventMessageUpdated + `', c.id, x.id, c.queue_id, c.agent_id, c.state, c.version FROM changed x JOIN conversation c ON c.id = x.conversation_id`

func redact(ctx context.Context, q sqlx.ExtContext, account uuid.UUID, e channel.Event) error {
	if _, err := q.ExecContext(ctx, redactMessage, account, e.MessageID, e.From); err != nil {
		return fmt.Errorf("redact message: %w", err)
	}
	if _, err := q.ExecContext(ctx, redactEdits, account, e.MessageID); err != nil {
		return fmt.Errorf("redact edits: %w", err)
	}
	return nil
}

func edit(ctx context.Context, q sqlx.ExtContext, account uuid.UUID, e channel.Event) error {
	var at any
	if !e.At.IsZero() {
		at = e.At
	}
	if _, err := q.ExecContext(ctx, editMessage, account, e.MessageID, e.From, pg.Clean(e.Text), at); err != nil {
		return fmt.Errorf("edit message: %w", err)
	}
	return nil
}

// changedWithin is how long a message that was being stored when its change came
// may take to be committed, with much to spare.
const changedWithin = `1 minute`

const changeColumns = `
SELECT account_id, kind, data->>'message_id' AS message_id, COALESCE(data->>'from', '') AS sender, COALESCE(data->>'text', '') AS text,
       COALESCE(NULLIF(data->>'at', '0001-01-01T00:00:00Z')::timestamptz, received_at) AS at `

const selectChanges = changeColumns + `
FROM provider_event WHERE kind IN ('redact', 'edit') AND received_at > now() - interval '` + changedWithin + `' ORDER BY id`

const changesOf = changeColumns + `
FROM provider_event WHERE account_id = $1 AND data->>'message_id' = $2 AND kind IN ('redact', 'edit') ORDER BY id`

// change is what a provider told of a message.
type change struct {
	Account uuid.UUID    `db:"account_id"`
	Kind    channel.Kind `db:"kind"`
	Message string       `db:"message_id"`
	From    string       `db:"sender"`
	Text    string       `db:"text"`
	At      time.Time    `db:"at"`
}

func (x change) apply(ctx context.Context, q sqlx.ExtContext) error {
	e := channel.Event{MessageID: x.Message, From: x.From, Text: x.Text, At: x.At}
	switch {
	case x.Kind == channel.KindRedact:
		return redact(ctx, q, x.Account, e)
	case x.Text != "": // else it was taken back since
		return edit(ctx, q, x.Account, e)
	}
	return nil
}

// applyChanges applies to messages that were stored a moment ago what was told of
// them before.
func applyChanges(ctx context.Context, tx *sqlx.Tx, batch []contactdb.Inbound) error {
	for _, in := range batch {
		if in.Event.MessageID == "" {
			continue
		}
		var list []change
		if err := tx.SelectContext(ctx, &list, changesOf, in.Account, in.Event.MessageID); err != nil {
			return fmt.Errorf("read changes of a message: %w", err)
		}
		for _, x := range list {
			if err := x.apply(ctx, tx); err != nil {
				return err
			}
		}
	}
	return nil
}

// SettleChanges applies once more what customers took back or changed a moment
// ago: a message and its change that were committed by two processes at the same
// moment did not see each other.
func (s *Store) SettleChanges(ctx context.Context) error {
	var list []change
	if err := s.SQL.SelectContext(ctx, &list, selectChanges); err != nil {
		return fmt.Errorf("read changes of messages: %w", err)
	}
	for _, x := range list {
		if err := x.apply(ctx, s.SQL); err != nil {
			return err
		}
	}
	if len(list) > 0 {
		s.Events().Wake()
	}
	return nil
}
