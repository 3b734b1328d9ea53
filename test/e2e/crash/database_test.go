package crash

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
)

// tries are requests of one kind, one after the other: what each was answered.
type tries struct {
	what string
	do   func() error

	mu   sync.Mutex
	seen map[int]int // how often each status was answered
	good time.Time   // begin of the last try that was done
	odd  []error     // what is no answer
}

// run tries until stop is closed.
func (x *tries) run(stop <-chan struct{}) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		began := time.Now()
		x.keep(began, x.do())
		select {
		case <-tick.C:
		case <-stop:
			return
		}
	}
}

func (x *tries) keep(began time.Time, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	status, refused := http.StatusOK, (*apiclient.Refused)(nil)
	if errors.As(err, &refused) {
		status = refused.Status
	} else if err != nil {
		x.odd = append(x.odd, err)
		return
	}
	if x.seen[status]++; status == http.StatusOK {
		x.good = began
	}
}

// doneSince reports whether a try that began after a moment was done.
func (x *tries) doneSince(at time.Time) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.good.After(at)
}

// A database that is killed is 503 to everybody and never 500, and all is well soon
// after it is back, without anybody doing anything.
func TestFault_B6_CommandsWhileTheDatabaseIsKilled(t *testing.T) {
	shared.ExplainFailure(t)
	site, err := shared.NewSite(t.Context(), 5, nil)
	require.NoError(t, err)
	h := followOffers(t, site)
	conv := h.take(t, 1)[0]
	command := func(name string) func() error {
		return func() error { return h.ann.CommandOnce(t.Context(), conv, name, uuid.NewString(), nil) }
	}
	park, resume := command("park"), command("resume")
	all := []*tries{
		{what: "commands", do: func() error {
			err := park()
			var refused *apiclient.Refused
			if errors.As(err, &refused) && refused.Status == http.StatusConflict { // parked, by a try that was answered 503
				return resume()
			}
			return err
		}},
		{what: "reading", do: func() error { _, err := h.ann.Conversation(t.Context(), conv); return err }},
		{what: "configuration", do: func() error {
			_, err := shared.Admin.Do(t.Context(), http.MethodPatch, "/v1/queues/"+site.Queue.String(), map[string]any{"priority": 7}, nil)
			return err
		}},
	}
	stop := make(chan struct{})
	var running sync.WaitGroup
	for _, x := range all {
		x.seen = map[int]int{}
		running.Go(func() { x.run(stop) })
	}
	began := time.Now()
	for _, x := range all {
		eventually(t, x.what+" before", func() bool { return x.doneSince(began) })
	}
	shared.Postgres.Kill()
	last(t, outage)
	require.NoError(t, shared.Postgres.Restart(t.Context()))
	back := time.Now()
	for _, x := range all {
		eventually(t, x.what+" afterwards", func() bool { return x.doneSince(back) })
		t.Logf("%s: well %s after the database was back", x.what, time.Since(back).Round(100*time.Millisecond))
	}
	close(stop)
	running.Wait()
	for _, x := range all {
		t.Logf("%s: %v", x.what, x.seen)
		require.Empty(t, x.odd, x.what)
		for status := range x.seen {
			require.Contains(t, []int{http.StatusOK, http.StatusServiceUnavailable}, status, x.what)
		}
		require.NotZero(t, x.seen[http.StatusServiceUnavailable], x.what)
	}
	require.NoError(t, h.ann.Command(t.Context(), conv, "end", "", nil))
	quiet(t)
	workflowsAreWell(t)
}
