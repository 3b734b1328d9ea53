package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/google/uuid"

	"switchboard/api/apiclient"
)

// news is what the administrator's event stream tells of: conversations that have
// come into a queue, and campaigns that got on.
type news struct {
	admin *apiclient.Client

	mu      sync.Mutex
	list    []conv // as they were read; one that was read again is there again
	changed chan struct{}
	err     error // something could not be read
}

// follow begins to hear news. It returns when what was there before is known.
func (c *Company) follow(ctx context.Context) (*news, error) {
	n := &news{admin: c.admin, changed: make(chan struct{})}
	listed := make(chan struct{})
	var once sync.Once
	go c.admin.Follow(ctx, func(e apiclient.Event) {
		switch e.Kind {
		case "hello", "reset": // what happened before has to be fetched
			all, err := c.conversations(ctx)
			n.add(err, all...)
			once.Do(func() { close(listed) })
		case "conversation.updated":
			if change(e) == "created" {
				go n.read(ctx, e.Conversation.UUID)
			}
		case "campaign.updated":
			n.add(nil)
		}
	})
	select {
	case <-listed:
		n.mu.Lock()
		defer n.mu.Unlock()
		return n, n.err
	case <-ctx.Done():
		return nil, fmt.Errorf("event stream: %w", ctx.Err())
	}
}

// change is what happened to the thing of an event.
func change(e apiclient.Event) string {
	var frame struct{ Data struct{ Change string } }
	_ = json.Unmarshal(e.Data, &frame) // Next has parsed it before
	return frame.Data.Change
}

// conversations lists all that there are, the oldest first.
func (c *Company) conversations(ctx context.Context) ([]conv, error) {
	var list struct{ Items []conv }
	if _, err := c.admin.Do(ctx, http.MethodGet, "/v1/conversations?view=all&limit=200", nil, &list); err != nil {
		return nil, fmt.Errorf("conversations: %w", err)
	}
	slices.Reverse(list.Items)
	return list.Items, nil
}

func (n *news) read(ctx context.Context, id uuid.UUID) {
	var v conv
	if _, err := n.admin.Do(ctx, http.MethodGet, "/v1/conversations/"+id.String(), nil, &v); err != nil {
		n.add(err)
		return
	}
	n.add(nil, v)
}

// add tells those who wait of conversations, or that something could not be read.
func (n *news) add(err error, all ...conv) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err != nil {
		n.err = err
	}
	n.list = append(n.list, all...)
	close(n.changed)
	n.changed = make(chan struct{})
}

// of lists the conversations of a customer, the oldest first.
func (n *news) of(who customer) (all []conv) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, v := range n.list {
		if v.with(who) && !slices.ContainsFunc(all, func(have conv) bool { return have.ID == v.ID }) {
			all = append(all, v)
		}
	}
	return all
}

// queued waits for a conversation that is in a queue and fits.
func (n *news) queued(ctx context.Context, fits func(conv) bool) (v conv, err error) {
	err = n.until(ctx, func() (bool, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		i := slices.IndexFunc(n.list, func(v conv) bool { return v.Queue != nil && fits(v) })
		if i >= 0 {
			v = n.list[i]
		}
		return i >= 0, n.err
	})
	return v, err
}

// until looks again whenever there is news.
func (n *news) until(ctx context.Context, done func() (bool, error)) error {
	for {
		n.mu.Lock()
		changed := n.changed
		n.mu.Unlock()
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
