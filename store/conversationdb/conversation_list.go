package conversationdb

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"switchboard/domain/conversation"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// A ConversationFilter says which conversations a supervisor wants to see; what
// is zero does not matter.
type ConversationFilter struct {
	States                   []string
	Queue, Agent, Workstream uuid.NullUUID
	Channel                  string
	Contact, ContactPoint    uuid.NullUUID // the customer
	Tag                      uuid.NullUUID
	From, Before             time.Time // when they began; From is included
}

// Each of the lists goes through one index, the newest first, and leaves out what
// is not asked for. A filter that nobody gave is null.
const (
	filteredConversations = `
WITH page AS (
  SELECT c.id, c.created_at AS at FROM `
	conversationFilter = `
    AND (c.created_at, c.id) < ($1, $2)
    AND ($4::text[] IS NULL OR c.state = ANY($4)) AND ($5::uuid IS NULL OR c.queue_id = $5) AND ($6::uuid IS NULL OR c.agent_id = $6)
    AND ($7::uuid IS NULL OR c.workstream_id = $7) AND ($8::text IS NULL OR c.channel = $8)
    AND ($9::uuid IS NULL OR EXISTS (SELECT FROM contact_point y WHERE y.id = c.contact_point_id AND y.contact_id = $9))
    AND ($10::uuid IS NULL OR c.contact_point_id = $10)
    AND ($11::timestamptz IS NULL OR c.created_at >= $11) AND ($12::timestamptz IS NULL OR c.created_at < $12)
    AND ($13::uuid[] IS NULL OR c.queue_id = ANY($13::uuid[]))
    AND ($14::uuid IS NULL OR EXISTS (SELECT FROM conversation_tag y WHERE y.conversation_id = c.id AND y.tag_id = $14))
  ORDER BY c.created_at DESC, c.id DESC LIMIT $3`
	filteredPage = `
)` + ConversationColumns + `
FROM page x JOIN conversation c ON c.id = x.id` + ConversationJoins + ` ORDER BY x.at DESC, x.id DESC`

	listAll      = filteredConversations + `conversation c WHERE true` + conversationFilter + filteredPage
	listLive     = filteredConversations + `conversation c WHERE c.state <> 'closed'` + conversationFilter + filteredPage
	listOfAgent  = filteredConversations + `conversation c WHERE c.agent_id = $6` + conversationFilter + filteredPage
	listOfPoint  = filteredConversations + `conversation c WHERE c.contact_point_id = $10` + conversationFilter + filteredPage
	listOfTag    = filteredConversations + `conversation_tag o JOIN conversation c ON c.id = o.conversation_id WHERE o.tag_id = $14` + conversationFilter + filteredPage
	listInQueues = `
WITH page AS (
  SELECT o.id, o.at FROM unnest($13::uuid[]) n (queue_id) CROSS JOIN LATERAL (
    SELECT c.id, c.created_at AS at FROM conversation c WHERE c.queue_id = n.queue_id` + conversationFilter + `
  ) o ORDER BY o.at DESC, o.id DESC LIMIT $3` + filteredPage
	listOfContact = filteredConversations + `contact_point o JOIN conversation c ON c.contact_point_id = o.id WHERE o.contact_id = $9` + conversationFilter + filteredPage
)

// ConversationsBy lists the conversations of a scope that a filter leaves, whoever
// has them, the newest first.
func (s *Store) ConversationsBy(ctx context.Context, scope auditdb.Scope, f ConversationFilter, p auditdb.Page) ([]Conversation, error) {
	var states any
	if len(f.States) > 0 {
		states = pq.Array(f.States)
	}
	after := p.After.ID
	if p.After.At.IsZero() {
		after = uuid.Max
	}
	args := []any{pg.Latest(p.After.At), after, p.Limit, states, f.Queue, f.Agent, f.Workstream, sql.NullString{String: f.Channel, Valid: f.Channel != ""},
		f.Contact, f.ContactPoint, pg.NullTime(f.From), pg.NullTime(f.Before), scope, f.Tag}
	switch {
	case f.ContactPoint.Valid:
		return s.Conversations(ctx, listOfPoint, args...)
	case f.Contact.Valid:
		return s.Conversations(ctx, listOfContact, args...)
	case f.Tag.Valid:
		return s.Conversations(ctx, listOfTag, args...)
	case f.Agent.Valid:
		return s.Conversations(ctx, listOfAgent, args...)
	case !scope.All():
		return s.Conversations(ctx, listInQueues, args...)
	case states != nil && !slices.Contains(f.States, string(conversation.Closed)):
		return s.Conversations(ctx, listLive, args...)
	}
	return s.Conversations(ctx, listAll, args...)
}
