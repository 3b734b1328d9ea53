package messagedb

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
	"switchboard/store/campaigndb"
	"switchboard/store/conversationdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// Outgoing is a message on its way to a provider.
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
	InDoubt      bool              `db:"in_doubt"`    // an earlier try may have reached the provider
	FailedWith   string            `db:"failed_with"` // what the provider answered to that try, if it answered that it failed
	Expired      bool              `db:"expired"`     // its time is over
	Reply        *channel.ReplyToken
	FileList     []byte `db:"files"`
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
	ID          uuid.UUID `json:"id"`
	Name        string    `json:"name"`
	ContentType string    `json:"content_type"`
	Size        int64     `json:"size"`
	Blob        string    `json:"blob"`
	PreviewBlob string    `json:"preview_blob"`
}

// The oldest message that waits; one that was left in 'sending' by a try that
// was cut off comes first, because it is older.
const selectNext = `
SELECT m.id, m.seq, m.conversation_id, m.account_id, m.text, COALESCE(m.claimed_at, now()) AS claimed_at, m.by_reply, m.status = 'sending' AS in_doubt,
       CASE WHEN m.status = 'sending' THEN COALESCE(m.error_code, '') ELSE '' END AS failed_with,
       COALESCE(m.expires_at < now(), false) AS expired, m.automated IS NOT NULL AS automated, COALESCE(m.content_sid, '') AS content_sid, m.content_variables, m.data,
       a.provider, c.channel, COALESCE(c.last_inbound_at, c.created_at) AS last_inbound_at,
       d.address AS from_address, COALESCE(p.send_to, p.external_id) AS to_address, d.id AS address_id, d.send_rate,
       (SELECT jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'content_type', f.content_type, 'size', f.size, 'blob', COALESCE(f.blob, ''),
          'preview_blob', COALESCE(f.preview_blob, '')) ORDER BY f.position) FROM attachment f WHERE f.message_id = m.id) AS files
FROM (SELECT id, seq, conversation_id, account_id, text, claimed_at, by_reply, status, error_code, expires_at,
        automated, content_sid, content_variables, data
      FROM message WHERE conversation_id = $1 AND seq <= $2 AND status IN ('queued', 'sending') ORDER BY seq LIMIT 1) m
JOIN conversation c ON c.id = m.conversation_id JOIN account a ON a.id = m.account_id
JOIN address d ON d.id = c.address_id JOIN contact_point p ON p.id = c.contact_point_id`

// NextToSend returns the oldest message of a conversation up to a seq that waits
// to be sent, or nil. Only one delivery per conversation runs at a time; its
// workflow sees to that.
func (s *Store) NextToSend(ctx context.Context, conversation uuid.UUID, upTo int64) (*Outgoing, error) {
	out := &Outgoing{}
	if err := pg.GetOne(ctx, s.SQL, out, selectNext, conversation, upTo); errors.Is(err, pg.ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("read message to send: %w", err)
	}
	if err := out.readTemplate(); err != nil {
		return nil, err
	}
	if len(out.FileList) > 0 && json.Unmarshal(out.FileList, &out.Files) != nil {
		return nil, fmt.Errorf("files of message %s cannot be read", out.ID)
	}
	return out, nil
}

// A message becomes 'sending' in one statement, which is the last thing before it
// is handed to its provider: what is 'sending' may have been taken, and what is
// not was certainly not. The reply token is spent by taking it, whatever becomes
// of the send. Whoever answers takes the next place in the line of a number that
// has a limit and does not wait for it: campaigns on the number wait longer.
const beginSending = `
WITH begun AS (
  UPDATE message SET status = 'sending', status_at = now(), claimed_at = now(), claim = $2, early_receipt = NULL,
         error_class = NULL, error_code = NULL, error_detail = NULL,
         by_reply = EXISTS (SELECT FROM conversation c WHERE c.id = $3 AND c.reply_token IS NOT NULL AND c.reply_until > now())
  WHERE id = $1 AND (status = 'queued' OR status = 'sending' AND claim = $2)
  RETURNING conversation_id, claimed_at, by_reply
), held AS (
  SELECT c.id, c.reply_token, c.reply_until FROM begun b JOIN conversation c ON c.id = b.conversation_id WHERE c.reply_token IS NOT NULL FOR NO KEY UPDATE OF c
), spent AS (
  UPDATE conversation c SET reply_token = NULL, reply_until = NULL FROM held WHERE c.id = held.id
), line AS (
  INSERT INTO send_bucket (key, at) SELECT $4, clock_timestamp() + make_interval(secs => 1.0 / $5::int) FROM begun WHERE $5::int IS NOT NULL
  ON CONFLICT (key) DO UPDATE SET at = GREATEST(send_bucket.at, clock_timestamp()) + make_interval(secs => 1.0 / $5::int)
)
SELECT b.claimed_at, b.by_reply, held.reply_token, held.reply_until FROM begun b LEFT JOIN held ON true`

