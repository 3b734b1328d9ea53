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
)

// fillAssign makes 500 agents in 20 queues and 200,000 waiting conversations.
const fillAssign = `
INSERT INTO queue (name) SELECT 'queue ' || g FROM generate_series(1, 20) g;
INSERT INTO workstream (name, mode, queue_id, fallback_queue_id) SELECT 'workstream ' || name, 'push', id, id FROM queue;
INSERT INTO account (provider, name, key, secrets, workstream_id) SELECT 'line', 'bench', 'bench', '', (SELECT id FROM workstream LIMIT 1);
INSERT INTO address (account_id, channel, address, workstream_id) SELECT (SELECT id FROM account), 'line', name, id FROM workstream;
WITH a AS (INSERT INTO agent (name, email, role) SELECT 'Agent ' || g, g || '@example.com', 'agent' FROM generate_series(1, 500) g RETURNING id)
INSERT INTO agent_status (agent_id, presence, chosen, capacity) SELECT id, 'available', 'available', 1000 FROM a;
INSERT INTO queue_member (queue_id, agent_id)
SELECT q.id, a.id FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM queue) q
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM agent) a ON a.n % 20 = q.n % 20 OR a.n % 10 = q.n % 10;
WITH p AS (
  INSERT INTO contact_point (account_id, channel, external_id) SELECT (SELECT id FROM account), 'line', g::text FROM generate_series(1, 200000) g RETURNING id
)
INSERT INTO conversation (contact_point_id, account_id, address_id, workstream_id, channel, queue_id, pushed, waiting_since)
SELECT p.id, d.account_id, d.id, d.workstream_id, 'line', w.queue_id, true, now() - random() * interval '1 hour'
FROM (SELECT id, (row_number() OVER ()) % 20 AS n FROM p) p
JOIN (SELECT id, account_id, workstream_id, (row_number() OVER (ORDER BY id)) % 20 AS n FROM address) d ON d.n = p.n
JOIN workstream w ON w.id = d.workstream_id;
ANALYZE;`

// Assign measures offers made per second by routers side by side, on the real
// schema with everything an offer writes, and how often anybody was given more
// than they can take.
func Assign(ctx context.Context, dsn string, st *store.Store, routers int, d time.Duration) (perSecond float64, over int, err error) {
	db, err := sqlx.ConnectContext(ctx, "postgres", dsn)
	if err != nil {
		return 0, 0, err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, fillAssign); err != nil {
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
				o, err := st.AssignNext(ctx, queues[i%len(queues)])
				if err != nil {
					errs[r] = err
					return
				}
				if o != nil {
					made.Add(1)
				}
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
