package conversationdb

import (
	"context"
	"time"

	"github.com/lib/pq"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// One that no workflow has routed yet has no queue; only those whose scope is
// everywhere see it, and only here. The last part is for those whose scope is not.
const listOpenAll = `
WITH page AS (
  SELECT id, at FROM (
    SELECT o.id, o.at FROM queue n CROSS JOIN LATERAL (
      SELECT id, waiting_since AS at FROM conversation
      WHERE queue_id = n.id AND state = 'open' AND (waiting_since, id) > ($1, $2) ORDER BY waiting_since, id LIMIT $3
    ) o
    WHERE $4::uuid[] IS NULL OR n.id = ANY($4::uuid[])
       OR EXISTS (SELECT FROM queue_member vm WHERE vm.queue_id = n.id AND vm.agent_id = $5)
    UNION
    SELECT id, waiting_since FROM conversation
    WHERE $4::uuid[] IS NULL AND queue_id IS NULL AND state = 'open' AND (waiting_since, id) > ($1, $2)
    UNION
    SELECT id, waiting_since FROM conversation
    WHERE offer_agent_id = $5 AND offer_id IS NOT NULL AND state = 'open' AND (waiting_since, id) > ($1, $2)
  ) found ORDER BY at, id LIMIT $3
)` + ConversationColumns + `
FROM page x JOIN conversation c ON c.id = x.id` + ConversationJoins + ` ORDER BY x.at, x.id`

// AllOpenConversations lists what waits in the queues that a supervisor sees, or is
// offered to them, the longest waiting first.
func (s *Store) AllOpenConversations(ctx context.Context, v auditdb.Viewer, p auditdb.Page) ([]Conversation, error) {
	return s.Conversations(ctx, listOpenAll, p.After.At, p.After.ID, p.Limit, v.Scope, v.Agent)
}

const listClosedAll = `
WITH page AS (
  SELECT id, closed_at AS at FROM conversation
  WHERE state = 'closed' AND closed_at >= $4 AND (closed_at < $1 OR closed_at = $1 AND id > $2)
  ORDER BY closed_at DESC, id LIMIT $3
)` + ConversationColumns + `
FROM page x JOIN conversation c ON c.id = x.id` + ConversationJoins + ` ORDER BY x.at DESC, x.id`

const listClosedInQueues = `
WITH page AS (
  SELECT o.id, o.at FROM unnest($5::uuid[]) n (queue_id) CROSS JOIN LATERAL (
    SELECT id, closed_at AS at FROM conversation
    WHERE queue_id = n.queue_id AND state = 'closed' AND closed_at >= $4 AND (closed_at < $1 OR closed_at = $1 AND id > $2)
    ORDER BY closed_at DESC, id LIMIT $3
  ) o ORDER BY o.at DESC, o.id LIMIT $3
)` + ConversationColumns + `
FROM page x JOIN conversation c ON c.id = x.id` + ConversationJoins + ` ORDER BY x.at DESC, x.id`

// AllClosedConversations lists what of a scope closed since a moment, whoever had
// it, the latest first.
func (s *Store) AllClosedConversations(ctx context.Context, scope auditdb.Scope, since time.Time, p auditdb.Page) ([]Conversation, error) {
	if scope.All() {
		return s.Conversations(ctx, listClosedAll, pg.Latest(p.After.At), p.After.ID, p.Limit, since)
	}
	return s.Conversations(ctx, listClosedInQueues, pg.Latest(p.After.At), p.After.ID, p.Limit, since, pq.Array(pg.UUIDStrings(scope.Queues())))
}
