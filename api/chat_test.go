package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api"
	"switchboard/api/core"
	"switchboard/channel"
	"switchboard/channel/webchat"
	"switchboard/live/agentstream"
	"switchboard/live/visitorchat"
	"switchboard/test/tier"
)

const shop = "https://shop.example"

// chatBench is the API with a chat hub and one widget of a style.
type chatBench struct {
	*bench
	cfg      api.Config
	server   *httptest.Server
	stopChat func()
	key      string
	widget   string // id
	streams  atomic.Int64
}

func setupChat(t *testing.T, style string, adjust ...func(*api.Config)) *chatBench {
	t.Helper()
	c := &chatBench{}
	c.bench = setup(t, append(adjust, func(cfg *api.Config) {
		cfg.Providers = channel.NewRegistry(webchat.New())
		c.cfg = *cfg
	})...)
	c.startChat()
	c.db.SQL.MustExec(`UPDATE workstream SET style = $1 WHERE id = $2`, style, c.site.Workstream)
	c.makeWidget(obj{})
	return c
}

// startChat puts the API together anew with a hub of its own, as a process does.
func (c *chatBench) startChat() {
	c.Helper()
	events := agentstream.NewHub(c.db.Store, agentstream.Options{Poll: 50 * time.Millisecond})
	cfg := c.cfg
	cfg.Chat = visitorchat.NewHub(c.db.Store, events, "test", slog.New(slog.DiscardHandler))
	cfg.Chat.Key = chatKey
	cfg.Metrics = nil
	var err error
	c.e, err = api.New(cfg)
	require.NoError(c, err)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = events.Run(ctx) })
	wg.Go(func() { _ = cfg.Chat.Run(ctx) })
	c.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/events") {
			c.streams.Add(1)
			defer c.streams.Add(-1)
		}
		c.e.ServeHTTP(w, r)
	}))
	c.stopChat = sync.OnceFunc(func() { cancel(); c.server.CloseClientConnections(); c.server.Close(); wg.Wait() })
	c.Cleanup(c.stopChat)
}

// generous is for visitors who write faster than people do.
func generous(cfg *api.Config) {
	cfg.ChatLimits = core.ChatLimits{Messages: core.ChatLimit{Burst: 10_000, Every: time.Millisecond}, Requests: core.ChatLimit{Burst: 10_000, Every: time.Millisecond}}
}

func (c *chatBench) makeWidget(more obj) {
	c.Helper()
	in := obj{"name": "Shop " + uuid.NewString(), "workstream_id": c.site.Workstream, "origins": []string{shop}, "anonymous_threads": true, "audience": shop}
	for k, v := range more {
		in[k] = v
	}
	made := c.post("/v1/widgets", c.admin, in).is(201)
	c.key, c.widget = made.str("key"), made.str("id")
}

func (c *chatBench) path(rest string) string { return "/v1/chat/" + c.key + rest }

// start begins a visit and returns its token.
func (c *chatBench) start(in obj) string {
	c.Helper()
	return c.post(c.path("/start"), "", in).is(201).str("visitor_token")
}

func (c *chatBench) write(token, text string) answer {
	c.Helper()
	return c.post(c.path("/messages"), token, obj{"client_id": uuid.NewString(), "text": text})
}

// says stores what an agent wrote, as if it had been delivered.
func (c *chatBench) says(conversation, text, status string) int64 {
	c.Helper()
	var seq int64
	require.NoError(c, c.db.SQL.Get(&seq, `WITH m AS (UPDATE conversation SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq, account_id)
		INSERT INTO message (conversation_id, seq, account_id, direction, type, text, agent_id, status)
		SELECT $1, last_seq, account_id, 'out', 'text', $2, $3, $4 FROM m RETURNING seq`, conversation, text, c.agents[0], status))
	c.tell(conversation, "message.created")
	return seq
}

func (c *chatBench) tell(conversation, kind string) {
	c.Helper()
	c.db.SQL.MustExec(`INSERT INTO event (kind, conversation_id) VALUES ($1, $2)`, kind, conversation)
	c.db.Events().Wake()
}

