// Package crash brings about faults of the product's parts and of what it stands
// on, one at a time, and looks at what becomes of conversations.
package crash

import (
	"os"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"switchboard/test/chaos"
	"switchboard/test/rig"
)

const outage = 2 * time.Second // between a kill and the restart

var (
	shared   *chaos.Product
	patience = chaos.Patience
)

func TestMain(m *testing.M) { os.Exit(chaos.Main(m, func(p *chaos.Product) { shared = p })) }

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	shared.Eventually(t, what, holds)
}

func count(t *testing.T, query string, args ...any) int {
	t.Helper()
	return shared.Rows(t, query, args...)
}

func database(t *testing.T, name string) *sqlx.DB {
	t.Helper()
	return shared.Database(t, name)
}

func last(t *testing.T, d time.Duration) {
	t.Helper()
	chaos.Last(t, d)
}

func quiet(t *testing.T) {
	t.Helper()
	shared.Quiet(t)
}

func same(t *testing.T) {
	t.Helper()
	shared.Same(t)
}

func closeAll(t *testing.T, site *rig.Site) {
	t.Helper()
	shared.CloseAll(t, site)
}

func workflowsAreWell(t *testing.T) int {
	t.Helper()
	return shared.WorkflowsAreWell(t)
}
