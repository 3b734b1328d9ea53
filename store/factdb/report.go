package factdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"switchboard/domain/metric"
	"switchboard/store/auditdb"
)

// How finely a report divides its time.
const (
	Whole = "whole" // not at all
	Day   = "day"
	Hour  = "hour"
)

// Period is the time of a report. From is included, Until is not; days and hours are
// those of a time zone.
type Period struct {
	From, Until time.Time
	Bucket      string
	Zone        string
}

// buckets are the parts of the period ($2 to $3 by $4 in zone $5), from at to before.
// An hour is always as long as an hour, a day as long as the clocks make it.
const buckets = `
parts AS (
  SELECT $2::timestamptz AS at, $3::timestamptz AS before WHERE $4::text = '` + Whole + `'
  UNION ALL
  SELECT GREATEST(d AT TIME ZONE $5::text, $2), LEAST((d + interval '1 day') AT TIME ZONE $5, $3)
  FROM generate_series(date_trunc('day', $2::timestamptz AT TIME ZONE $5), $3::timestamptz AT TIME ZONE $5, interval '1 day') d WHERE $4 = '` + Day + `'
  UNION ALL
  SELECT GREATEST(h, $2), LEAST(h + interval '1 hour', $3)
  FROM generate_series(date_trunc('hour', $2::timestamptz, $5), $3::timestamptz, interval '1 hour') h WHERE $4 = '` + Hour + `'
), part AS (
  SELECT at, before FROM parts WHERE at < before
)`

// QueueRow is what happened in a queue in a part of a period.
type QueueRow struct {
	ID            uuid.UUID `db:"queue_id"`
	Name          *string   `db:"name"` // null: it was deleted
	At            time.Time `db:"at"`
	Arrived       int       `db:"arrived"`
	Answered      int       `db:"answered"`
	Abandoned     int       `db:"abandoned"`
	AbandonedLong int       `db:"abandoned_long"`
	Moved         int       `db:"moved"`
	InTime        int       `db:"in_time"`  // answered within metric.ServiceSeconds
	WaitSum       float64   `db:"wait_sum"` // seconds, of the answered
	Longest       float64   `db:"longest"`
}

const queueReport = `
WITH ` + buckets + `, visit AS (
  SELECT b.at, s.queue_id, s.outcome, extract(epoch FROM s.left_at - s.entered_at)::float8 AS wait
  FROM part b JOIN queue_segment s ON s.entered_at >= b.at AND s.entered_at < b.before
  WHERE ($1::uuid[] IS NULL OR s.queue_id = ANY($1::uuid[])) AND ($6::uuid IS NULL OR s.queue_id = $6)
)
SELECT v.queue_id, q.name, v.at, count(*) AS arrived, count(*) FILTER (WHERE v.outcome = '` + Accepted + `') AS answered,
       count(*) FILTER (WHERE v.outcome = '` + Abandoned + `') AS abandoned,
       count(*) FILTER (WHERE v.outcome = '` + Abandoned + `' AND v.wait > $7) AS abandoned_long,
       count(*) FILTER (WHERE v.outcome = '` + Moved + `') AS moved,
       count(*) FILTER (WHERE v.outcome = '` + Accepted + `' AND v.wait <= $8) AS in_time,
       COALESCE(sum(v.wait) FILTER (WHERE v.outcome = '` + Accepted + `'), 0) AS wait_sum,
       COALESCE(max(v.wait) FILTER (WHERE v.outcome IN ('` + Accepted + `', '` + Abandoned + `')), 0) AS longest
FROM visit v LEFT JOIN queue q ON q.id = v.queue_id
GROUP BY v.queue_id, q.name, v.at ORDER BY v.at, q.name NULLS LAST, v.queue_id`

// Queues reports on the queues of a scope, or on one of them. Parts in which nothing
// arrived are left out.
func (s *Store) Queues(ctx context.Context, scope auditdb.Scope, queue uuid.NullUUID, p Period) ([]QueueRow, error) {
	list := []QueueRow{}
	err := s.SQL.SelectContext(ctx, &list, queueReport, scope, p.From, p.Until, p.Bucket, p.Zone, queue,
		metric.ShortSeconds, metric.ServiceSeconds)
	if err != nil {
		return nil, fmt.Errorf("report on queues: %w", err)
	}
	return list, nil
}