// frame is one event of a visitor's stream.
type frame struct {
	id, kind string
	data     map[string]any
}

// follower reads a visitor's stream.
type follower struct {
	t      *testing.T
	frames chan frame
	cancel context.CancelFunc
	last   string
}

func (c *chatBench) follow(token, after string) *follower {
	c.Helper()
	return c.followPlace(token, after, "")
}

// followPlace follows after a place in the header and one in the query.
func (c *chatBench) followPlace(token, header, query string) *follower {
	c.Helper()
	ctx, cancel := context.WithCancel(c.Context())
	r, err := http.NewRequestWithContext(ctx, "GET", c.server.URL+c.path("/events?after="+url.QueryEscape(query)), nil)
	require.NoError(c, err)
	r.Header.Set("Authorization", "Bearer "+token)
	if header != "" {
		r.Header.Set("Last-Event-ID", header)
	}
	resp, err := c.server.Client().Do(r)
	require.NoError(c, err)
	require.Equal(c, 200, resp.StatusCode)
	f := &follower{t: c.T, frames: make(chan frame, 10_000), cancel: cancel}
	go func() { defer close(f.frames); defer resp.Body.Close(); readFrames(resp.Body, f.frames) }()
	c.Cleanup(cancel)
	require.Equal(c, "hello", f.next().kind)
	return f
}

func readFrames(body io.Reader, into chan<- frame) {
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 1<<20)
	var f frame
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "id":
			f.id = value
		case "event":
			f.kind = value
		case "data":
			_ = json.Unmarshal([]byte(value), &f.data)
		case "":
			into <- f
			f = frame{}
		}
	}
}

// next is the next frame that is no ping.
func (f *follower) next() frame {
	f.t.Helper()
	for {
		select {
		case x, open := <-f.frames:
			require.True(f.t, open, "the stream ended")
			if x.id != "" {
				f.last = x.id
			}
			if x.kind != "ping" {
				return x
			}
		case <-time.After(tier.Patience(30 * time.Second)):
			require.FailNow(f.t, "no event came")
		}
	}
}

// until takes frames up to one of a kind.
func (f *follower) until(kind string) frame {
	f.t.Helper()
	for {
		if x := f.next(); x.kind == kind {
			return x
		}
	}
}

// texts takes messages until there are n, and returns what they say.
func (f *follower) texts(n int) []string {
	f.t.Helper()
	var out []string
	for len(out) < n {
		x := f.until("message")
		out = append(out, x.data["text"].(string))
	}
	return out
}

func TestChat_LiveFromStartToHistory_OK(t *testing.T) {
	c := setupChat(t, "live")
	c.get(c.path(""), "").is(200)
	started := c.post(c.path("/start"), "", obj{"language": "nl"}).is(201)
	token, conv := started.str("visitor_token"), started.str("thread.conversation_id")
	require.Equal(t, "waiting", started.str("thread.state"))
	tab := c.follow(token, "")
	id := uuid.NewString()
	first := c.post(c.path("/messages"), token, obj{"client_id": id, "text": "Hallo"}).is(201)
	again := c.post(c.path("/messages"), token, obj{"client_id": id, "text": "Hallo"}).is(200)
	require.Equal(t, first.str("id"), again.str("id"), "the same message")
	m := tab.until("message")
	require.Equal(t, id, m.data["client_id"])
	c.db.SQL.MustExec(`UPDATE conversation SET state = 'active', agent_id = $2 WHERE id = $1`, conv, c.agents[0])
	c.says(conv, "Dag", "sent")
	require.Equal(t, []string{"Dag"}, tab.texts(1))
	list := c.get(c.path("/messages"), token).is(200)
	require.Equal(t, []any{"started", "text", "text"}, []any{list.get("items.0.type"), list.get("items.1.type"), list.get("items.2.type")})
	require.Equal(t, "agent", list.str("items.2.from"))
	require.Equal(t, 1, c.count(`SELECT count(*) FROM message WHERE text = 'Hallo'`))
}
