package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"go.temporal.io/api/workflowservice/v1"

	"switchboard/api/apiclient"
	"switchboard/test/rig"
	"switchboard/workflows/contract"
)

const (
	parkers     = 2 // agents; each sees all that happens in the queue
	wakeups     = 1000
	wakesPerSec = 20
	looked      = 300              // workflows whose histories are looked at
	lookedFor   = 30 * time.Second // and for how long
)

// waiting measures what parked conversations cost while they wait, and how fast
// one comes back. Their rows are written as parking leaves them, and each
// workflow begins from its row, as after it was terminated: to have so many
// accepted and parked by agents takes longer than all other measurements. The
// worker's cache holds half of them, so half of those that come back are
// replayed from their histories.
func (r *run) waiting(ctx context.Context) error {
	s, err := r.site(ctx, map[string]any{"same_agent_patience": 600})
	if err != nil {
		return err
	}
	p := &parking{stamps: map[uuid.UUID]time.Time{}, heard: map[string]uuid.UUID{}}
	ctx, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer stop()
	var agents []string
	for i := range parkers {
		a, id, err := s.NewAgent(ctx, fmt.Sprintf("parker-%d", i), 1)
		if err != nil {
			return err
		}
		agents = append(agents, id.String())
		work.Go(func() { a.Follow(ctx, func(e apiclient.Event) { p.see(id, e) }) })
	}
	h := r.hookOf(s)
	if err := r.park(ctx, s, h, agents, p); err != nil {
		return err
	}
	r.set("waiting_conversations", float64(r.Parked))
	if err := r.stillness(ctx, p); err != nil {
		return err
	}
	if err := r.memory("waiting_rss_mb"); err != nil {
		return err
	}
	return r.wake(ctx, h, p)
}

// parkedRows are conversations of n customers as parking leaves them, and a bell
// for each.
const parkedRows = `
WITH like_this AS (SELECT account_id, address_id, workstream_id, queue_id FROM conversation WHERE workstream_id = $1 LIMIT 1),
points AS (
  INSERT INTO contact_point (account_id, channel, external_id, profile_at)
  SELECT l.account_id, 'line', 'U' || lpad(to_hex(g), 32, '0'), now() FROM like_this l, generate_series(0, $2::int - 1) g RETURNING id
), parked AS (
  INSERT INTO conversation (contact_point_id, account_id, address_id, workstream_id, channel, state, version, queue_id, pushed, agent_id,
                            last_seq, inbound_seq, heard_seq, last_inbound_at, accepted_at, parked_at)
  SELECT p.id, l.account_id, l.address_id, l.workstream_id, 'line', 'waiting', 4, l.queue_id, true,
         ($3::uuid[])[1 + row_number() OVER () % cardinality($3::uuid[])], 1, 1, 1, now(), now(), now()
  FROM points p, like_this l RETURNING id, account_id, agent_id
), written AS (
  INSERT INTO message (conversation_id, seq, account_id, direction, type, text) SELECT id, 1, account_id, 'in', 'text', 'a question' FROM parked
), handled AS (
  INSERT INTO session (conversation_id, agent_id, accepted_at, closed_at, closure_reason) SELECT id, agent_id, now(), now(), 'agent_moved_to_waiting' FROM parked
)
INSERT INTO bell (conversation_id) SELECT id FROM parked RETURNING conversation_id`

// park writes the rows and waits until every workflow waits.
func (r *run) park(ctx context.Context, s *rig.Site, h hook, agents []string, p *parking) error {
	w, err := dial(ctx, h.URL)
	if err != nil {
		return err
	}
	defer w.conn.Close()
	if _, err := w.post(h.webhook(contact(r.Parked+1), "the first of all")); err != nil {
		return err
	}
	db, err := sqlx.ConnectContext(ctx, "postgres", r.DSN())
	if err != nil {
		return err
	}
	defer db.Close()
	for len(p.parked) == 0 { // until the first one has its queue
		var begun int
		if err := db.GetContext(ctx, &begun, `SELECT count(*) FROM conversation WHERE workstream_id = $1 AND queue_id IS NOT NULL`, s.Workstream); err != nil {
			return err
		}
		if begun == 0 {
			continue
		}
		if err := db.SelectContext(ctx, &p.parked, parkedRows, s.Workstream, r.Parked, pq.Array(agents)); err != nil {
			return err
		}
	}
	query := fmt.Sprintf("OcWorkstream = '%s' AND OcAgent IS NOT NULL", s.Workstream) // a workflow says so once it waits
	for said := int64(0); ; {
		n, err := r.temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: "switchboard", Query: query})
		if err != nil {
			return err
		}
		if n.GetCount() >= int64(r.Parked) {
			return nil
		}
		if n.GetCount() >= said+5000 {
			said = n.GetCount()
			r.say(fmt.Sprintf("%d of %d wait", said, r.Parked))
		}
		if err := rest(ctx, time.Second); err != nil {
			return fmt.Errorf("%d of %d wait: %w", n.GetCount(), r.Parked, err)
		}
	}
}

