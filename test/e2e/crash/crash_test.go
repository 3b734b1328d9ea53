// Package crash kills the product's parts and what it stands on, one after the
// other, while customers write and agents answer, and counts at the end what
// became of every message.
package crash

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"switchboard/test/rig"
	"switchboard/test/tier"
	"switchboard/workflows/contract"
)

// patience bounds every wait for a condition. Temporal takes up to a minute to
// notice that a task of a killed worker is lost.
var patience = tier.Patience(4 * time.Minute)

var shared *rig.Rig

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx, cancel := context.WithTimeout(context.Background(), tier.Patience(time.Hour))
	defer cancel()
	dir, err := os.MkdirTemp("", "switchboard-crash-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = os.Chmod(dir, 0o755)
	}
	binary := ""
	if err == nil {
		binary, err = rig.Build(ctx, dir)
	}
	if err == nil {
		shared, err = rig.Start(ctx, rig.Options{Dir: dir + "/rig", Binary: binary, Split: true, Own: true, LongRun: 15, Progress: os.Stdout,
			Env: []string{"SWITCHBOARD_COMPARE_EVERY=1s"}})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "crash:", err)
		return 1
	}
	defer shared.Stop()
	code := m.Run()
	n, err := shared.SearchForMarks(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "FAIL: privacy:", err)
		return 1
	}
	fmt.Printf("privacy: %d histories hold no mark\n", n)
	return code
}

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

const outage = 2 * time.Second // between a kill and the restart

// away is how long PostgreSQL is.
var away = tier.Size(8*time.Second, 30*time.Second)

func faults() []fault {
	kill := func(part string) func(*testing.T, *traffic) {
		return func(t *testing.T, _ *traffic) {
			shared.Process(part).Kill()
			last(t, outage)
			require.NoError(t, shared.Run(t.Context(), part))
		}
	}
	return []fault{
		{"api killed", kill("api")},
		{"worker killed", kill("worker")},
		{"Temporal killed", func(t *testing.T, _ *traffic) {
			shared.Temporal.Kill()
			last(t, outage)
			require.NoError(t, shared.Temporal.Restart(t.Context()))
		}},
		{"PostgreSQL killed", func(t *testing.T, _ *traffic) {
			shared.Postgres.Kill()
			last(t, outage)
			require.NoError(t, shared.Postgres.Restart(t.Context()))
		}},
		{"PostgreSQL away", func(t *testing.T, x *traffic) {
			shared.Postgres.Stop(t.Context())
			last(t, outage) // the first requests find out
			x.databaseAway(true)
			last(t, away)
			x.databaseAway(false)
			require.NoError(t, shared.Postgres.Restart(t.Context()))
		}},
	}
}

// last lets a fault last.
func last(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
		t.Fatal("cut off")
	}
}

// T3: kill -9 of anything at any instant loses nothing after a 2xx, and sends
// nothing twice.
func TestNothingIsLostAndNothingTwice(t *testing.T) {
	shared.ExplainFailure(t)
	site, err := shared.NewSite(t.Context(), 1, nil)
	require.NoError(t, err)
	x := begin(t, shared, site)
	eventually(t, "traffic flows", func() bool { return x.written() > 2*perSecond })
	for _, f := range faults() {
		t.Log(f.name)
		began := time.Now()
		f.do(t, x)
		x.broken = append(x.broken, span{f.name, began, time.Now()})
		after := x.written() + 3*perSecond
		eventually(t, "traffic flows after: "+f.name, func() bool { return x.written() > after })
	}
	eventually(t, "agents answer a good part", x.answersMany)
	x.stopWriting()
	x.writing.Wait()
	eventually(t, "every webhook was answered", func() bool { return len(x.unanswered()) == 0 })
	quiet(t)
	judge(t, x)
	require.Greater(t, workflowsAreWell(t), people/2, "messages came while workflows continued as new")
}

func count(t *testing.T, query string, args ...any) int {
	t.Helper()
	n, err := shared.Count(t.Context(), query, args...)
	require.NoError(t, err)
	return n
}

// quiet waits until nothing is on its way any more.
func quiet(t *testing.T) {
	t.Helper()
	for what, query := range map[string]string{
		"every bell was rung":      `SELECT count(*) FROM bell`,
		"every answer was decided": `SELECT count(*) FROM message WHERE status IN ('queued', 'sending')`,
		"everybody was accepted":   `SELECT count(*) FROM conversation WHERE state = 'open'`,
	} {
		eventually(t, what, func() bool { return count(t, query) == 0 })
	}
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
	require.Equal(t, people, count(t, `SELECT count(*) FROM conversation`), "one conversation for each customer")

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
	require.Equal(t, 0, count(t, `SELECT count(*) FROM message WHERE status = 'failed'`))
	require.Equal(t, 0, count(t, `SELECT count(*) FROM agent_status s WHERE s.load > s.capacity OR s.load <>
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

// emptied is when a test had Temporal forget everything; what was closed before
// has no workflow any more.
var emptied time.Time

// workflowsAreWell: every conversation's workflow runs, has nothing left to do
// and is not failing. It returns how many have continued as new.
func workflowsAreWell(t *testing.T) int {
	t.Helper()
	c, err := client.DialContext(t.Context(), client.Options{HostPort: shared.Temporal.Address(), Namespace: shared.Namespace()})
	require.NoError(t, err)
	defer c.Close()
	db, err := sqlx.ConnectContext(t.Context(), "postgres", shared.DSN())
	require.NoError(t, err)
	defer db.Close()
	var ids []uuid.UUID
	require.NoError(t, db.SelectContext(t.Context(), &ids, `SELECT id FROM conversation WHERE closed_at IS NULL OR closed_at > $1`, emptied))
	continued := 0
	for _, id := range ids {
		eventually(t, "the workflow rests", func() bool {
			d, err := c.DescribeWorkflowExecution(t.Context(), contract.ConversationID(id), "")
			require.NoError(t, err)
			if d.PendingWorkflowTask != nil || len(d.PendingActivities) > 0 {
				return false
			}
			if info := d.WorkflowExecutionInfo; info.FirstRunId != info.Execution.RunId {
				continued++
			}
			return true
		})
	}
	return continued
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within %s: %s\n%s", patience, what, shared.Diagnose())
		}
	}
}
