// Package worker registers workflows and activities on their task queues.
package worker

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"switchboard/activities"
	"switchboard/store"
	"switchboard/store/pg"
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
	Templates     *activities.Templates
	Providers     []string // queues of its own for each
}

// Run serves all task queues until ctx ends, and then lets activities that are
// under way finish for up to half a minute.
func Run(ctx context.Context, cfg Config) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, q := range cfg.queues() {
		g.Go(func() error { return serve(ctx, cfg, q) })
	}
	g.Go(func() error { return sweep(ctx, cfg.Store, cfg.Log) })
	g.Go(func() error { return watch(ctx, cfg.Store, cfg.Log) })
	g.Go(func() error { return reread(ctx, cfg.Templates, cfg.Log) })
	return g.Wait()
}

// serve runs a worker. One that cannot start because Temporal is away is made
// anew until it can, so that the order of starting does not matter.
func serve(ctx context.Context, cfg Config, q queue) error {
	for said := false; ; {
		w, err := q.start(cfg.Temporal)
		if err == nil {
			<-ctx.Done()
			w.Stop()
			return nil
		}
		if !said {
			cfg.Log.Warn("worker waits for Temporal", "queue", q.name, "error", err)
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
		if _, err := st.Assignment.SweepAssignments(ctx); err != nil && !errors.Is(err, context.Canceled) && !pg.Unavailable(err) {
			log.Warn("sweep assignments", "error", err)
		}
	}
}

// watchEvery bounds how late it is told that a queue crossed a threshold.
const watchEvery = time.Second

func watch(ctx context.Context, st *store.Store, log *slog.Logger) error {
	t := time.NewTicker(watchEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		if _, err := st.Live.SweepThresholds(ctx); err != nil && !errors.Is(err, context.Canceled) && !pg.Unavailable(err) {
			log.Warn("watch queues", "error", err)
		}
	}
}

// rereadEvery is how long an approval of a text may be unknown here.
const rereadEvery = 15 * time.Minute

// reread learns what providers have approved.
func reread(ctx context.Context, a *activities.Templates, log *slog.Logger) error {
	t := time.NewTicker(rereadEvery)
	defer t.Stop()
	for {
		if err := a.Reread(ctx, rereadEvery); err != nil && ctx.Err() == nil && !pg.Unavailable(err) {
			log.Warn("read templates", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}
