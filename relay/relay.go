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
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"switchboard/store"
	"switchboard/workflows/message"
)

// Config is what a relay needs. Pressure, if set, tells how busy the intake of
// messages is, from 0 to 1; the relay gives way to it.
type Config struct {
	Store    *store.Store
	Temporal client.Client
	Log      *slog.Logger
	Pressure func() float64
	Workers  int // rings in flight; 16 if 0
}

// Relay rings bells.
type Relay struct{ Config }

// New returns a relay; Run makes it work.
func New(cfg Config) *Relay {
	if cfg.Workers == 0 {
		cfg.Workers = 16
	}
	if cfg.Pressure == nil {
		cfg.Pressure = func() float64 { return 0 }
	}
	return &Relay{cfg}
}

const (
	lease     = 30 * time.Second
	slowPoll  = 500 * time.Millisecond // for bells of other processes and those due later
	pause     = 2 * time.Second        // after a ring that did not get through
	giveWay   = 200 * time.Millisecond // between batches while messages pour in
	busy      = 0.7                    // from this pressure on
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
		if r.Pressure() >= busy {
			batch = fewBells
		}
		rang, err := r.round(ctx, batch)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			r.Log.Warn("ring bells", "error", err)
		}
		pressed := r.Pressure() >= busy
		if rang == batch && err == nil && !pressed {
			continue // there is more
		}
		if pressed || err != nil {
			if !wait(ctx, giveWay) {
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

func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// round claims a batch of bells and rings them side by side.
func (r *Relay) round(ctx context.Context, batch int) (int, error) {
	rungs, err := r.Store.ClaimBells(ctx, batch, lease)
	if err != nil || len(rungs) == 0 {
		return 0, err
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
	var heard, unheard []store.Rung
	for i, rung := range rungs {
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
		err = errors.Join(err, r.Store.AnswerBells(ctx, heard))
	}
	if len(unheard) > 0 {
		err = errors.Join(err, r.Store.ReleaseBells(ctx, unheard, pause))
	}
	return len(rungs), err
}

// Ring rings one conversation now, because a command needs its workflow.
func (r *Relay) Ring(ctx context.Context, conversation uuid.UUID) error {
	rung, err := r.Store.ReadBell(ctx, conversation)
	if err != nil {
		return err
	}
	if err := r.signal(ctx, rung); err != nil {
		return err
	}
	return r.Store.BellAnswered(ctx, conversation, rung.Rings)
}

func (r *Relay) signal(ctx context.Context, rung store.Rung) error {
	if rung.State == "closed" {
		return nil // nothing is left to announce
	}
	err := r.signalWithStart(ctx, rung, enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
	var exists *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &exists) {
		// The row says that it lives and its workflow has ended: somebody terminated
		// it. It begins anew from the row.
		r.Log.Warn("workflow of a living conversation had ended; started anew", "conversation_id", rung.Conversation)
		err = r.signalWithStart(ctx, rung, enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
	}
	if err != nil {
		return fmt.Errorf("ring conversation %s: %w", rung.Conversation, err)
	}
	return nil
}

func (r *Relay) signalWithStart(ctx context.Context, rung store.Rung, reuse enums.WorkflowIdReusePolicy) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	id := message.ConversationID(rung.Conversation)
	opts := client.StartWorkflowOptions{
		ID: id, TaskQueue: message.TaskQueue, WorkflowIDReusePolicy: reuse,
		StaticSummary: "conversation on " + rung.Channel,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			message.Channel.ValueSet(rung.Channel), message.ChannelAccount.ValueSet(rung.Account.String()),
			message.Workstream.ValueSet(rung.Workstream.String()), message.State.ValueSet(rung.State)),
	}
	start := message.Start{Conversation: rung.Conversation, Channel: rung.Channel, Provider: rung.Provider}
	_, err := r.Temporal.SignalWithStartWorkflow(ctx, id, message.SignalBell, rung.Bell, opts, message.ConversationWorkflow, start)
	return err
}
