package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// An Offer is a conversation that was offered to an agent just now. Its capacity
// is taken.
type Offer struct {
	ID           uuid.UUID `db:"offer_id"`
	Conversation uuid.UUID `db:"id"`
	Agent        uuid.UUID `db:"offer_agent_id"`
	Until        time.Time `db:"offer_expires_at"`
	Version      int64     `db:"version"`
}

// mayTake is the one rule of who may be offered what, of conversation c, its
// workstream w and the status a of an agent. An agent who declined is asked
// again only after a pause and not for ever.
const mayTake = `
      a.presence = ANY(w.allowed_presences) AND a.capacity - a.load >= c.units
  AND (NOT a.agent_id = ANY(c.declined_by)
       OR (c.reoffer_at <= now() AND cardinality(array_positions(c.declined_by, a.agent_id)) < w.max_offers))`

// bestAgent prefers who was asked least for this conversation, then the highest
// free capacity, then who is idle longest.
const bestAgent = `
  ORDER BY cardinality(array_positions(c.declined_by, a.agent_id)), a.capacity - a.load DESC, a.idle_since, a.agent_id`

// What an offer takes and writes, for a row "chosen" of (id, agent_id), both
// locked. It is the same whether the conversation looked for an agent, the agent
// for a conversation, or a customer came back: only the last takes capacity that
// is not there, and has a patience of its own.
const (
	takeOffered = `, taken AS (
  UPDATE agent_status s SET load = s.load + c.units, presence = ` + autoPresence + `
  FROM chosen h JOIN conversation c ON c.id = h.id WHERE s.agent_id = h.agent_id`
	withRoom  = ` AND s.capacity - s.load >= c.units`
	makeOffer = `
  RETURNING s.agent_id
), offered AS (
  UPDATE conversation c SET offer_id = gen_random_uuid(), offer_agent_id = h.agent_id,
         held_by = CASE WHEN c.units > 0 THEN h.agent_id END, held_units = c.units, version = c.version + 1,
         offer_expires_at = now() + make_interval(secs => `
	tellOffer = `)
  FROM chosen h, taken t, workstream w WHERE c.id = h.id AND t.agent_id = h.agent_id AND w.id = c.workstream_id
  RETURNING c.id, c.offer_id, c.offer_agent_id, c.offer_expires_at, c.version, c.queue_id
), seated AS (
  INSERT INTO session (id, conversation_id, agent_id) SELECT offer_id, id, offer_agent_id FROM offered
), told AS (
  INSERT INTO event (kind, conversation_id, queue_id, agent_id, data)
  SELECT '` + EventOffer + `', id, queue_id, offer_agent_id,
         jsonb_build_object('offer_id', offer_id, 'agent_id', offer_agent_id, 'expires_at', offer_expires_at) FROM offered
)`
	offer     = takeOffered + withRoom + makeOffer + `w.offer_timeout` + tellOffer
	readOffer = `
SELECT id, offer_id, offer_agent_id, offer_expires_at, version FROM offered`
	offerMade = offer + readOffer
	offerBack = takeOffered + makeOffer + `w.same_agent_patience` + tellOffer + readOffer

	// offerRung also rings the conversation's workflow, which did not ask for it.
	offerRung = offer + `, rung AS (
  INSERT INTO bell (conversation_id) SELECT id FROM offered
  ON CONFLICT (conversation_id) DO UPDATE SET rings = nextval('bell_ring'), due_at = LEAST(bell.due_at, EXCLUDED.due_at)
)` + readOffer
)

// autoPresence is an agent's presence after one more conversation of c.units,
// unless a person chose it: none used is available, partly busy, full do not disturb.
const autoPresence = `CASE WHEN s.chosen IS NOT NULL OR s.presence NOT IN ('available', 'busy', 'do_not_disturb') THEN s.presence
    WHEN s.load + c.units >= s.capacity THEN 'do_not_disturb' WHEN s.load + c.units > 0 THEN 'busy' ELSE 'available' END`