// BeginSending writes down that a message is handed to its provider now. It
// returns false if it does not wait any more. Claim is the caller's own: one who
// does not know whether an earlier call succeeded repeats it with the same.
func (s *Store) BeginSending(ctx context.Context, m *Outgoing, claim uuid.UUID) (bool, error) {
	var got struct {
		ClaimedAt time.Time      `db:"claimed_at"`
		ByReply   bool           `db:"by_reply"`
		Token     sql.NullString `db:"reply_token"`
		Until     sql.NullTime   `db:"reply_until"`
	}
	err := pg.GetOne(ctx, s.SQL, &got, beginSending, m.ID, claim, m.Conversation, campaigndb.AddressBucket(m.Address), m.SendRate)
	if errors.Is(err, pg.ErrNotFound) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("begin sending: %w", err)
	}
	m.ClaimedAt, m.ByReply, m.Reply, m.FailedWith = got.ClaimedAt, got.ByReply, nil, ""
	if got.ByReply && got.Token.Valid {
		m.Reply = &channel.ReplyToken{Token: got.Token.String, Until: got.Until.Time}
	}
	return true, nil
}

// finishMessage moves a message on from one of some statuses: a report that came
// first and ranks higher stays.
const finishMessage = `
WITH moved AS (
  UPDATE message SET status = $2, status_at = now(), error_class = NULLIF($3, ''), error_code = NULLIF($4, ''), error_detail = NULLIF($5, '')
  WHERE id = $1 AND status = ANY($6::text[]) RETURNING id, conversation_id
)
INSERT INTO event (kind, conversation_id, message_id, queue_id, agent_id, state, version)
SELECT '` + outbox.EventMessageUpdated + `', c.id, m.id, c.queue_id, c.agent_id, c.state, c.version FROM moved m JOIN conversation c ON c.id = m.conversation_id`

// Statuses from which a try moves a message on.
func notBegun() any { return pq.Array([]string{string(channel.StatusQueued)}) }

func notSettled() any {
	return pq.Array([]string{string(channel.StatusQueued), string(channel.StatusSending), string(channel.StatusUnknown)})
}

// A receipt may have overtaken the answer: then only the id is kept.
const messageSent = `
WITH old AS (
  SELECT m.id, m.status IN ('queued', 'sending', 'unknown') AS moves, COALESCE(m.early_receipt, 'sent') AS reached
  FROM message m WHERE m.id = $1 FOR NO KEY UPDATE
), kept AS (
  UPDATE message m SET provider_message_id = COALESCE(m.provider_message_id, $2), status = CASE WHEN old.moves THEN old.reached ELSE m.status END,
         status_at = CASE WHEN old.moves THEN now() ELSE m.status_at END, error_class = CASE WHEN NOT old.moves THEN m.error_class END,
         error_code = CASE WHEN NOT old.moves THEN m.error_code END, error_detail = CASE WHEN NOT old.moves THEN m.error_detail END
  FROM old WHERE m.id = old.id RETURNING m.id, m.conversation_id, old.moves
)
INSERT INTO event (kind, conversation_id, message_id, queue_id, agent_id, state, version)
SELECT '` + outbox.EventMessageUpdated + `', c.id, k.id, c.queue_id, c.agent_id, c.state, c.version FROM kept k JOIN conversation c ON c.id = k.conversation_id WHERE k.moves`

// MessageSent records that the provider took a message, and its ids for it.
func (s *Store) MessageSent(ctx context.Context, id uuid.UUID, providerIDs []string) error {
	var pid sql.NullString
	if len(providerIDs) > 0 {
		pid = sql.NullString{String: providerIDs[0], Valid: true}
	}
	if _, err := s.SQL.ExecContext(ctx, messageSent, id, pid); err != nil {
		return fmt.Errorf("record sent: %w", err)
	}
	s.Events().Wake()
	return nil
}

// MessageFailed records that a message will not arrive, and why.
func (s *Store) MessageFailed(ctx context.Context, id uuid.UUID, class channel.Class, code, detail string) error {
	return s.EventTx(ctx, func(tx *sqlx.Tx) error {
		if class == channel.OptedOut {
			var point uuid.UUID
			if err := pg.GetOne(ctx, tx, &point, selectPointOfMessage, id); err != nil {
				return fmt.Errorf("record opt-out: %w", err)
			}
			if err := optOutPoint(ctx, tx, point); err != nil {
				return fmt.Errorf("record opt-out: %w", err)
			}
		}
		return failMessage(ctx, tx, id, class, code, detail, notSettled())
	})
}

// MessageNotTried records that a message will not be tried at all, and why. One
// that was begun meanwhile is left alone.
func (s *Store) MessageNotTried(ctx context.Context, id uuid.UUID, class channel.Class, code, detail string) error {
	return s.EventTx(ctx, func(tx *sqlx.Tx) error { return failMessage(ctx, tx, id, class, code, detail, notBegun()) })
}

