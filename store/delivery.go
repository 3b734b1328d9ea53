package store

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
)

// Outgoing is a claimed message on its way to a provider.
type Outgoing struct {
	ID           uuid.UUID         `db:"id"`
	Seq          int64             `db:"seq"`
	Conversation uuid.UUID         `db:"conversation_id"`
	Account      uuid.UUID         `db:"account_id"`
	Provider     string            `db:"provider"`
	Channel      string            `db:"channel"`
	From         string            `db:"from_address"`
	To           string            `db:"to_address"`
	Text         string            `db:"text"`
	InboundAt    time.Time         `db:"last_inbound_at"` // of the customer's last message; for the reply window
	ClaimedAt    time.Time         `db:"claimed_at"`
	ByReply      bool              `db:"by_reply"`
	Automated    bool              `db:"automated"` // no person typed it
	ContentSID   string            `db:"content_sid"`
	Variables    []byte            `db:"content_variables"`
	Data         []byte            `db:"data"`
	Buttons      []channel.Button  // of Data
	Address      uuid.UUID         `db:"address_id"`
	SendRate     *int              `db:"send_rate"` // of the number; nil: no limit
	Template     *channel.Template // the provider's, that Text was made from, or nil
	InDoubt      bool              // an earlier try was cut off and may have reached the provider
	Reply        *channel.ReplyToken
	Files        []File
}

// readTemplate makes Template and Buttons of the columns.
func (m *Outgoing) readTemplate() error {
	var data struct{ Buttons []channel.Button }
	if len(m.Data) > 0 && json.Unmarshal(m.Data, &data) != nil {
		return fmt.Errorf("buttons of message %s cannot be read", m.ID) // the cause may quote one
	}
	m.Buttons = data.Buttons
	if m.ContentSID == "" {
		return nil
	}
	m.Template = &channel.Template{ContentSID: m.ContentSID}
	if json.Unmarshal(m.Variables, &m.Template.Variables) != nil {
		return fmt.Errorf("template of message %s cannot be read", m.ID) // the cause may quote a value
	}
	return nil
}

// File is a stored attachment.
type File struct {
	ID          uuid.UUID `db:"id"`
	Name        string    `db:"name"`
	ContentType string    `db:"content_type"`
	Size        int64     `db:"size"`
	Blob        string    `db:"blob"`
	PreviewBlob string    `db:"preview_blob"`
}

// The oldest message that waits; one that was left in 'sending' by a try that
// was cut off comes first, because it is older.
const lockNext = `
SELECT m.id, m.seq, m.conversation_id, m.status, m.expires_at < now() AS expired
FROM message m WHERE m.conversation_id = $1 AND m.seq <= $2 AND m.status IN ('queued', 'sending')
ORDER BY m.seq LIMIT 1 FOR UPDATE`

const claimMessage = `
UPDATE message SET status = 'sending', status_at = now(), claimed_at = COALESCE(claimed_at, now())
WHERE id = $1 RETURNING claimed_at`

const selectOutgoing = `
SELECT m.id, m.seq, m.conversation_id, m.account_id, m.text, m.claimed_at, m.by_reply, m.automated IS NOT NULL AS automated, COALESCE(m.content_sid, '') AS content_sid, m.content_variables, m.data,
       a.provider, c.channel, COALESCE(c.last_inbound_at, c.created_at) AS last_inbound_at,
       d.address AS from_address, p.external_id AS to_address, d.id AS address_id, d.send_rate
FROM message m JOIN conversation c ON c.id = m.conversation_id JOIN account a ON a.id = m.account_id
JOIN address d ON d.id = c.address_id JOIN contact_point p ON p.id = c.contact_point_id
WHERE m.id = $1`

// A reply token is spent by taking it, whatever becomes of the send.
const takeReplyToken = `
WITH held AS (SELECT id, reply_token, reply_until FROM conversation WHERE id = $1 AND reply_token IS NOT NULL FOR NO KEY UPDATE)
UPDATE conversation c SET reply_token = NULL, reply_until = NULL FROM held WHERE c.id = held.id
RETURNING held.reply_token, held.reply_until`

const selectFiles = `
SELECT id, name, content_type, size, blob, COALESCE(preview_blob, '') AS preview_blob
FROM attachment WHERE message_id = $1 ORDER BY position`

