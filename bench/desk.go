package bench

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"switchboard/api/apiclient"
	"switchboard/test/rig"
)

// crew are agents who accept whatever they are offered and note when they see
// a message.
type crew struct {
	mu       sync.Mutex
	agents   map[uuid.UUID]*apiclient.Client
	accepted map[uuid.UUID]*apiclient.Client // conversation → who serves it
	seen     map[string]time.Time            // text → when it was first seen on a stream
	errs     []error
	stop     context.CancelFunc
	work     sync.WaitGroup
}

// hire puts n agents of a capacity at the site's desk.
func hire(ctx context.Context, s *rig.Site, n, capacity int) (*crew, error) {
	ctx, stop := context.WithCancel(ctx)
	c := &crew{agents: map[uuid.UUID]*apiclient.Client{}, accepted: map[uuid.UUID]*apiclient.Client{}, seen: map[string]time.Time{}, stop: stop}
	for i := range n {
		a, id, err := s.NewAgent(ctx, fmt.Sprintf("bench-%d", i), capacity)
		if err != nil {
			c.leave()
			return nil, err
		}
		c.agents[id] = a
		there := make(chan struct{})
		arrive := sync.OnceFunc(func() { close(there) })
		c.work.Go(func() {
			a.Follow(ctx, func(e apiclient.Event) {
				if e.Kind == "hello" {
					arrive()
				}
				c.see(ctx, id, e)
			})
		})
		select {
		case <-there:
		case <-ctx.Done():
			c.leave()
			return nil, ctx.Err()
		}
	}
	return c, nil
}

func (c *crew) leave() {
	c.stop()
	c.work.Wait()
}

func (c *crew) see(ctx context.Context, me uuid.UUID, e apiclient.Event) {
	switch {
	case e.Kind == "message.created":
		text := e.Row().Text
		c.mu.Lock()
		if _, known := c.seen[text]; !known {
			c.seen[text] = e.Received
		}
		c.mu.Unlock()
	case e.Kind == "offer.made" && e.Agent.UUID == me:
		c.work.Go(func() { c.accept(ctx, me, e) })
	}
}

func (c *crew) accept(ctx context.Context, me uuid.UUID, e apiclient.Event) {
	err := c.agents[me].Command(ctx, e.Conversation.UUID, "accept", uuid.NewString(), map[string]any{"offer_id": e.OfferID()})
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.errs = append(c.errs, err)
		return
	}
	c.accepted[e.Conversation.UUID] = c.agents[me]
}

// serving waits until so many conversations were accepted.
func (c *crew) serving(ctx context.Context, n int) (map[uuid.UUID]*apiclient.Client, error) {
	for {
		c.mu.Lock()
		done, errs := len(c.accepted) >= n, c.errs
		c.mu.Unlock()
		if done {
			return c.accepted, nil
		}
		if len(errs) > 0 {
			return nil, errs[0]
		}
		if err := rest(ctx, 10*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// sees waits until a text was seen on a stream.
func (c *crew) sees(ctx context.Context, text string) error {
	for {
		c.mu.Lock()
		_, there := c.seen[text]
		c.mu.Unlock()
		if there {
			return nil
		}
		if err := rest(ctx, 5*time.Millisecond); err != nil {
			return fmt.Errorf("wait for %q on an event stream: %w", text, err)
		}
	}
}
