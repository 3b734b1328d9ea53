package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/storetest"
	"switchboard/store/webhookdb"
	"switchboard/test/tier"
	"switchboard/webhook"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// told is one request that a subscriber got.
type told struct {
	ID        string
	Signature string
	Type      string         `json:"type"`
	Data      map[string]any `json:"data"`
}

func (r told) conversation() string { s, _ := r.Data["conversation_id"].(string); return s }
func (r told) n() int               { n, _ := r.Data["n"].(float64); return int(n) }

// subscriber answers what answer says, 200 if nil, and keeps what it was told.
// The answer may block: it is called without the lock.
type subscriber struct {
	*httptest.Server
	t      *testing.T
	mu     sync.Mutex
	got    []told
	answer func(told) int
}

func subscribe(t *testing.T, answer func(told) int) *subscriber {
	t.Helper()
	s := &subscriber{t: t, answer: answer}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		x := told{ID: r.Header.Get("webhook-id"), Signature: r.Header.Get("webhook-signature")}
		if err := json.Unmarshal(body, &x); err != nil {
			t.Error(err)
		}
		seconds, _ := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
		if want := webhook.Sign([][]byte{[]byte("key")}, x.ID, time.Unix(seconds, 0), body); x.Signature != want {
			t.Error("signature is not that of what came")
		}
		s.mu.Lock()
		s.got = append(s.got, x)
		answer := s.answer
		s.mu.Unlock()
		if answer != nil {
			w.WriteHeader(answer(x))
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// blocked answers nobody until it is released.
func blocked(t *testing.T) (s *subscriber, release func()) {
	t.Helper()
	ch := make(chan struct{})
	s = subscribe(t, func(told) int { <-ch; return 200 })
	release = sync.OnceFunc(func() { close(ch) })
	t.Cleanup(release) // before the server, which waits for its requests
	return s, release
}

func (s *subscriber) all() []told {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]told(nil), s.got...)
}

func (s *subscriber) answers(f func(told) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = f
}

// waits until it has been told n times.
func (s *subscriber) waits(n int) []told {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return len(s.all()) >= n }, tier.Patience(time.Minute), 5*time.Millisecond)
	return s.all()
}

type site struct {
	*testing.T
	db   *storetest.DB
	conv []uuid.UUID
	log  *lockedBuffer
}

func setup(t *testing.T, conversations int) *site {
	t.Helper()
	t.Parallel()
	db := storetest.New(t)
	require.NoError(t, db.EventLog.PrepareWebhooks(t.Context()))
	at := db.Site(t)
	return &site{T: t, db: db, conv: db.Waiting(t, at, conversations), log: &lockedBuffer{}}
}

func (s *site) hook(url string, adjust ...func(*webhookdb.Webhook)) webhookdb.Webhook {
	s.Helper()
	w := webhookdb.Webhook{ID: uuid.New(), Name: "CRM", URL: url, Kinds: webhookdb.WebhookKinds(), Internal: true, Enabled: true,
		Secrets: configdb.Secrets{webhookdb.WebhookKey: "key"}}
	for _, f := range adjust {
		f(&w)
	}
	w, err := s.db.Webhook.CreateWebhook(s.Context(), auditdb.Actor{}, w)
	require.NoError(s, err)
	return w
}

// happen logs events 1 to n of every conversation.
func (s *site) happen(n int) {
	s.Helper()
	for i := 1; i <= n; i++ {
		for _, c := range s.conv {
			s.db.SQL.MustExec(`INSERT INTO event (kind, conversation_id, data) VALUES ('conversation.updated', $1, jsonb_build_object('change', 'picked', 'n', $2::int))`, c, i)
		}
	}
	s.db.Events().Wake()
}

// run announces until the test, or stop, ends it.
func (s *site) run(adjust ...func(*webhook.Config)) (stop func()) {
	s.Helper()
	ctx, cancel := context.WithCancel(s.Context())
	done := make(chan error, 1)
	cfg := webhook.Config{PrivateHosts: []string{"127.0.0.1"}, Store: s.db.Store, Log: slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Poll: 20 * time.Millisecond, Look: 20 * time.Millisecond, Slots: 3, Batch: 7}
	for _, f := range adjust {
		f(&cfg)
	}
	d := webhook.New(cfg)
	go func() { done <- d.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(s, <-done)
	})
	s.Cleanup(stop)
	return stop
}

// due makes what failed due now, in place of waiting.
func (s *site) due() {
	s.Helper()
	s.db.SQL.MustExec(`UPDATE webhook_line SET due_at = now() WHERE lease IS NULL`)
}

func (s *site) count(query string, args ...any) int {
	s.Helper()
	var n int
	require.NoError(s, s.db.SQL.Get(&n, query, args...))
	return n
}

func (s *site) eventually(n int, query string, args ...any) {
	s.Helper()
	require.Eventually(s, func() bool { return s.count(query, args...) == n }, tier.Patience(time.Minute), 5*time.Millisecond)
}

// inOrder: each event of each conversation came, repeats aside, in its order.
func (s *site) inOrder(got []told, n int) {
	s.Helper()
	last, seen := map[string]int{}, map[string]int{}
	for _, r := range got {
		if at, again := seen[r.ID]; again {
			require.Equal(s, at, r.n(), "an id is one event's")
			continue
		}
		seen[r.ID] = r.n()
		last[r.conversation()]++
		require.Equal(s, last[r.conversation()], r.n())
	}
	require.Len(s, seen, n*len(s.conv))
}

