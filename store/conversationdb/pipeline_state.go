package conversationdb

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/autotext"
	"switchboard/domain/hours"
	"switchboard/domain/routing"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

// Override is what a simulation puts in the place of what is so. A real decision
// has none of it and locks the queues whose size counts.
type Override struct {
	lock        bool
	past        bool // how full queues were then is not known, and not asked
	Rules       *routing.Model
	Facts       *routing.Env
	Overflowing map[uuid.UUID]int // seconds until it is free
}

// state is what a decision depends on, with what is told of queues that are closed.
type state struct {
	routing.State
	shut map[string]shut
}

// shut is who is closed and why.
type shut struct {
	state hours.State
	opens *time.Time
	zone  *time.Location
}

// closed is what a customer is told whose queue is closed.
func (s state) closed(queue string) (trigger string, values map[string]string) {
	x := s.shut[queue]
	values = map[string]string{"Reason": x.state.Reason, "OpensAt": ""}
	if x.opens != nil {
		values["OpensAt"] = x.opens.In(x.zone).Format("2006-01-02 15:04")
	}
	if x.state.Why == hours.OnHoliday {
		return autotext.Holiday, values
	}
	return autotext.OutOfHours, values
}

const selectFallbacks = `
SELECT queue_id, fallback_queue_id, style,
       queue_id <> fallback_queue_id AND NOT EXISTS (SELECT FROM queue_member m WHERE m.queue_id = w.queue_id) AS no_members
FROM workstream w WHERE w.id = $1`

// Queues, and all that they overflow into.
const ReachQueues = `
WITH RECURSIVE reach (id) AS (
  SELECT unnest($1::uuid[]) UNION SELECT o.target_id FROM reach r JOIN queue_overflow o ON o.queue_id = r.id WHERE o.target_id IS NOT NULL
)`

// The overflow rules of queue q, in order.
const OverflowOf = `
(SELECT COALESCE(jsonb_agg(jsonb_build_object('when', o.condition, 'limit', o.threshold, 'action', o.action,
        'to', COALESCE(o.target_id::text, ''), 'after', o.after) ORDER BY o.position), '[]')
 FROM queue_overflow o WHERE o.queue_id = q.id)`

const selectQueueStates = ReachQueues + `
SELECT q.id, q.operating_hours_id, ` + OverflowOf + ` AS overflow
FROM reach r JOIN queue q ON q.id = r.id`

type queueRow struct {
	ID       uuid.UUID       `db:"id"`
	Hours    uuid.NullUUID   `db:"operating_hours_id"`
	Overflow json.RawMessage `db:"overflow"`
}

// readState reads how the queues are doing that a conversation may go to: those
// that rules name, the workstream's, the one it is in, and all they overflow into.
func readState(ctx context.Context, q sqlx.QueryerContext, c Routed, named []string, o Override) (state, error) {
	var w struct {
		Queue     uuid.UUID `db:"queue_id"`
		Fallback  uuid.UUID `db:"fallback_queue_id"`
		Style     string    `db:"style"`
		NoMembers bool      `db:"no_members"`
	}
	if err := pg.GetOne(ctx, q, &w, selectFallbacks, c.Workstream); err != nil {
		return state{}, fmt.Errorf("read routing state: %w", err)
	}
	st := state{shut: map[string]shut{}, State: routing.State{Conversation: c.ID.String(), Now: c.Now, Live: w.Style == "live", Queues: map[string]routing.Queue{},
		Default: w.Queue.String(), NoMembers: w.NoMembers, Fallback: w.Fallback.String()}}
	ids := pq.StringArray{w.Queue.String(), w.Fallback.String()}
	if c.Queue.Valid {
		ids = append(ids, c.Queue.UUID.String())
	}
	ids = append(ids, pg.QueueIDs(named)...)
	var rows []queueRow
	if err := sqlx.SelectContext(ctx, q, &rows, selectQueueStates, ids); err != nil {
		return state{}, fmt.Errorf("read queues: %w", err)
	}
	schedules, err := schedulesOf(ctx, q, c.Hours, rows)
	if err != nil {
		return state{}, err
	}
	for _, r := range rows {
		x := routing.Queue{}
		if err := json.Unmarshal(r.Overflow, &x.Overflow); err != nil {
			return state{}, fmt.Errorf("read overflow rules: %w", err)
		}
		st.close(&x, r.ID.String(), schedules[c.Hours], schedules[r.Hours])
		if free, ok := o.Overflowing[r.ID]; ok {
			x.Overflowing, x.FreeIn = true, max(free, 0)
		}
		st.Queues[r.ID.String()] = x
	}
	if o.past {
		return st, nil
	}
	return st, measure(ctx, q, c, st, o.lock)
}

