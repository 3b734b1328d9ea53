package eventlog

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"switchboard/store/pg"
)

// EventReader is an agent as the event stream must know them.
type EventReader struct {
	Role     string
	Disabled bool
	Queues   []uuid.UUID // in order
}

const selectEventReaders = `
SELECT g.id, g.role, g.disabled_at IS NOT NULL,
       COALESCE(array_agg(m.queue_id::text ORDER BY m.queue_id) FILTER (WHERE m.queue_id IS NOT NULL), '{}')
FROM agent g LEFT JOIN queue_member m ON m.agent_id = g.id
WHERE g.id = ANY($1::uuid[]) GROUP BY g.id`

// EventReaders tells of each agent what they may read. One who does not exist
// is not in the answer.
func (s *Store) EventReaders(ctx context.Context, agents []uuid.UUID) (map[uuid.UUID]EventReader, error) {
	rows, err := s.SQL.QueryContext(ctx, selectEventReaders, pq.Array(pg.UUIDStrings(agents)))
	if err != nil {
		return nil, fmt.Errorf("read audience: %w", err)
	}
	defer rows.Close()
	out := make(map[uuid.UUID]EventReader, len(agents))
	for rows.Next() {
		var id uuid.UUID
		var r EventReader
		var queues pq.StringArray
		if err := rows.Scan(&id, &r.Role, &r.Disabled, &queues); err != nil {
			return nil, fmt.Errorf("read audience: %w", err)
		}
		for _, q := range queues {
			r.Queues = append(r.Queues, uuid.MustParse(q))
		}
		out[id] = r
	}
	return out, rows.Err()
}

const selectMembersOf = `SELECT DISTINCT agent_id FROM queue_member WHERE queue_id = ANY($1::uuid[])`

// MembersOf are the members of some queues, whose presence whoever is limited to
// these queues sees.
func (s *Store) MembersOf(ctx context.Context, queues []uuid.UUID) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	if err := s.SQL.SelectContext(ctx, &ids, selectMembersOf, pq.Array(pg.UUIDStrings(queues))); err != nil {
		return nil, fmt.Errorf("read members: %w", err)
	}
	return ids, nil
}
