package storetest

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"
)

// Site is the least configuration under which a message can arrive.
type Site struct {
	Queue, Workstream, Account, Address uuid.UUID
	Agents                              []uuid.UUID
}

// Site makes a queue, a push workstream, a LINE account and its address.
func (db *DB) Site(t testing.TB) Site {
	t.Helper()
	var s Site
	require.NoError(t, db.SQL.Get(&s.Queue, `INSERT INTO queue (name) VALUES ('queue ' || gen_random_uuid()) RETURNING id`))
	require.NoError(t, db.SQL.Get(&s.Workstream, `INSERT INTO workstream (name, mode, queue_id, fallback_queue_id)
		VALUES ('workstream ' || gen_random_uuid(), 'push', $1, $1) RETURNING id`, s.Queue))
	require.NoError(t, db.SQL.Get(&s.Account, `INSERT INTO account (provider, name, key, secrets, workstream_id)
		VALUES ('line', 'account', gen_random_uuid()::text, '', $1) RETURNING id`, s.Workstream))
	require.NoError(t, db.SQL.Get(&s.Address, `INSERT INTO address (account_id, channel, address, workstream_id)
		VALUES ($1, 'line', '', $2) RETURNING id`, s.Account, s.Workstream))
	return s
}

// ChatWorkstream makes a workstream of live or persistent chats for the site's queue:
// what a chat widget needs, while accounts of providers need one of messengers.
func ChatWorkstream(t testing.TB, db sqlx.Queryer, s Site, style string) uuid.UUID {
	t.Helper()
	var id uuid.UUID
	require.NoError(t, sqlx.Get(db, &id, `INSERT INTO workstream (name, mode, style, queue_id, fallback_queue_id)
		VALUES ('workstream ' || gen_random_uuid(), 'push', $1, $2, $2) RETURNING id`, style, s.Queue))
	return id
}

// Agents adds n available agents of a capacity to the site's queue.
func (db *DB) Agents(t testing.TB, s *Site, n, capacity int) []uuid.UUID {
	t.Helper()
	for range n {
		var id uuid.UUID
		require.NoError(t, db.SQL.Get(&id, `INSERT INTO agent (name, email, role)
			VALUES ('Agent', gen_random_uuid() || '@example.com', 'agent') RETURNING id`))
		db.SQL.MustExec(`INSERT INTO agent_status (agent_id, presence, capacity) VALUES ($1, 'available', $2)`, id, capacity)
		db.SQL.MustExec(`INSERT INTO queue_member (queue_id, agent_id) VALUES ($1, $2)`, s.Queue, id)
		s.Agents = append(s.Agents, id)
	}
	return s.Agents
}

// Waiting adds n conversations that wait in the site's queue, oldest first.
func (db *DB) Waiting(t testing.TB, s Site, n int) []uuid.UUID {
	t.Helper()
	var ids []uuid.UUID
	require.NoError(t, db.SQL.Select(&ids, `
		WITH points AS (
		  INSERT INTO contact_point (account_id, channel, external_id) SELECT $1, 'line', gen_random_uuid()::text FROM generate_series(1, $5) RETURNING id
		)
		INSERT INTO conversation (contact_point_id, account_id, address_id, workstream_id, channel, queue_id, pushed, waiting_since)
		SELECT id, $1, $2, $3, 'line', $4, true, now() - interval '1 hour' + row_number() OVER () * interval '1 ms' FROM points
		RETURNING id`, s.Account, s.Address, s.Workstream, s.Queue, n))
	if n >= 100 {
		db.SQL.MustExec(`ANALYZE conversation, contact_point`) // as autovacuum does soon after
	}
	return ids
}

// Outbound adds an answer that was sent to a customer's conversation.
func (db *DB) Outbound(t testing.TB, s Site, customer string) uuid.UUID {
	t.Helper()
	var id uuid.UUID
	require.NoError(t, db.SQL.Get(&id, `
		WITH p AS (INSERT INTO contact_point (account_id, channel, external_id) VALUES ($1, 'line', $4) RETURNING id),
		c AS (INSERT INTO conversation (contact_point_id, account_id, address_id, workstream_id, channel, last_seq)
		      SELECT id, $1, $2, $3, 'line', 1 FROM p RETURNING id)
		INSERT INTO message (conversation_id, seq, account_id, direction, type, text, status, idempotency_key)
		SELECT id, 1, $1, 'out', 'text', 'hello', 'sending', 'k' FROM c RETURNING id`, s.Account, s.Address, s.Workstream, customer))
	return id
}

// Check fails the test if an agent's load or the use of a capacity profile is not
// what conversations hold, or more than the agent's capacity.
func (db *DB) Check(t testing.TB) {
	t.Helper()
	wrong, err := db.Overloaded()
	require.NoError(t, err)
	require.Empty(t, wrong, fmt.Sprintf("%d agents", len(wrong)))
}

// Overloaded lists what Check fails for.
func (db *DB) Overloaded() (wrong []string, err error) {
	err = db.SQL.Select(&wrong, `
		SELECT format('agent %s: load %s, held %s, capacity %s', s.agent_id, s.load, COALESCE(h.units, 0), s.capacity)
		FROM agent_status s LEFT JOIN (SELECT held_by, sum(held_units) AS units FROM (
		  SELECT held_by, held_units FROM conversation UNION ALL SELECT agent_id, held_units FROM participation WHERE left_at IS NULL) x
		  WHERE held_by IS NOT NULL GROUP BY 1) h
		  ON h.held_by = s.agent_id
		WHERE s.load <> COALESCE(h.units, 0) OR s.load > s.capacity
		UNION ALL
		SELECT format('agent %s: profile %s used %s, held %s', s.agent_id, p.key, p.value, h.n)
		FROM agent_status s CROSS JOIN jsonb_each(s.profiles) p
		CROSS JOIN LATERAL (SELECT count(*) AS n FROM conversation c WHERE c.held_by = s.agent_id AND p.key::uuid = ANY(c.held_profiles)) h
		WHERE (p.value->>'used')::int > (p.value->>'limit')::int OR NOT p.value ? 'zone' AND (p.value->>'used')::int <> h.n`)
	return wrong, err
}
