package conversationdb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// Conversation is a conversation as people see it in lists and at its head.
type Conversation struct {
	ID             uuid.UUID       `db:"id"`
	State          string          `db:"state"`
	Version        int64           `db:"version"`
	Channel        string          `db:"channel"`
	Provider       string          `db:"provider"`
	Account        uuid.UUID       `db:"account_id"`
	AccountName    string          `db:"account_name"`
	AccountPaused  bool            `db:"account_paused"`
	AddressID      uuid.UUID       `db:"address_id"`
	Address        string          `db:"address"`
	AddressName    string          `db:"address_name"`
	Workstream     uuid.UUID       `db:"workstream_id"`
	WorkstreamName string          `db:"workstream_name"`
	Style          string          `db:"style"` // the workstream's
	ContactPoint   uuid.UUID       `db:"contact_point_id"`
	Contact        uuid.NullUUID   `db:"contact_id"`
	ContactName    *string         `db:"contact_name"`
	CustomerName   string          `db:"customer_name"`
	ExternalID     string          `db:"external_id"`
	PointName      string          `db:"point_name"`
	PictureURL     string          `db:"picture_url"`
	PointLanguage  string          `db:"point_language"`
	OptedOut       bool            `db:"opted_out"`
	Queue          uuid.NullUUID   `db:"queue_id"`
	QueueName      *string         `db:"queue_name"`
	Agent          uuid.NullUUID   `db:"agent_id"`
	AgentName      *string         `db:"agent_name"`
	OfferID        uuid.NullUUID   `db:"offer_id"`
	OfferAgent     uuid.NullUUID   `db:"offer_agent_id"`
	OfferAgentName *string         `db:"offer_agent_name"`
	OfferExpires   *time.Time      `db:"offer_expires_at"`
	Priority       int             `db:"priority"`
	Previous       uuid.NullUUID   `db:"previous_id"`
	LastSeq        int64           `db:"last_seq"`
	InboundSeq     int64           `db:"inbound_seq"`
	LastType       *string         `db:"last_type"`
	LastDirection  *string         `db:"last_direction"`
	LastText       *string         `db:"last_text"` // the first 200 characters
	LastAt         *time.Time      `db:"last_at"`
	WaitingSince   *time.Time      `db:"waiting_since"`
	LastInboundAt  *time.Time      `db:"last_inbound_at"`
	LastActivityAt time.Time       `db:"last_activity_at"`
	AcceptedAt     *time.Time      `db:"accepted_at"`
	EndedAt        *time.Time      `db:"ended_at"`
	ClosedAt       *time.Time      `db:"closed_at"`
	CloseReason    *string         `db:"close_reason"`
	CreatedAt      time.Time       `db:"created_at"`
	WindowSent     int             `db:"window_sent"`
	ParkedAt       *time.Time      `db:"parked_at"`
	Unanswered     *time.Time      `db:"unanswered_since"`
	AwaySince      *time.Time      `db:"away_since"`         // of the customer of a web chat
	Skills         json.RawMessage `db:"skills"`             // ratings it asks for, by name
	DeclinedByAll  *time.Time      `db:"declined_by_all_at"` // everybody who is there was asked in vain
	Hold           *string         `db:"hold"`
	HeldUntil      *time.Time      `db:"held_until"`
	Title          *string         `db:"title"` // of a work item
	Snoozed        *time.Time      `db:"wake_at"`
	Transfer       json.RawMessage `db:"transfer"` // null: nothing was said with it
	Disposition    uuid.NullUUID   `db:"disposition_id"`
	DispositionOf  *string         `db:"disposition_name"`
	MustDispose    bool            `db:"disposition_required"`
	Beside         Participants    `db:"beside"`
	Tags           json.RawMessage `db:"tags"` // id, name and color of each, by name
}

// titleOf is the title of conversation c, null unless it is a work item.
const titleOf = `(SELECT t.title FROM work_item t WHERE t.conversation_id = c.id) AS title`

// tagsOf are the tags of conversation c, by name.
const tagsOf = `(SELECT COALESCE(jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name, 'color', t.color) ORDER BY lower(t.name)), '[]')
        FROM conversation_tag x JOIN tag t ON t.id = x.tag_id WHERE x.conversation_id = c.id) AS tags`

// ConversationColumns are those of a Conversation.
const ConversationColumns = `
SELECT c.id, c.state, c.version, c.channel, a.provider, c.account_id, a.name AS account_name, a.paused_code IS NOT NULL AS account_paused,
       c.address_id, d.address, d.name AS address_name, c.workstream_id, w.name AS workstream_name, w.style,
       c.contact_point_id, p.contact_id, k.name AS contact_name, COALESCE(NULLIF(k.name, ''), p.name) AS customer_name, p.external_id,
       p.name AS point_name, p.picture_url, p.language AS point_language,
       p.opted_out_at IS NOT NULL AS opted_out, c.queue_id, q.name AS queue_name, c.agent_id, g.name AS agent_name,
       c.offer_id, c.offer_agent_id, o.name AS offer_agent_name, c.offer_expires_at, c.priority, c.previous_id, c.last_seq, c.inbound_seq,
       m.type AS last_type, m.direction AS last_direction, left(m.text, 200) AS last_text, m.created_at AS last_at,
       c.waiting_since, c.last_inbound_at, c.last_activity_at, c.accepted_at, c.ended_at, c.closed_at, c.close_reason, c.created_at,
       c.window_sent, c.parked_at, c.unanswered_since, c.away_since, c.skills, c.declined_by_all_at, c.hold, c.held_until, c.wake_at, c.disposition_id, s.name AS disposition_name,
       w.disposition_required AND EXISTS (SELECT FROM disposition x WHERE x.workstream_id = w.id AND NOT x.archived) AS disposition_required,
       ` + transferOf + `, ` + titleOf + `,` + tagsOf + `,` + participantsNow

