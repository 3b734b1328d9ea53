package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/store/campaigndb"
	"switchboard/store/storetest"
)

// courseOf is a campaign whose rows a test writes, and how it went in words.
func courseOf(t *testing.T) (id uuid.UUID, exec func(query string, args ...any), course func() (int64, []string)) {
	t.Helper()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	db.SQL.MustExec(sendings, site.Account, site.Address)
	require.NoError(t, db.SQL.Get(&id, `SELECT id FROM campaign WHERE state = 'running'`))
	exec = func(query string, args ...any) { db.SQL.MustExec(query, append([]any{id}, args...)...) }
	course = func() (int64, []string) {
		t.Helper()
		c, err := db.Campaign.SendTimeline(ctx, id)
		require.NoError(t, err)
		require.NotNil(t, c.Buckets)
		require.LessOrEqual(t, len(c.Buckets), 60)
		var out []string
		for _, b := range c.Buckets {
			out = append(out, fmt.Sprintf("%s sent %d delivered %d read %d failed %d", b.At.Format("15:04:05Z07:00"), b.Sent, b.Delivered, b.Read, b.Failed))
		}
		return c.Seconds, out
	}
	return id, exec, course
}

const happen = `
UPDATE campaign_recipient SET status = $3, sent_at = NULLIF($4, '')::timestamptz, status_at = $5::timestamptz
WHERE campaign_id = $1 AND seq = $2`

func TestCampaignCourse_FiguresAreTheRows(t *testing.T) {
	t.Parallel()
	_, exec, course := courseOf(t)
	seconds, buckets := course()
	require.Zero(t, seconds)
	require.Empty(t, buckets, "nothing was sent")

	const day = "2026-03-01 "
	exec(happen, 1, "sent", day+"10:00:01Z", day+"10:00:01Z")
	exec(happen, 2, "delivered", day+"10:00:02Z", day+"10:00:59Z")
	exec(happen, 3, "read", day+"10:00:59.9Z", day+"10:05:00Z")
	exec(happen, 4, "failed", day+"11:01:00+01", day+"10:02:30Z") // the same moment in another zone is the same
	exec(happen, 5, "failed", "", day+"10:02:00Z")                // failed at once
	exec(happen, 6, "refused", "", day+"08:00:00Z")               // when it was listed: never sent
	exec(happen, 7, "unknown", "", day+"12:00:00Z")
	seconds, buckets = course()
	require.EqualValues(t, 10, seconds)
	require.Len(t, buckets, 31)
	require.Equal(t, "10:00:00Z sent 2 delivered 0 read 0 failed 0", buckets[0])
	require.Equal(t, "10:00:10Z sent 0 delivered 0 read 0 failed 0", buckets[1])
	require.Equal(t, "10:00:50Z sent 1 delivered 1 read 0 failed 0", buckets[5])
	require.Equal(t, "10:01:00Z sent 1 delivered 0 read 0 failed 0", buckets[6])
	require.Equal(t, "10:02:00Z sent 0 delivered 0 read 0 failed 1", buckets[12])
	require.Equal(t, "10:02:30Z sent 0 delivered 0 read 0 failed 1", buckets[15])
	require.Equal(t, "10:05:00Z sent 0 delivered 0 read 1 failed 0", buckets[30])
}

// However long a campaign's reports go on, there are 60 buckets at most, and
// nobody falls out of them.
func TestCampaignCourse_BucketsGrow(t *testing.T) {
	t.Parallel()
	_, exec, course := courseOf(t)
	first := time.Date(2026, 3, 1, 9, 59, 59, 0, time.UTC)
	exec(happen, 1, "sent", first.Format(time.RFC3339), first.Format(time.RFC3339))
	for _, took := range []time.Duration{0, time.Second, time.Minute, time.Hour, 26 * time.Hour, 40 * 24 * time.Hour, 10 * 365 * 24 * time.Hour} {
		at := first.Add(took).Format(time.RFC3339)
		exec(happen, 2, "read", at, at)
		_, buckets := course()
		if took == 0 {
			require.Equal(t, []string{"09:59:59Z sent 2 delivered 0 read 1 failed 0"}, buckets)
			continue
		}
		require.Greater(t, len(buckets), 1)
		require.Contains(t, buckets[0], "sent 1 delivered 0 read 0")
		require.Contains(t, buckets[len(buckets)-1], "sent 1 delivered 0 read 1", took)
	}
}

// What is written between its two readings is left for the next.
func TestCampaignCourse_WhileItIsSent(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	db.SQL.MustExec(sendings, site.Account, site.Address)
	var id uuid.UUID
	require.NoError(t, db.SQL.Get(&id, `SELECT id FROM campaign WHERE state = 'running'`))
	claim := campaigndb.Claim{Campaign: id, Lo: 1, Hi: 500, Limit: 5, Account: site.Account, Channel: "line"}
	done := make(chan error, 1)
	go func() {
		done <- func() error {
			for {
				got, err := db.Campaign.ClaimRecipients(ctx, claim)
				if err != nil || len(got.List) == 0 {
					return err
				}
				out := make([]campaigndb.RecipientOutcome, len(got.List))
				for i, r := range got.List {
					out[i] = campaigndb.RecipientOutcome{Seq: r.Seq, Status: "sent"}
				}
				f := campaigndb.Content{Account: site.Account, Address: site.Address, Channel: "line"}
				if err := db.Campaign.FinishRecipients(ctx, f, id, out); err != nil {
					return err
				}
			}
		}()
	}()
	sent := func() (n int64) {
		c, err := db.Campaign.SendTimeline(ctx, id)
		require.NoError(t, err)
		for _, b := range c.Buckets {
			n += b.Sent
		}
		return n
	}
	for before := int64(0); ; {
		now := sent()
		require.GreaterOrEqual(t, now, before)
		before = now
		select {
		case err := <-done:
			require.NoError(t, err)
			require.EqualValues(t, 500, sent())
			return
		default:
		}
	}
}