// Agents that another router holds at this moment are passed over; they are
// being given something else.
const assignConversation = `
WITH chosen AS (
  SELECT c.id, a.agent_id FROM conversation c JOIN workstream w ON w.id = c.workstream_id
  JOIN queue_member m ON m.queue_id = c.queue_id JOIN agent_status a ON a.agent_id = m.agent_id
  WHERE c.id = $1 AND c.state = 'open' AND c.offer_id IS NULL AND c.pushed AND ` + mayTake + bestAgent + `
  LIMIT 1 FOR UPDATE OF c, a SKIP LOCKED
)` + offerMade

// assignTo offers a conversation to its best agent, or returns nil.
func (s *Store) assignTo(ctx context.Context, tx *sqlx.Tx, conversation uuid.UUID) (*Offer, error) {
	return s.assign(ctx, tx, assignConversation, conversation)
}

// assignBack offers a conversation to the agent who had it, whatever their
// capacity and presence (capabilities.md §3). Who was disabled meanwhile is not
// asked; then it returns nil.
const assignReturning = `
WITH chosen AS (
  SELECT c.id, a.agent_id FROM conversation c JOIN agent_status a ON a.agent_id = $2 JOIN agent g ON g.id = a.agent_id
  WHERE c.id = $1 AND c.state = 'open' AND c.offer_id IS NULL AND c.pushed AND g.disabled_at IS NULL
  FOR UPDATE OF c, a
)` + offerBack

func (s *Store) assignBack(ctx context.Context, tx *sqlx.Tx, conversation, agent uuid.UUID) (*Offer, error) {
	return s.assign(ctx, tx, assignReturning, conversation, agent)
}

// assign runs one of the assignment statements, in tx or, if that is nil, as a
// transaction of its own. It returns nil when it chose nobody.
func (s *Store) assign(ctx context.Context, tx *sqlx.Tx, query string, args ...any) (*Offer, error) {
	st, err := s.prepared(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("assign: %w", err)
	}
	if tx != nil {
		st = tx.StmtxContext(ctx, st)
	}
	var o Offer
	if err := st.GetContext(ctx, &o, args...); errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("assign: %w", err)
	}
	return &o, nil
}

// The oldest of each of the agent's queues are compared, so that neither a long
// queue of others nor a conversation this agent may not have hides the next.
const assignAgent = `
WITH chosen AS (
  SELECT c.id, a.agent_id FROM agent_status a
  JOIN LATERAL (
    SELECT x.id, x.priority, x.waiting_since FROM queue_member m
    CROSS JOIN LATERAL (
      SELECT c.id, c.priority, c.waiting_since FROM conversation c JOIN workstream w ON w.id = c.workstream_id
      WHERE c.queue_id = m.queue_id AND c.state = 'open' AND c.offer_id IS NULL AND c.pushed AND ` + mayTake + `
      ORDER BY c.priority, c.waiting_since, c.id LIMIT 16
    ) x WHERE m.agent_id = a.agent_id ORDER BY x.priority, x.waiting_since, x.id LIMIT 16
  ) oldest ON true
  JOIN conversation c ON c.id = oldest.id
  WHERE a.agent_id = $1 AND a.load < a.capacity AND c.state = 'open' AND c.offer_id IS NULL
  ORDER BY oldest.priority, oldest.waiting_since, oldest.id
  LIMIT 1 FOR UPDATE OF c SKIP LOCKED
)` + offerRung

const lockAgent = `SELECT agent_id FROM agent_status WHERE agent_id = $1 FOR UPDATE`

// assignFor offers an agent the oldest conversation they may have, again and
// again until they are full or nothing waits. Each is announced by its bell.
func (s *Store) assignFor(ctx context.Context, tx *sqlx.Tx, agent uuid.UUID) ([]Offer, error) {
	if _, err := tx.ExecContext(ctx, lockAgent, agent); err != nil {
		return nil, fmt.Errorf("lock agent: %w", err)
	}
	var offers []Offer
	for {
		o, err := s.assign(ctx, tx, assignAgent, agent)
		if err != nil || o == nil {
			return offers, err
		}
		offers = append(offers, *o)
	}
}

