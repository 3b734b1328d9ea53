package ingest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
)

// ErrUnavailable says that neither the database nor the journal could keep a
// webhook: the provider should send it again.
var ErrUnavailable = errors.New("webhooks cannot be stored now")

// mode is where webhooks go.
type mode int

const (
	direct    mode = iota // to the database
	spilling              // the database went away: those under way turn back, new ones wait
	journaled             // to the journal, until it is drained
	draining              // the last of the journal goes to the database, new ones wait
	closed
)

// A gate sends webhooks to the database or to the journal, so that those of one
// customer never overtake each other on the two ways: it changes direction only
// when nobody is under way. It is the circuit breaker, too.
type gate struct {
	spill func([]diverted) error // writes to the journal those that turned back

	mu      sync.Mutex
	mode    mode
	inside  int           // webhooks that passed and did not leave
	arrived uint64        // counts them
	changed chan struct{} // closed when the mode changes
	empty   chan struct{} // closed when nobody is inside; nil: nobody asked
	turned  []diverted
	epoch   context.Context // ends when the database is given up
	endIt   context.CancelFunc
}

// diverted is a webhook that found the database away.
type diverted struct {
	order uint64
	frame []byte
	done  chan error
}

// pass is the leave to go one way.
type pass struct {
	mode  mode // direct or journaled
	order uint64
	epoch context.Context // of direct
}

func newGate(start mode, spill func([]diverted) error) *gate {
	g := &gate{spill: spill, mode: start, changed: make(chan struct{})}
	g.epoch, g.endIt = context.WithCancel(context.Background())
	return g
}

// enter waits while the direction changes. Whoever enters must leave or turn back.
func (g *gate) enter(ctx context.Context) (pass, error) {
	for {
		g.mu.Lock()
		switch g.mode {
		case direct, journaled:
			g.inside++
			g.arrived++
			p := pass{mode: g.mode, order: g.arrived, epoch: g.epoch}
			g.mu.Unlock()
			return p, nil
		case closed:
			g.mu.Unlock()
			return pass{}, ErrUnavailable
		}
		changed := g.changed
		g.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return pass{}, ctx.Err()
		}
	}
}

func (g *gate) leave() {
	g.mu.Lock()
	g.inside--
	last := g.lastOut()
	g.mu.Unlock()
	if last {
		g.finishSpill()
	}
}

// lastOut reports whether the caller must finish a spill, and tells who waits
// for an empty gate.
func (g *gate) lastOut() bool {
	if g.inside > 0 {
		return false
	}
	if g.empty != nil {
		close(g.empty)
		g.empty = nil
	}
	return g.mode == spilling
}

// trip gives the database up. It reports false if that was done already.
func (g *gate) trip() bool {
	g.mu.Lock()
	if g.mode != direct {
		g.mu.Unlock()
		return false
	}
	g.set(spilling)
	g.endIt()
	alone := g.inside == 0
	g.mu.Unlock()
	if alone {
		g.finishSpill()
	}
	return true
}

// divert leaves the direct way and returns once the webhook is in the journal,
// in the order of arrival.
func (g *gate) divert(p pass, frame []byte) error {
	g.trip()
	t := diverted{order: p.order, frame: frame, done: make(chan error, 1)}
	g.mu.Lock()
	g.turned = append(g.turned, t)
	g.inside--
	last := g.lastOut()
	g.mu.Unlock()
	if last {
		g.finishSpill()
	}
	return <-t.done
}

// finishSpill runs when the last webhook has left the direct way.
func (g *gate) finishSpill() {
	g.mu.Lock()
	list := g.turned
	g.turned = nil
	g.mu.Unlock()
	slices.SortFunc(list, func(a, b diverted) int { return cmp.Compare(a.order, b.order) })
	var err error
	if len(list) > 0 {
		err = g.spill(list)
	}
	g.mu.Lock()
	if g.mode == spilling { // not closed meanwhile
		g.set(journaled)
	}
	g.mu.Unlock()
	for _, t := range list {
		t.done <- err
	}
}

// set changes the mode. The caller holds mu.
func (g *gate) set(m mode) {
	g.mode = m
	close(g.changed)
	g.changed = make(chan struct{})
}

// holdBack makes new webhooks wait and returns when none is on its way to the
// journal. It reports false if the gate was closed.
func (g *gate) holdBack(ctx context.Context) bool {
	g.mu.Lock()
	if g.mode != journaled {
		g.mu.Unlock()
		return false
	}
	g.set(draining)
	g.mu.Unlock()
	return g.waitEmpty(ctx)
}

// reopen ends holdBack, to the database or to the journal again.
func (g *gate) reopen(m mode) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.mode != draining {
		return
	}
	if m == direct {
		g.endIt()
		g.epoch, g.endIt = context.WithCancel(context.Background())
	}
	g.set(m)
}

// close turns new webhooks away.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.mode != closed {
		g.set(closed)
	}
}

// waitEmpty waits until nobody is inside.
func (g *gate) waitEmpty(ctx context.Context) bool {
	g.mu.Lock()
	if g.inside == 0 {
		g.mu.Unlock()
		return true
	}
	if g.empty == nil {
		g.empty = make(chan struct{})
	}
	empty := g.empty
	g.mu.Unlock()
	select {
	case <-empty:
		return true
	case <-ctx.Done():
		return false
	}
}

// now returns the mode, a channel that closes when it changes, and the epoch.
func (g *gate) now() (mode, <-chan struct{}, context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.mode, g.changed, g.epoch
}
