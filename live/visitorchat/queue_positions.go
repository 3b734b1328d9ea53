package visitorchat

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"switchboard/domain/hours"
	"switchboard/store"
	"switchboard/store/configdb"
	"switchboard/store/webchatdb"
)

// How old what is told of queues and agents may be.
const (
	placesFor  = 3 * time.Second
	waitFor    = time.Minute
	agentsFor  = 3 * time.Second
	hoursFor   = 30 * time.Second
	refreshFor = 3 * time.Second // how often those who wait are told that they moved up
)

// queuePositions remembers what many visitors ask at once: places in queues, how long
// one waits, whether agents are there and whether it is open.
type queuePositions struct {
	store *store.Store
	mu    sync.Mutex
	known map[placeKey]*remembered
	dirty map[uuid.UUID]struct{} // queues in which somebody moved
	stir  bool                   // an agent's presence changed
}

type placeKey struct {
	what  string
	queue uuid.UUID
	more  uuid.UUID
}

// remembered is one answer; its lock is held while it is asked, so that a
// thousand visitors cause one question.
type remembered struct {
	mu    sync.Mutex
	value any
	at    time.Time
}

func newQueuePositions(st *store.Store) *queuePositions {
	return &queuePositions{store: st, known: map[placeKey]*remembered{}, dirty: map[uuid.UUID]struct{}{}}
}

// mostRemembered bounds what is kept: queues, workstreams and widgets are few.
const mostRemembered = 10_000

func cachedOnce[T any](p *queuePositions, key placeKey, fresh time.Duration, f func() (T, error)) (T, error) {
	p.mu.Lock()
	if len(p.known) > mostRemembered {
		clear(p.known)
	}
	r := p.known[key]
	if r == nil {
		r = &remembered{}
		p.known[key] = r
	}
	p.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if v, ok := r.value.(T); ok && time.Since(r.at) < fresh {
		return v, nil
	}
	v, err := f()
	if err == nil {
		r.value, r.at = v, time.Now()
	}
	return v, err
}

func (p *queuePositions) moved(queue uuid.UUID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dirty[queue] = struct{}{}
}

func (p *queuePositions) agentsChanged() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stir = true
}

func (p *queuePositions) takeChanges() (queues map[uuid.UUID]struct{}, agents bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	queues, agents = p.dirty, p.stir
	p.dirty, p.stir = map[uuid.UUID]struct{}{}, false
	for q := range queues { // what is told next must not be older than the change
		delete(p.known, placeKey{what: "line", queue: q})
	}
	return queues, agents
}

// positions is who waits in a queue, by place.
type positions map[uuid.UUID]int

func (p *queuePositions) line(ctx context.Context, queue uuid.UUID, fresh time.Duration) (positions, error) {
	return cachedOnce(p, placeKey{what: "line", queue: queue}, fresh, func() (positions, error) {
		ids, err := p.store.Webchat.QueuePlaces(ctx, queue)
		l := make(positions, len(ids))
		for i, id := range ids {
			l[id] = i
		}
		return l, err
	})
}

// ahead counts who is served before a conversation. One that is being offered
// is the next.
func (p *queuePositions) ahead(ctx context.Context, queue, conversation uuid.UUID, offered bool) (int, error) {
	if offered {
		return 0, nil
	}
	l, err := p.line(ctx, queue, placesFor)
	if _, there := l[conversation]; err == nil && !there && len(l) < webchatdb.MostPlaces {
		l, err = p.line(ctx, queue, 0) // it came after what is remembered
	}
	if err != nil {
		return 0, err
	}
	if n, there := l[conversation]; there {
		return n, nil
	}
	return len(l), nil // it stands behind all that are counted
}

type waited struct {
	webchatdb.Wait
	enough bool
}

func (p *queuePositions) wait(ctx context.Context, queue uuid.UUID) (webchatdb.Wait, bool, error) {
	w, err := cachedOnce(p, placeKey{what: "wait", queue: queue}, waitFor, func() (waited, error) {
		w, enough, err := p.store.Webchat.QueueWait(ctx, queue)
		return waited{w, enough}, err
	})
	return w.Wait, w.enough, err
}

