package eventlog

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"switchboard/store/campaigndb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// EventCursor is a place in the event log: that of one event. The zero cursor
// is before every event.
type EventCursor struct {
	XID uint64
	ID  int64
}

// String is the cursor as clients keep it.
func (c EventCursor) String() string {
	return strconv.FormatUint(c.XID, 10) + "-" + strconv.FormatInt(c.ID, 10)
}

// Compare orders cursors as the log orders events.
func (c EventCursor) Compare(o EventCursor) int {
	return cmp.Or(cmp.Compare(c.XID, o.XID), cmp.Compare(c.ID, o.ID))
}

// ParseEventCursor reads what String wrote.
func ParseEventCursor(s string) (EventCursor, bool) {
	xid, id, found := strings.Cut(s, "-")
	x, errX := strconv.ParseUint(xid, 10, 64)
	i, errI := strconv.ParseInt(id, 10, 64)
	return EventCursor{XID: x, ID: i}, found && errX == nil && errI == nil
}

// EventFilter is whose events are read: of an agent and of queues, and the presence
// of people. A nil *EventFilter reads all.
type EventFilter struct {
	Agent  uuid.UUID
	Queues []uuid.UUID
	People []uuid.UUID

	AllPeople bool // instead of People
}

// EventRead asks for up to Limit events after a cursor, and not after UpTo
// unless that is zero.
type EventRead struct {
	After, UpTo EventCursor
	Limit       int
	Audience    *EventFilter
}

// LoggedEvent is an event to deliver. JSON is what the reader gets: the event
// with its message and conversation as they are now.
type LoggedEvent struct {
	Cursor       EventCursor
	Kind         string
	Conversation uuid.NullUUID
	Channel      string // of the conversation
	Queue        uuid.NullUUID
	Agent        uuid.NullUUID
	Beside       []uuid.UUID // who takes part in its conversation now; of advice only who it is for
	JSON         []byte
}

// EventPage is a part of the log. Known is false when the event at the cursor
// is not in the log, because it was pruned or the database is another one; then
// nothing tells what is missing between. Pending says that committed events
// wait for an older transaction to end, and will be there in a moment.
type EventPage struct {
	Events  []LoggedEvent
	Known   bool
	Pending bool
}

// A transaction that began earlier may commit later, so only rows below the
// oldest running transaction are taken: none can appear behind a cursor.
const readEvents = `
WITH page AS (
  SELECT e.xid, e.id, e.kind, e.conversation_id, e.message_id, e.queue_id, e.agent_id, e.data, e.created_at
  FROM event e
  WHERE (e.xid, e.id) > ($1::xid8, $2::bigint) AND (e.xid, e.id) <= ($3::xid8, $4::bigint)
    AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
    AND ($6::boolean OR e.agent_id = $7::uuid OR e.queue_id = ANY($8::uuid[])
         OR e.conversation_id IN (SELECT x.conversation_id FROM participation x WHERE x.agent_id = $7::uuid AND x.left_at IS NULL)
         OR e.kind = '` + outbox.EventPresence + `' AND ($10::boolean OR e.agent_id = ANY($9::uuid[])))
  ORDER BY e.xid, e.id LIMIT $5
), log AS (
  SELECT EXISTS (SELECT FROM event WHERE (xid, id) = ($1::xid8, $2::bigint)) AS known,
         EXISTS (SELECT FROM event WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())) AS pending
)
SELECT log.known, log.pending,
  COALESCE(e.xid::text, '0') AS xid, COALESCE(e.id, 0) AS id, COALESCE(e.kind, '') AS kind, e.conversation_id, e.message_id,
  e.queue_id, e.agent_id, COALESCE(e.data, '{}') AS data, e.created_at,
  c.state, c.version, c.channel, c.agent_id AS c_agent_id, c.queue_id AS c_queue_id, c.priority, c.waiting_since, c.last_seq,
  c.last_activity_at, c.offer_id, c.offer_agent_id, c.offer_expires_at,
  m.seq, m.direction, m.type, m.text, m.data AS m_data, m.agent_id AS m_agent_id, g.name AS m_agent_name, m.reply_to,
  m.status, m.status_at, m.error_class, m.error_code, m.error_detail, m.redacted_at, m.edited_at, m.provider_at, m.created_at AS m_created_at,
  m.provider_message_id, m.automated,` + campaigndb.AnsweredOf + `, m.template_id, CASE WHEN m.agent_id IS NOT NULL THEN m.idempotency_key END AS key,
  (SELECT json_agg(json_build_object('id', f.id, 'state', f.state, 'error_code', f.error_code, 'name', f.name,
            'content_type', f.content_type, 'size', f.size, 'preview', f.preview_blob IS NOT NULL) ORDER BY f.position)
   FROM attachment f WHERE f.message_id = m.id AND m.redacted_at IS NULL) AS attachments,
  CASE WHEN e.kind IN ('` + outbox.EventNote + `', '` + outbox.EventNoteUpdated + `') THEN
    (SELECT json_build_object('id', n.id, 'agent_id', n.agent_id, 'agent_name', w.name, 'text', n.text,
              'created_at', n.created_at, 'updated_at', n.updated_at, 'deleted_at', n.deleted_at)
     FROM note n JOIN agent w ON w.id = n.agent_id WHERE n.id = (e.data->>'note_id')::uuid) END AS note,
  CASE WHEN e.kind = '` + outbox.EventConsultMessage + `' THEN
    (SELECT json_build_object('id', y.id, 'participant_id', y.participation_id, 'seq', y.seq, 'agent_id', y.agent_id, 'agent_name', w.name,
              'text', y.text, 'created_at', y.created_at)
     FROM consult_message y JOIN agent w ON w.id = y.agent_id WHERE y.id = (e.data->>'message_id')::uuid) END AS advice,
  ARRAY(SELECT x.agent_id::text FROM participation x WHERE x.conversation_id = e.conversation_id AND x.left_at IS NULL
        AND (e.kind <> '` + outbox.EventConsultMessage + `' OR x.id::text = e.data->>'participant_id')) AS beside
FROM log LEFT JOIN page e ON true
LEFT JOIN conversation c ON c.id = e.conversation_id
LEFT JOIN message m ON m.id = e.message_id
LEFT JOIN agent g ON g.id = m.agent_id
ORDER BY e.xid, e.id`

