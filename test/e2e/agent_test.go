package e2e

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/test/rig"
)

// agent is a person at the desk: their API, and everything their event stream said.
type agent struct {
	*apiclient.Client
	id uuid.UUID

	mu     sync.Mutex
	events []apiclient.Event
	more   chan struct{} // closed and replaced when an event arrives
}

// newAgent signs an agent in and keeps their event stream open.
func newAgent(t *testing.T, s *rig.Site, capacity int) *agent {
	t.Helper()
	a := offlineAgent(t, s, capacity)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.Follow(ctx, a.see)
	}()
	t.Cleanup(func() { cancel(); <-done })
	a.await(t, "hello", func(e apiclient.Event) bool { return e.Kind == "hello" })
	return a
}

func offlineAgent(t *testing.T, s *rig.Site, capacity int) *agent {
	t.Helper()
	c, id, err := s.NewAgent(t.Context(), markText, capacity)
	require.NoError(t, err)
	return &agent{Client: c, id: id, more: make(chan struct{})}
}

func (a *agent) see(e apiclient.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.events = append(a.events, e)
	close(a.more)
	a.more = make(chan struct{})
}

// await returns the first event that fits, past or to come.
func (a *agent) await(t *testing.T, what string, fits func(apiclient.Event) bool) apiclient.Event {
	t.Helper()
	late := time.After(patience)
	for i := 0; ; {
		a.mu.Lock()
		events, more := a.events, a.more
		a.mu.Unlock()
		for ; i < len(events); i++ {
			if fits(events[i]) {
				return events[i]
			}
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("no such event within %s: %s", patience, what)
		}
	}
}

// accept waits for an offer and accepts it.
func (a *agent) accept(t *testing.T) uuid.UUID {
	t.Helper()
	return a.acceptWhere(t, func(uuid.UUID) bool { return true })
}

func (a *agent) acceptWhere(t *testing.T, wanted func(uuid.UUID) bool) uuid.UUID {
	t.Helper()
	e := a.offer(t, wanted)
	require.NoError(t, a.Command(t.Context(), e.Conversation.UUID, "accept", "", map[string]any{"offer_id": offerID(t, e)}))
	return e.Conversation.UUID
}

// offered says that an event is an offer to this agent; the others of the queue
// are told of it too.
func (a *agent) offered(e apiclient.Event) bool {
	return e.Kind == "offer.made" && e.Agent.UUID == a.id
}

func (a *agent) offer(t *testing.T, wanted func(uuid.UUID) bool) apiclient.Event {
	t.Helper()
	return a.await(t, "offer", func(e apiclient.Event) bool { return a.offered(e) && wanted(e.Conversation.UUID) })
}

func offerID(t *testing.T, e apiclient.Event) uuid.UUID {
	t.Helper()
	require.NotEqual(t, uuid.Nil, e.OfferID(), "offer without an id: %s", e.Data)
	return e.OfferID()
}

// thread reads all messages of a conversation.
func (a *agent) thread(t *testing.T, id uuid.UUID) []apiclient.Message {
	t.Helper()
	var all []apiclient.Message
	for after := int64(0); ; {
		page, err := a.Messages(t.Context(), id, after)
		require.NoError(t, err)
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
		after = page[len(page)-1].Seq
	}
}

// awaitMessage waits until a message of the thread fits.
func (a *agent) awaitMessage(t *testing.T, id uuid.UUID, what string, fits func(apiclient.Message) bool) apiclient.Message {
	t.Helper()
	var found apiclient.Message
	eventually(t, what, func() bool {
		for _, m := range a.thread(t, id) {
			if fits(m) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

func withText(text string) func(apiclient.Message) bool {
	return func(m apiclient.Message) bool { return m.Text == text }
}

// refusal returns the problem of a refused call, and keeps it for the search
// for marks.
func refusal(t *testing.T, err error) *apiclient.Refused {
	t.Helper()
	var r *apiclient.Refused
	require.True(t, errors.As(err, &r), "no refusal: %v", err)
	problems.Lock()
	defer problems.Unlock()
	problems.seen = append(problems.seen, r.Error())
	return r
}
