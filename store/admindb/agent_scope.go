package admindb

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// inLimit is the rule of which agents g somebody sees who is limited to queues ($1):
// the members of these, and themselves ($2).
const inLimit = `($1::uuid[] IS NULL OR g.id = $2::uuid
  OR EXISTS (SELECT FROM queue_member lm WHERE lm.agent_id = g.id AND lm.queue_id = ANY($1::uuid[])))`

const selectAgentsWithin = selectAgent + `WHERE (g.created_at, g.id) > ($3, $4) AND ` + inLimit + ` ORDER BY g.created_at, g.id LIMIT $5`

// AgentsWithin lists the agents whom a viewer sees who is limited to queues, the
// oldest first.
func (s *Store) AgentsWithin(ctx context.Context, limit auditdb.Scope, self uuid.UUID, p auditdb.Page) ([]Agent, error) {
	list := []Agent{}
	if err := s.SQL.SelectContext(ctx, &list, selectAgentsWithin, limit, self, p.After.At, p.After.ID, p.Limit); err != nil {
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
