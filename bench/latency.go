package bench

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"switchboard/api/apiclient"
)

const (
	served    = 100 // conversations that agents serve
	inPerSec  = 50  // messages of customers
	outPerSec = 20  // answers of agents
)

// latency measures both ways of a message with agents at their desks: from the
// webhook to the agent's event stream, and from the agent's request to the
// provider.
func (r *run) latency(ctx context.Context) error {
	s, err := r.site(ctx, nil)
	if err != nil {
		return err
	}
	c, err := hire(ctx, s, 5, served)
	if err != nil {
		return err
	}
	defer c.leave()
	for i := range served { // the sandbox lets us write to whom it knows
		if _, err := s.LINE.User(contact(i)).Says(ctx, fmt.Sprintf("first of %d", i)); err != nil {
			return err
		}
	}
	conversations, err := c.serving(ctx, served)
	if err != nil {
		return err
	}
	if err := r.inward(ctx, r.hookOf(s), c); err != nil {
		return err
	}
	return r.outward(ctx, s.LINEID, conversations)
}

// steady calls do n times a second until d is over, whatever do takes, and
// waits for all.
func steady(ctx context.Context, perSecond int, d time.Duration, do func(n int) error) error {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var first error
	t := time.NewTicker(time.Second / time.Duration(perSecond))
	defer t.Stop()
	for n := range int(d.Seconds() * float64(perSecond)) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
		wg.Go(func() {
			if err := do(n); err != nil {
				mu.Lock()
				defer mu.Unlock()
				first = err
			}
		})
	}
	wg.Wait()
	return first
}

func (r *run) inward(ctx context.Context, h hook, c *crew) error {
	lines := make(chan *wire, connections)
	for range connections {
		w, err := dial(ctx, h.URL)
		if err != nil {
			return err
		}
		defer w.conn.Close()
		lines <- w
	}
	var mu sync.Mutex
	sent := map[string]time.Time{}
	err := steady(ctx, inPerSec, r.Time, func(n int) error {
		w := <-lines
		defer func() { lines <- w }()
		text := fmt.Sprintf("inward %d", n)
		request := h.webhook(contact(n%served), text)
		mu.Lock()
		sent[text] = time.Now()
		mu.Unlock()
		_, err := w.post(request)
		return err
	})
	if err != nil {
		return err
	}
	for text := range sent {
		if err := c.sees(ctx, text); err != nil {
			return err
		}
	}
	var took []time.Duration
	c.mu.Lock()
	defer c.mu.Unlock()
	for text, at := range sent {
		took = append(took, c.seen[text].Sub(at))
	}
	r.set("webhook_to_agent_p50_ms", quantile(took, 0.5))
	r.set("webhook_to_agent_p99_ms", quantile(took, 0.99))
	return nil
}

func (r *run) outward(ctx context.Context, account string, conversations map[uuid.UUID]*apiclient.Client) error {
	ids := slices.Collect(maps.Keys(conversations))
	var mu sync.Mutex
	sent := map[string]time.Time{}
	err := steady(ctx, outPerSec, r.Time, func(n int) error {
		text := fmt.Sprintf("outward %d", n)
		id := ids[n%len(ids)]
		mu.Lock()
		sent[text] = time.Now()
		mu.Unlock()
		_, _, err := conversations[id].Answer(ctx, id, uuid.NewString(), text)
		return err
	})
	if err != nil {
		return err
	}
	arrived := map[string]time.Time{}
	for len(arrived) < len(sent) {
		if err := rest(ctx, 20*time.Millisecond); err != nil {
			return err
		}
		for _, call := range r.Sandbox.Calls(account) {
			if _, ours := sent[call.Text]; ours {
				arrived[call.Text] = call.At
			}
		}
	}
	var took []time.Duration
	for text, at := range sent {
		took = append(took, arrived[text].Sub(at))
	}
	r.set("reply_to_provider_p50_ms", quantile(took, 0.5))
	r.set("reply_to_provider_p99_ms", quantile(took, 0.99))
	return nil
}
