package ingest_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/ingest"
	"switchboard/store"
	"switchboard/store/storetest"
	"switchboard/test/tier"
)

// signed is a provider whose bodies are our own events, signed with HMAC.
type signed struct{ channel.Provider }

func (signed) Type() string { return "line" }

func (signed) Verify(a channel.Account, r channel.Request) error {
	if !hmac.Equal([]byte(r.Header.Get("X-Signature")), []byte(signature(a.Settings["secret"], r.Body))) {
		return channel.ErrSignature
	}
	return nil
}

func (signed) Parse(_ channel.Account, r channel.Request) ([]channel.Event, error) {
	var b struct{ Events []channel.Event }
	if err := json.Unmarshal(r.Body, &b); err != nil {
		return nil, fmt.Errorf("%w: %w", channel.ErrMalformed, err)
	}
	for i, e := range b.Events {
		if n, ok := e.Data["number"].(string); ok {
			b.Events[i].Data["number"] = json.Number(n) // as a decoder with UseNumber leaves it
		}
	}
	return b.Events, nil
}

func signature(secret string, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

func request(secret string, events ...channel.Event) channel.Request {
	body, err := json.Marshal(map[string]any{"events": events})
	if err != nil {
		panic(err)
	}
	u, _ := url.Parse("https://example.com/webhooks/line/key")
	return channel.Request{Method: http.MethodPost, URL: u, Header: http.Header{"X-Signature": {signature(secret, body)}}, Body: body}
}

func text(from, id, text string) channel.Event {
	return channel.Event{Kind: channel.KindMessage, ID: id, MessageID: "m-" + id, Type: channel.TypeText, Channel: "line", From: from,
		At: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), Text: text}
}

const secret = "s3cret"

// bundle is a receiver on a database of its own.
type bundle struct {
	*ingest.Receiver
	db   *storetest.DB
	site storetest.Site
	key  string
	dir  string
	cfg  ingest.Config
	stop func()
}

// site makes a database with an account that the signed provider accepts.
func site(t testing.TB) *bundle {
	t.Helper()
	b := &bundle{db: storetest.New(t), dir: t.TempDir()}
	b.site = b.db.Site(t)
	require.NoError(t, b.db.SQL.Get(&b.key, `UPDATE account SET settings = jsonb_build_object('secret', $1::text) RETURNING key`, secret))
	b.cfg = ingest.Config{Store: ingest.Database(b.db.Store), Registry: channel.NewRegistry(signed{}), Log: quiet(),
		Deadline: tier.Patience(time.Minute), Probe: 20 * time.Millisecond} // a slow machine is no outage
	return b
}

func quiet() *slog.Logger {
	if testing.Verbose() {
		return slog.Default()
	}
	return slog.New(slog.DiscardHandler)
}

// start runs a receiver with a journal in the bundle's folder.
func (b *bundle) start(t testing.TB) *bundle {
	t.Helper()
	if b.cfg.Journal == nil {
		b.cfg.Journal = b.journal(t, ingest.JournalConfig{})
	}
	journal := b.cfg.Journal
	b.Receiver = ingest.New(b.cfg)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	var once sync.Once
	b.stop = func() {
		once.Do(func() {
			cancel()
			require.NoError(t, <-ended)
			require.NoError(t, journal.Close())
			b.cfg.Journal = nil
		})
	}
	t.Cleanup(b.stop)
	return b
}

func (b *bundle) journal(t testing.TB, cfg ingest.JournalConfig) *ingest.Journal {
	t.Helper()
	cfg.Dir, cfg.Sealer, cfg.Log = b.dir, storetest.TestSealer(), quiet()
	j, err := ingest.OpenJournal(cfg)
	require.NoError(t, err)
	return j
}

func (b *bundle) send(t testing.TB, events ...channel.Event) error {
	_, err := b.Receive(t.Context(), "line", b.key, request(secret, events...))
	return err
}

func (b *bundle) count(t testing.TB, query string, args ...any) int {
	t.Helper()
	var n int
	require.NoError(t, b.db.SQL.Get(&n, query, args...))
	return n
}

// thread returns one customer's texts in the order of the thread.
func (b *bundle) thread(t testing.TB, from string) []string {
	t.Helper()
	var texts []string
	require.NoError(t, b.db.SQL.Select(&texts, `SELECT m.text FROM message m JOIN conversation c ON c.id = m.conversation_id
		JOIN contact_point p ON p.id = c.contact_point_id WHERE p.external_id = $1 ORDER BY m.seq`, from))
	return texts
}

func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	require.Eventually(t, f, tier.Patience(time.Minute), 5*time.Millisecond, what)
}

// drained waits until webhooks go to the database again.
func (b *bundle) drained(t testing.TB) {
	t.Helper()
	eventually(t, "drained", func() bool { return !b.Away() && b.cfg.Journal.Bytes() == 0 })
}

func openStore(t testing.TB, dsn string) *store.Store {
	t.Helper()
	st, err := store.Open(dsn, storetest.TestSealer())
	require.NoError(t, err)
	t.Cleanup(func() { _ = st.Close() })
	return st
}

// through puts a proxy between the bundle's receiver and its database.
func (b *bundle) through(t testing.TB) *proxy {
	t.Helper()
	u, err := url.Parse(b.db.DSN)
	require.NoError(t, err)
	p := newProxy(t, u.Host)
	u.Host = p.addr
	b.cfg.Store, b.cfg.Deadline = ingest.Database(openStore(t, u.String())), 300*time.Millisecond
	return p
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var _ io.Closer = (*ingest.Journal)(nil)
