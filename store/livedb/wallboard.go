package livedb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"switchboard/store/auditdb"
)

// Figures are the live figures of some conversations.
type Figures struct {
	Ongoing      int        `db:"ongoing" json:"ongoing"`
	Waiting      int        `db:"waiting" json:"waiting"`
	Offered      int        `db:"offered" json:"offered"`
	Held         int        `db:"held" json:"held"`
	Active       int        `db:"active" json:"active"`
	Unanswered   int        `db:"unanswered" json:"unanswered"`
	Parked       int        `db:"parked" json:"parked"`
	WrapUp       int        `db:"wrap_up" json:"wrap_up"`
	LongestSince *time.Time `db:"longest_since" json:"longest_waiting_since"` // of those that wait; null: none does
}

// Add counts other conversations, too.
func (f *Figures) Add(o Figures) {
	f.Ongoing += o.Ongoing
	f.Waiting += o.Waiting
	f.Offered += o.Offered
	f.Held += o.Held
	f.Active += o.Active
	f.Unanswered += o.Unanswered
	f.Parked += o.Parked
	f.WrapUp += o.WrapUp
	if o.LongestSince != nil && (f.LongestSince == nil || o.LongestSince.Before(*f.LongestSince)) {
		f.LongestSince = o.LongestSince
	}
}

// QueueFigures are those of a queue, with who is there for it; a zero ID is that of
// conversations that have no queue yet.
type QueueFigures struct {
	ID        uuid.NullUUID `db:"id"`
	Name      *string       `db:"name"`
	Online    int           `db:"online"`    // members who are not offline
	Available int           `db:"available"` // members who can be offered something now
	Expected  *float64      `db:"expected"`  // seconds that those waited who were answered lately; null: too few were
	Level     string        `db:"level"`     // by its thresholds: normal, amber, red
	Thresholds
	Figures
}

// The wait to expect is that of the last twenty who were answered within two hours.
const queueFigures = `
WITH f AS (
  SELECT c.queue_id, ` + counted + ` ` + live + ` GROUP BY c.queue_id
), there AS (
  SELECT m.queue_id, count(*) FILTER (WHERE s.presence <> 'offline') AS online,
         count(*) FILTER (WHERE s.presence IN ('available', 'busy') AND s.load < s.capacity AND NOT s.off_duty) AS available
  FROM queue_member m JOIN agent_status s ON s.agent_id = m.agent_id GROUP BY m.queue_id
), q AS (
  SELECT q.id, q.name, q.archived_at FROM queue q WHERE $1::uuid[] IS NULL OR q.id = ANY($1::uuid[])
)
SELECT COALESCE(q.id, f.queue_id) AS id, q.name, COALESCE(h.online, 0) AS online, COALESCE(h.available, 0) AS available,
       (SELECT CASE WHEN count(*) >= 3 THEN avg(y.wait) END FROM (
          SELECT extract(epoch FROM g.left_at - g.entered_at)::float8 AS wait FROM queue_segment g
          WHERE g.queue_id = q.id AND g.outcome = 'accepted' AND g.left_at > now() - interval '2 hours' ORDER BY g.left_at DESC LIMIT 20) y) AS expected,
       t.waiting_amber, t.waiting_red, t.wait_amber, t.wait_red, ` + levelOf + ` AS level,
       ` + shown + `
FROM q FULL JOIN f ON f.queue_id = q.id LEFT JOIN there h ON h.queue_id = q.id LEFT JOIN queue_threshold t ON t.queue_id = q.id
  CROSS JOIN LATERAL (SELECT COALESCE(f.waiting, 0) AS n, COALESCE(extract(epoch FROM now() - f.longest_since), 0) AS seconds) x
WHERE q.archived_at IS NULL OR f.queue_id IS NOT NULL
ORDER BY q.name NULLS LAST, q.id`

// ByQueue returns the figures of each queue of a scope, by name, also of queues in
// which there is nothing, unless they are archived.
func (s *Store) ByQueue(ctx context.Context, scope auditdb.Scope) ([]QueueFigures, error) {
	list := []QueueFigures{}
	if err := s.SQL.SelectContext(ctx, &list, queueFigures, scope); err != nil {
		return nil, fmt.Errorf("count by queue: %w", err)
	}
	return list, nil
}

// WorkstreamFigures are those of a workstream.
type WorkstreamFigures struct {
	ID   uuid.UUID `db:"id"`
	Name string    `db:"name"`
	Figures
}

const workstreamFigures = `
WITH f AS (
  SELECT c.workstream_id, ` + counted + ` ` + live + ` GROUP BY c.workstream_id
)
SELECT w.id, w.name, ` + shown + `
FROM f JOIN workstream w ON w.id = f.workstream_id ORDER BY w.name, w.id`

// ByWorkstream returns the figures of each workstream in which there is something.
func (s *Store) ByWorkstream(ctx context.Context, scope auditdb.Scope) ([]WorkstreamFigures, error) {
	list := []WorkstreamFigures{}
	if err := s.SQL.SelectContext(ctx, &list, workstreamFigures, scope); err != nil {
		return nil, fmt.Errorf("count by workstream: %w", err)
	}
	return list, nil
}

// ChannelFigures are those of a channel.
type ChannelFigures struct {
	Channel string `db:"channel"`
	Figures
}

const channelFigures = `
WITH f AS (
  SELECT c.channel, ` + counted + ` ` + live + ` GROUP BY c.channel
)
SELECT f.channel, ` + shown + ` FROM f ORDER BY f.channel`

// ByChannel returns the figures of each channel in which there is something.
func (s *Store) ByChannel(ctx context.Context, scope auditdb.Scope) ([]ChannelFigures, error) {
	list := []ChannelFigures{}
	if err := s.SQL.SelectContext(ctx, &list, channelFigures, scope); err != nil {
		return nil, fmt.Errorf("count by channel: %w", err)
	}
	return list, nil
}