// schedulesOf reads all operating hours that count here.
func schedulesOf(ctx context.Context, q sqlx.QueryerContext, address uuid.NullUUID, rows []queueRow) (map[uuid.NullUUID]*hours.Schedule, error) {
	ids := []uuid.NullUUID{address}
	for _, r := range rows {
		ids = append(ids, r.Hours)
	}
	return configdb.ReadSchedules(ctx, q, ids)
}

// close finds out whether a queue can be reached now, and if not when.
func (s *state) close(q *routing.Queue, id string, address, queue *hours.Schedule) {
	by := address
	if !address.Open(s.Now).Open {
		q.Closed = routing.AddressClosed
	} else if !queue.Open(s.Now).Open {
		q.Closed, by = routing.QueueClosed, queue
	} else {
		return
	}
	x := shut{state: by.Open(s.Now), zone: by.Zone()}
	if at, ok := hours.AllOpen(s.Now, address, queue); ok {
		x.opens, q.OpensAt = &at, &at
	}
	s.shut[id] = x
}

// Sorted, so that two decisions never wait for each other's queues crosswise.
const lockSizes = `SELECT id FROM queue WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE`

// What is in a queue besides the conversation that is decided about. Counting
// ends where it no longer matters.
const measureQueues = `
SELECT q.id,
  (SELECT count(*) FROM (SELECT FROM conversation c WHERE c.queue_id = q.id AND c.state = 'open' AND c.hold IS NULL AND c.id <> $2 LIMIT q.most) x) AS waiting,
  COALESCE(EXTRACT(epoch FROM $3 - (SELECT c.entered_at FROM conversation c WHERE c.queue_id = q.id AND c.state = 'open' AND c.hold IS NULL AND c.id <> $2
    AND c.entered_at IS NOT NULL ORDER BY c.entered_at LIMIT 1)), 0)::int AS longest,
  (SELECT count(*) FROM (SELECT FROM conversation c WHERE c.queue_id = q.id AND c.accepted_at > $3 - interval '1 hour' AND c.accepted_at <= $3 LIMIT 10000) x) AS accepted
FROM unnest($1::uuid[], $4::int[]) AS q (id, most)`

// countMost is as far as is counted for an expectation.
const countMost = 10_000

// measure fills in what overflow rules compare. Queues whose size counts are
// locked until the conversation is in one of them, so that as many enter as may.
func measure(ctx context.Context, q sqlx.QueryerContext, c Routed, st state, lock bool) error {
	var ids, sized pq.StringArray
	var most pq.Int64Array
	for id, x := range st.Queues {
		n, counts := counting(x.Overflow)
		if !counts {
			continue
		}
		ids, most = append(ids, id), append(most, int64(n))
		if slices.ContainsFunc(x.Overflow, func(o routing.Overflow) bool { return o.When == routing.Size }) {
			sized = append(sized, id)
		}
	}
	if ids == nil {
		return nil
	}
	if lock && sized != nil {
		var locked []uuid.UUID
		if err := sqlx.SelectContext(ctx, q, &locked, lockSizes, sized); err != nil {
			return fmt.Errorf("lock queues: %w", err)
		}
	}
	var rows []struct {
		ID       uuid.UUID `db:"id"`
		Waiting  int       `db:"waiting"`
		Longest  int       `db:"longest"`
		Accepted int       `db:"accepted"`
	}
	if err := sqlx.SelectContext(ctx, q, &rows, measureQueues, ids, c.ID, c.Now, most); err != nil {
		return fmt.Errorf("measure queues: %w", err)
	}
	for _, r := range rows {
		x := st.Queues[r.ID.String()]
		x.Waiting, x.LongestWait, x.ExpectedWait = r.Waiting, max(r.Longest, 0), routing.WaitAhead(r.Waiting, r.Accepted)
		st.Queues[r.ID.String()] = x
	}
	return nil
}

// counting says how far a queue is to be counted for its rules, if at all.
func counting(list []routing.Overflow) (most int, counts bool) {
	for _, o := range list {
		switch o.When {
		case routing.Size:
			most, counts = max(most, o.Limit), true
		case routing.ExpectedWait:
			most, counts = max(most, countMost), true
		case routing.LongestWait:
			counts = true
		case routing.OutOfHours, routing.Waited:
		}
	}
	return most, counts
}
