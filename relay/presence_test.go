package relay_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"switchboard/relay"
	"switchboard/test/tier"
	"switchboard/workflows/contract"
)

// post stands for Temporal: it keeps what was signalled.
type post struct {
	mu   sync.Mutex
	fail int
	got  []contract.Deadlines
	ids  map[string]int
}

func (p *post) SignalWithStartWorkflow(_ context.Context, id, signal string, arg any, o client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail > 0 {
		p.fail--
		return nil, errors.New("away")
	}
	if id != o.ID || signal != contract.SignalDeadlines || workflow != contract.PresenceWorkflow || len(args) != 1 {
		return nil, errors.New("not what was agreed")
	}
	p.got = append(p.got, arg.(contract.Deadlines))
	p.ids[id]++
	return nil, nil
}

func (p *post) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.got)
}

func begin(t *testing.T, p *post) *relay.Deadlines {
	t.Helper()
	p.ids = map[string]int{}
	d := relay.NewDeadlines(p, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = d.Run(ctx)
	}()
	t.Cleanup(func() { stop(); <-ended })
	return d
}

func TestDeadlines_OneSignalForAConnectionThatBounces(t *testing.T) {
	t.Parallel()
	p := &post{}
	d := begin(t, p)
	ann, ben, now := uuid.New(), uuid.New(), time.Now()
	for i := range 50 {
		d.Tell(t.Context(), ann, contract.Deadlines{Grace: now.Add(150*time.Second + time.Duration(i)*time.Second)})
	}
	d.Tell(t.Context(), ben, contract.Deadlines{Grace: now.Add(time.Minute)})
	d.Tell(t.Context(), ann, contract.Deadlines{Grace: now.Add(time.Hour), Inactive: now.Add(time.Minute)}) // earlier
	require.Eventually(t, func() bool { return p.count() == 3 }, tier.Patience(time.Minute), time.Millisecond)
	require.Equal(t, map[string]int{contract.PresenceID(ann): 2, contract.PresenceID(ben): 1}, p.ids)
}

func TestDeadlines_ALostSignalIsFollowedByTheNext(t *testing.T) {
	t.Parallel()
	p := &post{fail: 1}
	d := begin(t, p)
	ann, at := uuid.New(), time.Now().Add(time.Minute)
	require.Eventually(t, func() bool {
		d.Tell(t.Context(), ann, contract.Deadlines{Grace: at})
		return p.count() == 1
	}, tier.Patience(time.Minute), 5*time.Millisecond)
}