// AssignFor gives an agent who can take work the oldest waiting conversations.
// It is called whenever capacity appears: after sign-in, presence, membership or
// capacity changed.
func (s *Store) AssignFor(ctx context.Context, agent uuid.UUID) (offers []Offer, err error) {
	err = s.txAnnounced(ctx, func(tx *sqlx.Tx) error {
		offers, err = s.assignFor(ctx, tx, agent)
		return err
	})
	return offers, err
}

// The first conversation of a queue that somebody may take, with the best agent
// for it. One that nobody may take never blocks those behind it; without any
// free agent the queue is not read at all.
const assignNext = `
WITH chosen AS (
  SELECT c.id, best.agent_id FROM conversation c JOIN workstream w ON w.id = c.workstream_id
  CROSS JOIN LATERAL (
    SELECT a.agent_id FROM queue_member m JOIN agent_status a ON a.agent_id = m.agent_id
    WHERE m.queue_id = c.queue_id AND ` + mayTake + bestAgent + `
    LIMIT 1 FOR UPDATE OF a SKIP LOCKED
  ) best
  WHERE c.queue_id = $1 AND c.state = 'open' AND c.offer_id IS NULL AND c.pushed
    AND EXISTS (SELECT FROM queue_member m JOIN agent_status a ON a.agent_id = m.agent_id
                WHERE m.queue_id = $1 AND a.load < a.capacity AND a.presence NOT IN ('offline', 'inactive'))
  ORDER BY c.priority, c.waiting_since, c.id
  LIMIT 1 FOR UPDATE OF c SKIP LOCKED
)` + offerRung

// AssignNext offers the oldest conversation of a queue that somebody can take.
// It returns nil when nobody can take anything.
func (s *Store) AssignNext(ctx context.Context, queue uuid.UUID) (*Offer, error) {
	o, err := s.assign(ctx, nil, assignNext, queue)
	if o != nil {
		s.events.Wake()
		s.bells.Wake()
	}
	return o, err
}

const queuesWithWork = `
SELECT q.id FROM queue q
WHERE EXISTS (SELECT FROM conversation c WHERE c.queue_id = q.id AND c.state = 'open' AND c.offer_id IS NULL AND c.pushed)
  AND EXISTS (SELECT FROM queue_member m JOIN agent_status a ON a.agent_id = m.agent_id
              WHERE m.queue_id = q.id AND a.load < a.capacity AND a.presence NOT IN ('offline', 'inactive'))`

// SweepAssignments offers whatever was missed by the attempts that passed each
// other over. It returns how many offers it made.
func (s *Store) SweepAssignments(ctx context.Context) (int, error) {
	var queues []string
	if err := s.db.SelectContext(ctx, &queues, queuesWithWork); err != nil {
		return 0, fmt.Errorf("sweep assignments: %w", err)
	}
	made := 0
	for _, q := range queues {
		for {
			o, err := s.AssignNext(ctx, uuid.MustParse(q))
			if err != nil {
				return made, err
			}
			if o == nil {
				break
			}
			made++
		}
	}
	return made, nil
}

const releaseLoad = `
UPDATE agent_status s SET load = s.load - $2, idle_since = now(), presence =
  CASE WHEN s.chosen IS NOT NULL OR s.presence NOT IN ('available', 'busy', 'do_not_disturb') THEN s.presence
       WHEN s.load - $2 >= s.capacity THEN 'do_not_disturb' WHEN s.load - $2 > 0 THEN 'busy' ELSE 'available' END
WHERE s.agent_id = $1`

// takeLoad finds room for units in an agent's capacity: the check and the
// taking are one statement.
const takeLoad = `
UPDATE agent_status s SET load = s.load + $2, presence =
  CASE WHEN s.chosen IS NOT NULL OR s.presence NOT IN ('available', 'busy', 'do_not_disturb') THEN s.presence
       WHEN s.load + $2 >= s.capacity THEN 'do_not_disturb' WHEN s.load + $2 > 0 THEN 'busy' ELSE 'available' END
WHERE s.agent_id = $1 AND s.capacity - s.load >= $2`
