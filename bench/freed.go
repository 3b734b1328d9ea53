package bench

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"switchboard/api/apiclient"
	"switchboard/test/rig"
)

const (
	freedQueues = 10
	freedPerSec = 50 // agents who become free; each is so once
	freedFor    = 10 * time.Second
)

// freed measures how long agents who become free wait for what is offered to
// them, on their own event stream: they come back from a break, one after another,
// to a queue in which more wait than they can take together.
func (r *run) freed(ctx context.Context) error {
	d := min(r.Time, freedFor)
	agents := int(d.Seconds() * freedPerSec)
	ctx, stop := context.WithCancel(ctx)
	var streams sync.WaitGroup
	defer streams.Wait()
	defer stop()
	f := &freeing{began: map[uuid.UUID]time.Time{}}
	sites := make([]*rig.Site, freedQueues)
	for i := range sites {
		s, err := r.site(ctx, map[string]any{"offer_timeout": 3600})
		if err != nil {
			return err
		}
		sites[i] = s
	}
	crowd := make([]resting, agents)
	for n := range crowd {
		a, err := r.rests(ctx, sites[n%freedQueues], n, &streams, f)
		if err != nil {
			return err
		}
		crowd[n] = a
	}
	if err := r.queueUp(ctx, sites, agents/freedQueues+1); err != nil {
		return err
	}
	err := steady(ctx, freedPerSec, d, func(n int) error {
		f.frees(crowd[n].id)
		return crowd[n].chooses(ctx, nil)
	})
	if err != nil {
		return err
	}
	took, err := f.all(ctx, agents)
	if err != nil {
		return err
	}
	r.set("assign_p50_ms", quantile(took, 0.5))
	r.set("assign_p99_ms", quantile(took, 0.99))
	return nil
}

// resting is an agent at their desk who takes nothing yet.
type resting struct {
	*apiclient.Client
	id uuid.UUID
}

// rests adds an agent of capacity 1 to a site's queue, who listens and is away.
func (r *run) rests(ctx context.Context, s *rig.Site, n int, streams *sync.WaitGroup, f *freeing) (a resting, err error) {
	var made apiclient.Ref
	agent := map[string]any{"name": fmt.Sprintf("Agent %d", n), "email": uuid.NewString() + "@example.com", "role": "agent", "capacity": 1}
	if _, err := r.Admin.Do(ctx, http.MethodPost, "/v1/agents", agent, &made); err != nil {
		return a, err
	}
	if _, err := r.Admin.Do(ctx, http.MethodPut, fmt.Sprintf("/v1/queues/%s/members/%s", s.Queue, made.ID), nil, nil); err != nil {
		return a, err
	}
	var token struct{ Token string }
	if _, err := r.Admin.Do(ctx, http.MethodPost, "/v1/tokens", map[string]any{"name": "bench", "role": "agent", "agent_id": made.ID}, &token); err != nil {
		return a, err
	}
	a = resting{&apiclient.Client{Base: r.Base, Token: token.Token}, made.ID}
	there := make(chan struct{})
	arrive := sync.OnceFunc(func() { close(there) })
	streams.Go(func() {
		a.Follow(ctx, func(e apiclient.Event) {
			switch {
			case e.Kind == "hello":
				arrive()
			case e.Kind == "offer.made" && e.Agent.UUID == a.id:
				f.offered(a.id, e)
			}
		})
	})
	select {
	case <-there:
		return a, a.chooses(ctx, "away")
	case <-ctx.Done():
		return a, ctx.Err()
	}
}

// chooses sets the agent's presence; nil lets it follow from what they do.
func (a resting) chooses(ctx context.Context, presence any) error {
	_, err := a.Do(ctx, http.MethodPut, "/v1/me/presence", map[string]any{"presence": presence}, nil)
	return err
}

// queueUp has so many customers wait at each site, and waits until they do.
func (r *run) queueUp(ctx context.Context, sites []*rig.Site, each int) error {
	queues := make([]string, len(sites))
	for i, s := range sites {
		queues[i] = s.Queue.String()
		h := r.hookOf(s)
		w, err := dial(ctx, h.URL)
		if err != nil {
			return err
		}
		for n := range each {
			if _, err := w.post(h.webhook(contact(n), "waiting")); err != nil {
				return err
			}
		}
		if err := w.conn.Close(); err != nil {
			return err
		}
	}
	for waiting := 0; waiting < each*len(sites); {
		if err := rest(ctx, 100*time.Millisecond); err != nil {
			return err
		}
		var err error
		waiting, err = r.Count(ctx, `SELECT count(*) FROM conversation c WHERE queue_id = ANY($1::uuid[]) AND pushed AND offer_id IS NULL
			AND NOT EXISTS (SELECT FROM bell b WHERE b.conversation_id = c.id)`, pq.Array(queues))
		if err != nil {
			return err
		}
	}
	return rest(ctx, 5*time.Second)
}

// freeing notes when agents become free, and how long each then waited.
type freeing struct {
	mu    sync.Mutex
	began map[uuid.UUID]time.Time
	took  []time.Duration
	odd   int // offers to whom had not become free, or again
}

func (f *freeing) frees(agent uuid.UUID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.began[agent] = time.Now()
}

func (f *freeing) offered(agent uuid.UUID, e apiclient.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	began, ok := f.began[agent]
	if !ok {
		f.odd++
		return
	}
	delete(f.began, agent)
	f.took = append(f.took, e.Received.Sub(began))
}

// all waits until everybody was offered something.
func (f *freeing) all(ctx context.Context, n int) ([]time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		f.mu.Lock()
		took, odd := f.took, f.odd
		f.mu.Unlock()
		if odd > 0 {
			return nil, fmt.Errorf("%d offers to agents who had not become free", odd)
		}
		if len(took) == n {
			return took, nil
		}
		if err := rest(ctx, 10*time.Millisecond); err != nil {
			return nil, fmt.Errorf("%d of %d were offered something: %w", len(took), n, err)
		}
	}
}
