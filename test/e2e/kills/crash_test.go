// Package kills kills the product's parts and what it stands on, one after the
// other, while customers write and agents answer, and counts at the end what
// became of every message.
package kills

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"switchboard/test/chaos"
	"switchboard/test/tier"
)

var shared *chaos.Product

func TestMain(m *testing.M) { os.Exit(chaos.Main(m, func(p *chaos.Product) { shared = p })) }

// fault breaks one part and mends it.
type fault struct {
	name string
	do   func(t *testing.T, x *traffic)
}

// span is when something was broken.
type span struct {
	name     string
	from, to time.Time
}

const between = 2 * time.Second // between a kill and the restart

// away is how long PostgreSQL is.
var away = tier.Size(8*time.Second, 30*time.Second)

func faults() []fault {
	kill := func(part string) func(*testing.T, *traffic) {
		return func(t *testing.T, _ *traffic) {
			shared.Process(part).Kill()
			chaos.Last(t, between)
			require.NoError(t, shared.Run(t.Context(), part))
		}
	}
	return []fault{
		{"api killed", kill("api")},
		{"worker killed", kill("worker")},
		{"Temporal killed", func(t *testing.T, _ *traffic) {
			shared.Temporal.Kill()
			chaos.Last(t, between)
			require.NoError(t, shared.Temporal.Restart(t.Context()))
		}},
		{"PostgreSQL killed", func(t *testing.T, _ *traffic) {
			shared.Postgres.Kill()
			chaos.Last(t, between)
			require.NoError(t, shared.Postgres.Restart(t.Context()))
		}},
		{"PostgreSQL away", func(t *testing.T, x *traffic) {
			shared.Postgres.Stop(t.Context())
			chaos.Last(t, between) // the first requests find out
			x.databaseAway(true)
			chaos.Last(t, away)
			x.databaseAway(false)
			require.NoError(t, shared.Postgres.Restart(t.Context()))
		}},
	}
}

// T3: kill -9 of anything at any instant loses nothing after a 2xx, and sends
// nothing twice.
func TestNothingIsLostAndNothingTwice(t *testing.T) {
	shared.ExplainFailure(t)
	site, err := shared.NewSite(t.Context(), 1, nil)
	require.NoError(t, err)
	x := begin(t, shared.Rig, site)
	shared.Eventually(t, "traffic flows", func() bool { return x.written() > 2*perSecond })
	for _, f := range faults() {
		t.Log(f.name)
		began := time.Now()
		f.do(t, x)
		x.broken = append(x.broken, span{f.name, began, time.Now()})
		after := x.written() + 3*perSecond
		shared.Eventually(t, "traffic flows after: "+f.name, func() bool { return x.written() > after })
	}
	shared.Eventually(t, "agents answer a good part", x.answersMany)
	x.stopWriting()
	x.writing.Wait()
	shared.Eventually(t, "every webhook was answered", func() bool { return len(x.unanswered()) == 0 })
	shared.Quiet(t)
	judge(t, x)
	require.Greater(t, shared.WorkflowsAreWell(t), people/2, "messages came while workflows continued as new")
}

// answersMany says that there are enough answers to count. Where agents could
// accept only late, because the machine is busy, customers go on writing.
func (x *traffic) answersMany() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.answers) > len(x.said)/10
}

func judge(t *testing.T, x *traffic) {
	t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	t.Logf("%d messages, %d of them acknowledged while the database was away; %d answers; refusals: %v", len(x.said), x.down, len(x.answers), x.refusals)
	require.Positive(t, x.down, "webhooks are taken while the database is away")
	require.Greater(t, len(x.answers), len(x.said)/20)

	// Every message is in its conversation, once.
	db, err := sqlx.ConnectContext(t.Context(), "postgres", shared.DSN())
	require.NoError(t, err)
	defer db.Close()
	var stored []string
	require.NoError(t, db.SelectContext(t.Context(), &stored, `SELECT text FROM message WHERE direction = 'in'`))
	times := map[string]int{}
	for _, text := range stored {
		times[text]++
	}
	for text := range x.said {
		require.Equal(t, 1, times[text], "%s is stored %d times", text, times[text])
	}
	require.Len(t, stored, len(x.said))
	require.Equal(t, people, shared.Rows(t, `SELECT count(*) FROM conversation`), "one conversation for each customer")

	// Every answer reached its customer once, or it is said that nobody knows.
	got := map[string]int{}
	for _, p := range x.customers {
		for _, m := range p.Received() {
			got[m.Text]++
		}
	}
	mayMiss := x.unknown(t, db)
	for text := range x.answers {
		if !mayMiss[text] {
			require.Equal(t, 1, got[text], "%s arrived %d times", text, got[text])
		}
	}
	for text, n := range got {
		require.LessOrEqual(t, n, 1, "%s arrived %d times", text, n)
	}
	require.Equal(t, 0, shared.Rows(t, `SELECT count(*) FROM message WHERE status = 'failed'`))
	require.Equal(t, 0, shared.Rows(t, `SELECT count(*) FROM agent_status s WHERE s.load > s.capacity OR s.load <>
		COALESCE((SELECT sum(held_units) FROM conversation c WHERE c.held_by = s.agent_id), 0)`), "capacity is what is held")
}

// onWay bounds how long before a fault the sending of an answer began that the
// fault cut off: a try takes a fraction of it.
var onWay = tier.Patience(3 * time.Second)

// unknown returns the answers of which nobody knows whether they arrived. Each was
// on its way when something broke, of each fault no more than are written in a second.
func (x *traffic) unknown(t *testing.T, db *sqlx.DB) map[string]bool {
	t.Helper()
	var rows []struct {
		Text    string    `db:"text"`
		Claimed time.Time `db:"claimed_at"`
	}
	require.NoError(t, db.SelectContext(t.Context(), &rows, `SELECT text, claimed_at FROM message WHERE direction = 'out' AND status = 'unknown'`))
	mayMiss, of := map[string]bool{}, map[string]int{}
	for _, r := range rows {
		mayMiss[r.Text] = true
		at := slices.IndexFunc(x.broken, func(s span) bool { return r.Claimed.After(s.from.Add(-onWay)) && r.Claimed.Before(s.to) })
		require.GreaterOrEqual(t, at, 0, "%s: its sending began at %s, when nothing was broken", r.Text, r.Claimed)
		of[x.broken[at].name]++
	}
	t.Logf("answers of unknown outcome: %v", of)
	for fault, n := range of {
		require.LessOrEqual(t, n, perSecond/answered, fault)
	}
	return mayMiss
}
