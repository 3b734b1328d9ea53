package livedb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"switchboard/store/auditdb"
)

// An AgentFilter says which agents are wanted; what is zero does not matter.
type AgentFilter struct {
	Queue     uuid.NullUUID // of which they are members
	Presences []string
	Search    string // a part of their name
}

// Agent is how somebody who takes conversations stands now.
type Agent struct {
	ID           uuid.UUID       `db:"id" json:"id"`
	Name         string          `db:"name" json:"name"`
	Role         string          `db:"role" json:"role"`
	Presence     string          `db:"presence" json:"presence"`
	PresenceText *string         `db:"presence_text" json:"presence_text"` // of a presence that was added
	Since        *time.Time      `db:"since" json:"presence_since"`        // null: it is not known
	OffDuty      bool            `db:"off_duty" json:"off_duty"`
	Capacity     int             `db:"capacity" json:"capacity"`
	Load         int             `db:"load" json:"load"`
	Offered      int             `db:"offered" json:"offered"`
	Active       int             `db:"active" json:"active"`
	Unanswered   int             `db:"unanswered" json:"unanswered"`
	Parked       int             `db:"parked" json:"parked"`
	WrapUp       int             `db:"wrap_up" json:"wrap_up"`
	Queues       json.RawMessage `db:"queues" json:"queues"`
	CreatedAt    time.Time       `db:"created_at" json:"-"`
}

const liveAgents = `
SELECT g.id, g.name, g.role, COALESCE(s.presence, 'offline') AS presence, p.text AS presence_text, i.began_at AS since,
       COALESCE(s.off_duty, false) AS off_duty, COALESCE(s.capacity, 0) AS capacity, COALESCE(s.load, 0) AS load,
       (SELECT count(*) FROM conversation c WHERE c.offer_agent_id = g.id AND c.offer_id IS NOT NULL) AS offered,
       COALESCE(h.active, 0) AS active, COALESCE(h.unanswered, 0) AS unanswered, COALESCE(h.parked, 0) AS parked, COALESCE(h.wrap_up, 0) AS wrap_up,
       (SELECT COALESCE(jsonb_agg(jsonb_build_object('id', q.id, 'name', q.name) ORDER BY q.name), '[]')
        FROM queue_member m JOIN queue q ON q.id = m.queue_id WHERE m.agent_id = g.id) AS queues, g.created_at
FROM agent g LEFT JOIN agent_status s ON s.agent_id = g.id LEFT JOIN presence p ON p.id = s.custom_id
  LEFT JOIN presence_interval i ON i.agent_id = g.id AND i.ended_at IS NULL
  LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE ` + isActive + `) AS active, count(*) FILTER (WHERE ` + isUnanswered + `) AS unanswered,
           count(*) FILTER (WHERE ` + isParked + `) AS parked, count(*) FILTER (WHERE ` + isWrapUp + `) AS wrap_up
    FROM conversation c WHERE c.agent_id = g.id AND c.state <> 'closed'
  ) h ON true
WHERE g.disabled_at IS NULL AND (g.created_at, g.id) > ($2, $3)
  AND ($1::uuid[] IS NULL OR EXISTS (SELECT FROM queue_member lm WHERE lm.agent_id = g.id AND lm.queue_id = ANY($1::uuid[])))
  AND ($5::uuid IS NULL OR EXISTS (SELECT FROM queue_member fm WHERE fm.agent_id = g.id AND fm.queue_id = $5))
  AND ($6::text[] IS NULL OR COALESCE(s.presence, 'offline') = ANY($6))
  AND ($7::text IS NULL OR strpos(lower(g.name), lower($7)) > 0)
ORDER BY g.created_at, g.id LIMIT $4`

// Agents lists the agents of a scope's queues, with what they have; those who have
// been here longest first.
func (s *Store) Agents(ctx context.Context, scope auditdb.Scope, f AgentFilter, p auditdb.Page) ([]Agent, error) {
	var presences any
	if len(f.Presences) > 0 {
		presences = pq.Array(f.Presences)
	}
	list := []Agent{}
	err := s.SQL.SelectContext(ctx, &list, liveAgents, scope, p.After.At, p.After.ID, p.Limit, f.Queue, presences, nullText(f.Search))
	if err != nil {
		return nil, fmt.Errorf("list agents: %w", err)
	}
	return list, nil
}