// ReadEvents reads a part of the event log, oldest first.
func (s *Store) ReadEvents(ctx context.Context, r EventRead) (EventPage, error) {
	upTo := r.UpTo
	if upTo == (EventCursor{}) {
		upTo = EventCursor{XID: math.MaxUint64, ID: math.MaxInt64}
	}
	all, agent, queues, people := r.Audience == nil, uuid.Nil, []string{}, []string{}
	everybody := all || r.Audience.AllPeople
	if !all {
		agent, queues, people = r.Audience.Agent, pg.UUIDStrings(r.Audience.Queues), pg.UUIDStrings(r.Audience.People)
	}
	var rows []eventRow
	err := s.SQL.SelectContext(ctx, &rows, readEvents, strconv.FormatUint(r.After.XID, 10), r.After.ID,
		strconv.FormatUint(upTo.XID, 10), upTo.ID, r.Limit, all, agent, pq.Array(queues), pq.Array(people), everybody)
	if err != nil {
		return EventPage{}, fmt.Errorf("read events: %w", err)
	}
	page := EventPage{Known: rows[0].Known, Pending: rows[0].Pending}
	for _, row := range rows {
		if row.Kind == "" { // the only row of an empty page
			continue
		}
		e, err := row.event()
		if err != nil {
			return EventPage{}, fmt.Errorf("read events: %w", err)
		}
		page.Events = append(page.Events, e)
	}
	return page, nil
}

