package webchatdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/channel"
	"switchboard/domain/conversation"
	"switchboard/store/configdb"
	"switchboard/store/contactdb"
	"switchboard/store/messagedb"
	"switchboard/store/pg"
)

// seqsPerConversation spreads conversations over one visitor's thread: a
// message's place in it is its conversation's number times this, plus its seq.
const seqsPerConversation = 1_000_000

// ThreadSeq is a message's place in its visitor's thread.
func ThreadSeq(number, seq int64) int64 { return number*seqsPerConversation + seq }

// SplitThreadSeq takes a place apart.
func SplitThreadSeq(place int64) (number, seq int64) {
	return place / seqsPerConversation, place % seqsPerConversation
}

// Chat is a visitor's thread at this moment. Conversation is the one they are
// in or were in last; nil before the first.
type Chat struct {
	Conversation uuid.NullUUID `db:"id"`
	Number       int64         `db:"number"`
	Point        uuid.NullUUID `db:"contact_point_id"`
	State        string        `db:"state"`
	Workstream   uuid.NullUUID `db:"workstream_id"`
	Queue        uuid.NullUUID `db:"queue_id"`
	Agent        uuid.NullUUID `db:"agent_id"`
	AgentName    string        `db:"agent_name"`
	AwaySince    *time.Time    `db:"away_since"`
	CustomerRead int64         `db:"customer_read"`
	AgentRead    int64         `db:"agent_read"`
	LastSeq      int64         `db:"last_seq"`
	Offered      bool          `db:"offered"`
}

// Open reports whether the conversation is not over for the customer.
func (c Chat) Open() bool {
	return c.Conversation.Valid && c.State != string(conversation.WrapUp) && c.State != string(conversation.Closed)
}

// points are the contact points of visitor $1: their own, and those of who they
// were before they signed in.
const points = `SELECT v.contact_point_id FROM visitor v WHERE v.id = $1 OR v.merged_into = $1`

// One that is not closed comes before one that is.
const selectChat = `
SELECT c.id, c.number, c.contact_point_id, c.state, c.workstream_id, c.queue_id, c.agent_id, COALESCE(g.name, '') AS agent_name, c.away_since,
       c.customer_read, c.agent_read, c.last_seq, c.offer_id IS NOT NULL AS offered
FROM conversation c LEFT JOIN agent g ON g.id = c.agent_id
WHERE c.contact_point_id IN (` + points + `)
ORDER BY c.state = 'closed', c.number DESC LIMIT 1`

// ChatOf returns where a visitor's thread stands.
func (s *Store) ChatOf(ctx context.Context, visitor uuid.UUID) (Chat, error) {
	return chatOf(ctx, s.SQL, visitor)
}

func chatOf(ctx context.Context, q sqlx.QueryerContext, visitor uuid.UUID) (Chat, error) {
	var c Chat
	if err := pg.GetOne(ctx, q, &c, selectChat, visitor); err != nil && !errors.Is(err, pg.ErrNotFound) {
		return Chat{}, fmt.Errorf("read chat: %w", err)
	}
	return c, nil
}

// ChatLine is what a visitor writes. ID is the client's, the same on every try.
type ChatLine struct {
	Widget  configdb.Widget
	Visitor contactdb.Visitor
	ID      uuid.UUID
	Type    string
	Text    string
	Data    map[string]any
	Files   []uuid.UUID // uploaded and not sent before
}

// EventID is the id under which a line is stored once.
func (l ChatLine) eventID() string { return l.Visitor.WritesAs.String() + ":" + l.ID.String() }

// ErrChatEnded says that a live chat is over; a new one must be begun.
var ErrChatEnded = errors.New("the chat has ended")

const findLine = `SELECT m.id FROM message m WHERE m.account_id = $1 AND m.provider_event_id = $2`

const pointExternal = `SELECT external_id FROM contact_point WHERE id = $1`

// lockVisitor puts what one visitor does in many tabs in order.
const lockVisitor = `SELECT id FROM visitor WHERE id = $1 FOR NO KEY UPDATE`

// The context of a conversation that begins: routing has not read it yet.
const giveContext = `
UPDATE conversation c SET context = v.context, presence_no = 1, away_since = CASE WHEN EXISTS (SELECT FROM visitor_connection x WHERE x.visitor_id = v.id) THEN NULL ELSE now() END
FROM visitor v WHERE v.id = $1 AND c.id = (SELECT m.conversation_id FROM message m WHERE m.id = $2) AND c.queue_id IS NULL AND c.last_seq = 1`