func (p *queuePositions) agents(ctx context.Context, queue, workstream uuid.UUID) (bool, error) {
	return cachedOnce(p, placeKey{what: "agents", queue: queue, more: workstream}, agentsFor, func() (bool, error) {
		return p.store.Webchat.AgentsThere(ctx, queue, workstream)
	})
}

// schedules are the hours of a widget and of the queue that its visitors come to.
func (p *queuePositions) schedules(ctx context.Context, w configdb.Widget) ([]*hours.Schedule, error) {
	return cachedOnce(p, placeKey{what: "hours", queue: w.Queue, more: w.ID}, hoursFor, func() ([]*hours.Schedule, error) {
		queue, err := p.store.Webchat.QueueHours(ctx, w.Queue)
		if err != nil {
			return nil, err
		}
		by, err := p.store.Config.Schedules(ctx, []uuid.NullUUID{w.OperatingHours, queue})
		if err != nil {
			return nil, err
		}
		return []*hours.Schedule{by[w.OperatingHours], by[queue]}, nil
	})
}

// IsOpen says whether a widget is open, and if not when it will be.
func (h *Hub) IsOpen(ctx context.Context, w configdb.Widget, now time.Time) (open bool, at *time.Time, err error) {
	list, err := h.places.schedules(ctx, w)
	if err != nil {
		return false, nil, err
	}
	for _, s := range list {
		if s.Open(now).Open {
			continue
		}
		if next, ok := s.NextOpening(now); ok {
			next = next.UTC()
			at = &next
		}
		return false, at, nil
	}
	return true, nil, nil
}

// AgentsThere says whether somebody is at work for a widget's visitors who wait
// in a queue; uuid.Nil: in the widget's own.
func (h *Hub) AgentsThere(ctx context.Context, w configdb.Widget, queue uuid.UUID) (bool, error) {
	if queue == uuid.Nil {
		queue = w.Queue
	}
	return h.places.agents(ctx, queue, w.Workstream)
}

// refresh tells those who wait that they moved up, and all that agents came or
// went or that it opened or closed.
func (h *Hub) refresh(ctx context.Context) {
	tick := time.NewTicker(refreshFor)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		queues, _ := h.places.takeChanges()
		h.ringWaiting(queues)
		h.ringChanged(ctx)
	}
}

// staffing is what a visitor was told last of opening and agents.
type staffing struct{ open, agents bool }

// audience are visitors of a widget who wait in one queue; uuid.Nil: in none.
type audience struct{ widget, queue uuid.UUID }

func (h *Hub) ringWaiting(queues map[uuid.UUID]struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, seats := range h.seats {
		for s := range seats {
			s.mu.Lock()
			_, moved := queues[s.queue]
			s.mu.Unlock()
			if moved {
				wake(s.ready)
			}
		}
	}
}

// ringChanged rings visitors for whom it opened or closed, or whose agents came or
// went, since they were told.
func (h *Hub) ringChanged(ctx context.Context) {
	widgets := map[audience]configdb.Widget{}
	h.eachConn(func(s *Conn, of audience, _ *staffing) { widgets[of] = s.Widget })
	current := map[audience]staffing{}
	for of, w := range widgets {
		open, _, err1 := h.IsOpen(ctx, w, time.Now())
		agents, err2 := h.AgentsThere(ctx, w, of.queue)
		if err1 == nil && err2 == nil {
			current[of] = staffing{open, agents}
		}
	}
	h.eachConn(func(s *Conn, of audience, told *staffing) {
		if now, known := current[of]; known && told != nil && *told != now {
			wake(s.ready)
		}
	})
}

func (h *Hub) eachConn(f func(*Conn, audience, *staffing)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, seats := range h.seats {
		for s := range seats {
			s.mu.Lock()
			of, told := audience{s.Widget.ID, s.queue}, s.told
			s.mu.Unlock()
			f(s, of, told)
		}
	}
}
