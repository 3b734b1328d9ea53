// Package webhook tells outside systems what happens with conversations, as the
// Standard Webhooks specification has it. Every webhook has a runner of its own:
// one that is slow or away delays nobody else.
package webhook

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"switchboard/store"
	"switchboard/store/pg"
	"switchboard/store/webhookdb"
)

// Config is what announcing needs. Zero durations and sizes stand for their
// defaults.
type Config struct {
	Store     *store.Store
	Log       *slog.Logger
	Poll      time.Duration // for events of other processes and those due later, 500 ms
	Look      time.Duration // for webhooks that were made or changed, 1 s
	Slots     int           // tries in flight of one webhook, 8
	Batch     int           // events per read, 500
	Timeout   time.Duration // of a try, 40 s
	Lease     time.Duration // of a conversation that is claimed, 1 min; longer than a try
	Retention time.Duration // of deliveries that are done, 7 days
	Now       func() time.Time

	PrivateHosts []string // that internal webhooks may reach
}

func (c Config) withDefaults() Config {
	for _, d := range []struct {
		value    *time.Duration
		fallback time.Duration
	}{{&c.Poll, 500 * time.Millisecond}, {&c.Look, time.Second}, {&c.Timeout, tryTimeout}, {&c.Lease, time.Minute}, {&c.Retention, 7 * 24 * time.Hour}} {
		if *d.value == 0 {
			*d.value = d.fallback
		}
	}
	for _, n := range []struct {
		value    *int
		fallback int
	}{{&c.Slots, 8}, {&c.Batch, 500}} {
		if *n.value == 0 {
			*n.value = n.fallback
		}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// Dispatcher announces. Several processes may each run one.
type Dispatcher struct{ Config }

// New returns a dispatcher; Run makes it work.
func New(cfg Config) *Dispatcher { return &Dispatcher{cfg.withDefaults()} }

const (
	pruneEvery = 10 * time.Minute
	pruneBatch = 1000
	graceStop  = 5 * time.Second // for tries that are under way when the process shall end
	writeMost  = 5 * time.Second // to record what came of a try
)

// Run announces until ctx ends, and then gives tries under way a moment. While
// the database is away it waits.
func (d *Dispatcher) Run(ctx context.Context) error {
	if !d.prepare(ctx) {
		return nil
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wg.Go(func() { d.prune(ctx) })
	look := time.NewTicker(d.Look)
	defer look.Stop()
	running, said := map[uuid.UUID]*runner{}, fmt.Sprint(error(nil))
	for {
		list, err := d.Store.Webhook.EnabledWebhooks(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if problem := fmt.Sprint(err); problem != said { // once, and not at every look
			if said = problem; err != nil {
				d.level(err)("webhooks were not read", "error", err)
			}
		}
		if list != nil {
			d.keep(ctx, &wg, running, list)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
	}
}

// keep starts a runner for every webhook that has none and ends those of others.
// One that was changed begins anew; the tries of the old one end by themselves.
func (d *Dispatcher) keep(ctx context.Context, wg *sync.WaitGroup, running map[uuid.UUID]*runner, list []webhookdb.Webhook) {
	wanted := make(map[uuid.UUID]bool, len(list))
	for _, w := range list {
		wanted[w.ID] = true
		if old := running[w.ID]; old != nil {
			if old.hook.UpdatedAt.Equal(w.UpdatedAt) && !old.ended() {
				continue
			}
			old.stop()
		}
		r := d.newRunner(ctx, w)
		running[w.ID] = r
		wg.Go(r.run)
	}
	for id, r := range running {
		if !wanted[id] {
			r.stop()
			delete(running, id)
		}
	}
}

func (d *Dispatcher) prepare(ctx context.Context) bool {
	for {
		err := d.Store.EventLog.PrepareWebhooks(ctx)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		d.Log.Warn("announcing waits for the database", "error", err)
		if !sleep(ctx, time.Second) {
			return false
		}
	}
}

func (d *Dispatcher) prune(ctx context.Context) {
	for sleep(ctx, pruneEvery) {
		for ctx.Err() == nil {
			n, err := d.Store.Webhook.PruneDeliveries(ctx, d.Now().Add(-d.Retention), pruneBatch)
			if err != nil && ctx.Err() == nil {
				d.Log.Warn("deliveries were not pruned", "error", err)
			}
			if err != nil || n < pruneBatch {
				break
			}
		}
	}
}

// level keeps quiet while the database is away, which others say loudly enough.
func (d *Dispatcher) level(err error) func(string, ...any) {
	if pg.Unavailable(err) {
		return d.Log.Debug
	}
	return d.Log.Warn
}

// sleep returns false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