const adoptFiles = `
WITH taken AS (
  DELETE FROM visitor_file f USING unnest($3::uuid[]) WITH ORDINALITY AS t(id, ord) WHERE f.id = t.id AND f.visitor_id = $1 AND f.blob <> ''
  RETURNING f.id, t.ord, f.name, f.content_type, f.size, f.sha256, f.blob, f.preview_blob
)
INSERT INTO attachment (id, conversation_id, message_id, position, state, name, content_type, size, sha256, blob, preview_blob)
SELECT t.id, m.conversation_id, m.id, t.ord - 1, 'stored', t.name, t.content_type, t.size, t.sha256, t.blob, t.preview_blob
FROM taken t, message m WHERE m.id = $2`

// WriteChat stores what a visitor wrote on the way that all inbound messages
// take, and returns its message. A line that was stored before is returned as
// repeated. In a live chat that has ended only a line that begins anew is taken;
// others are ErrChatEnded. Files that are not the visitor's are an *Invalid.
func (s *Store) WriteChat(ctx context.Context, l ChatLine) (id uuid.UUID, repeated bool, err error) {
	err = s.BellTx(ctx, func(tx *sqlx.Tx) error {
		var locked uuid.UUID
		if err := pg.GetOne(ctx, tx, &locked, lockVisitor, l.Visitor.ID); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &id, findLine, l.Widget.Account, l.eventID()); err == nil {
			repeated = true
			return nil
		} else if !errors.Is(err, pg.ErrNotFound) {
			return err
		}
		from, err := writesTo(ctx, tx, l)
		if err != nil {
			return err
		}
		args, err := messagedb.InboundColumns([]contactdb.Inbound{{Account: l.Widget.Account, Address: l.Widget.Address, Event: channel.Event{
			Kind: channel.KindMessage, ID: l.eventID(), Type: l.Type, Channel: configdb.ProviderWebchat, From: from, Text: l.Text, Data: l.Data}}})
		if err != nil {
			return err
		}
		var stored int
		if err := tx.QueryRowContext(ctx, messagedb.StoreMessages, args...).Scan(&stored); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &id, findLine, l.Widget.Account, l.eventID()); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, giveContext, l.Visitor.ID, id); err != nil {
			return err
		}
		return takeFiles(ctx, tx, l, id)
	})
	if err != nil {
		return uuid.Nil, false, fmt.Errorf("write chat: %w", err)
	}
	return id, repeated, nil
}

// writesTo is the contact point that a line comes from: of the conversation that
// goes on, or else the visitor's own.
func writesTo(ctx context.Context, tx *sqlx.Tx, l ChatLine) (string, error) {
	c, err := chatOf(ctx, tx, l.Visitor.ID)
	if err != nil {
		return "", err
	}
	point := l.Visitor.Point
	if c.Conversation.Valid && c.State != string(conversation.Closed) {
		point = c.Point.UUID
	}
	if l.Widget.Style == string(conversation.Live) && l.Type != TypeStarted && !c.Open() {
		return "", ErrChatEnded
	}
	var external string
	err = pg.GetOne(ctx, tx, &external, pointExternal, point)
	return external, err
}

func takeFiles(ctx context.Context, tx *sqlx.Tx, l ChatLine, message uuid.UUID) error {
	if len(l.Files) == 0 {
		return nil
	}
	res, err := tx.ExecContext(ctx, adoptFiles, l.Visitor.ID, message, messagedb.UUIDArray(l.Files))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || int(n) != len(l.Files) {
		return errors.Join(err, &pg.Invalid{Field: "attachments", Reason: "must be files that were uploaded here and not sent before"})
	}
	return nil
}

// TypeStarted is the first row of a live chat: the customer is there and waits.
const TypeStarted = "started"

const (
	setLoosePreview = `UPDATE visitor_file SET preview_blob = $2 WHERE id = $1`
	setPreview      = `WITH f AS (UPDATE attachment SET preview_blob = $2 WHERE id = $1 AND state = 'stored' RETURNING message_id)` + messagedb.TellOfFile
)

// SetPreview records the preview of a visitor's file, wherever it is by now. A
// file that is gone is ErrNotFound.
func (s *Store) SetPreview(ctx context.Context, file uuid.UUID, blob string) error {
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		// If it is being sent, the first waits for that and finds nothing; the second sees it then.
		res, err := tx.ExecContext(ctx, setLoosePreview, file, blob)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			return err
		}
		if res, err = tx.ExecContext(ctx, setPreview, file, blob); err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return pg.ErrNotFound
	})
	if err != nil {
		return fmt.Errorf("set preview: %w", err)
	}
	return nil
}

