package rig

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"switchboard/dev/stack"
)

// A look at the running product for whoever reads a failed test: counts, states
// and names of statements, never what is in the rows.
const (
	backends = `SELECT format('%s %s for %s s, waits for %s/%s: %s', application_name, state, extract(epoch FROM now() - state_change)::int,
		wait_event_type, wait_event, left(regexp_replace(query, '\s+', ' ', 'g'), 160))
		FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND (state <> 'idle' OR state_change > now() - interval '5 s')`
	bells         = `SELECT format('%s bells, the oldest due %s s ago, %s of them leased', count(*), extract(epoch FROM now() - min(due_at))::int, count(leased_until)) FROM bell`
	conversations = `SELECT format('%s conversations are %s, %s of them with an offer, %s to be offered, the last active %s s ago', count(*), state, count(offer_id),
		count(*) FILTER (WHERE pushed), extract(epoch FROM now() - max(last_activity_at))::int)
		FROM conversation GROUP BY state`
	agents = `SELECT format('agent %s: presence %s, load %s of %s', agent_id, presence, load, capacity) FROM agent_status LIMIT 20`
)

// ExplainFailure has a test that fails say what the product was doing.
func (r *Rig) ExplainFailure(t interface {
	Cleanup(func())
	Failed() bool
	Log(args ...any)
}) {
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("the product when it failed:\n" + r.Diagnose())
		}
	})
}

// Diagnose says how the product is.
func (r *Rig) Diagnose() string {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var b strings.Builder
	for name, p := range r.procs {
		select {
		case <-p.Done():
			fmt.Fprintf(&b, "%s has ended\n", name)
		default:
		}
	}
	if p := r.Temporal.Process(); p != nil {
		select {
		case <-p.Done():
			fmt.Fprintln(&b, "Temporal has ended")
		default:
		}
	}
	if db, err := sqlx.ConnectContext(ctx, "postgres", r.DSN()); err != nil {
		fmt.Fprintln(&b, "database:", err)
	} else {
		defer db.Close()
		for _, query := range []string{backends, bells, conversations, agents} {
			var lines []string
			if err := db.SelectContext(ctx, &lines, query); err != nil {
				fmt.Fprintln(&b, "database:", err)
			}
			fmt.Fprintln(&b, strings.Join(lines, "\n"))
		}
	}
	fmt.Fprintln(&b, r.stuckWorkflows(ctx))
	logs, _ := filepath.Glob(filepath.Join(r.LogDir(), "*.log"))
	for _, name := range logs {
		fmt.Fprintf(&b, "the end of %s:\n%s\n", filepath.Base(name), stack.Tail(name))
	}
	return b.String()
}
