package livedb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"switchboard/store/auditdb"
)

// Orders of a list of ongoing conversations.
const (
	LongestWait = "wait"   // what waits for an agent first, the longest first
	Newest      = "newest" // by when they began
	Oldest      = "oldest"
	Idle        = "idle" // that in which nothing happened for longest first
)

// A Filter says which ongoing conversations are wanted; what is zero does not matter.
type Filter struct {
	Figure                   string // of domain/metric; they are those that it counts
	Queue, Agent, Workstream uuid.NullUUID
	NoQueue                  bool // only those that have none yet
	Channel                  string
	Search                   string // a part of the customer's name
	Order                    string
}

// Conversation is an ongoing conversation in a list.
type Conversation struct {
	Total          int             `db:"total"` // how many the whole list has
	Place          time.Time       `db:"place"` // in the order of the list
	ID             uuid.UUID       `db:"id"`
	State          string          `db:"state"`
	Channel        string          `db:"channel"`
	Customer       string          `db:"customer"`
	ExternalID     string          `db:"external_id"`
	Workstream     uuid.UUID       `db:"workstream_id"`
	WorkstreamName string          `db:"workstream_name"`
	Queue          uuid.NullUUID   `db:"queue_id"`
	QueueName      *string         `db:"queue_name"`
	Agent          uuid.NullUUID   `db:"agent_id"`
	AgentName      *string         `db:"agent_name"`
	OfferAgent     uuid.NullUUID   `db:"offer_agent_id"`
	OfferAgentName *string         `db:"offer_agent_name"`
	Priority       int             `db:"priority"`
	Hold           *string         `db:"hold"`
	WaitingSince   *time.Time      `db:"waiting_since"`
	Unanswered     *time.Time      `db:"unanswered_since"`
	AcceptedAt     *time.Time      `db:"accepted_at"`
	LastActivityAt time.Time       `db:"last_activity_at"`
	CreatedAt      time.Time       `db:"created_at"`
	Beside         json.RawMessage `db:"beside"` // who takes part besides the primary agent
}

// What does not wait comes after what does; a thousand years keep it there. The
// newest come first by a time that runs backwards.
const place = `CASE $8::text WHEN '` + LongestWait + `' THEN CASE WHEN ` + isWaiting + ` THEN COALESCE(c.waiting_since, c.created_at)
                     ELSE c.created_at + interval '1000 years' END
                   WHEN '` + Idle + `' THEN c.last_activity_at WHEN '` + Newest + `' THEN to_timestamp(-extract(epoch FROM c.created_at)) ELSE c.created_at END`

const liveConversations = `
WITH found AS MATERIALIZED (
  SELECT c.id, ` + place + ` AS place ` + live + ` AND ` + isOf + `
    AND ($3::uuid IS NULL OR c.queue_id = $3) AND (NOT $4::boolean OR c.queue_id IS NULL) AND ($5::uuid IS NULL OR c.agent_id = $5)
    AND ($6::uuid IS NULL OR c.workstream_id = $6) AND ($7::text IS NULL OR c.channel = $7)
    AND ($12::text IS NULL OR EXISTS (SELECT FROM contact_point n LEFT JOIN contact m ON m.id = n.contact_id WHERE n.id = c.contact_point_id
         AND strpos(lower(COALESCE(NULLIF(m.name, ''), n.name)), lower($12)) > 0))
), page AS (
  SELECT x.id, x.place FROM found x WHERE (x.place, x.id) > ($9, $10) ORDER BY x.place, x.id LIMIT $11
)
SELECT (SELECT count(*) FROM found) AS total, x.place, c.id, c.state, c.channel, COALESCE(NULLIF(k.name, ''), p.name) AS customer, p.external_id,
       c.workstream_id, w.name AS workstream_name, c.queue_id, q.name AS queue_name, c.agent_id, g.name AS agent_name,
       c.offer_agent_id, o.name AS offer_agent_name, c.priority, c.hold, c.waiting_since, c.unanswered_since, c.accepted_at,
       c.last_activity_at, c.created_at,
       (SELECT COALESCE(jsonb_agg(jsonb_build_object('agent_id', b.agent_id, 'agent_name', y.name, 'role', b.role, 'stage', b.stage)
               ORDER BY b.began_at, b.id), '[]')
        FROM participation b JOIN agent y ON y.id = b.agent_id WHERE b.conversation_id = c.id AND b.left_at IS NULL) AS beside
FROM page x JOIN conversation c ON c.id = x.id JOIN workstream w ON w.id = c.workstream_id JOIN contact_point p ON p.id = c.contact_point_id
  LEFT JOIN contact k ON k.id = p.contact_id LEFT JOIN queue q ON q.id = c.queue_id LEFT JOIN agent g ON g.id = c.agent_id
  LEFT JOIN agent o ON o.id = c.offer_agent_id
ORDER BY x.place, x.id`

// Conversations lists the ongoing conversations of a scope that a filter leaves,
// each with how many there are in all.
func (s *Store) Conversations(ctx context.Context, scope auditdb.Scope, f Filter, p auditdb.Page) ([]Conversation, error) {
	list := []Conversation{}
	err := s.SQL.SelectContext(ctx, &list, liveConversations, scope, f.Figure, f.Queue, f.NoQueue, f.Agent, f.Workstream, nullText(f.Channel),
		f.Order, p.After.At, p.After.ID, p.Limit, nullText(f.Search))
	if err != nil {
		return nil, fmt.Errorf("list ongoing conversations: %w", err)
	}
	return list, nil
}

func nullText(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }
