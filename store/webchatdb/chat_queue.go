package webchatdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"switchboard/store/assigndb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

// MostPlaces is how far a queue is counted: behind that, a place is only
// "more than".
const MostPlaces = 1000

const queuePlaces = `
SELECT id FROM conversation WHERE queue_id = $1 AND state = 'open' AND offer_id IS NULL AND pushed
ORDER BY priority, waiting_since, id LIMIT $2`

// QueuePlaces lists who waits in a queue, the next first.
func (s *Store) QueuePlaces(ctx context.Context, queue uuid.UUID) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	if err := s.SQL.SelectContext(ctx, &ids, queuePlaces, queue, MostPlaces); err != nil {
		return nil, fmt.Errorf("read queue: %w", err)
	}
	return ids, nil
}

// The wait of those who were answered lately: the middle half of them.
const queueWait = `
SELECT count(*) AS n, COALESCE(percentile_cont(0.25) WITHIN GROUP (ORDER BY w), 0) AS low, COALESCE(percentile_cont(0.75) WITHIN GROUP (ORDER BY w), 0) AS high
FROM (SELECT extract(epoch FROM accepted_at - created_at) AS w FROM conversation
      WHERE queue_id = $1 AND channel = '` + configdb.ProviderWebchat + `' AND accepted_at > now() - interval '7 days'
      ORDER BY accepted_at DESC LIMIT 100) lately`

// fewWaits is how many say too little.
const fewWaits = 20

// Wait is how long customers of a queue have waited lately.
type Wait struct{ From, To time.Duration }

// QueueWait tells how long customers waited in a queue lately, as a range; false
// when too few did.
func (s *Store) QueueWait(ctx context.Context, queue uuid.UUID) (Wait, bool, error) {
	var r struct {
		N    int     `db:"n"`
		Low  float64 `db:"low"`
		High float64 `db:"high"`
	}
	if err := s.SQL.GetContext(ctx, &r, queueWait, queue); err != nil {
		return Wait{}, false, fmt.Errorf("read waits: %w", err)
	}
	w := Wait{From: time.Duration(r.Low * float64(time.Second)), To: time.Duration(r.High * float64(time.Second))}
	return w, r.N >= fewWaits, nil
}

const agentsThere = `
SELECT EXISTS (SELECT FROM queue_member m JOIN agent_status s ON s.agent_id = m.agent_id JOIN workstream w ON w.id = $2
               WHERE m.queue_id = $1 AND ` + assigndb.AtWork + `)`

// AgentsThere reports whether somebody of a queue is at work who gets
// conversations of a workstream, though perhaps not before one of theirs ends.
func (s *Store) AgentsThere(ctx context.Context, queue, workstream uuid.UUID) (bool, error) {
	var there bool
	if err := s.SQL.GetContext(ctx, &there, agentsThere, queue, workstream); err != nil {
		return false, fmt.Errorf("look for agents: %w", err)
	}
	return there, nil
}

const queueHours = `SELECT operating_hours_id FROM queue WHERE id = $1`

// QueueHours returns the operating hours that a queue goes by; null: always open.
func (s *Store) QueueHours(ctx context.Context, queue uuid.UUID) (uuid.NullUUID, error) {
	var id uuid.NullUUID
	if err := pg.GetOne(ctx, s.SQL, &id, queueHours, queue); err != nil {
		return uuid.NullUUID{}, fmt.Errorf("read queue: %w", err)
	}
	return id, nil
}

const chatUnread = `
SELECT count(*) FROM (SELECT 1 FROM message m WHERE m.conversation_id = $1 AND m.seq > $2 AND m.direction = 'out' AND ` + shown + ` LIMIT 100) few`

// ChatUnread counts what the customer has not read, up to a hundred.
func (s *Store) ChatUnread(ctx context.Context, conversation uuid.UUID, read int64) (int, error) {
	var n int
	if err := s.SQL.GetContext(ctx, &n, chatUnread, conversation, read); err != nil {
		return 0, fmt.Errorf("count unread: %w", err)
	}
	return n, nil
}
