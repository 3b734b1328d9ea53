// Package agentstream tells people what happens while it happens: one reader of the
// event log per process, fanned out to every open connection by permission.
package agentstream

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"switchboard/store"
	"switchboard/store/eventlog"
)

// Why a subscription ends. The client connects again and resumes.
var (
	ErrClosed  = errors.New("the stream is shutting down")
	ErrSlow    = errors.New("the reader does not keep up")
	ErrRevoked = errors.New("what the reader may see was revoked")
)

// Options of a Hub. A zero duration or size stands for its default.
type Options struct {
	DSN       string        // to listen for commits of other processes; "": only polled
	Buffer    int           // events that wait for one subscriber, 1024
	Batch     int           // events per read, 500
	Poll      time.Duration // in case a notification was lost, 1 s
	Refresh   time.Duration // of what agents may see, 2 s
	Retention time.Duration // of the log, 72 h
	Prune     time.Duration // pause between prunings, 10 min
	Log       *slog.Logger
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		value    *time.Duration
		fallback time.Duration
	}{{&o.Poll, time.Second}, {&o.Refresh, 2 * time.Second}, {&o.Retention, 72 * time.Hour}, {&o.Prune, 10 * time.Minute}} {
		if *d.value == 0 {
			*d.value = d.fallback
		}
	}
	if o.Buffer == 0 {
		o.Buffer = 1024
	}
	if o.Batch == 0 {
		o.Batch = 500
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// A Hub reads the event log once for all subscribers of a process. Without
// subscribers it reads nothing.
type Hub struct {
	store   *store.Store
	opts    Options
	wake    chan struct{}
	refresh chan struct{}
	ready   chan struct{} // closed once the log is prepared
	done    chan struct{} // closed when the hub ends

	mu     sync.Mutex
	subs   map[*Subscription]struct{}
	pos    eventlog.EventCursor // everything up to here was given to the subscribers
	closed bool
}

// NewHub returns a hub that works while Run does.
func NewHub(s *store.Store, opts Options) *Hub {
	return &Hub{
		store: s, opts: opts.withDefaults(), subs: map[*Subscription]struct{}{},
		wake: make(chan struct{}, 1), refresh: make(chan struct{}, 1), ready: make(chan struct{}), done: make(chan struct{}),
	}
}

// Run reads and fans out until ctx ends, and then ends all subscriptions. While
// the database is away it keeps them and goes on from where it was.
func (h *Hub) Run(ctx context.Context) error {
	defer h.close()
	if !h.retry(ctx, "prepare the event log", h.store.EventLog.PrepareEvents) {
		return nil
	}
	close(h.ready)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return h.listen(ctx) })
	g.Go(func() error { h.refreshPermissions(ctx); return nil })
	g.Go(func() error { h.prune(ctx); return nil })
	g.Go(func() error { h.read(ctx); return nil })
	return g.Wait()
}

// Refresh reads anew, soon, what the connected agents may see. It is called when
// members of a queue changed in this process; changes elsewhere are noticed
// within seconds. Sign-ins, tokens and roles that end are heard of by themselves.
func (h *Hub) Refresh() { signal(h.refresh) }

// Subscribers counts the open subscriptions.
func (h *Hub) Subscribers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.subs)
}

// Subscribe opens a subscription for a viewer, after the cursor that the client
// has ("": from now on). The live feed is joined first; what lies between the
// cursor and it is then read from the database, so nothing is missed and
// nothing comes twice. A cursor that cannot be resumed from is answered by a
// reset as the first thing taken. The subscription must be closed.
func (h *Hub) Subscribe(ctx context.Context, v Viewer, after string) (*Subscription, error) {
	select {
	case <-h.ready:
	case <-h.done:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s := &Subscription{hub: h, viewer: v, scope: v.Scope, limit: v.Limit, ready: make(chan struct{}, 1)}
	people, err := h.peopleOf(ctx, v.Limit)
	if err != nil {
		return nil, err
	}
	s.people = people
	if v.Agent != uuid.Nil {
		readers, err := h.store.EventLog.EventReaders(ctx, []uuid.UUID{v.Agent})
		if err != nil {
			return nil, err
		}
		r, exists := readers[v.Agent]
		if !exists || r.Disabled {
			return nil, ErrRevoked
		}
		s.agentRole, s.queues = r.Role, asSet(r.Queues)
	}
	if err := h.join(ctx, s, after); err != nil {
		return nil, err
	}
	if v.Token != nil { // now that the hub would end it: it may have ended before it joined
		tokens, err := h.store.Config.IdentifyAll(ctx, [][]byte{v.Token})
		if err == nil && !v.allowed(tokens) {
			err = ErrRevoked
		}
		if err != nil {
			s.Close()
			return nil, err
		}
		if now := ViewerOf(tokens[string(v.Token)]); !now.Scope.Equal(v.Scope) || !now.Limit.Equal(v.Limit) {
			h.Refresh()
		}
	}
	signal(h.wake)
	return s, nil
}

// join adds a subscription at the hub's place in the log. A hub without
// subscribers has not read, so its place is the head.
func (h *Hub) join(ctx context.Context, s *Subscription, after string) error {
	for {
		var head eventlog.EventCursor
		if h.Subscribers() == 0 {
			var err error
			if head, err = h.store.EventLog.EventHead(ctx); err != nil {
				return err
			}
			if head == (eventlog.EventCursor{}) {
				return errors.New("the event log is empty: it was replaced while it was read")
			}
		}
		if done, err := h.joinAt(s, head, after); done || err != nil {
			return err
		}
	}
}

// joinAt returns false when the last subscriber left between the two looks.
func (h *Hub) joinAt(s *Subscription, head eventlog.EventCursor, after string) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false, ErrClosed
	}
	if len(h.subs) == 0 {
		if head == (eventlog.EventCursor{}) {
			return false, nil
		}
		h.pos = head
	}
	s.begin(h.pos, after)
	h.subs[s] = struct{}{}
	return true, nil
}

func (h *Hub) leave(s *Subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.subs, s)
}

func (h *Hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for s := range h.subs {
		s.end(ErrClosed)
	}
	clear(h.subs)
	close(h.done)
}

// reset tells one subscriber to fetch anew, with no event between its new place
// and the next that it is given.
func (h *Hub) reset(s *Subscription, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.reset(reason, h.pos)
}

// position is where the next read begins; false: nobody is there to read for.
func (h *Hub) position() (eventlog.EventCursor, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.pos, len(h.subs) > 0
}

// broadcast gives events to the subscribers. from is where the read began: when
// the hub's place is another one by now, the read was for subscribers who left.
func (h *Hub) broadcast(from eventlog.EventCursor, events []*Event) {
	if len(events) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pos != from {
		return
	}
	h.pos = events[len(events)-1].Cursor
	for s := range h.subs {
		if !s.enqueue(events, h.pos) {
			h.opts.Log.Warn("event stream cut off: reader too slow", "agent_id", s.viewer.Agent)
			delete(h.subs, s)
		}
	}
}

// restart tells all subscribers to fetch anew, after the log was replaced or
// pruned past the hub's place.
func (h *Hub) restart(ctx context.Context) error {
	if err := h.store.EventLog.PrepareEvents(ctx); err != nil {
		return err
	}
	head, err := h.store.EventLog.EventHead(ctx)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pos = head
	for s := range h.subs {
		s.reset(ReasonLogReplaced, head)
	}
	return nil
}

func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

func asSet(ids []uuid.UUID) map[uuid.UUID]struct{} {
	set := make(map[uuid.UUID]struct{}, len(ids))
	for _, id := range ids {
		set[id] = struct{}{}
	}
	return set
}
