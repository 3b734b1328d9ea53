// Package soak has visitors and an agent come, chat and leave for minutes, and
// requires that the product's process keeps nothing of them.
package soak

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/test/rig"
	"switchboard/test/tier"
)

const (
	warmUp   = 40 * time.Second // pools, caches and plans reach their size,
	warmedBy = 1500             // which takes so many messages: each connection prepares what it runs again
	soak     = 100 * time.Second
	together = 6 // visitors at a time
	says     = 5 // messages of a visitor; the agent answers each

	// What may stay for each message on top of everything that is cached. A message
	// that were kept in memory, with its row and what names it, would take more.
	heapPerMessage     = 1024
	residentPerMessage = 8 << 10
	// Connections to the database and to Temporal come and go.
	goroutinesMore = 40
)

func TestFlatMemory(t *testing.T) {
	dir, err := os.MkdirTemp("", "switchboard-soak-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755)) // PostgreSQL's user passes through
	binary, err := rig.Build(t.Context(), dir)
	require.NoError(t, err)
	r, err := rig.Start(t.Context(), rig.Options{Dir: dir + "/rig", Binary: binary})
	require.NoError(t, err)
	t.Cleanup(r.Stop)
	site, err := r.NewSite(t.Context(), 1, map[string]any{"style": "live", "wrap_up_blocks": false, "wrap_up_timeout": 1})
	require.NoError(t, err)
	var widget struct{ Key string }
	_, err = r.Admin.Do(t.Context(), http.MethodPost, "/v1/widgets", map[string]any{"name": "Soak", "workstream_id": site.Workstream, "origins": []string{"*"}}, &widget)
	require.NoError(t, err)
	ann, id, err := site.NewAgent(t.Context(), rig.MarkText, 2*together)
	require.NoError(t, err)
	follow(t, ann, id)

	c := &crowd{base: r.Base, key: widget.Key}
	c.chat(t, warmUp, warmedBy)
	before := settle(t, r.Base, 0)
	warmed, visited := c.messages.Load(), c.visits.Load()
	c.chat(t, soak, 0)
	after := settle(t, r.Base, before.goroutines+goroutinesMore)
	messages := c.messages.Load() - warmed

	heap, resident := (after.heap-before.heap)/float64(messages), (after.resident-before.resident)/float64(messages)
	t.Logf("%d messages of %d visits: heap %.1f -> %.1f MB (%.0f bytes a message), resident %.1f -> %.1f MB (%.0f bytes a message), %.0f -> %.0f goroutines",
		messages, c.visits.Load()-visited, before.heap/1e6, after.heap/1e6, heap, before.resident/1e6, after.resident/1e6, resident, before.goroutines, after.goroutines)
	require.Greater(t, messages, int64(500), "that was no traffic")
	require.Less(t, heap, float64(heapPerMessage))
	require.Less(t, resident, float64(residentPerMessage))
}

// crowd is visitors who come, chat and leave.
type crowd struct {
	base, key        string
	messages, visits atomic.Int64
}

// chat has visitors at it for a while and so many messages, and ends when the
// last has left.
func (c *crowd) chat(t *testing.T, during time.Duration, least int64) {
	t.Helper()
	until := time.Now().Add(during)
	errs := make(chan error, together)
	var work sync.WaitGroup
	for n := range together {
		work.Go(func() {
			// Each from an address of its own: how many start from one is limited.
			from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(10+n))}}
			hc := &http.Client{Transport: &http.Transport{DialContext: from.DialContext}}
			defer hc.CloseIdleConnections()
			for time.Now().Before(until) || c.messages.Load() < least {
				if err := c.visit(t.Context(), hc); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	work.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
}

// visit is one chat: every message is answered, the line is lost and found
// again in the middle, and the visitor ends it.
func (c *crowd) visit(ctx context.Context, hc *http.Client) error {
	ctx, cancel := context.WithTimeout(ctx, tier.Patience(time.Minute))
	defer cancel()
	v := apiclient.NewVisitor(c.base, c.key)
	v.HTTP = hc
	if _, err := v.Start(ctx, nil); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	s, err := v.Listen(ctx, "")
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	last := ""
	for n := range says {
		text := fmt.Sprintf("%s %d", rig.MarkText, n)
		if _, _, err := v.Say(ctx, uuid.New(), text); err != nil {
			return fmt.Errorf("say: %w", err)
		}
		if last, err = answered(s, "to "+text); err != nil {
			return err
		}
		c.messages.Add(2)
		if n == says/2 {
			_ = s.Close()
			if s, err = v.Listen(ctx, last); err != nil {
				return err
			}
		}
	}
	_, err = v.Call(ctx, http.MethodPost, "/end", nil, nil)
	c.visits.Add(1)
	return err
}

// answered waits for an answer and returns its place in the stream.
func answered(s *apiclient.Stream, text string) (string, error) {
	for {
		e, err := s.Next()
		if err != nil {
			return "", fmt.Errorf("wait for %q: %w", text, err)
		}
		if m, _ := e.Chat(); m.From == "agent" && m.Text == text {
			return e.ID, nil
		}
	}
}

// host is an agent who accepts what is offered and answers what is said.
type host struct {
	*apiclient.Client
	id uuid.UUID

	mu   sync.Mutex
	mine map[uuid.UUID]bool // conversations
	done map[uuid.UUID]bool // messages
	work sync.WaitGroup
}

// follow has an agent at work until the test ends.
func follow(t *testing.T, ann *apiclient.Client, id uuid.UUID) {
	t.Helper()
	h := &host{Client: ann, id: id, mine: map[uuid.UUID]bool{}, done: map[uuid.UUID]bool{}}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() { cancel(); h.work.Wait() })
	ready := make(chan struct{})
	there := sync.OnceFunc(func() { close(ready) })
	h.work.Go(func() {
		ann.Follow(ctx, func(e apiclient.Event) {
			there()
			h.hear(ctx, e)
		})
	})
	<-ready
}

func (h *host) hear(ctx context.Context, e apiclient.Event) {
	conv := e.Conversation.UUID
	switch {
	case e.Kind == "offer.made" && e.Agent.UUID == h.id:
		h.work.Go(func() { h.accept(ctx, conv, e.OfferID()) })
	case e.Kind == "message.created" && h.serves(conv):
		h.work.Go(func() { h.answer(ctx, conv, e.Row()) })
	}
}

// An offer may be gone and a chat may have ended meanwhile; visitors notice when
// it matters.
func (h *host) accept(ctx context.Context, conv, offer uuid.UUID) {
	if err := h.Command(ctx, conv, "accept", "", map[string]any{"offer_id": offer}); err != nil {
		return
	}
	h.mu.Lock()
	h.mine[conv] = true
	h.mu.Unlock()
	rows, err := h.Messages(ctx, conv, 0) // what was said before
	for i := 0; err == nil && i < len(rows); i++ {
		h.answer(ctx, conv, rows[i])
	}
}

func (h *host) serves(conv uuid.UUID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.mine[conv]
}

func (h *host) answer(ctx context.Context, conv uuid.UUID, m apiclient.Message) {
	h.mu.Lock()
	again := m.Direction != "in" || m.Text == "" || h.done[m.ID]
	h.done[m.ID] = true
	h.mu.Unlock()
	if !again {
		_, _, _ = h.Answer(ctx, conv, m.ID.String(), "to "+m.Text)
	}
}

// footprint is what the product's process takes.
type footprint struct{ heap, resident, goroutines float64 }

// settle waits until nobody is left but the agent, and garbage was collected
// twice: reading the figures makes the garbage that asks for it. With a number
// of goroutines it waits until there are no more of them.
func settle(t *testing.T, base string, goroutines float64) footprint {
	t.Helper()
	var f footprint
	first, lowest := -1.0, 0.0
	require.Eventually(t, func() bool {
		m := figures(t, base)
		if first < 0 || goroutines > 0 && m["go_goroutines"] > goroutines {
			first, lowest = m["go_gc_duration_seconds_count"], m["go_memstats_heap_alloc_bytes"]
			return false
		}
		lowest = min(lowest, m["go_memstats_heap_alloc_bytes"])
		f = footprint{lowest, m["process_resident_memory_bytes"], m["go_goroutines"]}
		return m["go_gc_duration_seconds_count"] >= first+3
	}, tier.Patience(3*time.Minute), 20*time.Millisecond, "the process does not settle")
	return f
}

// figures reads what the product tells of itself.
func figures(t *testing.T, base string) map[string]float64 {
	t.Helper()
	resp, err := http.Get(base + "/metrics")
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	out := map[string]float64{}
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			out[name] = v
		}
	}
	return out
}