// stillness counts the events that parked conversations cost in a day.
func (r *run) stillness(ctx context.Context, p *parking) error {
	ids := p.some(looked)
	before, err := r.lengths(ctx, ids)
	if err != nil {
		return err
	}
	if err := rest(ctx, lookedFor); err != nil {
		return err
	}
	after, err := r.lengths(ctx, ids)
	if err != nil {
		return err
	}
	perDay := float64(after-before) / float64(len(ids)) * float64(24*time.Hour) / float64(lookedFor)
	r.set("waiting_events_per_day", perDay)
	r.set("waiting_events_each", float64(before)/float64(len(ids)))
	return nil
}

func (r *run) lengths(ctx context.Context, ids []uuid.UUID) (int64, error) {
	var sum int64
	for _, id := range ids {
		d, err := r.temporal.DescribeWorkflowExecution(ctx, contract.ConversationID(id), "")
		if err != nil {
			return 0, err
		}
		sum += d.GetWorkflowExecutionInfo().GetHistoryLength()
	}
	return sum, nil
}

// wake has customers of parked conversations write, and measures until their
// agents have the offer.
func (r *run) wake(ctx context.Context, h hook, p *parking) error {
	w, err := dial(ctx, h.URL)
	if err != nil {
		return err
	}
	defer w.conn.Close()
	var mu sync.Mutex // one connection
	sent := map[string]time.Time{}
	who := rand.New(rand.NewPCG(1, 2)).Perm(r.Parked) //nolint:gosec // which ones does not matter
	n := min(wakeups, r.Parked)
	err = steady(ctx, wakesPerSec, time.Duration(n)*time.Second/wakesPerSec, func(i int) error {
		text := fmt.Sprintf("wake %d", i)
		mu.Lock()
		defer mu.Unlock()
		sent[text] = time.Now()
		_, err := w.post(h.webhook(contact(who[i]), text))
		return err
	})
	if err != nil {
		return err
	}
	var took []time.Duration
	for text, at := range sent {
		back, err := p.back(ctx, text)
		if err != nil {
			return err
		}
		took = append(took, back.Sub(at))
	}
	r.set("waiting_wake_p50_ms", quantile(took, 0.5))
	r.set("waiting_wake_p99_ms", quantile(took, 0.99))
	return nil
}

// parking notes what agents see of conversations that come back.
type parking struct {
	parked []uuid.UUID

	mu     sync.Mutex
	stamps map[uuid.UUID]time.Time // when it was offered again
	heard  map[string]uuid.UUID    // text → conversation
}

func (p *parking) see(me uuid.UUID, e apiclient.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case e.Kind == "message.created":
		p.heard[e.Row().Text] = e.Conversation.UUID
	case e.Kind == "offer.made" && e.Agent.UUID == me:
		p.stamps[e.Conversation.UUID] = e.Received
	}
}

func (p *parking) some(n int) []uuid.UUID { return p.parked[:min(n, len(p.parked))] }

// back is when the conversation of a text was offered again.
func (p *parking) back(ctx context.Context, text string) (time.Time, error) {
	for {
		p.mu.Lock()
		at, ok := p.stamps[p.heard[text]]
		p.mu.Unlock()
		if ok {
			return at, nil
		}
		if err := rest(ctx, 10*time.Millisecond); err != nil {
			return time.Time{}, fmt.Errorf("wait for %q to come back: %w", text, err)
		}
	}
}
