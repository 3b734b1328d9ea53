// Package visitorchat serves visitors of chat widgets while they are there: who has a
// stream open, what is new in their thread, and where they stand in the queue.
package visitorchat

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"switchboard/live/agentstream"
	"switchboard/store"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/outbox"
	"switchboard/store/webchatdb"
)

// A Hub rings visitors' streams when something of theirs changed. A ring says
// that there is news, never what: the stream reads it from the database, so a
// ring too many costs a look and a ring that is lost costs a few seconds.
type Hub struct {
	Files Deleter // where uploads that were never sent are; nil: they stay
	Key   []byte  // signs visitors' places, the same in all processes; nil: a key of this process alone

	own    []byte // the key where none is given
	store  *store.Store
	events *agentstream.Hub
	log    *slog.Logger
	roster *connRegistry
	look   chan struct{} // bounds how many streams read at once
	places *queuePositions

	mu      sync.Mutex
	seats   map[uuid.UUID]map[*Conn]struct{} // by visitor
	owners  map[uuid.UUID]uuid.UUID          // conversation → visitor with a seat here
	started chan struct{}                    // closed with the first visitor
	taken   uint64                           // seats, ever
	begun   bool
	done    chan struct{}
	tasks   chan task
	waits   map[uuid.UUID]int // tasks by visitor
}

// A Deleter removes files by their keys.
type Deleter interface {
	Delete(ctx context.Context, keys ...string) error
}

// NewHub returns a hub that works while Run does. node names this process.
func NewHub(st *store.Store, events *agentstream.Hub, node string, log *slog.Logger) *Hub {
	own := make([]byte, 32)
	rand.Read(own)
	return &Hub{own: own, store: st, events: events, log: log, roster: newConnRegistry(st, node, log), look: make(chan struct{}, 8), places: newQueuePositions(st),
		seats: map[uuid.UUID]map[*Conn]struct{}{}, owners: map[uuid.UUID]uuid.UUID{}, started: make(chan struct{}), done: make(chan struct{}),
		tasks: make(chan task, laterAll), waits: map[uuid.UUID]int{}}
}

// key signs visitors' places.
func (h *Hub) key() []byte {
	if h.Key != nil {
		return h.Key
	}
	return h.own
}

// A Conn is one open stream of a visitor.
type Conn struct {
	ID      uuid.UUID
	Visitor uuid.UUID
	Widget  configdb.Widget
	no      uint64 // in the order of taking
	hub     *Hub
	ready   chan struct{}
	over    chan struct{} // closed when a newer one takes its place

	mu    sync.Mutex
	types bool      // the agent types
	queue uuid.UUID // in which the visitor waits
	told  *staffing // nil: nothing yet
	owns  []uuid.UUID
}

// MaxConns is how many streams one visitor may have open in one process: tabs of
// a browser share one, so these are browsers.
const MaxConns = 5

// Open takes a seat for a visitor; it must be left. Where the visitor has as many
// as they may, the oldest is replaced.
func (h *Hub) Open(visitor uuid.UUID, w configdb.Widget) *Conn {
	s := &Conn{ID: uuid.New(), Visitor: visitor, Widget: w, hub: h, ready: make(chan struct{}, 1), over: make(chan struct{})}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.seats[visitor] == nil {
		h.seats[visitor] = map[*Conn]struct{}{}
	}
	if taken := h.seats[visitor]; len(taken) >= MaxConns {
		oldest := s
		for x := range taken {
			if oldest == s || x.no < oldest.no {
				oldest = x
			}
		}
		delete(taken, oldest)
		close(oldest.over)
	}
	h.taken++
	s.no = h.taken
	h.seats[visitor][s] = struct{}{}
	if !h.begun {
		h.begun = true
		close(h.started)
	}
	return s
}

// MarkPresent records that the visitor is there, for as long as the seat is taken.
func (s *Conn) MarkPresent(ctx context.Context) { s.hub.roster.enter(ctx, s.Visitor, s.ID) }

// Close gives the seat up.
func (s *Conn) Close(ctx context.Context) {
	h := s.hub
	h.mu.Lock()
	delete(h.seats[s.Visitor], s)
	if len(h.seats[s.Visitor]) == 0 {
		delete(h.seats, s.Visitor)
		for _, c := range s.owns {
			delete(h.owners, c)
		}
	}
	h.mu.Unlock()
	h.roster.leave(ctx, s.ID)
}

// Ready has a value when there may be news.
func (s *Conn) Ready() <-chan struct{} { return s.ready }

// Replaced is closed when the visitor took too many seats after this one.
func (s *Conn) Replaced() <-chan struct{} { return s.over }

// Closed is closed when the hub ends.
func (h *Hub) Closed() <-chan struct{} { return h.done }

// AgentTypes says once that the agent typed since it was asked last.
func (s *Conn) AgentTypes() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	typed := s.types
	s.types = false
	return typed
}

// Watch says which conversations are the visitor's.
func (s *Conn) Watch(list []webchatdb.ChatConversation) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	for _, c := range list {
		s.hub.owners[c.ID] = s.Visitor
		s.own(c.ID)
	}
}

