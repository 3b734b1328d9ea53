package agentstream

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/google/uuid"

	"switchboard/domain/permission"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/eventlog"
	"switchboard/store/outbox"
)

// Viewer is who reads a stream. An API token that acts as nobody has no agent.
type Viewer struct {
	Agent    uuid.UUID
	Scope    auditdb.Scope // of the conversations of others
	People   bool          // sees the presence of others, within the limit
	Limit    auditdb.Scope // the queues whose members they see
	Accounts bool          // sees what happens to accounts
	Token    []byte        // hash of the token that opened the stream, which ends with it; nil: the product's own readers
}

// ViewerOf is what an identity may read.
func ViewerOf(id configdb.Identity) Viewer {
	return Viewer{Agent: id.Agent.UUID, Scope: id.Scope, Limit: id.Limit, People: id.Permissions.Has(permission.PeopleRead),
		Accounts: id.Permissions.Has(permission.ConnectionsRead)}
}

// Kinds of events that come from the stream itself.
const (
	KindHello = "hello" // first: data has connection_id and cursor
	KindReset = "reset" // what lies between cannot be told: fetch anew, go on from data.cursor
	KindPing  = "ping"  // every few seconds, so that a dead connection is noticed
)

// Reasons of a reset.
const (
	ReasonUnreadable    = "unreadable"     // the client's cursor is none
	ReasonExpired       = "expired"        // it is older than what is kept
	ReasonLogReplaced   = "log_replaced"   // the database was restored
	ReasonQueuesChanged = "queues_changed" // the reader may see other queues now
)

// Event is one event on its way to many readers. Frame is the event in the form
// of server-sent events, made once.
type Event struct {
	Cursor       eventlog.EventCursor
	Kind         string
	Conversation uuid.NullUUID // what it is about
	Channel      string        // of the conversation
	Queue        uuid.NullUUID // whose members may see it
	Frame        []byte

	agent  uuid.NullUUID
	beside []uuid.UUID // who takes part in its conversation
}

func asEvents(logged []eventlog.LoggedEvent) []*Event {
	events := make([]*Event, len(logged))
	for i, e := range logged {
		events[i] = &Event{Cursor: e.Cursor, Kind: e.Kind, Conversation: e.Conversation, Channel: e.Channel, Queue: e.Queue, agent: e.Agent, beside: e.Beside, Frame: Frame(e.Cursor.String(), e.Kind, e.JSON)}
	}
	return events
}

// Frame writes a server-sent event. data is one line.
func Frame(id, kind string, data []byte) []byte {
	var b bytes.Buffer
	b.Grow(len(id) + len(kind) + len(data) + 24)
	fmt.Fprintf(&b, "id: %s\nevent: %s\ndata: ", id, kind)
	b.Write(data)
	b.WriteString("\n\n")
	return b.Bytes()
}

// A Subscription is one reader's place in the log. One goroutine takes from it.
type Subscription struct {
	hub       *Hub
	viewer    Viewer        // but for its scope and limit, which change
	agentRole string        // the agent's own, which a token's may differ from
	ready     chan struct{} // has a value when there is something to take

	mu       sync.Mutex
	scope    auditdb.Scope
	limit    auditdb.Scope
	queues   map[uuid.UUID]struct{}
	people   map[uuid.UUID]struct{} // members of the limit's queues, where that is not everywhere
	cursor   eventlog.EventCursor   // what was taken, up to here
	live     eventlog.EventCursor   // the queue holds what follows this, up to seen
	seen     eventlog.EventCursor
	catching bool // between cursor and live, it is read from the database
	queue    []*Event
	// restarted: the next that is taken is a reset, and only then the cursor
	// moves; a client that is cut before must not resume behind it.
	restarted bool
	err       error
}

// Ready has a value when Take may have something.
func (s *Subscription) Ready() <-chan struct{} { return s.ready }

// Cursor is the place up to which events were taken; the client resumes there.
func (s *Subscription) Cursor() eventlog.EventCursor {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cursor
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.hub.leave(s)
	s.end(ErrClosed)
}

// Take returns the next events, none if there are none, or why the subscription ended.
func (s *Subscription) Take(ctx context.Context) ([]*Event, error) {
	s.mu.Lock()
	if s.err == nil && s.catching {
		after, upTo := s.cursor, s.live
		s.mu.Unlock()
		return s.catchUp(ctx, after, upTo)
	}
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	events := s.queue
	s.queue = nil
	if s.restarted || s.seen.Compare(s.cursor) > 0 {
		s.cursor, s.restarted = s.seen, false
	}
	return events, nil
}

// catchUp reads a part of what lies between the client's cursor and the live feed.
func (s *Subscription) catchUp(ctx context.Context, after, upTo eventlog.EventCursor) ([]*Event, error) {
	limit := s.hub.opts.Batch
	page, err := s.hub.store.EventLog.ReadEvents(ctx, eventlog.EventRead{After: after, UpTo: upTo, Limit: limit, Audience: s.audience()})
	if err != nil {
		return nil, err
	}
	if !page.Known {
		s.hub.reset(s, ReasonExpired)
		return s.Take(ctx)
	}
	events := asEvents(page.Events)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	if !s.catching { // reset meanwhile
		return nil, nil
	}
	if len(events) == limit {
		s.cursor = events[limit-1].Cursor
	} else {
		s.cursor = upTo
	}
	if s.cursor == s.live {
		s.catching = false
	}
	signal(s.ready)
	return s.filter(nil, events), nil
}