// ChatMessage is a message as its visitor sees it.
type ChatMessage struct {
	ID           uuid.UUID        `db:"id"`
	Conversation uuid.UUID        `db:"conversation_id"`
	Number       int64            `db:"number"`
	Seq          int64            `db:"seq"`
	Direction    string           `db:"direction"`
	Type         string           `db:"type"`
	Text         string           `db:"text"`
	Data         *json.RawMessage `db:"data"`
	AgentName    *string          `db:"agent_name"`
	Automated    bool             `db:"automated"`
	Status       *string          `db:"status"`
	EventID      *string          `db:"provider_event_id"`
	CreatedAt    time.Time        `db:"created_at"`
	Redacted     bool             `db:"redacted"`
	Attachments  json.RawMessage  `db:"attachments"`
	Shown        bool             `db:"shown"` // of ChatNews: its customer may see it
}

// forCustomer is true of what a customer may see of message m, now or once it is sent.
const forCustomer = `(m.direction = 'in' OR m.direction = 'out' AND m.visible_to <> 'agent')`

// shown is true of message m once its customer may see it: an answer that may
// still be refused is not shown.
const shown = `(m.direction = 'in' OR m.direction = 'out' AND m.visible_to <> 'agent' AND COALESCE(m.status IN ('sent', 'delivered', 'read', 'unknown'), false))`

const chatColumns = `m.id, m.conversation_id, m.seq, m.direction, m.type,
       CASE WHEN m.redacted_at IS NULL THEN m.text ELSE '' END AS text, CASE WHEN m.redacted_at IS NULL THEN m.data END AS data,
       g.name AS agent_name, m.automated IS NOT NULL AS automated, m.status, m.provider_event_id, m.created_at, m.redacted_at IS NOT NULL AS redacted,
       (SELECT COALESCE(json_agg(json_build_object('id', f.id, 'state', f.state, 'name', f.name, 'content_type', f.content_type, 'size', f.size,
                'preview', f.preview_blob IS NOT NULL) ORDER BY f.position), '[]')
        FROM attachment f WHERE f.message_id = m.id AND m.redacted_at IS NULL) AS attachments`

const chatMessageByID = `
SELECT c.number, ` + chatColumns + `
FROM message m JOIN conversation c ON c.id = m.conversation_id LEFT JOIN agent g ON g.id = m.agent_id
WHERE m.id = $2 AND c.contact_point_id IN (` + points + `) AND ` + shown

// ChatMessageByID returns a message of a visitor's thread, or ErrNotFound.
func (s *Store) ChatMessageByID(ctx context.Context, visitor, id uuid.UUID) (ChatMessage, error) {
	var m ChatMessage
	if err := pg.GetOne(ctx, s.SQL, &m, chatMessageByID, visitor, id); err != nil {
		return ChatMessage{}, fmt.Errorf("read chat message: %w", err)
	}
	return m, nil
}

// Of each conversation no more is read than the page can hold. $2: the whole
// thread, or only the conversation $3.
const chatConversations = `
WITH conv AS (
  SELECT c.id, c.number FROM conversation c WHERE c.contact_point_id IN (` + points + `) AND ($2::boolean OR c.id = $3)
)
SELECT conv.number, m.* FROM conv CROSS JOIN LATERAL (
  SELECT ` + chatColumns + ` FROM message m LEFT JOIN agent g ON g.id = m.agent_id
  WHERE m.conversation_id = conv.id AND ` + shown

const chatBefore = chatConversations + `
    AND m.seq < CASE WHEN conv.number = $4::bigint THEN $5::bigint ELSE 9223372036854775807 END
  ORDER BY m.seq DESC LIMIT $6) m
WHERE conv.number <= $4 ORDER BY conv.number DESC, m.seq DESC LIMIT $6`

const chatAfter = chatConversations + `
    AND m.seq > CASE WHEN conv.number = $4::bigint THEN $5::bigint ELSE 0 END
  ORDER BY m.seq LIMIT $6) m
WHERE conv.number >= $4 ORDER BY conv.number, m.seq LIMIT $6`

// ChatPage asks for a part of a visitor's thread.
type ChatPage struct {
	Visitor uuid.UUID
	Whole   bool          // all conversations, or the one of Only
	Only    uuid.NullUUID //
	Place   int64         // before or after which
	Limit   int
}

// ChatBefore returns what precedes a place, the latest first.
func (s *Store) ChatBefore(ctx context.Context, p ChatPage) ([]ChatMessage, error) {
	return s.chatPage(ctx, chatBefore, p)
}

// ChatAfter returns what follows a place, in order.
func (s *Store) ChatAfter(ctx context.Context, p ChatPage) ([]ChatMessage, error) {
	return s.chatPage(ctx, chatAfter, p)
}

func (s *Store) chatPage(ctx context.Context, query string, p ChatPage) ([]ChatMessage, error) {
	number, seq := SplitThreadSeq(p.Place)
	list := []ChatMessage{}
	if err := s.SQL.SelectContext(ctx, &list, query, p.Visitor, p.Whole, p.Only, number, seq, p.Limit); err != nil {
		return nil, fmt.Errorf("read chat: %w", err)
	}
	return list, nil
}
