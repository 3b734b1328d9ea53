// Package e2e uses the product as its users do: customers' phones at the
// sandbox, agents over HTTP, on a real PostgreSQL and a real Temporal.
package e2e

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/test/rig"
	"switchboard/test/tier"
)

// What the search for marks must find nowhere; see rig.SearchForMarks.
const (
	markText   = rig.MarkText
	markUser   = rig.MarkUser
	markNumber = rig.MarkNumber
)

// patience bounds every wait for a condition.
var patience = tier.Patience(3 * time.Minute)

var (
	shared *rig.Rig
	binary string
	sites  atomic.Int64
	people atomic.Int64

	problems struct {
		sync.Mutex
		seen []string
	}
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx, cancel := context.WithTimeout(context.Background(), tier.Patience(20*time.Minute))
	defer cancel()
	dir, err := os.MkdirTemp("", "switchboard-e2e-")
	if err == nil {
		defer os.RemoveAll(dir)
		if err = os.Chmod(dir, 0o755); err == nil {
			binary, err = rig.Build(ctx, dir)
		}
	}
	if err == nil {
		shared, err = rig.Start(ctx, rig.Options{Dir: dir + "/shared", Binary: binary, Progress: os.Stdout})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	defer shared.Stop()
	code := m.Run()
	if err := searchForMarks(ctx, shared); err != nil {
		fmt.Fprintln(os.Stderr, "FAIL: privacy:", err)
		return 1
	}
	return code
}

// newSite makes an organisation of the test's own on the shared rig.
func newSite(t *testing.T, settings map[string]any) *rig.Site {
	t.Helper()
	return siteOn(t, shared, settings)
}

func siteOn(t *testing.T, r *rig.Rig, settings map[string]any) *rig.Site {
	t.Helper()
	r.ExplainFailure(t)
	s, err := r.NewSite(t.Context(), int(sites.Add(1)), settings)
	require.NoError(t, err)
	return s
}

// userID is a new LINE customer.
func userID() string { return fmt.Sprintf("%s%024x", markUser, people.Add(1)) }

// number is a new customer's phone number.
func number() string { return fmt.Sprintf("%s%05d", markNumber, people.Add(1)) }

// said makes a text that nobody else says.
func said(s string) string { return fmt.Sprintf("%s %s %d", markText, s, people.Add(1)) }

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}
