package bench

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store"
	"switchboard/store/assigndb"
)

// Crowd says who waits for whom: agents in 20 queues, two each, and as many
// waiting conversations.
type Crowd struct {
	Agents, Waiting int
	Skills          bool // agents have three of ten, and most conversations ask for one or two
}

const fillAssign = `
INSERT INTO queue (name) SELECT 'queue ' || g FROM generate_series(1, 20) g;
INSERT INTO workstream (name, mode, queue_id, fallback_queue_id) SELECT 'workstream ' || name, 'push', id, id FROM queue;
INSERT INTO account (provider, name, key, secrets, workstream_id) SELECT 'line', 'bench', 'bench', '', (SELECT id FROM workstream LIMIT 1);
INSERT INTO address (account_id, channel, address, workstream_id) SELECT (SELECT id FROM account), 'line', name, id FROM workstream;
WITH a AS (INSERT INTO agent (name, email, role) SELECT 'Agent ' || g, g || '@example.com', 'agent' FROM generate_series(1, %[1]d) g RETURNING id)
INSERT INTO agent_status (agent_id, presence, chosen, capacity) SELECT id, 'available', 'available', 1000 FROM a;
INSERT INTO queue_member (queue_id, agent_id)
SELECT q.id, a.id FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM queue) q
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM agent) a ON a.n %% 20 = q.n %% 20 OR a.n %% 10 = q.n %% 10;
WITH p AS (
  INSERT INTO contact_point (account_id, channel, external_id) SELECT (SELECT id FROM account), 'line', g::text FROM generate_series(1, %[2]d) g RETURNING id
)
INSERT INTO conversation (contact_point_id, account_id, address_id, workstream_id, channel, queue_id, pushed, waiting_since)
SELECT p.id, d.account_id, d.id, d.workstream_id, 'line', w.queue_id, true, now() - random() * interval '1 hour'
FROM (SELECT id, (row_number() OVER ()) %% 20 AS n FROM p) p
JOIN (SELECT id, account_id, workstream_id, (row_number() OVER (ORDER BY id)) %% 20 AS n FROM address) d ON d.n = p.n
JOIN workstream w ON w.id = d.workstream_id;`

// fillSkills also gives every other queue two rules: exact skills at first, the
// closest after ten minutes.
const fillSkills = `
UPDATE agent_status s SET skills = (SELECT jsonb_object_agg('skill ' || (n + g) % 10, 1 + (n + g * 3) % 9) FROM generate_series(0, 2) g)
FROM (SELECT agent_id, row_number() OVER (ORDER BY agent_id) AS n FROM agent_status) x WHERE x.agent_id = s.agent_id;
UPDATE conversation c SET skills = (SELECT jsonb_object_agg('skill ' || (n + g) % 10, 1 + n % 4) FROM generate_series(0, (n % 2)::int) g)
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM conversation) x WHERE x.id = c.id AND n % 10 < 7;
INSERT INTO assignment_rule (queue_id, position, after, skills, method)
SELECT q.id, r.position, r.after, r.skills, 'highest_capacity' FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM queue) q
CROSS JOIN (VALUES (1, 0, 'exact'), (2, 600, 'closest')) r (position, after, skills) WHERE q.n % 2 = 0;`

// Assign measures offers made per second by routers side by side, on the real
// schema with everything an offer writes, and how often anybody was given more
// than they can take.
func Assign(ctx context.Context, dsn string, st *store.Store, c Crowd, routers int, d time.Duration) (perSecond float64, over int, err error) {
	db, err := sqlx.ConnectContext(ctx, "postgres", dsn)
	if err != nil {
		return 0, 0, err
	}
	defer db.Close()
	fill := fmt.Sprintf(fillAssign, c.Agents, c.Waiting)
	if c.Skills {
		fill += fillSkills
	}
	if _, err := db.ExecContext(ctx, fill); err != nil {
		return 0, 0, fmt.Errorf("fill: %w", err)
	}
	if _, err := db.ExecContext(ctx, `VACUUM ANALYZE`); err != nil {
		return 0, 0, fmt.Errorf("fill: %w", err)
	}
	var queues []uuid.UUID
	if err := db.SelectContext(ctx, &queues, `SELECT id FROM queue ORDER BY id`); err != nil {
		return 0, 0, err
	}
	var made atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, routers)
	began := time.Now()
	for r := range routers {
		wg.Go(func() {
			for i := r; time.Since(began) < d; i++ {
				offers, err := st.Assignment.AssignNext(ctx, queues[i%len(queues)], assigndb.OffersAtOnce)
				if err != nil {
					errs[r] = err
					return
				}
				made.Add(int64(len(offers)))
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	for _, e := range errs {
		if e != nil {
			return 0, 0, e
		}
	}
	err = db.GetContext(ctx, &over, `SELECT count(*) FROM agent_status s WHERE load > capacity OR load <>
		COALESCE((SELECT sum(held_units) FROM conversation c WHERE c.held_by = s.agent_id), 0)`)
	return float64(made.Load()) / took.Seconds(), over, err
}

// assign measures offers on databases of their own.
func (r *run) assign(ctx context.Context) error {
	over := 0
	for _, m := range []struct {
		metric string
		crowd  Crowd
	}{
		{"assignments_per_s", Crowd{Agents: 500, Waiting: 200_000}},
		{"skill_assignments_per_s", Crowd{Agents: 500, Waiting: 50_000, Skills: true}},
		{"skill_assignments_10k_agents_per_s", Crowd{Agents: 10_000, Waiting: 50_000, Skills: true}},
	} {
		dsn, st, err := r.scratch(ctx, m.metric)
		if err != nil {
			return err
		}
		perSecond, n, err := Assign(ctx, dsn, st, m.crowd, 8, r.Time)
		st.Close() //nolint:errcheck // it was only measured
		if err != nil {
			return err
		}
		r.set(m.metric, perSecond)
		over += n
	}
	r.set("over_assignments", float64(over))
	return nil
}