// ConversationJoins are the tables that ConversationColumns come from.
const ConversationJoins = `
JOIN account a ON a.id = c.account_id JOIN address d ON d.id = c.address_id JOIN workstream w ON w.id = c.workstream_id
JOIN contact_point p ON p.id = c.contact_point_id LEFT JOIN contact k ON k.id = p.contact_id
LEFT JOIN queue q ON q.id = c.queue_id LEFT JOIN agent g ON g.id = c.agent_id LEFT JOIN agent o ON o.id = c.offer_agent_id
LEFT JOIN disposition s ON s.id = c.disposition_id
LEFT JOIN message m ON m.conversation_id = c.id AND m.seq = c.last_seq AND m.visible_to <> 'customer'`

const selectConversation = ConversationColumns + `
FROM conversation c` + ConversationJoins + `
WHERE c.id = $3 AND ` + auditdb.Visible

// ConversationFor returns a conversation that the viewer may see, or ErrNotFound.
func (s *Store) ConversationFor(ctx context.Context, v auditdb.Viewer, id uuid.UUID) (Conversation, error) {
	var c Conversation
	if err := pg.GetOne(ctx, s.SQL, &c, selectConversation, v.Scope, v.Agent, id); err != nil {
		return Conversation{}, fmt.Errorf("read conversation: %w", err)
	}
	return c, nil
}

// What follows finds a page's ids and their place first, from one index each,
// and joins the rest afterwards.

const listMine = `
WITH page AS (
  SELECT id, created_at AS at FROM conversation
  WHERE agent_id = $1 AND state <> 'closed' AND (created_at, id) > ($2, $3) ORDER BY created_at, id LIMIT $4
)` + ConversationColumns + `
FROM page x JOIN conversation c ON c.id = x.id` + ConversationJoins + ` ORDER BY x.at, x.id`

// MyConversations lists what an agent has and has not closed, the oldest first.
func (s *Store) MyConversations(ctx context.Context, agent uuid.UUID, p auditdb.Page) ([]Conversation, error) {
	return s.Conversations(ctx, listMine, agent, p.After.At, p.After.ID, p.Limit)
}

const listOpenOf = `
WITH page AS (
  SELECT id, at FROM (
    SELECT o.id, o.at FROM queue_member n CROSS JOIN LATERAL (
      SELECT id, waiting_since AS at FROM conversation
      WHERE queue_id = n.queue_id AND state = 'open' AND (waiting_since, id) > ($2, $3) ORDER BY waiting_since, id LIMIT $4
    ) o WHERE n.agent_id = $1
    UNION
    SELECT id, waiting_since FROM conversation
    WHERE offer_agent_id = $1 AND offer_id IS NOT NULL AND state = 'open' AND (waiting_since, id) > ($2, $3)
  ) found ORDER BY at, id LIMIT $4
)` + ConversationColumns + `
FROM page x JOIN conversation c ON c.id = x.id` + ConversationJoins + ` ORDER BY x.at, x.id`

// OpenConversations lists what waits in an agent's queues or is offered to them,
// the longest waiting first.
func (s *Store) OpenConversations(ctx context.Context, agent uuid.UUID, p auditdb.Page) ([]Conversation, error) {
	return s.Conversations(ctx, listOpenOf, agent, p.After.At, p.After.ID, p.Limit)
}

const listOffered = `
WITH page AS (
  SELECT id, waiting_since AS at FROM conversation
  WHERE offer_agent_id = $1 AND offer_id IS NOT NULL AND (waiting_since, id) > ($2, $3) ORDER BY waiting_since, id LIMIT $4
)` + ConversationColumns + `
FROM page x JOIN conversation c ON c.id = x.id` + ConversationJoins + ` ORDER BY x.at, x.id`

// OfferedConversations lists what is being offered to an agent, the longest
// waiting first.
func (s *Store) OfferedConversations(ctx context.Context, agent uuid.UUID, p auditdb.Page) ([]Conversation, error) {
	return s.Conversations(ctx, listOffered, agent, p.After.At, p.After.ID, p.Limit)
}

const listClosedOf = `
WITH page AS (
  SELECT id, closed_at AS at FROM conversation
  WHERE agent_id = $1 AND state = 'closed' AND closed_at >= $5 AND (closed_at < $2 OR closed_at = $2 AND id > $3)
  ORDER BY closed_at DESC, id LIMIT $4
)` + ConversationColumns + `
FROM page x JOIN conversation c ON c.id = x.id` + ConversationJoins + ` ORDER BY x.at DESC, x.id`

// ClosedConversations lists an agent's conversations that closed since a moment,
// the latest first.
func (s *Store) ClosedConversations(ctx context.Context, agent uuid.UUID, since time.Time, p auditdb.Page) ([]Conversation, error) {
	return s.Conversations(ctx, listClosedOf, agent, pg.Latest(p.After.At), p.After.ID, p.Limit, since)
}

// Conversations reads those that a statement selects.
func (s *Store) Conversations(ctx context.Context, query string, args ...any) ([]Conversation, error) {
	list := []Conversation{}
	if err := s.SQL.SelectContext(ctx, &list, query, args...); err != nil {
		return nil, fmt.Errorf("list conversations: %w", err)
	}
	return list, nil
}