// ClaimNext takes the oldest message of a conversation up to a seq that waits to
// be sent, or returns nil. What has outlived its time is failed on the way.
// Only one delivery per conversation runs at a time; its workflow sees to that.
func (s *Store) ClaimNext(ctx context.Context, conversation uuid.UUID, upTo int64) (*Outgoing, error) {
	for {
		var out *Outgoing
		var again bool
		err := s.txEvents(ctx, func(tx *sqlx.Tx) (err error) {
			out, again, err = claimNext(ctx, tx, conversation, upTo)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("claim message: %w", err)
		}
		if !again {
			return out, nil
		}
	}
}

func claimNext(ctx context.Context, tx *sqlx.Tx, conversation uuid.UUID, upTo int64) (out *Outgoing, again bool, err error) {
	var next struct {
		ID           uuid.UUID    `db:"id"`
		Seq          int64        `db:"seq"`
		Conversation uuid.UUID    `db:"conversation_id"`
		Status       string       `db:"status"`
		Expired      sql.NullBool `db:"expired"`
	}
	if err := tx.GetContext(ctx, &next, lockNext, conversation, upTo); errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	} else if err != nil {
		return nil, false, err
	}
	if next.Status == string(channel.StatusQueued) && next.Expired.Bool {
		return nil, true, failMessage(ctx, tx, next.ID, channel.Unavailable, "expired", "It could not be sent in time.")
	}
	var claimed time.Time
	if err := tx.GetContext(ctx, &claimed, claimMessage, next.ID); err != nil {
		return nil, false, err
	}
	out = &Outgoing{}
	if err := tx.GetContext(ctx, out, selectOutgoing, next.ID); err != nil {
		return nil, false, err
	}
	if err := out.readTemplate(); err != nil {
		return nil, false, err
	}
	if err := out.goesFirst(ctx, tx); err != nil {
		return nil, false, err
	}
	out.InDoubt = next.Status == string(channel.StatusSending)
	if err := tx.SelectContext(ctx, &out.Files, selectFiles, next.ID); err != nil {
		return nil, false, err
	}
	if out.InDoubt {
		return out, false, nil // its reply token was taken by the first try
	}
	var r channel.ReplyToken
	err = tx.QueryRowxContext(ctx, takeReplyToken, conversation).Scan(&r.Token, &r.Until)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !time.Now().Before(r.Until) {
		return out, false, nil
	} else if err != nil {
		return nil, false, err
	}
	out.Reply, out.ByReply = &r, true
	_, err = tx.ExecContext(ctx, markByReply, out.ID)
	return out, false, err
}

const overtake = `
INSERT INTO send_bucket (key, at) VALUES ($1, clock_timestamp() + make_interval(secs => 1.0 / $2))
ON CONFLICT (key) DO UPDATE SET at = GREATEST(send_bucket.at, clock_timestamp()) + make_interval(secs => 1.0 / $2)`

// goesFirst takes a place in the line of a number that has a limit, and does not
// wait for it: campaigns that use the number wait longer instead.
func (m *Outgoing) goesFirst(ctx context.Context, tx *sqlx.Tx) error {
	if m.SendRate == nil {
		return nil
	}
	_, err := tx.ExecContext(ctx, overtake, AddressBucket(m.Address), *m.SendRate)
	return err
}

const markByReply = `UPDATE message SET by_reply = true WHERE id = $1`

// finishMessage moves a message on from a try. A report that came first and
// ranks higher stays.
const finishMessage = `
WITH moved AS (
  UPDATE message SET status = $2, status_at = now(), error_class = NULLIF($3, ''), error_code = NULLIF($4, ''),
         error_detail = NULLIF($5, ''), provider_message_id = COALESCE(provider_message_id, $6)
  WHERE id = $1 AND status IN ('queued', 'sending', 'unknown') RETURNING id, conversation_id
)
INSERT INTO event (kind, conversation_id, message_id, queue_id, agent_id)
SELECT '` + EventMessageUpdated + `', c.id, m.id, c.queue_id, c.agent_id FROM moved m JOIN conversation c ON c.id = m.conversation_id`

const keepProviderID = `UPDATE message SET provider_message_id = COALESCE(provider_message_id, $2) WHERE id = $1`