// audience narrows what is read for those who do not see all. It may be wider
// than sees, never narrower.
func (s *Subscription) audience() *eventlog.EventFilter {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.scope.All() {
		return nil
	}
	a := &eventlog.EventFilter{Agent: s.viewer.Agent, Queues: s.scope.Queues()}
	for q := range s.queues {
		a.Queues = append(a.Queues, q)
	}
	if s.viewer.People {
		a.AllPeople = s.limit.All()
		for id := range s.people {
			a.People = append(a.People, id)
		}
	}
	return a
}

// sees is the one rule of who may see an event. It is called with the lock.
func (s *Subscription) sees(e *Event) bool {
	mine := e.agent.Valid && s.viewer.Agent != uuid.Nil && e.agent.UUID == s.viewer.Agent
	switch e.Kind {
	case eventlog.EventLogStarted:
		return false
	case outbox.EventAccount:
		return s.viewer.Accounts && s.scope.All()
	case outbox.EventPresence:
		_, ours := s.people[e.agent.UUID]
		return mine || s.viewer.People && (s.limit.All() || e.agent.Valid && ours)
	}
	if mine || s.scope.All() || s.scope.Has(e.Queue) || s.viewer.Agent != uuid.Nil && slices.Contains(e.beside, s.viewer.Agent) {
		return true
	}
	_, member := s.queues[e.Queue.UUID]
	return member && e.Queue.Valid
}

func (s *Subscription) filter(into, events []*Event) []*Event {
	for _, e := range events {
		if s.sees(e) {
			into = append(into, e)
		}
	}
	return into
}

// begin places a new subscription: at the hub's place, or back at the client's
// cursor. That may also lie ahead, when the client was connected to a process
// that reads faster.
func (s *Subscription) begin(pos eventlog.EventCursor, after string) {
	s.cursor, s.live, s.seen = pos, pos, pos
	if after == "" {
		return
	}
	cursor, readable := eventlog.ParseEventCursor(after)
	if !readable {
		s.reset(ReasonUnreadable, pos)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cursor, s.catching = cursor, true
	if cursor.Compare(s.live) > 0 {
		s.live = cursor
	}
	signal(s.ready)
}

// enqueue queues live events that end at pos. It returns false when the subscriber
// does not keep up and was cut off.
func (s *Subscription) enqueue(events []*Event, pos eventlog.EventCursor) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return true
	}
	before := len(s.queue)
	for _, e := range events {
		if e.Cursor.Compare(s.live) > 0 && s.sees(e) {
			s.queue = append(s.queue, e)
		}
	}
	if pos.Compare(s.seen) > 0 {
		s.seen = pos
	}
	if len(s.queue) > s.hub.opts.Buffer {
		s.queue = nil
		if !s.catching {
			s.err = ErrSlow
			signal(s.ready)
			return false
		}
		if s.seen.Compare(s.live) > 0 {
			s.live = s.seen // what did not fit is read from the database as well
		}
		return true
	}
	if len(s.queue) > before && !s.catching {
		signal(s.ready)
	}
	return true
}

// setQueues changes what the reader may see from now on. They fetch anew, for
// conversations they have never heard of.
func (s *Subscription) setQueues(queues map[uuid.UUID]struct{}, pos eventlog.EventCursor) {
	s.mu.Lock()
	same := maps.Equal(s.queues, queues) || s.scope.All()
	s.queues = queues
	s.mu.Unlock()
	if !same {
		s.reset(ReasonQueuesChanged, pos)
	}
}

// setScope changes which conversations of others the reader may see from now on,
// and whose presence. They fetch anew.
func (s *Subscription) setScope(v Viewer, people map[uuid.UUID]struct{}, pos eventlog.EventCursor) {
	s.mu.Lock()
	same := s.scope.Equal(v.Scope) && s.limit.Equal(v.Limit) && maps.Equal(s.people, people)
	s.scope, s.limit, s.people = v.Scope, v.Limit, people
	s.mu.Unlock()
	if !same {
		s.reset(ReasonQueuesChanged, pos)
	}
}

// reset drops what waits: the client fetches anew and goes on from pos.
func (s *Subscription) reset(reason string, pos eventlog.EventCursor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data := fmt.Appendf(nil, `{"reason":%q,"cursor":%q}`, reason, pos.String())
	s.queue = []*Event{{Cursor: pos, Kind: KindReset, Frame: Frame(pos.String(), KindReset, data)}}
	s.live, s.seen, s.catching, s.restarted = pos, pos, false, true
	signal(s.ready)
}

func (s *Subscription) end(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = why
		s.queue = nil
	}
	signal(s.ready)
}
