package campaign

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"switchboard/dev/sandbox"
	"switchboard/test/rig"
	"switchboard/test/tier"
)

// many is how many people are written to.
var many = tier.Size(5000, 20_000)

const (
	optedOut = 200 // one in so many, 0.5 %
	outage   = 2 * time.Second
	atOnce   = 64 // connections of a campaign
)

// T15: while many people are written to, everything is killed at some moment,
// and the provider throttles, fails, hangs and drops. Everybody is accounted for,
// and nobody is written to twice.
func TestCampaign_KilledAndFaulty(t *testing.T) {
	p := newPlace(t)
	// A provider's hang ends before the product's patience, so that the test is short.
	for _, f := range []sandbox.Fault{
		{Kind: "429", Every: 100}, {Kind: "503", Every: 500}, {Kind: "hang_after_accept", Every: 700, Delay: 2 * time.Second}, {Kind: "drop_after_accept", Every: 900},
	} {
		shared.Sandbox.Fault(p.TwilioID, f)
	}
	numbers := make([]string, many)
	var contacts []obj
	for i := range numbers {
		numbers[i] = fmt.Sprintf("%s%05d", rig.MarkNumber, 70_000+i) // beyond those of other tests
		contacts = append(contacts, contact(numbers[i], i))
		if i%optedOut == 0 {
			p.Twilio.OptOut(numbers[i], p.SMS)
		}
	}
	id := p.draft(obj{"rate": 1000}, contacts)
	p.start(id)
	tries := func() int { return shared.Sandbox.Counts(p.TwilioID).Accepted }
	kills := 0
	at := 0
	for _, part := range []string{"worker", "api", "Temporal", "PostgreSQL", "worker"} {
		at += many/10 + rand.IntN(many/20)
		eventually(t, "it goes on, before: "+part, func() bool { return tries() > at })
		t.Logf("%s killed after %d", part, tries())
		kill(t, part)
		kills++
	}
	s := ends(t, id)
	require.NoError(t, shared.Sandbox.Settle(t.Context()))
	judge(t, p, id, numbers, s, kills)
}

// kill ends a part at once, and brings it back after a while.
func kill(t *testing.T, part string) {
	t.Helper()
	switch part {
	case "Temporal":
		shared.Temporal.Kill()
	case "PostgreSQL":
		shared.Postgres.Kill()
	default:
		shared.Process(part).Kill()
	}
	last := time.NewTimer(outage)
	defer last.Stop()
	select {
	case <-last.C:
	case <-t.Context().Done():
		t.Fatal("cut off")
	}
	switch part {
	case "Temporal":
		require.NoError(t, shared.Temporal.Restart(t.Context()))
	case "PostgreSQL":
		require.NoError(t, shared.Postgres.Restart(t.Context()))
	default:
		require.NoError(t, shared.Run(t.Context(), part))
	}
}

func judge(t *testing.T, p *place, id uuid.UUID, numbers []string, s state, kills int) {
	t.Helper()
	db, err := sqlx.ConnectContext(t.Context(), "postgres", shared.DSN())
	require.NoError(t, err)
	defer db.Close()
	var rows []struct {
		To     string `db:"to_address"`
		Status string `db:"status"`
		Code   string `db:"code"`
	}
	require.NoError(t, db.SelectContext(t.Context(), &rows, `SELECT to_address, status, code FROM campaign_recipient WHERE campaign_id = $1`, id))
	require.Len(t, rows, len(numbers), "nobody is missed")
	sent, unknown, unknownArrived, refused := 0, 0, 0, 0
	for _, r := range rows {
		n := len(p.Twilio.SMS(r.To, p.SMS).Received())
		switch r.Status {
		case "sent", "delivered", "read":
			require.Equal(t, 1, n, "one who was written to got %d", n)
			sent++
		case "unknown":
			require.LessOrEqual(t, n, 1)
			unknown++
			unknownArrived += n
		case "refused":
			require.Zero(t, n)
			require.Equal(t, "21610", r.Code)
			refused++
		default:
			require.Fail(t, "a recipient is left "+r.Status)
		}
	}
	t.Logf("%d sent, %d refused, %d unknown of which %d arrived", sent, refused, unknown, unknownArrived)
	require.Equal(t, shared.Sandbox.Counts(p.TwilioID).Accepted, sent+unknownArrived, "the report counts what the provider counts")
	require.Zero(t, shared.Sandbox.Counts(p.TwilioID).Duplicates)
	require.Equal(t, []int{0, sent, refused, 0, unknown}, []int{s.Progress.Waiting, s.Progress.Sent, s.Progress.Refused, s.Progress.Failed, s.Progress.Unknown})
	require.LessOrEqual(t, unknown, kills*atOnce, "not more than was in flight")
	require.InDelta(t, many/optedOut, refused, float64(kills*atOnce), "those whom nobody may write to, but for some in doubt")
}
