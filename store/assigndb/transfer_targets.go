package assigndb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"switchboard/domain/routing"
)

// TransferAgent is an agent to whom a conversation can be given, or who can be asked.
type TransferAgent struct {
	ID       uuid.UUID `db:"id" json:"id"`
	Name     string    `db:"name" json:"name"`
	Presence string    `db:"presence" json:"presence"`
	Load     int       `db:"load" json:"load"`
	Capacity int       `db:"capacity" json:"capacity"`
	Ready    bool      `db:"ready" json:"ready"`   // may be offered it now
	Member   bool      `db:"member" json:"member"` // of the conversation's queue
}

// TransferQueue is a queue to which a conversation can be given. One that is closed
// takes it too, but holds it until it opens.
type TransferQueue struct {
	ID             uuid.UUID     `db:"id" json:"id"`
	Name           string        `db:"name" json:"name"`
	OperatingHours uuid.NullUUID `db:"operating_hours_id" json:"-"`
	Open           bool          `db:"-" json:"open"`
	ChangesAt      *time.Time    `db:"-" json:"changes_at"`        // null: not within five years
	Available      int           `db:"available" json:"available"` // agents who could be offered it now
	Waiting        int           `db:"waiting" json:"waiting"`     // conversations in it that nobody is offered
	Accepted       int           `db:"accepted" json:"-"`          // of them in the last hour
	ExpectedWait   *int          `db:"-" json:"expected_wait"`     // in seconds; null: not known
}

const selectTransferAgents = `
SELECT * FROM (
  SELECT g.id, g.name, a.presence, a.load, a.capacity, a.presence NOT IN ('offline', 'inactive') AND ` + IsThere + ` AND (` + HasRoom + `) AS ready,
         EXISTS (SELECT FROM queue_member m WHERE m.queue_id = c.queue_id AND m.agent_id = g.id) AS member
  FROM conversation c JOIN workstream w ON w.id = c.workstream_id
  JOIN agent g ON g.disabled_at IS NULL AND g.id IS DISTINCT FROM c.agent_id AND g.id <> $3 JOIN agent_status a ON a.agent_id = g.id
  WHERE c.id = $1 AND ($2 = '' OR position(lower($2) IN lower(g.name)) > 0)
) found ORDER BY ready DESC, member DESC, lower(name), id LIMIT 50`

const selectTransferQueues = `
SELECT q.id, q.name, q.operating_hours_id,
       (SELECT count(*) FROM queue_member m JOIN agent_status a ON a.agent_id = m.agent_id JOIN agent g ON g.id = a.agent_id
        WHERE m.queue_id = q.id AND g.disabled_at IS NULL AND g.id IS DISTINCT FROM c.agent_id AND ` + IsThere + ` AND ` + OnDuty + ` AND (` + HasRoom + `)) AS available,
       (SELECT count(*) FROM (SELECT FROM conversation o WHERE o.queue_id = q.id AND o.state = 'open' AND o.hold IS NULL AND o.offer_id IS NULL LIMIT 1000) x) AS waiting,
       (SELECT count(*) FROM (SELECT FROM conversation o WHERE o.queue_id = q.id AND o.accepted_at > now() - interval '1 hour' LIMIT 10000) x) AS accepted
FROM conversation c JOIN workstream w ON w.id = c.workstream_id JOIN queue q ON q.id IS DISTINCT FROM c.queue_id AND q.archived_at IS NULL
WHERE c.id = $1 AND ($2 = '' OR position(lower($2) IN lower(q.name)) > 0) AND EXISTS (SELECT FROM queue_member m WHERE m.queue_id = q.id)
ORDER BY lower(q.name), q.id LIMIT 50`

// expect says how long one that goes there will wait: not at all where nobody is
// before it and somebody is free.
func (q *TransferQueue) expect() {
	seconds := routing.WaitAhead(q.Waiting, q.Accepted)
	if seconds > 0 || q.Waiting == 0 && q.Available > 0 {
		q.ExpectedWait = &seconds
	}
}

// TransferTargets lists to whom an agent can give a conversation: first who can be
// offered it now, then who cannot; and the other queues that have members. Of
// either at most fifty, with the words in their name.
func (s *Store) TransferTargets(ctx context.Context, conversation, by uuid.UUID, words string) ([]TransferAgent, []TransferQueue, error) {
	agents, queues := []TransferAgent{}, []TransferQueue{}
	if err := s.SQL.SelectContext(ctx, &agents, selectTransferAgents, conversation, words, by); err != nil {
		return nil, nil, fmt.Errorf("list agents to aim at: %w", err)
	}
	if err := s.SQL.SelectContext(ctx, &queues, selectTransferQueues, conversation, words); err != nil {
		return nil, nil, fmt.Errorf("list queues to aim at: %w", err)
	}
	for i := range queues {
		queues[i].expect()
	}
	return agents, queues, nil
}