// eventRow is a row of readEvents. What comes from outer joins is null where
// there is no conversation or message.
type eventRow struct {
	Known        bool            `db:"known"`
	Pending      bool            `db:"pending"`
	XID          uint64          `db:"xid"`
	ID           int64           `db:"id"`
	Kind         string          `db:"kind"`
	Conversation uuid.NullUUID   `db:"conversation_id"`
	Message      uuid.NullUUID   `db:"message_id"`
	Queue        uuid.NullUUID   `db:"queue_id"`
	Agent        uuid.NullUUID   `db:"agent_id"`
	Data         json.RawMessage `db:"data"`
	CreatedAt    *time.Time      `db:"created_at"`

	State          *string       `db:"state"`
	Version        sql.NullInt64 `db:"version"`
	Channel        *string       `db:"channel"`
	CAgent         uuid.NullUUID `db:"c_agent_id"`
	CQueue         uuid.NullUUID `db:"c_queue_id"`
	Priority       sql.NullInt64 `db:"priority"`
	WaitingSince   *time.Time    `db:"waiting_since"`
	LastSeq        sql.NullInt64 `db:"last_seq"`
	LastActivityAt *time.Time    `db:"last_activity_at"`
	OfferID        uuid.NullUUID `db:"offer_id"`
	OfferAgent     uuid.NullUUID `db:"offer_agent_id"`
	OfferExpires   *time.Time    `db:"offer_expires_at"`

	Seq         sql.NullInt64    `db:"seq"`
	Direction   *string          `db:"direction"`
	Type        *string          `db:"type"`
	Text        *string          `db:"text"`
	MData       *json.RawMessage `db:"m_data"`
	MAgent      uuid.NullUUID    `db:"m_agent_id"`
	MAgentName  *string          `db:"m_agent_name"`
	ReplyTo     *string          `db:"reply_to"`
	Status      *string          `db:"status"`
	StatusAt    *time.Time       `db:"status_at"`
	ErrorClass  *string          `db:"error_class"`
	ErrorCode   *string          `db:"error_code"`
	ErrorDetail *string          `db:"error_detail"`
	RedactedAt  *time.Time       `db:"redacted_at"`
	EditedAt    *time.Time       `db:"edited_at"`
	ProviderAt  *time.Time       `db:"provider_at"`
	MCreatedAt  *time.Time       `db:"m_created_at"`
	ProviderID  *string          `db:"provider_message_id"`
	Automated   *string          `db:"automated"`
	Template    uuid.NullUUID    `db:"template_id"`
	Answers     *json.RawMessage `db:"answers"`
	Key         *string          `db:"key"`
	Attachments *json.RawMessage `db:"attachments"`
	Note        *json.RawMessage `db:"note"`
	Advice      *json.RawMessage `db:"advice"`
	Beside      pq.StringArray   `db:"beside"`
}

// The JSON that readers of the stream get.
type (
	eventJSON struct {
		ID             string             `json:"id"`
		Kind           string             `json:"kind"`
		At             *time.Time         `json:"at"`
		ConversationID uuid.NullUUID      `json:"conversation_id"`
		MessageID      uuid.NullUUID      `json:"message_id"`
		QueueID        uuid.NullUUID      `json:"queue_id"`
		AgentID        uuid.NullUUID      `json:"agent_id"`
		Data           json.RawMessage    `json:"data"`
		Conversation   *eventConversation `json:"conversation,omitempty"`
		Message        *eventMessage      `json:"message,omitempty"`
		Note           *json.RawMessage   `json:"note,omitempty"`
		Advice         *json.RawMessage   `json:"consult_message,omitempty"`
	}
	eventConversation struct {
		ID             uuid.UUID     `json:"id"`
		State          string        `json:"state"`
		Version        int64         `json:"version"`
		Channel        string        `json:"channel"`
		AgentID        uuid.NullUUID `json:"agent_id"`
		QueueID        uuid.NullUUID `json:"queue_id"`
		Priority       int64         `json:"priority"`
		WaitingSince   *time.Time    `json:"waiting_since"`
		LastSeq        int64         `json:"last_seq"`
		LastActivityAt *time.Time    `json:"last_activity_at"`
		Offer          *eventOffer   `json:"offer"`
	}
	eventOffer struct {
		ID        uuid.UUID  `json:"id"`
		AgentID   uuid.UUID  `json:"agent_id"`
		ExpiresAt *time.Time `json:"expires_at"`
	}
	eventMessage struct {
		ID             uuid.UUID            `json:"id"`
		ConversationID uuid.UUID            `json:"conversation_id"`
		Seq            int64                `json:"seq"`
		Direction      string               `json:"direction"`
		Type           string               `json:"type"`
		Text           string               `json:"text"`
		Data           *json.RawMessage     `json:"data"`
		AgentID        uuid.NullUUID        `json:"agent_id"`
		AgentName      *string              `json:"agent_name"`
		ReplyTo        *string              `json:"reply_to"`
		Status         *string              `json:"status"`
		StatusAt       *time.Time           `json:"status_at"`
		ErrorClass     *string              `json:"error_class"`
		ErrorCode      *string              `json:"error_code"`
		ErrorDetail    *string              `json:"error_detail"`
		RedactedAt     *time.Time           `json:"redacted_at"`
		EditedAt       *time.Time           `json:"edited_at"`
		ProviderAt     *time.Time           `json:"provider_at"`
		CreatedAt      *time.Time           `json:"created_at"`
		ProviderID     *string              `json:"provider_id"`
		Automated      *string              `json:"automated"`
		TemplateID     uuid.NullUUID        `json:"template_id"`
		Answers        *campaigndb.Answered `json:"answers"`
		Key            *string              `json:"key"`
		Attachments    json.RawMessage      `json:"attachments"`
	}
)