// MessageSent records that the provider took a message, and its ids for it.
func (s *Store) MessageSent(ctx context.Context, id uuid.UUID, providerIDs []string) error {
	var pid sql.NullString
	if len(providerIDs) > 0 {
		pid = sql.NullString{String: providerIDs[0], Valid: true}
	}
	return s.txEvents(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, finishMessage, id, channel.StatusSent, "", "", "", pid); err != nil {
			return fmt.Errorf("record sent: %w", err)
		}
		_, err := tx.ExecContext(ctx, keepProviderID, id, pid) // a receipt may have overtaken the answer
		return err
	})
}

// MessageFailed records that a message will not arrive, and why.
func (s *Store) MessageFailed(ctx context.Context, id uuid.UUID, class channel.Class, code, detail string) error {
	return s.txEvents(ctx, func(tx *sqlx.Tx) error {
		if class == channel.OptedOut {
			var point uuid.UUID
			if err := get(ctx, tx, &point, selectPointOfMessage, id); err != nil {
				return fmt.Errorf("record opt-out: %w", err)
			}
			if err := optOutPoint(ctx, tx, point); err != nil {
				return fmt.Errorf("record opt-out: %w", err)
			}
		}
		return failMessage(ctx, tx, id, class, code, detail)
	})
}

const selectPointOfMessage = `
SELECT c.contact_point_id FROM message m JOIN conversation c ON c.id = m.conversation_id WHERE m.id = $1`

// RefuseMessage fails a stored message that the conversation's workflow refused.
// Who sent it hears of it in the answer.
func (s *Store) RefuseMessage(ctx context.Context, id uuid.UUID, code, detail string) error {
	return s.txEvents(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, finishMessage, id, channel.StatusFailed, channel.Refused, code, detail, nil)
		return err
	})
}

// failMessage records a failure once, and tells the agents of it.
func failMessage(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, class channel.Class, code, detail string) error {
	res, err := tx.ExecContext(ctx, finishMessage, id, channel.StatusFailed, class, code, detail, nil)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return sayNotSent(ctx, tx, id, code, detail)
}

// MessageInDoubt records that a message may have reached the provider. It is
// not sent again; a report or a look-up resolves it.
func (s *Store) MessageInDoubt(ctx context.Context, id uuid.UUID, code, detail string) error {
	return s.txEvents(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, finishMessage, id, channel.StatusUnknown, channel.Uncertain, code, detail, nil)
		return err
	})
}

const requeueMessage = `
UPDATE message SET status = 'queued', status_at = now(), error_class = $2, error_code = NULLIF($3, ''), claimed_at = NULL, by_reply = false
WHERE id = $1 AND status = 'sending'`

// RequeueMessage puts back a message that the provider certainly did not take.
func (s *Store) RequeueMessage(ctx context.Context, id uuid.UUID, class channel.Class, code string) error {
	_, err := s.db.ExecContext(ctx, requeueMessage, id, class, code)
	return err
}

const providerIDsKnown = `SELECT provider_message_id FROM message WHERE account_id = $1 AND provider_message_id = ANY($2)`

// KnownProviderIDs returns which of the ids belong to messages already.
func (s *Store) KnownProviderIDs(ctx context.Context, account uuid.UUID, ids []string) ([]string, error) {
	var known []string
	err := s.db.SelectContext(ctx, &known, providerIDsKnown, account, pq.Array(ids))
	return known, err
}

const pauseAccount = `
WITH paused AS (
  UPDATE account SET paused_code = $2, paused_at = now()
  WHERE id = $1 AND paused_code IS NULL AND updated_at = $3 RETURNING id
), told AS (
  INSERT INTO event (kind, data) SELECT '` + EventAccount + `', jsonb_build_object('account_id', id, 'change', 'paused', 'code', $2::text) FROM paused
)
SELECT EXISTS (SELECT FROM paused) OR EXISTS (SELECT FROM account WHERE id = $1 AND paused_code IS NOT NULL)`

// PauseAccount stops sending through an account whose credentials or plan the
// provider refused, and tells the administrators. It returns whether the account
// is paused now: it is not if somebody changed or tested it since asOf, the
// UpdatedAt that was read with it, for then the refusal is about what was before.
func (s *Store) PauseAccount(ctx context.Context, account uuid.UUID, code string, asOf time.Time) (paused bool, err error) {
	err = s.txEvents(ctx, func(tx *sqlx.Tx) error {
		return get(ctx, tx, &paused, pauseAccount, account, code, asOf)
	})
	return paused, err
}
