package campaigndb

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// TimeBucket is what happened to recipients of a campaign in a stretch of time.
type TimeBucket struct {
	At        time.Time `db:"at" json:"at"`
	Sent      int64     `db:"sent" json:"sent"`
	Delivered int64     `db:"delivered" json:"delivered"`
	Read      int64     `db:"read" json:"read"`
	Failed    int64     `db:"failed" json:"failed"`
}

// SendTimeline is how a campaign went: buckets of so many seconds without a gap.
type SendTimeline struct {
	Seconds int64        `json:"bucket_seconds"`
	Buckets []TimeBucket `json:"items"`
}

// maxBuckets is how many a chart can show.
const maxBuckets = 60

// bucketSeconds are the widths of buckets, from a second to a week.
func bucketSeconds() []int64 {
	return []int64{1, 5, 10, 30, 60, 5 * 60, 10 * 60, 30 * 60, 3600, 2 * 3600, 6 * 3600, 12 * 3600, 86400, 2 * 86400, 7 * 86400}
}

// widthOf is the smallest width whose buckets, cut at its multiples, are not too many.
func widthOf(first, last time.Time) int64 {
	fits := func(w int64) bool { return last.Unix()/w-first.Unix()/w < maxBuckets }
	list := bucketSeconds()
	for _, w := range list {
		if fits(w) {
			return w
		}
	}
	w := list[len(list)-1]
	for !fits(w) {
		w *= 2
	}
	return w
}

// A campaign's rows lie together in the primary key, which begins with it. No
// index has the times: they change while it is sent.
const timelineEnds = `
SELECT min(LEAST(sent_at, status_at)) AS first, max(GREATEST(sent_at, status_at)) AS last
FROM campaign_recipient WHERE campaign_id = $1 AND (sent_at IS NOT NULL OR status IN ('delivered', 'read', 'failed'))`

// What somebody stands at now has a time, what they stood at before has not.
const selectTimeline = `
SELECT date_bin(make_interval(secs => $2), x.at, 'epoch') AS at, count(*) FILTER (WHERE x.what = 'sent') AS sent,
       count(*) FILTER (WHERE x.what = 'delivered') AS delivered, count(*) FILTER (WHERE x.what = 'read') AS read,
       count(*) FILTER (WHERE x.what = 'failed') AS failed
FROM campaign_recipient r CROSS JOIN LATERAL (VALUES ('sent', r.sent_at), (NULLIF(r.status, 'sent'), r.status_at)) AS x(what, at)
WHERE r.campaign_id = $1 AND x.at <= $3 AND x.what IN ('sent', 'delivered', 'read', 'failed')
GROUP BY 1 ORDER BY 1`

// SendTimeline tells when a campaign's messages were sent and when their
// recipients came to where they stand.
func (s *Store) SendTimeline(ctx context.Context, id uuid.UUID) (SendTimeline, error) {
	out := SendTimeline{Buckets: []TimeBucket{}}
	var ends struct{ First, Last sql.NullTime }
	if err := s.SQL.GetContext(ctx, &ends, timelineEnds, id); err != nil {
		return out, fmt.Errorf("read when a campaign went: %w", err)
	}
	if !ends.First.Valid {
		return out, nil
	}
	out.Seconds = widthOf(ends.First.Time, ends.Last.Time)
	var list []TimeBucket
	if err := s.SQL.SelectContext(ctx, &list, selectTimeline, id, out.Seconds, ends.Last.Time); err != nil {
		return out, fmt.Errorf("read a campaign's course: %w", err)
	}
	out.Buckets = dense(list, out.Seconds)
	return out, nil
}

// dense puts in the buckets in which nothing happened.
func dense(list []TimeBucket, seconds int64) []TimeBucket {
	out := make([]TimeBucket, 0, maxBuckets)
	for _, b := range list {
		b.At = b.At.UTC()
		for len(out) > 0 && out[len(out)-1].At.Unix()+seconds < b.At.Unix() {
			out = append(out, TimeBucket{At: out[len(out)-1].At.Add(time.Duration(seconds) * time.Second)})
		}
		out = append(out, b)
	}
	return out
}