func (r eventRow) event() (LoggedEvent, error) {
	e := LoggedEvent{Cursor: EventCursor{XID: r.XID, ID: r.ID}, Kind: r.Kind, Conversation: r.Conversation, Queue: r.Queue, Agent: r.Agent}
	if r.Channel != nil {
		e.Channel = *r.Channel
	}
	out := eventJSON{
		ID: e.Cursor.String(), Kind: r.Kind, At: pg.UTC(r.CreatedAt), ConversationID: r.Conversation, MessageID: r.Message,
		QueueID: r.Queue, AgentID: r.Agent, Data: r.Data, Conversation: r.conversation(), Message: r.message(), Note: r.Note,
		Advice: r.Advice,
	}
	for _, id := range r.Beside {
		e.Beside = append(e.Beside, uuid.MustParse(id))
	}
	var err error
	if out.Message != nil && r.RedactedAt == nil {
		if out.Message.Answers, err = campaigndb.AnsweredBy(r.Answers); err != nil {
			return e, err
		}
	}
	e.JSON, err = json.Marshal(out)
	return e, err
}

func (r eventRow) conversation() *eventConversation {
	if r.State == nil {
		return nil
	}
	c := &eventConversation{
		ID: r.Conversation.UUID, State: *r.State, Version: r.Version.Int64, Channel: *r.Channel, AgentID: r.CAgent, QueueID: r.CQueue,
		Priority: r.Priority.Int64, WaitingSince: pg.UTC(r.WaitingSince), LastSeq: r.LastSeq.Int64, LastActivityAt: pg.UTC(r.LastActivityAt),
	}
	if r.OfferID.Valid {
		c.Offer = &eventOffer{ID: r.OfferID.UUID, AgentID: r.OfferAgent.UUID, ExpiresAt: pg.UTC(r.OfferExpires)}
	}
	return c
}

func (r eventRow) message() *eventMessage {
	if r.Direction == nil {
		return nil
	}
	m := &eventMessage{
		ID: r.Message.UUID, ConversationID: r.Conversation.UUID, Seq: r.Seq.Int64, Direction: *r.Direction, Type: *r.Type, Text: *r.Text,
		Data: r.MData, AgentID: r.MAgent, AgentName: r.MAgentName, ReplyTo: r.ReplyTo, Status: r.Status, StatusAt: pg.UTC(r.StatusAt),
		ErrorClass: r.ErrorClass, ErrorCode: r.ErrorCode, ErrorDetail: r.ErrorDetail, RedactedAt: pg.UTC(r.RedactedAt), EditedAt: pg.UTC(r.EditedAt),
		ProviderAt: pg.UTC(r.ProviderAt), CreatedAt: pg.UTC(r.MCreatedAt), Attachments: json.RawMessage("[]"),
		ProviderID: r.ProviderID, Automated: r.Automated, TemplateID: r.Template, Key: r.Key,
	}
	if r.RedactedAt != nil { // what the customer took back is not delivered, whatever the row still holds
		m.Text, m.Data = "", nil
	}
	if r.Attachments != nil {
		m.Attachments = *r.Attachments
	}
	return m
}

// The order names the column and not its text, of which '999' is beyond '1000'.
const selectHead = `
SELECT e.xid::text, e.id FROM event e WHERE e.xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY e.xid DESC, e.id DESC LIMIT 1`

// EventHead returns the cursor of the newest event that readers may see; zero
// when there is none.
func (s *Store) EventHead(ctx context.Context) (EventCursor, error) {
	var c EventCursor
	err := s.SQL.QueryRowContext(ctx, selectHead).Scan(&c.XID, &c.ID)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return EventCursor{}, fmt.Errorf("read head of events: %w", err)
	}
	return c, nil
}
