// Package relay rings workflows for what was committed and has not been
// announced yet. A bell is claimed, rung with SignalWithStart and answered; a
// process that dies in between leaves a lease that runs out, and the ring is
// repeated, which harms nobody.
package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"switchboard/store"
	"switchboard/store/outbox"
	"switchboard/workflows/contract"
)

// Config is what a relay needs. Pressure, if set, tells in which share of time
// messages pour in faster than they can be stored, from 0 to 1; the relay gives
// way to it.
type Config struct {
	Store      *store.Store
	Temporal   client.Client
	Log        *slog.Logger
	Saturation func() float64
	Workers    int // rings in flight; 16 if 0
}

// Relay rings bells.
type Relay struct{ Config }

// New returns a relay; Run makes it work.
func New(cfg Config) *Relay {
	if cfg.Workers == 0 {
		cfg.Workers = 16
	}
	if cfg.Saturation == nil {
		cfg.Saturation = func() float64 { return 0 }
	}
	return &Relay{cfg}
}

const (
	lease     = 30 * time.Second
	slowPoll  = 500 * time.Millisecond // for bells of other processes and those due later
	pause     = 2 * time.Second        // after a ring that did not get through
	busy      = 0.5                    // messages pour in from this pressure on
	burst     = 30 * time.Second       // how late bells may be while they do; a burst is usually over by then
	giveWay   = 2 * time.Second        // between batches meanwhile
	giveSome  = 200 * time.Millisecond // the same, once bells are later than that
	batchSize = 64
	fewBells  = 4 // instead, while messages pour in: a ring costs the machine as much as taking in dozens of messages
)

// Run rings until ctx ends.
func (r *Relay) Run(ctx context.Context) error {
	wake, stop := r.Store.Bells().Watch()
	defer stop()
	poll := time.NewTicker(slowPoll)
	defer poll.Stop()
	for {
		batch := batchSize
		if r.Saturation() >= busy {
			batch = fewBells
		}
		rang, late, err := r.round(ctx, batch)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			r.Log.Warn("ring bells", "error", err)
		}
		pressed := r.Saturation() >= busy
		if rang == batch && err == nil && !pressed {
			continue // there is more
		}
		if pressed || err != nil {
			if !r.rest(ctx, restAfter(late, err)) {
				return nil
			}
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		case <-poll.C:
		}
	}
}

// restAfter is how long to leave the machine to messages that pour in. A burst
// has it nearly to itself; a flood that lasts does not keep anybody waiting longer
// than that before it is shared.
func restAfter(late time.Duration, err error) time.Duration {
	if err != nil || late >= burst {
		return giveSome
	}
	return giveWay
}

// rest waits, no longer than messages pour in. It reports whether to go on.
func (r *Relay) rest(ctx context.Context, d time.Duration) bool {
	tick := time.NewTicker(giveSome)
	defer tick.Stop()
	for end := time.Now().Add(d); time.Now().Before(end); {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
			if r.Saturation() < busy {
				return true
			}
		}
	}
	return true
}

// round claims a batch of bells and rings them side by side. It returns how many
// there were and how late the one that waited longest was.
func (r *Relay) round(ctx context.Context, batch int) (rang int, late time.Duration, err error) {
	rungs, err := r.Store.Outbox.ClaimBells(ctx, batch, lease)
	if err != nil || len(rungs) == 0 {
		return 0, 0, err
	}
	failed := make([]error, len(rungs))
	var wg sync.WaitGroup
	slots := make(chan struct{}, r.Workers)
	for i, rung := range rungs {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			failed[i] = r.signal(ctx, rung)
		})
	}
	wg.Wait()
	var heard, unheard []outbox.PendingBell
	for i, rung := range rungs {
		late = max(late, rung.Late)
		if failed[i] == nil {
			heard = append(heard, rung)
		} else {
			unheard = append(unheard, rung)
			err = failed[i]
		}
	}
	// What was rung is answered even while this process is told to stop.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if len(heard) > 0 {
		err = errors.Join(err, r.Store.Outbox.AckBells(ctx, heard))
	}
	if len(unheard) > 0 {
		err = errors.Join(err, r.Store.Outbox.ReleaseBells(ctx, unheard, pause))
	}
	return len(rungs), late, err
}

// Ring rings one conversation now, because a command needs its workflow.
func (r *Relay) Ring(ctx context.Context, conversation uuid.UUID) error {
	rung, err := r.Store.Outbox.ReadBell(ctx, conversation)
	if err != nil {
		return err
	}
	if err := r.signal(ctx, rung); err != nil {
		return err
	}
	return r.Store.Outbox.AckBell(ctx, conversation, rung.Rings)
}

func (r *Relay) signal(ctx context.Context, rung outbox.PendingBell) error {
	if rung.State == "closed" {
		return nil // nothing is left to announce; a workflow that does not know is found by comparison
	}
	return r.start(ctx, rung)
}

// start rings a workflow and starts it if it does not run.
func (r *Relay) start(ctx context.Context, rung outbox.PendingBell) error {
	err := r.signalWithStart(ctx, rung, enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
	var exists *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &exists) {
		// The row says that there is something to do and its workflow has ended:
		// somebody terminated it. It begins anew from the row.
		r.Log.Warn("workflow of a conversation had ended; started anew", "conversation_id", rung.Conversation)
		err = r.signalWithStart(ctx, rung, enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
	}
	if err != nil {
		return fmt.Errorf("ring conversation %s: %w", rung.Conversation, err)
	}
	return nil
}

func (r *Relay) signalWithStart(ctx context.Context, rung outbox.PendingBell, reuse enums.WorkflowIdReusePolicy) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	id := contract.ConversationID(rung.Conversation)
	opts := client.StartWorkflowOptions{
		ID: id, TaskQueue: contract.TaskQueue, WorkflowIDReusePolicy: reuse,
		StaticSummary: "conversation on " + rung.Channel,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			contract.Channel.ValueSet(rung.Channel), contract.ChannelAccount.ValueSet(rung.Account.String()),
			contract.Workstream.ValueSet(rung.Workstream.String()), contract.State.ValueSet(rung.State)),
	}
	start := contract.Start{Conversation: rung.Conversation, Channel: rung.Channel, Provider: rung.Provider}
	_, err := r.Temporal.SignalWithStartWorkflow(ctx, id, contract.SignalBell, rung.Bell, opts, contract.ConversationWorkflow, start)
	return err
}
