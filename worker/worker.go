// Package worker registers workflows and activities on their task queues.
package worker

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"golang.org/x/sync/errgroup"

	"switchboard/activities"
	"switchboard/store"
	"switchboard/workflows"
	"switchboard/workflows/message"
)

// Config is what the workers need.
type Config struct {
	Temporal      client.Client
	Store         *store.Store
	Log           *slog.Logger
	Conversations *activities.Conversations
	Delivery      *activities.Delivery
	Media         *activities.Media
	Profiles      *activities.Profiles
	Presence      *activities.Presence
	Campaigns     *activities.Campaigns
	Providers     []string // one send queue each
}

// Run serves all task queues until ctx ends, and then lets activities that are
// under way finish for up to half a minute.
func Run(ctx context.Context, cfg Config) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return serve(ctx, cfg, message.TaskQueue, func(w worker.Worker) {
			w.RegisterWorkflowWithOptions(workflows.ConversationWorkflow, workflow.RegisterOptions{Name: message.ConversationWorkflow})
			w.RegisterActivity(cfg.Conversations)
			w.RegisterWorkflowWithOptions(workflows.PresenceWorkflow, workflow.RegisterOptions{Name: message.PresenceWorkflow})
			w.RegisterActivity(cfg.Presence)
		})
	})
	g.Go(func() error {
		return serve(ctx, cfg, message.CampaignQueue, func(w worker.Worker) {
			w.RegisterWorkflowWithOptions(workflows.CampaignWorkflow, workflow.RegisterOptions{Name: message.CampaignWorkflow})
			w.RegisterWorkflowWithOptions(workflows.TriggerWorkflow, workflow.RegisterOptions{Name: message.TriggerWorkflow})
			w.RegisterActivity(cfg.Campaigns)
		})
	})
	for _, p := range cfg.Providers {
		g.Go(func() error {
			return serve(ctx, cfg, message.SendQueue(p), func(w worker.Worker) {
				w.RegisterActivity(cfg.Delivery)
				w.RegisterActivity(cfg.Media)
				w.RegisterActivity(cfg.Profiles)
			})
		})
	}
	g.Go(func() error { return sweep(ctx, cfg.Store, cfg.Log) })
	return g.Wait()
}

func options() worker.Options {
	return worker.Options{
		MaxConcurrentWorkflowTaskPollers: 8,
		MaxConcurrentActivityTaskPollers: 4,
		WorkerStopTimeout:                30 * time.Second,
		DisableRegistrationAliasing:      true,
	}
}

// serve runs a worker. One that cannot start because Temporal is away is made
// anew until it can, so that the order of starting does not matter.
func serve(ctx context.Context, cfg Config, queue string, register func(worker.Worker)) error {
	for said := false; ; {
		w := worker.New(cfg.Temporal, queue, options())
		register(w)
		err := w.Start()
		if err == nil {
			<-ctx.Done()
			w.Stop()
			return nil
		}
		if !said {
			cfg.Log.Warn("worker waits for Temporal", "queue", queue, "error", err)
			said = true
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

// sweepEvery bounds how long work waits that two routers passed over at the
// same moment.
const sweepEvery = 500 * time.Millisecond

func sweep(ctx context.Context, st *store.Store, log *slog.Logger) error {
	t := time.NewTicker(sweepEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		if _, err := st.SweepAssignments(ctx); err != nil && !errors.Is(err, context.Canceled) && !store.Unavailable(err) {
			log.Warn("sweep assignments", "error", err)
		}
	}
}