const pending = `SELECT count(*) FROM webhook_delivery WHERE subscription_id = $1 AND delivered_at IS NULL AND failed_at IS NULL`

// One subscriber that answers nothing and one that answers 500 delay nobody
// else, and get everything in order when they are back.
func TestDispatcher_SlowAndFailingDelayNobodyElse(t *testing.T) {
	s := setup(t, 6)
	slow, release := blocked(t)
	failing := subscribe(t, func(told) int { return 500 })
	good := subscribe(t, nil)
	slowID, failingID := s.hook(slow.URL).ID, s.hook(failing.URL).ID
	s.hook(good.URL)
	stop := s.run()
	s.happen(5)
	slow.waits(3) // all its slots
	first := failing.waits(6)
	s.inOrder(good.waits(30), 5)
	require.Len(t, slow.all(), 3, "it is blocked still")
	s.eventually(30, pending, slowID)
	s.eventually(30, pending, failingID)
	tried := map[string]string{}
	for _, r := range first {
		require.Equal(t, 1, r.n(), "what comes after a failed one waits")
		tried[r.conversation()] = r.ID
	}

	release()
	failing.answers(nil)
	s.eventually(0, pending, slowID)
	s.eventually(6, `SELECT count(*) FROM webhook_line WHERE subscription_id = $1 AND lease IS NULL AND due_at > now()`, failingID)
	s.due()
	s.eventually(0, pending, failingID)
	s.inOrder(slow.all(), 5)
	require.Len(t, slow.all(), 30)
	s.inOrder(failing.all(), 5)
	require.Len(t, failing.all(), 36)
	for _, r := range failing.all()[6:] {
		require.Equal(t, r.n() == 1, tried[r.conversation()] == r.ID, "the id is the same in every try")
	}
	stop()
	require.Zero(t, s.count(`SELECT count(*) FROM webhook_line`))
	require.NotContains(t, s.log.String(), failing.URL)
}

// Several processes deliver each once, as long as nothing goes wrong.
func TestDispatcher_TwoDeliverEachOnce(t *testing.T) {
	s := setup(t, 10)
	good := subscribe(t, nil)
	id := s.hook(good.URL).ID
	s.run()
	s.run()
	s.happen(8)
	good.waits(80)
	s.eventually(0, pending, id)
	s.inOrder(good.all(), 8)
	require.Len(t, good.all(), 80)
}

// A process that dies between the claim and the answer leaves a lease: when it
// has run out, another tries under the same id, and what the dead one says late
// does not count.
func TestDispatcher_TakesOverFromTheDead(t *testing.T) {
	s := setup(t, 1)
	good := subscribe(t, nil)
	w, ctx := s.hook(good.URL), t.Context()
	s.happen(2)
	require.Eventually(t, func() bool {
		_, err := s.db.Webhook.FanOut(ctx, w.ID, 10)
		require.NoError(t, err)
		return s.count(pending, w.ID) == 2
	}, tier.Patience(time.Minute), 5*time.Millisecond)
	dead, err := s.db.Webhook.ClaimDeliveries(ctx, w.ID, 10, time.Hour)
	require.NoError(t, err)
	require.Len(t, dead, 1, "one at a time of a conversation")
	none, err := s.db.Webhook.ClaimDeliveries(ctx, w.ID, 10, time.Hour)
	require.NoError(t, err)
	require.Empty(t, none)
	s.db.SQL.MustExec(`UPDATE webhook_line SET due_at = now()`) // an hour later
	heir, err := s.db.Webhook.ClaimDeliveries(ctx, w.ID, 10, 0)
	require.NoError(t, err)
	require.Equal(t, dead[0].ID, heir[0].ID)
	require.Equal(t, 2, heir[0].Attempts)
	require.NoError(t, s.db.Webhook.DeliveryTried(ctx, dead[0], webhookdb.WebhookResult{Failed: true, Code: "timeout"}))
	require.Equal(t, 2, s.count(pending, w.ID))
	s.run()
	got := good.waits(2)
	s.inOrder(got, 2)
	require.Equal(t, dead[0].ID.String(), got[0].ID)
}

// What an older transaction commits behind newer events is announced too.
func TestFanOut_MissesNoCommit(t *testing.T) {
	s := setup(t, 1)
	good := subscribe(t, nil)
	id := s.hook(good.URL).ID
	older := s.db.SQL.MustBegin()
	older.MustExec(`INSERT INTO event (kind, conversation_id, data) VALUES ('conversation.updated', $1, '{"n": 1}')`, s.conv[0])
	s.db.SQL.MustExec(`INSERT INTO event (kind, conversation_id, data) VALUES ('conversation.updated', $1, '{"n": 2}')`, s.conv[0])
	_, err := s.db.Webhook.FanOut(t.Context(), id, 10)
	require.NoError(t, err)
	require.Zero(t, s.count(pending, id), "the newer one waits for the older transaction")
	require.NoError(t, older.Commit())
	s.run()
	s.inOrder(good.waits(2), 2)
	s.eventually(0, pending, id)
	require.Len(t, good.all(), 2)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
