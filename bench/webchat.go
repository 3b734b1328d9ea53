package bench

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/api/apiclient"
)

const (
	visitors  = 10_000
	chatting  = 100 // of them, with an agent
	arriving  = 64  // at once
	answersPS = 20
)

// audience are visitors with an open stream each, and what was told to them.
type audience struct {
	mu   sync.Mutex
	seen map[string]time.Time // text → when it was first read
	open atomic.Int64
}

// webchat measures what a visitor who is connected costs, and how long an
// agent's answer takes to one of them while all the others are there.
func (r *run) webchat(ctx context.Context) error {
	s, err := r.site(ctx, map[string]any{"style": "persistent"})
	if err != nil {
		return err
	}
	var w struct {
		ID  uuid.UUID
		Key string
	}
	_, err = r.Admin.Do(ctx, http.MethodPost, "/v1/widgets", map[string]any{"name": "bench", "workstream_id": s.Workstream, "anonymous_threads": true}, &w)
	if err != nil {
		return err
	}
	tokens, err := r.invite(ctx, w.ID)
	if err != nil {
		return err
	}
	c, err := hire(ctx, s, 5, chatting)
	if err != nil {
		return err
	}
	defer c.leave()
	for _, token := range tokens[:chatting] {
		v := apiclient.NewVisitor(r.Base, w.Key)
		v.Token = token
		if _, _, err := v.Say(ctx, uuid.New(), "hello"); err != nil {
			return err
		}
	}
	serving, err := c.serving(ctx, chatting)
	if err != nil {
		return err
	}
	before, err := residentMB(r.Process("serve").PID())
	if err != nil {
		return err
	}
	a := &audience{seen: map[string]time.Time{}}
	streams, leave := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer leave()
	if err := r.arrive(streams, a, &work, w.Key, tokens); err != nil {
		return err
	}
	if err := rest(ctx, 20*time.Second); err != nil { // garbage of arriving
		return err
	}
	after, err := residentMB(r.Process("serve").PID())
	if err != nil {
		return err
	}
	r.set("webchat_visitors", float64(a.open.Load()))
	r.set("webchat_rss_kb_per_visitor", (after-before)*1024/visitors)
	return r.toVisitors(ctx, a, serving)
}

const inviteVisitors = `
WITH w AS (SELECT id, account_id FROM widget WHERE id = $1),
given AS (SELECT t.id, t.hash FROM unnest($2::uuid[], $3::bytea[]) AS t(id, hash)),
points AS (
  INSERT INTO contact_point (account_id, channel, external_id) SELECT w.account_id, 'webchat', g.id::text FROM w, given g RETURNING id, external_id
), made AS (
  INSERT INTO visitor (id, widget_id, contact_point_id) SELECT p.external_id::uuid, w.id, p.id FROM w, points p RETURNING id
)
INSERT INTO visitor_token (token_hash, visitor_id, writes_as, expires_at)
SELECT g.hash, m.id, m.id, now() + interval '1 day' FROM given g JOIN made m ON m.id = g.id`

// invite makes visitors as starting to chat leaves them, and returns their tokens.
func (r *run) invite(ctx context.Context, widget uuid.UUID) ([]string, error) {
	db, err := sqlx.ConnectContext(ctx, "postgres", r.DSN())
	if err != nil {
		return nil, err
	}
	defer db.Close()
	tokens, ids, hashes := make([]string, visitors), make([]string, visitors), make([][]byte, visitors)
	for i := range visitors {
		tokens[i], ids[i] = uuid.NewString(), uuid.NewString()
		h := sha256.Sum256([]byte(tokens[i]))
		hashes[i] = h[:]
	}
	_, err = db.ExecContext(ctx, inviteVisitors, widget, pq.Array(ids), pq.Array(hashes))
	return tokens, err
}

// arrive opens a stream for every visitor and waits until all are greeted.
func (r *run) arrive(ctx context.Context, a *audience, work *sync.WaitGroup, key string, tokens []string) error {
	u, err := url.Parse(r.Base)
	if err != nil {
		return err
	}
	door := make(chan struct{}, arriving)
	errs := make(chan error, len(tokens))
	for _, token := range tokens {
		door <- struct{}{}
		work.Go(func() {
			greeted := sync.OnceFunc(func() { a.open.Add(1); <-door; errs <- nil })
			if err := a.read(ctx, u.Host, key, token, greeted); err != nil && ctx.Err() == nil {
				errs <- err
			}
		})
	}
	for range tokens {
		select {
		case err := <-errs:
			if err != nil {
				return fmt.Errorf("open a visitor's stream: %w", err)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// read follows one stream by hand: ten thousand HTTP clients would take more
// memory than what is measured.
func (a *audience) read(ctx context.Context, host, key, token string, greeted func()) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", host)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if _, err := fmt.Fprintf(conn, "GET /v1/chat/%s/events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", key, host, token); err != nil {
		return err
	}
	lines := bufio.NewScanner(bufio.NewReaderSize(conn, 1024))
	lines.Buffer(make([]byte, 0, 1024), 64<<10)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "event: hello") {
			greeted()
		}
		if _, rest, found := strings.Cut(line, `"text":"answer `); found {
			text, _, _ := strings.Cut(rest, `"`)
			a.mu.Lock()
			if _, known := a.seen[text]; !known {
				a.seen[text] = time.Now()
			}
			a.mu.Unlock()
		}
	}
	return lines.Err()
}

// toVisitors measures from an agent's request to the visitor's stream.
func (r *run) toVisitors(ctx context.Context, a *audience, serving map[uuid.UUID]*apiclient.Client) error {
	var ids []uuid.UUID
	for id := range serving {
		ids = append(ids, id)
	}
	var mu sync.Mutex
	sent := map[string]time.Time{}
	err := steady(ctx, answersPS, r.Time, func(n int) error {
		key := uuid.NewString()
		mu.Lock()
		sent[key] = time.Now()
		mu.Unlock()
		id := ids[n%len(ids)]
		_, _, err := serving[id].Answer(ctx, id, key, "answer "+key)
		return err
	})
	if err != nil {
		return err
	}
	for key := range sent {
		for seen := false; !seen; {
			a.mu.Lock()
			_, seen = a.seen[key]
			a.mu.Unlock()
			if err := rest(ctx, 5*time.Millisecond); !seen && err != nil {
				return err
			}
		}
	}
	var took []time.Duration
	a.mu.Lock()
	defer a.mu.Unlock()
	for key, at := range sent {
		took = append(took, a.seen[key].Sub(at))
	}
	r.set("webchat_p50_ms", quantile(took, 0.5))
	r.set("webchat_p99_ms", quantile(took, 0.99))
	return nil
}
