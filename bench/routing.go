package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/routing"
	"switchboard/store"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
)

// fillRouting makes a workstream with conversations that were not routed yet.
const fillRouting = `
INSERT INTO queue (name) SELECT 'queue ' || g FROM generate_series(1, 20) g;
INSERT INTO workstream (name, mode, queue_id, fallback_queue_id) SELECT 'workstream', 'push', (SELECT id FROM queue LIMIT 1), (SELECT id FROM queue LIMIT 1);
INSERT INTO account (provider, name, key, secrets, workstream_id) SELECT 'line', 'bench', 'bench', '', id FROM workstream;
INSERT INTO address (account_id, channel, address, workstream_id) SELECT id, 'line', '', workstream_id FROM account;
WITH p AS (
  INSERT INTO contact_point (account_id, channel, external_id) SELECT (SELECT id FROM account), 'line', g::text FROM generate_series(1, 50000) g RETURNING id
), c AS (
  INSERT INTO conversation (contact_point_id, account_id, address_id, workstream_id, channel, last_seq, inbound_seq)
  SELECT p.id, d.account_id, d.id, d.workstream_id, 'line', 1, 1 FROM p CROSS JOIN address d RETURNING id, account_id
)
INSERT INTO message (conversation_id, seq, account_id, direction, type, text) SELECT id, 1, account_id, 'in', 'text', $text$TEXT$text$ FROM c;
ANALYZE;`

// BenchRules are ten rulesets of a hundred rules and a route of as many, of which
// the last match: the most that these can cost.
func BenchRules(queues []uuid.UUID) routing.Model {
	var m routing.Model
	for i := range 10 {
		set := routing.Ruleset{Name: fmt.Sprint("set ", i)}
		for j := range 100 {
			set.Rules = append(set.Rules, routing.Rule{Name: fmt.Sprint("rule ", j), When: condition(j),
				Set: map[string]routing.Value{"priority": {Literal: float64(j)}, "skill.dutch": {Literal: 3.0}}})
		}
		m.Classification = append(m.Classification, set)
	}
	for j := range 100 {
		m.Route.Rules = append(m.Route.Rules, routing.RouteRule{Name: fmt.Sprint("route ", j), When: condition(j),
			Queues: []routing.Share{{Queue: queues[j%len(queues)].String(), Percent: 40}, {Queue: queues[(j+1)%len(queues)].String(), Percent: 60}}})
	}
	return m
}

func condition(j int) string {
	if j == 99 {
		return `channel.kind == "line"`
	}
	return fmt.Sprintf(`contact.language == "l%d" or message.text contains "w%d" and channel.kind == "line"`, j, j)
}

// text is a customer's message of some length.
var text = strings.Repeat("a question about an order that did not arrive, ", 6)

// Route measures decisions: by rules alone on all processors, and whole ones of
// conversations that begin on the real schema, with all that is kept of them.
func Route(ctx context.Context, dsn string, st *store.Store, routers int, d time.Duration) (pure, whole float64, err error) {
	db, err := sqlx.ConnectContext(ctx, "postgres", dsn)
	if err != nil {
		return 0, 0, err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, strings.ReplaceAll(fillRouting, "TEXT", text)); err != nil {
		return 0, 0, fmt.Errorf("fill: %w", err)
	}
	var queues, ids []uuid.UUID
	var workstream uuid.UUID
	if err := db.SelectContext(ctx, &queues, `SELECT id FROM queue ORDER BY id`); err != nil {
		return 0, 0, err
	}
	if err := db.SelectContext(ctx, &ids, `SELECT id FROM conversation ORDER BY id`); err != nil {
		return 0, 0, err
	}
	if err := db.GetContext(ctx, &workstream, `SELECT id FROM workstream`); err != nil {
		return 0, 0, err
	}
	m := BenchRules(queues)
	if _, _, err := st.Admin.SaveRoutingRules(ctx, auditdb.Actor{}, workstream, admindb.RoutingChange{Rules: m}); err != nil {
		return 0, 0, err
	}
	pure, err = decide(m, d)
	if err != nil {
		return 0, 0, err
	}
	if _, err := st.Conversation.Begin(ctx, ids[len(ids)-1]); err != nil { // compiles the rules
		return 0, 0, err
	}
	n, took, err := side(routers, d, func(i int) (bool, error) {
		if i >= len(ids)-1 {
			return false, nil
		}
		_, err := st.Conversation.Begin(ctx, ids[i])
		return true, err
	})
	return pure, float64(n) / took.Seconds(), err
}

// decide measures the rules alone.
func decide(m routing.Model, d time.Duration) (float64, error) {
	program, wrong := routing.Compile(m, nil)
	if len(wrong) > 0 {
		return 0, wrong[0]
	}
	st := routing.State{Queues: map[string]routing.Queue{}}
	for _, q := range m.Queues() {
		st.Queues[q] = routing.Queue{}
	}
	env := routing.Env{Channel: routing.Channel{Kind: "line"}, Message: routing.Message{Text: text}, Contact: routing.Contact{Language: "nl"}}
	n, took, err := side(runtime.GOMAXPROCS(0), d, func(i int) (bool, error) {
		s := st
		s.Conversation = fmt.Sprint(i)
		if d := program.Decide(env, s); d.Reason != routing.Matched {
			return false, fmt.Errorf("decided %s", d.Reason)
		}
		return true, nil
	})
	return float64(n) / took.Seconds(), err
}

// side does something side by side for a while, and counts.
func side(workers int, d time.Duration, do func(i int) (bool, error)) (int64, time.Duration, error) {
	var next, done atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, workers)
	began := time.Now()
	for w := range workers {
		wg.Go(func() {
			for time.Since(began) < d {
				more, err := do(int(next.Add(1) - 1))
				if errs[w] = err; err != nil || !more {
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	for _, err := range errs {
		if err != nil {
			return 0, took, err
		}
	}
	return done.Load(), took, nil
}

// scratch makes a database of a step's own with the product's schema.
func (r *run) scratch(ctx context.Context, name string) (dsn string, st *store.Store, err error) {
	if err := r.Postgres.CreateDatabase(ctx, name); err != nil {
		return "", nil, err
	}
	dsn = r.Postgres.DSN(name)
	if st, err = store.Open(dsn, nil); err != nil {
		return "", nil, err
	}
	if err := st.Migrate(ctx); err != nil {
		return "", nil, errors.Join(err, st.Close())
	}
	return dsn, st, nil
}

// routing measures decisions on a database of its own.
func (r *run) routing(ctx context.Context) error {
	dsn, st, err := r.scratch(ctx, "routing")
	if err != nil {
		return err
	}
	defer st.Close()
	pure, whole, err := Route(ctx, dsn, st, 8, r.Time)
	if err != nil {
		return err
	}
	r.set("rule_decisions_per_s", pure)
	r.set("routing_decisions_per_s", whole)
	return nil
}
