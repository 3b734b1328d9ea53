package e2e

import (
	"context"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/dev/sandbox"
	"switchboard/test/tier"
)

// wire is a network between a client and the product that can be cut, or can
// swallow everything without anybody being told.
type wire struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	conns []net.Conn
	cut   bool
	stall chan struct{} // while not nil, nothing passes; closed when it goes on
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &wire{listener: l, to: to}
	go w.accept()
	t.Cleanup(func() {
		_ = l.Close()
		w.Resume()
		w.Cut()
	})
	return w
}

func (w *wire) accept() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", w.to)
		w.mu.Lock()
		if err != nil || w.cut {
			_ = client.Close()
			if err == nil {
				_ = server.Close()
			}
			w.mu.Unlock()
			continue
		}
		w.conns = append(w.conns, client, server)
		w.mu.Unlock()
		go w.pass(client, server)
		go w.pass(server, client)
	}
}

func (w *wire) pass(from, to net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		w.mu.Lock()
		stall := w.stall
		w.mu.Unlock()
		if stall != nil {
			<-stall
		}
		if n > 0 {
			if _, werr := to.Write(buf[:n]); werr != nil {
				err = werr
			}
		}
		if err != nil {
			_, _ = from.Close(), to.Close()
			return
		}
	}
}

// Cut ends all connections and refuses new ones.
func (w *wire) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = true
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.conns = nil
}

// Stall swallows everything from now on.
func (w *wire) Stall() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stall = make(chan struct{})
}

// Resume lets everything pass again.
func (w *wire) Resume() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = false
	if w.stall != nil {
		close(w.stall)
		w.stall = nil
	}
}

// reading is an event stream read over a wire, with a client's own heartbeat.
type reading struct {
	mu  sync.Mutex
	ids []string // of events that are about something, in order
}

// silence is how long a client waits for the server's ping before it takes the
// connection for dead; pings come every 10 s.
const silence = 25 * time.Second

func (r *reading) follow(ctx context.Context, c *apiclient.Client) {
	after := ""
	for ctx.Err() == nil {
		once, cancel := context.WithCancel(ctx)
		dead := time.AfterFunc(silence, cancel)
		if s, err := c.Listen(once, after); err == nil {
			for {
				e, err := s.Next()
				if err != nil {
					break
				}
				dead.Reset(silence)
				after = e.ID
				if e.Kind != "hello" && e.Kind != "ping" {
					r.mu.Lock()
					r.ids = append(r.ids, e.ID+" "+e.Kind)
					r.mu.Unlock()
				}
			}
			_ = s.Close()
		}
		dead.Stop()
		cancel()
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (r *reading) seen() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.ids)
}

// T14: a stream that was cut for 60 s, and one whose connection went silent, miss
// nothing and see nothing twice: statuses, redactions and all.
func TestStream_CutAndSilent(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	ann := newAgent(t, site, 50)
	customer := site.Twilio.WhatsApp(number(), site.WhatsApp)
	say(t, customer, said("hi"))
	conv := ann.accept(t)

	address := shared.Base[len("http://"):]
	cut, silent, whole := newWire(t, address), newWire(t, address), newWire(t, address)
	var readers []*reading
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer func() { cancel(); wg.Wait() }()
	start := count(t, `SELECT count(*) FROM agent_connection WHERE agent_id = $1`, ann.id)
	for _, w := range []*wire{cut, silent, whole} {
		r := &reading{}
		readers = append(readers, r)
		c := &apiclient.Client{Base: "http://" + w.listener.Addr().String(), Token: ann.Token,
			HTTP: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
		wg.Go(func() { r.follow(ctx, c) })
	}
	eventually(t, "all are connected", func() bool {
		return count(t, `SELECT count(*) FROM agent_connection WHERE agent_id = $1`, ann.id) == start+3
	})
	talk := func() {
		text := said("talk")
		say(t, customer, text)
		_, _, err := ann.Answer(t.Context(), conv, uuid.NewString(), text)
		require.NoError(t, err)
		_, err = customer.Await(t.Context(), func(m sandbox.Message) bool { return m.Text == text })
		require.NoError(t, err)
		require.NoError(t, customer.Reads(t.Context()))
	}
	talk()
	cut.Cut()
	silent.Stall()
	back := time.Now().Add(tier.Size(15*time.Second, time.Minute))
	for time.Now().Before(back) {
		talk()
		select {
		case <-time.After(2 * time.Second): // the cut must last
		case <-t.Context().Done():
		}
	}
	cut.Resume()
	silent.Resume()
	talk()
	last := said("last")
	say(t, customer, last)
	m := ann.awaitMessage(t, conv, "the last", withText(last))
	ann.await(t, "the last, live", func(e apiclient.Event) bool { return e.Kind == "message.created" && e.Message.UUID == m.ID })
	eventually(t, "all readers have seen the same", func() bool {
		n := len(readers[2].seen())
		return n > 0 && len(readers[0].seen()) == n && len(readers[1].seen()) == n
	})
	for _, r := range readers {
		ids := r.seen()
		require.Equal(t, readers[2].seen(), ids)
		slices.Sort(ids)
		require.Len(t, slices.Compact(ids), len(ids), "no event twice")
	}
}