// Tells says what the visitor is told: in which queue they wait, uuid.Nil: in none,
// and the thread. Who comes into a queue is told their place once more soon: what
// moved before this was known rang for others only.
func (s *Conn) Tells(queue uuid.UUID, t Thread) {
	s.mu.Lock()
	came := s.queue != queue && queue != uuid.Nil
	s.queue, s.told = queue, &staffing{t.Open, t.AgentsThere}
	s.mu.Unlock()
	if came {
		s.hub.places.moved(queue)
	}
}

// Wake rings the seat.
func (s *Conn) Wake() { wake(s.ready) }

func (s *Conn) own(id uuid.UUID) {
	for _, c := range s.owns {
		if c == id {
			return
		}
	}
	s.owns = append(s.owns, id)
}

// WithReadSlot runs f, which reads the database, when it is its turn.
func (h *Hub) WithReadSlot(ctx context.Context, f func() error) error {
	select {
	case h.look <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-h.look }()
	return f()
}

// Visitors counts the visitors with an open stream here.
func (h *Hub) Visitors() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.seats)
}

// Ring rings a visitor's streams in this process; others hear of a commit
// through the event log.
func (h *Hub) Ring(visitor uuid.UUID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ring(visitor, false)
}

func (h *Hub) ring(visitor uuid.UUID, typing bool) {
	for s := range h.seats[visitor] {
		if typing {
			s.mu.Lock()
			s.types = true
			s.mu.Unlock()
		}
		wake(s.ready)
	}
}

func (h *Hub) ringAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for v := range h.seats {
		h.ring(v, false)
	}
}

func wake(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// Run works until ctx ends, and then ends all streams.
func (h *Hub) Run(ctx context.Context) error {
	defer close(h.done)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return h.roster.run(ctx) })
	g.Go(func() error { h.listen(ctx); return nil })
	g.Go(func() error { h.refresh(ctx); return nil })
	g.Go(func() error { h.prune(ctx); return nil })
	g.Go(func() error { h.work(ctx); return nil })
	return g.Wait()
}

// listen follows the event log once there is a visitor to tell.
func (h *Hub) listen(ctx context.Context) {
	select {
	case <-h.started:
	case <-ctx.Done():
		return
	}
	for ctx.Err() == nil {
		sub, err := h.events.Subscribe(ctx, agentstream.Viewer{Scope: auditdb.Everywhere(), Limit: auditdb.Everywhere(), People: true}, "")
		if errors.Is(err, agentstream.ErrClosed) {
			return
		}
		if err == nil {
			h.ringAll() // what happened before is not told
			err = h.follow(ctx, sub)
			sub.Close()
		}
		if ctx.Err() == nil {
			h.log.Info("visitors' event log begins anew", "reason", err)
			pause(ctx, time.Second)
		}
	}
}

func (h *Hub) follow(ctx context.Context, sub *agentstream.Subscription) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-sub.Ready():
		}
		events, err := sub.Take(ctx)
		if err != nil {
			return err
		}
		h.tell(ctx, events)
	}
}

// tell rings the visitors whose conversations the events are about.
func (h *Hub) tell(ctx context.Context, events []*agentstream.Event) {
	var unknown []uuid.UUID
	h.mu.Lock()
	for _, e := range events {
		switch {
		case e.Kind == agentstream.KindReset:
			for v := range h.seats {
				h.ring(v, false)
			}
		case e.Kind == outbox.EventPresence:
			h.places.agentsChanged()
		case e.Kind == outbox.EventConversation && e.Queue.Valid:
			h.places.moved(e.Queue.UUID)
		}
		if e.Channel != configdb.ProviderWebchat || e.Kind == webchatdb.EventCustomerTyping {
			continue
		}
		if v, ours := h.owners[e.Conversation.UUID]; ours {
			h.ring(v, e.Kind == webchatdb.EventAgentTyping)
		} else if e.Kind != webchatdb.EventAgentTyping {
			unknown = append(unknown, e.Conversation.UUID)
		}
	}
	h.mu.Unlock()
	if len(unknown) > 0 {
		h.tellUnknown(ctx, unknown)
	}
}

// tellUnknown rings for conversations that began a moment ago.
func (h *Hub) tellUnknown(ctx context.Context, conversations []uuid.UUID) {
	whose, err := h.store.Webchat.VisitorsOf(ctx, conversations)
	if err != nil {
		h.log.Warn("visitors were not told", "error", err)
		h.ringAll()
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, v := range whose {
		h.ring(v, false)
	}
}

// pruneEvery is how often what visitors left behind is looked for.
const pruneEvery = 10 * time.Minute

func (h *Hub) prune(ctx context.Context) {
	for ctx.Err() == nil {
		pause(ctx, pruneEvery)
		keys, err := h.store.Webchat.PruneVisitors(ctx)
		if err == nil && h.Files != nil && len(keys) > 0 {
			err = h.Files.Delete(ctx, keys...)
		}
		if err != nil && ctx.Err() == nil {
			h.log.Warn("what visitors left was not pruned", "error", err)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
