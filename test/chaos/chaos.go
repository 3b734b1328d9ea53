// Package chaos is what tests share that kill the product's parts and what it
// stands on.
package chaos

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"switchboard/api/apiclient"
	"switchboard/test/rig"
	"switchboard/test/tier"
	"switchboard/workflows/contract"
)

// Patience bounds every wait for a condition. Temporal takes up to a minute to
// notice that a task of a killed worker is lost.
var Patience = tier.Patience(4 * time.Minute)

// Product is a product whose parts are killed, on servers of its own.
type Product struct {
	*rig.Rig
	forgotten time.Time
}

// Main runs a package's tests on one product, which use is told of before, and
// looks for customers' data in all histories behind them.
func Main(m *testing.M, use func(*Product)) int {
	ctx, cancel := context.WithTimeout(context.Background(), tier.Patience(time.Hour))
	defer cancel()
	dir, err := os.MkdirTemp("", "switchboard-chaos-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = os.Chmod(dir, 0o755)
	}
	binary := ""
	if err == nil {
		binary, err = rig.Build(ctx, dir)
	}
	p := &Product{}
	if err == nil {
		p.Rig, err = rig.Start(ctx, rig.Options{Dir: dir + "/rig", Binary: binary, Split: true, Own: true, LongRun: 15, Progress: os.Stdout,
			Env: []string{"SWITCHBOARD_COMPARE_EVERY=1s"}})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		return 1
	}
	defer p.Stop()
	use(p)
	code := m.Run()
	n, err := p.SearchForMarks(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "FAIL: privacy:", err)
		return 1
	}
	fmt.Printf("privacy: %d histories hold no mark\n", n)
	return code
}

// Last lets a fault last.
func Last(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
		t.Fatal("cut off")
	}
}

// Eventually waits until a condition holds.
func (p *Product) Eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	late := time.After(Patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within %s: %s\n%s", Patience, what, p.Diagnose())
		}
	}
}

// Rows answers a question to the product's database that has one number as its
// answer.
func (p *Product) Rows(t *testing.T, query string, args ...any) int {
	t.Helper()
	n, err := p.Count(t.Context(), query, args...)
	require.NoError(t, err)
	return n
}

// Database is a connection of the test's own.
func (p *Product) Database(t *testing.T, name string) *sqlx.DB {
	t.Helper()
	db, err := sqlx.ConnectContext(t.Context(), "postgres", p.Postgres.DSN(name))
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// Quiet waits until nothing is on its way any more.
func (p *Product) Quiet(t *testing.T) {
	t.Helper()
	for what, query := range map[string]string{
		"every bell was rung":      `SELECT count(*) FROM bell`,
		"every answer was decided": `SELECT count(*) FROM message WHERE status IN ('queued', 'sending')`,
		"everybody was accepted":   `SELECT count(*) FROM conversation WHERE state = 'open'`,
	} {
		p.Eventually(t, what, func() bool { return p.Rows(t, query) == 0 })
	}
}

// Same waits until every row and its workflow tell the same.
func (p *Product) Same(t *testing.T) {
	t.Helper()
	var left []string
	var err error
	defer func() {
		if t.Failed() {
			t.Log(left, err)
		}
	}()
	p.Eventually(t, "rows and workflows are the same", func() bool {
		left, err = p.Differences(t.Context())
		return err == nil && len(left) == 0
	})
}

// Forget has Temporal forget everything; what was closed before has no workflow
// any more.
func (p *Product) Forget(t *testing.T) {
	t.Helper()
	p.forgotten = time.Now()
	require.NoError(t, p.EmptyTemporal(t.Context()))
}

// WorkflowsAreWell waits until every conversation's workflow has nothing left to
// do and is not failing. It returns how many have continued as new.
func (p *Product) WorkflowsAreWell(t *testing.T) int {
	t.Helper()
	c, err := client.DialContext(t.Context(), client.Options{HostPort: p.Temporal.Address(), Namespace: p.Namespace()})
	require.NoError(t, err)
	defer c.Close()
	db, err := sqlx.ConnectContext(t.Context(), "postgres", p.DSN())
	require.NoError(t, err)
	defer db.Close()
	var ids []uuid.UUID
	require.NoError(t, db.SelectContext(t.Context(), &ids, `SELECT id FROM conversation WHERE closed_at IS NULL OR closed_at > $1`, p.forgotten))
	continued := 0
	for _, id := range ids {
		p.Eventually(t, "the workflow rests", func() bool {
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

// CloseAll leaves nothing of a site's that could be offered while other tests run.
func (p *Product) CloseAll(t *testing.T, site *rig.Site) {
	t.Helper()
	var ids []uuid.UUID
	db := p.Database(t, "switchboard")
	require.NoError(t, db.SelectContext(t.Context(), &ids, `SELECT id FROM conversation WHERE workstream_id = $1 AND state <> 'closed'`, site.Workstream))
	for _, id := range ids {
		err := p.Admin.Command(t.Context(), id, "force-close", "", nil)
		var refused *apiclient.Refused
		if !errors.As(err, &refused) || refused.Status != http.StatusConflict { // it closed by itself
			require.NoError(t, err)
		}
	}
}
