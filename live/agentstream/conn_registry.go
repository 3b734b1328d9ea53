package agentstream

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"switchboard/store/pg"
	"switchboard/store/presencedb"
)

// How often a process reports its connections and looks for dead ones.
const (
	seenEvery   = 15 * time.Second
	sweepEvery  = 5 * time.Second
	rosterRetry = time.Second
)

// A ConnRegistry keeps this process's connections recorded, so that agents are
// present while they are connected, also across outages of the database.
type ConnRegistry struct {
	presence *presencedb.Presence
	node     string
	log      *slog.Logger

	mu    sync.Mutex
	conns map[uuid.UUID]entry
	gone  map[uuid.UUID]struct{} // ended, and not yet recorded as such
}

type entry struct {
	agent    uuid.UUID
	recorded bool
}

// NewConnRegistry returns a roster of the connections of a node.
func NewConnRegistry(p *presencedb.Presence, node string, log *slog.Logger) *ConnRegistry {
	return &ConnRegistry{presence: p, node: node, log: log,
		conns: map[uuid.UUID]entry{}, gone: map[uuid.UUID]struct{}{}}
}

// Open records that an agent's client is connected. What the database does not
// take now is tried again by Run.
func (r *ConnRegistry) Open(ctx context.Context, agent, conn uuid.UUID) {
	r.mu.Lock()
	r.conns[conn] = entry{agent: agent}
	r.mu.Unlock()
	r.connect(ctx, agent, conn)
}

// Close records that a connection ended; it does not need the client's context.
func (r *ConnRegistry) Close(ctx context.Context, conn uuid.UUID) {
	r.mu.Lock()
	delete(r.conns, conn)
	r.gone[conn] = struct{}{}
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	r.disconnect(ctx, conn)
}

// Run reports connections as alive, repeats what failed, and sweeps, until ctx ends.
func (r *ConnRegistry) Run(ctx context.Context) error {
	seen, sweep, retry := time.NewTicker(seenEvery), time.NewTicker(sweepEvery), time.NewTicker(rosterRetry)
	defer seen.Stop()
	defer sweep.Stop()
	defer retry.Stop()
	var notBefore time.Time
	for {
		err := error(nil)
		select {
		case <-ctx.Done():
			return nil
		case <-seen.C:
			err = r.report(ctx)
		case <-retry.C:
			r.repeat(ctx)
		case now := <-sweep.C:
			if now.After(notBefore) {
				_, err = r.presence.SweepPresence(ctx)
			}
		}
		if err != nil && ctx.Err() == nil {
			r.log.Warn("presence was not kept", "error", err)
			if pg.Unavailable(err) { // when it is back, every process first reports who is alive
				notBefore = time.Now().Add(seenEvery + sweepEvery)
			}
		}
	}
}

// report says which connections are alive, and connects again those that were
// taken for dead.
func (r *ConnRegistry) report(ctx context.Context) error {
	r.mu.Lock()
	ids := make([]uuid.UUID, 0, len(r.conns))
	for id, e := range r.conns {
		if e.recorded {
			ids = append(ids, id)
		}
	}
	r.mu.Unlock()
	missing, err := r.presence.Seen(ctx, ids...)
	if err != nil {
		return err
	}
	r.mu.Lock()
	for _, id := range missing {
		if e, open := r.conns[id]; open {
			r.conns[id] = entry{agent: e.agent}
		}
	}
	r.mu.Unlock()
	r.repeat(ctx)
	return nil
}

// repeat does what failed before.
func (r *ConnRegistry) repeat(ctx context.Context) {
	r.mu.Lock()
	enter, leave := map[uuid.UUID]uuid.UUID{}, []uuid.UUID{}
	for id, e := range r.conns {
		if !e.recorded {
			enter[id] = e.agent
		}
	}
	for id := range r.gone {
		leave = append(leave, id)
	}
	r.mu.Unlock()
	for id, agent := range enter {
		if !r.connect(ctx, agent, id) {
			return
		}
	}
	for _, id := range leave {
		if !r.disconnect(ctx, id) {
			return
		}
	}
}

// connect returns false when the database is away.
func (r *ConnRegistry) connect(ctx context.Context, agent, conn uuid.UUID) bool {
	err := r.presence.Connect(ctx, agent, conn, r.node)
	if err != nil && !errors.Is(err, pg.ErrNotFound) {
		if ctx.Err() == nil {
			r.log.Warn("connection was not recorded; trying again", "agent_id", agent, "error", err)
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

func (r *ConnRegistry) disconnect(ctx context.Context, conn uuid.UUID) bool {
	if err := r.presence.Disconnect(ctx, conn); err != nil {
		r.log.Warn("end of connection was not recorded; trying again", "error", err)
		return !pg.Unavailable(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.gone, conn)
	return true
}
