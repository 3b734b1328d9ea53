package admindb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// inLimit is the rule of which agents g somebody sees who is limited to queues ($1):
// the members of these, and themselves ($2).
const inLimit = `($1::uuid[] IS NULL OR g.id = $2::uuid
  OR EXISTS (SELECT FROM queue_member lm WHERE lm.agent_id = g.id AND lm.queue_id = ANY($1::uuid[])))`

// AgentFilter is which agents are wanted, of those whom a viewer sees who is limited
// to queues. The zero value of the rest is everybody.
type AgentFilter struct {
	Limit    auditdb.Scope
	Self     uuid.UUID
	Search   string        // beginnings of words of name and e-mail address
	Role     string        // the built-in role, of those without one that was added
	RoleID   uuid.NullUUID // a role that was added
	NotIn    uuid.NullUUID // a queue of which they are no members
	Presence uuid.NullUUID // an added presence that they chose, or begin with
	IDs      []uuid.UUID   // nil: any
}

// wantedAgents is the rest of a filter, after the limit and the page.
const wantedAgents = `
  AND ($6 = '' OR g.role = $6 AND g.role_id IS NULL) AND ($7::uuid IS NULL OR g.role_id = $7)
  AND ($8::uuid IS NULL OR NOT EXISTS (SELECT FROM queue_member om WHERE om.queue_id = $8 AND om.agent_id = g.id))
  AND ($9::uuid IS NULL OR s.custom_id = $9 OR g.default_presence_id = $9)
ORDER BY g.created_at, g.id LIMIT $5`

const selectAgentsWithin = selectAgent + `WHERE (g.created_at, g.id) > ($3, $4) AND ` + inLimit + wantedAgents

const searchAgentsWithin = selectAgent + `
WHERE g.words @@ lower($10)::tsquery AND (g.created_at, g.id) > ($3, $4) AND ` + inLimit + wantedAgents

const namedAgentsWithin = selectAgent + `WHERE g.id = ANY($3::uuid[]) AND ` + inLimit + ` ORDER BY g.created_at, g.id`

// AgentsWithin lists the agents whom a filter lets through, the oldest first. Those
// who are asked for by their ids are one page.
func (s *Store) AgentsWithin(ctx context.Context, f AgentFilter, p auditdb.Page) ([]Agent, error) {
	list, err := []Agent{}, error(nil)
	args := []any{f.Limit, f.Self, p.After.At, p.After.ID, p.Limit, f.Role, f.RoleID, f.NotIn, f.Presence}
	words := pg.Beginnings(f.Search, "")
	switch {
	case f.IDs != nil:
		err = s.SQL.SelectContext(ctx, &list, namedAgentsWithin, f.Limit, f.Self, pq.Array(pg.UUIDStrings(f.IDs)))
	case f.Search == "":
		err = s.SQL.SelectContext(ctx, &list, selectAgentsWithin, args...)
	case words != "":
		err = s.SQL.SelectContext(ctx, &list, searchAgentsWithin, append(args, words)...)
	}
	if err != nil {
		return nil, fmt.Errorf("list agents: %w", err)
	}
	return list, nil
}

const selectAgentWithin = `SELECT g.id FROM agent g WHERE g.id = $3 AND ` + inLimit

// CheckAgentWithin is ErrNotFound for an agent whom somebody does not see who is
// limited to queues.
func (s *Store) CheckAgentWithin(ctx context.Context, limit auditdb.Scope, self, id uuid.UUID) error {
	var found uuid.UUID
	if err := pg.GetOne(ctx, s.SQL, &found, selectAgentWithin, limit, self, id); err != nil {
		return fmt.Errorf("read agent: %w", err)
	}
	return nil
}
