package kills

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/dev/sandbox"
	"switchboard/test/rig"
)

const (
	people    = 30
	perSecond = 20 // messages of customers
	asked     = rig.MarkText + " question %d"
	answered  = 3 // every third message that an agent sees
)

// traffic is customers who write and agents who answer, whatever happens
// meanwhile. What got no answer is repeated, as providers and clients do.
type traffic struct {
	site      *rig.Site
	customers []*sandbox.Phone

	mu       sync.Mutex
	said     map[string]bool   // text → its webhook was answered 2xx at once
	open     map[string]bool   // events without an answer, to be delivered again
	answers  map[string]string // text of an accepted answer → text it answers
	refusals []string
	down     int // 2xx while told that the database is away
	away     bool
	broken   []span

	write, work context.Context
	stopWriting context.CancelFunc
	stop        context.CancelFunc
	writing     sync.WaitGroup
	working     sync.WaitGroup
}

func begin(t *testing.T, r *rig.Rig, s *rig.Site) *traffic {
	t.Helper()
	x := &traffic{}
	return x.begin(t, r, s, x.see)
}

// begin lets customers write, and agents do what see says.
func (x *traffic) begin(t *testing.T, r *rig.Rig, s *rig.Site, see func(*apiclient.Client, uuid.UUID, apiclient.Event)) *traffic {
	t.Helper()
	*x = traffic{site: s, said: map[string]bool{}, open: map[string]bool{}, answers: map[string]string{}}
	x.work, x.stop = context.WithCancel(context.Background())
	x.write, x.stopWriting = context.WithCancel(x.work)
	t.Cleanup(func() { x.stop(); x.writing.Wait(); x.working.Wait() })
	for i := range people {
		if i%2 == 0 {
			x.customers = append(x.customers, s.LINE.User(fmt.Sprintf(rig.MarkUser+"%024x", i)))
		} else {
			x.customers = append(x.customers, s.Twilio.SMS(fmt.Sprintf(rig.MarkNumber+"%05d", i), s.SMS))
		}
	}
	for i := range 3 {
		a, id, err := s.NewAgent(t.Context(), fmt.Sprintf(rig.MarkText+"-%d", i), people)
		require.NoError(t, err)
		x.working.Go(func() { a.Follow(x.work, func(e apiclient.Event) { see(a, id, e) }) })
	}
	x.writing.Go(x.customersWrite)
	x.working.Go(func() { x.redeliver(r) })
	return x
}

func (x *traffic) customersWrite() {
	tick := time.NewTicker(time.Second / perSecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-x.write.Done():
			return
		case <-tick.C:
		}
		x.writing.Go(func() { x.say(x.customers[n%people], fmt.Sprintf(asked, n)) })
	}
}

func (x *traffic) say(p *sandbox.Phone, text string) {
	sent, err := p.Says(x.work, text)
	took := err == nil && sent.Status/100 == 2
	x.mu.Lock()
	defer x.mu.Unlock()
	x.said[text] = took
	if !took {
		x.open[sent.EventID] = true
	} else if x.away {
		x.down++
	}
}

// redeliver repeats webhooks until each is answered 2xx.
func (x *traffic) redeliver(r *rig.Rig) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-x.work.Done():
			return
		case <-tick.C:
		}
		for id := range x.unanswered() {
			if sent, err := r.Sandbox.Redeliver(x.work, id); err == nil && sent.Status/100 == 2 {
				x.mu.Lock()
				delete(x.open, id)
				x.mu.Unlock()
			}
		}
	}
}

func (x *traffic) unanswered() map[string]bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	out := map[string]bool{}
	for id := range x.open {
		out[id] = true
	}
	return out
}

// see is an agent at the desk.
func (x *traffic) see(a *apiclient.Client, me uuid.UUID, e apiclient.Event) {
	switch {
	case e.Kind == "offer.made" && e.Agent.UUID == me:
		x.working.Go(func() { x.accept(a, e) })
	case e.Kind == "message.created":
		m := e.Row()
		var n int
		if _, err := fmt.Sscanf(m.Text, asked, &n); m.Direction == "in" && err == nil && n%answered == 0 && e.Agent.UUID == me {
			x.working.Go(func() { x.answer(a, e.Conversation.UUID, m.Text) })
		}
	}
}

// persist repeats a request until it is answered; a refusal is an answer.
func (x *traffic) persist(what string, do func() error) bool {
	for x.work.Err() == nil {
		err := do()
		if err == nil {
			return true
		}
		var r *apiclient.Refused
		if errors.As(err, &r) && r.Status < http.StatusInternalServerError {
			x.mu.Lock()
			x.refusals = append(x.refusals, what+": "+r.Error())
			x.mu.Unlock()
			return false
		}
		select {
		case <-x.work.Done():
		case <-time.After(300 * time.Millisecond): // as a client backs off
		}
	}
	return false
}

func (x *traffic) accept(a *apiclient.Client, e apiclient.Event) {
	key := uuid.NewString()
	x.persist("accept", func() error {
		return a.Command(x.work, e.Conversation.UUID, "accept", key, map[string]any{"offer_id": e.OfferID()})
	})
}

func (x *traffic) answer(a *apiclient.Client, conversation uuid.UUID, to string) {
	key, text := uuid.NewString(), "answer to "+to
	if x.persist("answer", func() error { _, _, err := a.Answer(x.work, conversation, key, text); return err }) {
		x.mu.Lock()
		x.answers[text] = to
		x.mu.Unlock()
	}
}

// databaseAway says that webhooks answered from now on are in the journal only.
func (x *traffic) databaseAway(away bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.away = away
}

// written is how many messages customers have written.
func (x *traffic) written() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.said)
}
