package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/store/auditdb"
	"switchboard/store/factdb"
	"switchboard/store/storetest"
)

const happened = `
INSERT INTO queue_segment (conversation_id, queue_id, workstream_id, channel, entered_at, left_at, outcome)
VALUES ($1, $2, $3, 'line', $4::timestamptz, $4::timestamptz + make_interval(secs => $5), $6)`

// A report counts each visit where it began, in the days and hours of its zone, also
// on the day on which the clocks change.
func TestReport_Queues(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site, other := db.Site(t), db.Site(t)
	ids := db.Waiting(t, site, 8)
	db.SQL.MustExec(`DELETE FROM queue_segment`)
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 10, day, hour, minute, 0, 0, zone) }
	add := func(id, queue uuid.UUID, when time.Time, wait float64, outcome string) {
		db.SQL.MustExec(happened, id, queue, site.Workstream, when, wait, outcome)
	}
	add(ids[0], site.Queue, at(24, 23, 59), 30, factdb.Accepted)
	add(ids[1], site.Queue, at(25, 0, 0), 90, factdb.Accepted) // the clocks change on the 25th
	add(ids[2], site.Queue, at(25, 23, 59), 5, factdb.Abandoned)
	add(ids[3], site.Queue, at(25, 23, 59), 50, factdb.Abandoned)
	add(ids[4], site.Queue, at(25, 12, 0), 10, factdb.Moved)
	add(ids[5], other.Queue, at(25, 12, 0), 60, factdb.Accepted)
	add(ids[6], site.Queue, at(26, 0, 0), 1, factdb.Accepted) // not in the period
	p := factdb.Period{From: at(24, 0, 0), Until: at(26, 0, 0), Bucket: factdb.Day, Zone: "Europe/Berlin"}
	rows, err := db.Facts.Queues(t.Context(), auditdb.InQueues(site.Queue), uuid.NullUUID{}, p)
	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.True(t, rows[0].At.Equal(at(24, 0, 0)), rows[0].At)
	require.True(t, rows[1].At.Equal(at(25, 0, 0)), rows[1].At)
	require.Equal(t, []int{1, 1, 0, 1}, []int{rows[0].Arrived, rows[0].Answered, rows[0].Abandoned, rows[0].InTime})
	second := rows[1]
	require.Equal(t, []int{4, 1, 2, 1, 1, 0}, []int{second.Arrived, second.Answered, second.Abandoned, second.AbandonedLong, second.Moved, second.InTime})
	require.InDelta(t, 90, second.WaitSum, 0.001)
	require.InDelta(t, 90, second.Longest, 0.001)

	// However it is divided, it adds up to the same.
	for bucket, hours := range map[string]int{factdb.Whole: 1, factdb.Day: 2, factdb.Hour: 49} {
		p.Bucket = bucket
		all, err := db.Facts.Queues(t.Context(), auditdb.Everywhere(), uuid.NullUUID{}, p)
		require.NoError(t, err)
		arrived, parts := 0, map[time.Time]bool{}
		for _, r := range all {
			arrived += r.Arrived
			parts[r.At] = true
		}
		require.Equal(t, 6, arrived, bucket)
		require.LessOrEqual(t, len(parts), hours, bucket)
	}
}

func TestReport_Agents(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	mia := db.Agents(t, &site, 2, 5)[0]
	ids := db.Waiting(t, site, 4)
	db.SQL.MustExec(`DELETE FROM presence_interval`)
	begin := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	spans := `INSERT INTO presence_interval (agent_id, presence, began_at, ended_at) VALUES ($1, $2, $3, $4)`
	db.SQL.MustExec(spans, mia, "available", begin.Add(-time.Hour), begin.Add(30*time.Minute))
	db.SQL.MustExec(spans, mia, "away", begin.Add(30*time.Minute), begin.Add(40*time.Minute))
	db.SQL.MustExec(spans, mia, "busy", begin.Add(40*time.Minute), nil)
	sessions := `INSERT INTO session (conversation_id, agent_id, opened_at, accepted_at, closed_at, closure_reason) VALUES ($1, $2, $3, $4, $5, $6)`
	db.SQL.MustExec(sessions, ids[0], mia, begin, begin.Add(10*time.Second), begin.Add(110*time.Second), "agent_closed")
	db.SQL.MustExec(sessions, ids[1], mia, begin, nil, begin.Add(time.Minute), "agent_timeout")
	db.SQL.MustExec(sessions, ids[2], mia, begin, nil, begin.Add(time.Minute), "agent_rejected")
	db.SQL.MustExec(sessions, ids[3], mia, begin.Add(70*time.Minute), begin.Add(70*time.Minute), nil, nil)
	p := factdb.Period{From: begin, Until: begin.Add(2 * time.Hour), Bucket: factdb.Hour, Zone: "UTC"}
	rows, err := db.Facts.Agents(t.Context(), auditdb.InQueues(site.Queue), uuid.NullUUID{}, p, begin.Add(90*time.Minute))
	require.NoError(t, err)
	require.Len(t, rows, 2)
	first, second := rows[0], rows[1]
	require.Equal(t, []int{3, 1, 1, 1, 1}, []int{first.Offers, first.Accepted, first.Declined, first.Missed, first.Handled})
	require.InDeltaSlice(t, []float64{10, 100, 3600, 3000}, []float64{first.AcceptSum, first.HandleSum, first.SignedIn, first.Available}, 0.001)
	require.Equal(t, []int{1, 1, 0}, []int{second.Offers, second.Accepted, second.Handled})
	require.InDelta(t, 1800, second.SignedIn, 0.001, "the rest of the hour has not happened")
	none, err := db.Facts.Agents(t.Context(), auditdb.InQueues(), uuid.NullUUID{}, p, begin.Add(time.Hour))
	require.NoError(t, err)
	require.Empty(t, none)
}