const selectPointOfMessage = `
SELECT c.contact_point_id FROM message m JOIN conversation c ON c.id = m.conversation_id WHERE m.id = $1`

// RefuseMessage fails a stored message that the conversation's workflow refused.
// Who sent it hears of it in the answer.
func (s *Store) RefuseMessage(ctx context.Context, id uuid.UUID, code, detail string) error {
	return s.EventTx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, finishMessage, id, channel.StatusFailed, channel.Refused, code, detail, notSettled())
		return err
	})
}

// failMessage records a failure once, and tells the agents of it.
func failMessage(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, class channel.Class, code, detail string, from any) error {
	res, err := tx.ExecContext(ctx, finishMessage, id, channel.StatusFailed, class, code, detail, from)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return conversationdb.SendNotSent(ctx, tx, id, code, detail)
}

// Statuses that are not in doubt yet.
func notDoubted() any {
	return pq.Array([]string{string(channel.StatusQueued), string(channel.StatusSending)})
}

// MessageInDoubt records that a message may have reached the provider, and tells
// the agents of it. It is not sent again; a report or a look-up resolves it.
func (s *Store) MessageInDoubt(ctx context.Context, id uuid.UUID, code, detail string) error {
	return s.EventTx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, finishMessage, id, channel.StatusUnknown, channel.Uncertain, code, detail, notDoubted())
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return conversationdb.SendInDoubt(ctx, tx, id, code)
	})
}

const noteProviderFailed = `UPDATE message SET error_class = $2, error_code = $3 WHERE id = $1 AND status = 'sending'`

// MessageProviderFailed notes that the provider answered a try with a failure of
// its own: what it does not list then was not taken.
func (s *Store) MessageProviderFailed(ctx context.Context, id uuid.UUID, class channel.Class, code string) error {
	if _, err := s.SQL.ExecContext(ctx, noteProviderFailed, id, class, code); err != nil {
		return fmt.Errorf("note the provider's failure: %w", err)
	}
	return nil
}

const requeueMessage = `
UPDATE message SET status = 'queued', status_at = now(), error_class = $2, error_code = NULLIF($3, ''), claimed_at = NULL, claim = NULL, by_reply = false
WHERE id = $1 AND status = 'sending'`

// RequeueMessage puts back a message that the provider certainly did not take, by
// this try or an earlier one.
func (s *Store) RequeueMessage(ctx context.Context, id uuid.UUID, class channel.Class, code string) error {
	_, err := s.SQL.ExecContext(ctx, requeueMessage, id, class, code)
	return err
}

const noteWaiting = `UPDATE message SET error_class = $2, error_code = NULLIF($3, '') WHERE id = $1 AND status = 'queued' AND error_code IS DISTINCT FROM NULLIF($3, '')`

// MessageWaits notes why a message was not tried yet.
func (s *Store) MessageWaits(ctx context.Context, id uuid.UUID, class channel.Class, code string) error {
	if _, err := s.SQL.ExecContext(ctx, noteWaiting, id, class, code); err != nil {
		return fmt.Errorf("note why a message waits: %w", err)
	}
	return nil
}

const providerIDsKnown = `SELECT provider_message_id FROM message WHERE account_id = $1 AND provider_message_id = ANY($2)`

// KnownProviderIDs returns which of the ids belong to messages already.
func (s *Store) KnownProviderIDs(ctx context.Context, account uuid.UUID, ids []string) ([]string, error) {
	var known []string
	err := s.SQL.SelectContext(ctx, &known, providerIDsKnown, account, pq.Array(ids))
	return known, err
}

const pauseAccount = `
WITH paused AS (
  UPDATE account SET paused_code = $2, paused_at = now()
  WHERE id = $1 AND paused_code IS NULL AND updated_at = $3 RETURNING id
), told AS (
  INSERT INTO event (kind, data) SELECT '` + outbox.EventAccount + `', jsonb_build_object('account_id', id, 'change', 'paused', 'code', $2::text) FROM paused
)
SELECT EXISTS (SELECT FROM paused) OR EXISTS (SELECT FROM account WHERE id = $1 AND paused_code IS NOT NULL)`

// PauseAccount stops sending through an account whose credentials or plan the
// provider refused, and tells the administrators. It returns whether the account
// is paused now: it is not if somebody changed or tested it since asOf, the
// UpdatedAt that was read with it, for then the refusal is about what was before.
func (s *Store) PauseAccount(ctx context.Context, account uuid.UUID, code string, asOf time.Time) (paused bool, err error) {
	err = s.EventTx(ctx, func(tx *sqlx.Tx) error {
		return pg.GetOne(ctx, tx, &paused, pauseAccount, account, code, asOf)
	})
	return paused, err
}