// AgentRow is what an agent did in a part of a period. Sums are seconds.
type AgentRow struct {
	ID        uuid.UUID `db:"agent_id"`
	Name      string    `db:"name"`
	At        time.Time `db:"at"`
	Offers    int       `db:"offers"`
	Accepted  int       `db:"accepted"`
	Declined  int       `db:"declined"`
	Missed    int       `db:"missed"`
	Handled   int       `db:"handled"`
	AcceptSum float64   `db:"accept_sum"` // of the accepted
	HandleSum float64   `db:"handle_sum"` // of the handled
	SignedIn  float64   `db:"signed_in"`
	Available float64   `db:"available"`
}

// Agents are those whom the scope sees, as in the live list: also who is disabled
// now, for what they did.
const agentReport = `
WITH ` + buckets + `, who AS (
  SELECT g.id, g.name FROM agent g
  WHERE ($1::uuid[] IS NULL OR EXISTS (SELECT FROM queue_member m WHERE m.agent_id = g.id AND m.queue_id = ANY($1::uuid[])))
    AND ($6::uuid IS NULL OR g.id = $6)
), did AS (
  SELECT b.at, s.agent_id, count(*) AS offers, count(s.accepted_at) AS accepted,
         count(*) FILTER (WHERE s.accepted_at IS NULL AND s.closure_reason = 'agent_rejected') AS declined,
         count(*) FILTER (WHERE s.accepted_at IS NULL AND s.closure_reason = 'agent_timeout') AS missed,
         count(*) FILTER (WHERE s.accepted_at IS NOT NULL AND s.closed_at IS NOT NULL) AS handled,
         COALESCE(sum(extract(epoch FROM GREATEST(s.accepted_at - s.opened_at, interval '0'))), 0)::float8 AS accept_sum,
         COALESCE(sum(extract(epoch FROM s.closed_at - s.accepted_at)) FILTER (WHERE s.accepted_at IS NOT NULL), 0)::float8 AS handle_sum
  FROM part b JOIN session s ON s.opened_at >= b.at AND s.opened_at < b.before GROUP BY b.at, s.agent_id
), there AS (
  SELECT b.at, i.agent_id, sum(t.seconds)::float8 AS signed_in,
         COALESCE(sum(t.seconds) FILTER (WHERE i.presence IN ('available', 'busy')), 0)::float8 AS available
  FROM part b JOIN presence_interval i ON i.began_at < b.before AND (i.ended_at IS NULL OR i.ended_at > b.at)
  CROSS JOIN LATERAL (SELECT extract(epoch FROM GREATEST(LEAST(COALESCE(i.ended_at, $7), b.before, $7) - GREATEST(i.began_at, b.at), interval '0')) AS seconds) t
  WHERE i.presence <> 'offline' GROUP BY b.at, i.agent_id
)
SELECT w.id AS agent_id, w.name, b.at, COALESCE(d.offers, 0) AS offers, COALESCE(d.accepted, 0) AS accepted, COALESCE(d.declined, 0) AS declined,
       COALESCE(d.missed, 0) AS missed, COALESCE(d.handled, 0) AS handled, COALESCE(d.accept_sum, 0) AS accept_sum,
       COALESCE(d.handle_sum, 0) AS handle_sum, COALESCE(t.signed_in, 0) AS signed_in, COALESCE(t.available, 0) AS available
FROM part b CROSS JOIN who w LEFT JOIN did d ON d.at = b.at AND d.agent_id = w.id LEFT JOIN there t ON t.at = b.at AND t.agent_id = w.id
WHERE d.agent_id IS NOT NULL OR t.signed_in > 0 ORDER BY b.at, w.name, w.id`

// Agents reports on the agents of a scope's queues, or on one of them, as things
// stand at a moment. Parts in which nobody did anything are left out.
func (s *Store) Agents(ctx context.Context, scope auditdb.Scope, agent uuid.NullUUID, p Period, now time.Time) ([]AgentRow, error) {
	list := []AgentRow{}
	if err := s.SQL.SelectContext(ctx, &list, agentReport, scope, p.From, p.Until, p.Bucket, p.Zone, agent, now); err != nil {
		return nil, fmt.Errorf("report on agents: %w", err)
	}
	return list, nil
}
