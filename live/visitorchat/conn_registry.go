package visitorchat

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"switchboard/store"
	"switchboard/store/pg"
)

// How often a process says that it lives, looks for dead ones, and repeats what
// the database did not take.
const (
	nodeEvery   = 10 * time.Second
	sweepEvery  = 5 * time.Second
	repeatEvery = time.Second
	deadAfter   = 40 * time.Second
	sweepBatch  = 200
)

// connRegistry keeps this process's visitors recorded as there, also across outages of
// the database.
type connRegistry struct {
	store *store.Store
	node  string
	log   *slog.Logger

	mu    sync.Mutex
	conns map[uuid.UUID]connEntry
	gone  map[uuid.UUID]struct{} // left, and not yet recorded as such
}

type connEntry struct {
	visitor  uuid.UUID
	recorded bool
}

func newConnRegistry(st *store.Store, node string, log *slog.Logger) *connRegistry {
	return &connRegistry{store: st, node: node + "/" + uuid.NewString()[:8], log: log, conns: map[uuid.UUID]connEntry{}, gone: map[uuid.UUID]struct{}{}}
}

func (r *connRegistry) enter(ctx context.Context, visitor, conn uuid.UUID) {
	r.mu.Lock()
	r.conns[conn] = connEntry{visitor: visitor}
	r.mu.Unlock()
	r.connect(ctx, visitor, conn)
}

func (r *connRegistry) leave(ctx context.Context, conn uuid.UUID) {
	r.mu.Lock()
	_, entered := r.conns[conn]
	delete(r.conns, conn)
	if entered {
		r.gone[conn] = struct{}{}
	}
	r.mu.Unlock()
	if !entered {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	r.disconnect(ctx, conn)
}

func (r *connRegistry) run(ctx context.Context) error {
	alive, sweep, repeat := time.NewTicker(nodeEvery), time.NewTicker(sweepEvery), time.NewTicker(repeatEvery)
	defer alive.Stop()
	defer sweep.Stop()
	defer repeat.Stop()
	r.report(ctx)
	var notBefore time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-alive.C:
			if !r.report(ctx) { // when the database is back, every process first says that it lives
				notBefore = time.Now().Add(nodeEvery + sweepEvery)
			}
		case <-repeat.C:
			r.repeat(ctx)
		case now := <-sweep.C:
			if now.Before(notBefore) {
				continue
			}
			if _, err := r.store.Webchat.SweepVisitors(ctx, deadAfter, sweepBatch); err != nil && ctx.Err() == nil {
				r.log.Warn("visitors were not swept", "error", err)
			}
		}
	}
}

// report says that this process lives. One that was taken for dead records its
// visitors anew.
func (r *connRegistry) report(ctx context.Context) bool {
	fresh, err := r.store.Webchat.VisitorNode(ctx, r.node)
	if err != nil {
		if ctx.Err() == nil {
			r.log.Warn("visitors were not kept", "error", err)
		}
		return false
	}
	if !fresh {
		return true
	}
	r.mu.Lock()
	for id, e := range r.conns {
		r.conns[id] = connEntry{visitor: e.visitor}
	}
	r.mu.Unlock()
	r.repeat(ctx)
	return true
}

func (r *connRegistry) repeat(ctx context.Context) {
	enter, leave := map[uuid.UUID]uuid.UUID{}, []uuid.UUID{}
	r.mu.Lock()
	for id, e := range r.conns {
		if !e.recorded {
			enter[id] = e.visitor
		}
	}
	for id := range r.gone {
		leave = append(leave, id)
	}
	r.mu.Unlock()
	for id, visitor := range enter {
		if !r.connect(ctx, visitor, id) {
			return
		}
	}
	for _, id := range leave {
		if !r.disconnect(ctx, id) {
			return
		}
	}
}

// connect returns false when it must be tried later.
func (r *connRegistry) connect(ctx context.Context, visitor, conn uuid.UUID) bool {
	err := r.store.Webchat.ConnectVisitor(ctx, r.node, conn, visitor)
	if errors.Is(err, pg.ErrNotFound) { // the node is not recorded yet
		if _, err = r.store.Webchat.VisitorNode(ctx, r.node); err == nil {
			err = r.store.Webchat.ConnectVisitor(ctx, r.node, conn, visitor)
		}
	}
	if err != nil {
		if ctx.Err() == nil {
			r.log.Warn("a visitor was not recorded; trying again", "error", err)
		}
		return !pg.Unavailable(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, open := r.conns[conn]; open {
		e.recorded = true
		r.conns[conn] = e
	} else {
		r.gone[conn] = struct{}{} // it ended while it was recorded
	}
	return true
}

func (r *connRegistry) disconnect(ctx context.Context, conn uuid.UUID) bool {
	if err := r.store.Webchat.DisconnectVisitor(ctx, conn); err != nil {
		r.log.Warn("the end of a visit was not recorded; trying again", "error", err)
		return !pg.Unavailable(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.gone, conn)
	return true
}
