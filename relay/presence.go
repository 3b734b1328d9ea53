package relay

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"switchboard/workflows/contract"
)

// Deadlines tells workflows of the deadlines of agents' presences. What it
// cannot tell is dropped: the rows have it, and the sweep settles it.
type Deadlines struct {
	temporal Signaller
	log      *slog.Logger
	queue    chan deadline

	mu    sync.Mutex
	armed map[uuid.UUID]time.Time // until when a workflow surely waits and then reads the row
}

// Signaller is what it needs of a Temporal client.
type Signaller interface {
	SignalWithStartWorkflow(ctx context.Context, id, signal string, arg any, options client.StartWorkflowOptions,
		workflow any, args ...any) (client.WorkflowRun, error)
}

type deadline struct {
	agent uuid.UUID
	contract.Deadlines
}

const (
	deadlinesWaiting = 1024
	deadlinesAtOnce  = 4 // signals under way
	deadlineTimeout  = 10 * time.Second
)

// NewDeadlines returns one that works while Run runs.
func NewDeadlines(temporal Signaller, log *slog.Logger) *Deadlines {
	return &Deadlines{temporal: temporal, log: log, queue: make(chan deadline, deadlinesWaiting), armed: map[uuid.UUID]time.Time{}}
}

// Tell passes deadlines on and does not wait. Nothing is sent while a workflow
// waits for an earlier one: it reads the row then. So an agent whose connection
// comes and goes is one signal, not fifty.
func (d *Deadlines) Tell(_ context.Context, agent uuid.UUID, is contract.Deadlines) {
	first, now := is.First(), time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if until, ok := d.armed[agent]; ok && until.After(now) && !until.After(first) {
		return
	}
	select {
	case d.queue <- deadline{agent, is}:
		d.armed[agent] = first
	default:
		d.log.Warn("deadline of presence was not told; the sweep settles it", "agent_id", agent)
	}
}

// Run tells until ctx ends.
func (d *Deadlines) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	for range deadlinesAtOnce {
		wg.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case next := <-d.queue:
					d.send(ctx, next)
				}
			}
		})
	}
	forget := time.NewTicker(time.Minute)
	defer forget.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-forget.C:
			d.forget(now)
		}
	}
}

func (d *Deadlines) forget(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for agent, until := range d.armed {
		if until.Before(now) {
			delete(d.armed, agent)
		}
	}
}

func (d *Deadlines) send(ctx context.Context, next deadline) {
	ctx, cancel := context.WithTimeout(ctx, deadlineTimeout)
	defer cancel()
	id := contract.PresenceID(next.agent)
	opts := client.StartWorkflowOptions{ID: id, TaskQueue: contract.TaskQueue, StaticSummary: "presence of an agent",
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE}
	_, err := d.temporal.SignalWithStartWorkflow(ctx, id, contract.SignalDeadlines, next.Deadlines, opts,
		contract.PresenceWorkflow, contract.PresenceStart{Agent: next.agent})
	if err == nil {
		return
	}
	d.mu.Lock()
	delete(d.armed, next.agent) // the next one is told
	d.mu.Unlock()
	d.log.Warn("deadline of presence was not told; the sweep settles it", "agent_id", next.agent, "error", err)
}
