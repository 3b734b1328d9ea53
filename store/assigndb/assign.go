package assigndb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/configdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
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

// What an offer takes and writes, for rows "chosen" of (id, agent_id, nth), both
// locked and each once. It is the same whether the conversation looked for an agent, the agent
// for a conversation, or a customer came back: only the last takes capacity that
// is not there, and has a patience of its own.
const (
	TakeOffered = `, taken AS (
  UPDATE agent_status s SET load = s.load + c.units, profiles = ` + profilesTaken + `,
    presence = CASE WHEN ` + Automatic + ` THEN CASE WHEN s.profiles = '{}' THEN ` + offeredPresence + `
                    ELSE profile_presence(s.load + c.units, s.capacity, ` + profilesTaken + `) END ELSE s.presence END
  FROM chosen h JOIN conversation c ON c.id = h.id WHERE s.agent_id = h.agent_id`
	withRoom  = ` AND s.capacity - s.load >= c.units AND (s.profiles = '{}' AND c.profile_ids = '{}' OR profile_room(s.profiles, c.profile_ids) > 0)`
	MakeOffer = `
  RETURNING s.agent_id
), offered AS (
  UPDATE conversation c SET offer_id = gen_random_uuid(), offer_agent_id = h.agent_id,
         held_by = CASE WHEN c.units > 0 OR c.profile_ids <> '{}' THEN h.agent_id END, held_units = c.units, held_profiles = c.profile_ids,
         version = c.version + 1, offer_expires_at = now() + make_interval(secs => `
	TellOffer = `)
  FROM chosen h, taken t, workstream w WHERE c.id = h.id AND t.agent_id = h.agent_id AND w.id = c.workstream_id
  RETURNING c.id, c.offer_id, c.offer_agent_id, c.offer_expires_at, c.version, c.queue_id, h.nth
), seated AS (
  INSERT INTO session (id, conversation_id, agent_id) SELECT offer_id, id, offer_agent_id FROM offered
), turned AS (
  UPDATE queue_member m SET assigned_at = (SELECT clock_timestamp()) + o.nth * interval '1 microsecond' FROM offered o WHERE m.queue_id = o.queue_id AND m.agent_id = o.offer_agent_id
), told AS (
  INSERT INTO event (kind, conversation_id, queue_id, agent_id, state, version, data)
  SELECT '` + outbox.EventOffer + `', id, queue_id, offer_agent_id, 'open', version,
         jsonb_build_object('offer_id', offer_id, 'agent_id', offer_agent_id, 'expires_at', offer_expires_at) FROM offered ORDER BY nth
)`
	ReadOffer = `
SELECT id, offer_id, offer_agent_id, offer_expires_at, version FROM offered ORDER BY nth`

	profilesTaken   = `CASE WHEN c.profile_ids = '{}' THEN s.profiles ELSE profile_take(s.profiles, c.profile_ids, now()) END`
	offeredPresence = `CASE WHEN s.load + c.units >= s.capacity THEN 'do_not_disturb' WHEN s.load + c.units > 0 THEN 'busy' ELSE 'available' END`

	// The rest is told to the conversation's workflow, which did not ask for it.
	ringOffered = `, rung AS (
  INSERT INTO bell (conversation_id) SELECT id FROM offered
  ON CONFLICT (conversation_id) DO UPDATE SET rings = nextval('bell_ring'), due_at = LEAST(bell.due_at, EXCLUDED.due_at)
)`
	OfferChosen = TakeOffered + withRoom + MakeOffer + `w.offer_timeout` + TellOffer
)

const assignConversation = `
WITH chosen AS (
  SELECT c.id, best.agent_id, best.nth, best.candidates, best.others
  FROM conversation c JOIN workstream w ON w.id = c.workstream_id` + best + `
  WHERE c.id = $1 AND ` + waits + ` AND NOT EXISTS (
    SELECT FROM conversation o WHERE o.queue_id = c.queue_id AND o.state = 'open' AND o.offer_id IS NULL AND o.pushed
      AND (o.tier, o.rank, o.id) < (c.tier, c.rank, c.id))
  FOR NO KEY UPDATE OF c SKIP LOCKED
)` + OfferChosen + explainArrival + ReadOffer

// An agent whom the customer prefers is asked whatever their capacity and skills,
// if they are there and belong to the queue.
const assignPreferred = `
WITH chosen AS (
  SELECT c.id, a.agent_id, 1 AS nth FROM conversation c JOIN workstream w ON w.id = c.workstream_id
  JOIN contact_point p ON p.id = c.contact_point_id JOIN preferred_agent f ON f.contact_id = p.contact_id
  JOIN queue_member m ON m.queue_id = c.queue_id AND m.agent_id = f.agent_id JOIN agent_status a ON a.agent_id = f.agent_id
  WHERE c.id = $1 AND ` + waits + ` AND ` + IsThere + ` AND ` + OnDuty + ` AND NOT a.agent_id = ANY(c.declined_by)
  ORDER BY f.position LIMIT 1 FOR NO KEY UPDATE OF c, a SKIP LOCKED
)` + TakeOffered + MakeOffer + `w.offer_timeout` + TellOffer + explainPreferred + ReadOffer

const bestAgent = `
SELECT best.agent_id FROM conversation c JOIN workstream w ON w.id = c.workstream_id` + best + `WHERE c.id = $1 AND ` + waits + `
FOR NO KEY UPDATE OF c SKIP LOCKED`

// AssignTo offers a conversation to a preferred agent of its customer, or else
// to its best agent, or returns nil. An agent who could take one that has waited
// longer is given that, and the next best is looked for.
func (s *Store) AssignTo(ctx context.Context, tx *sqlx.Tx, conversation uuid.UUID) (*Offer, error) {
	if o, kept, err := s.assignOwn(ctx, tx, conversation); err != nil || o != nil || kept {
		return o, err
	}
	return s.assignBest(ctx, tx, conversation)
}

// assignOwn offers a conversation to a preferred agent of its customer, or keeps
// it for them.
func (s *Store) assignOwn(ctx context.Context, tx *sqlx.Tx, conversation uuid.UUID) (o *Offer, kept bool, err error) {
	o, err = s.Assign(ctx, tx, assignPreferred, conversation)
	if err != nil || o != nil {
		return o, false, err
	}
	kept, err = s.reserve(ctx, tx, conversation)
	return nil, kept, err
}

func (s *Store) assignBest(ctx context.Context, tx *sqlx.Tx, conversation uuid.UUID) (*Offer, error) {
	o, err := s.Assign(ctx, tx, assignConversation, conversation)
	if err != nil || o != nil {
		return o, err
	}
	for {
		var agent uuid.UUID
		if err := pg.GetOne(ctx, tx, &agent, bestAgent, conversation); errors.Is(err, pg.ErrNotFound) {
			return nil, s.nobody(ctx, tx, conversation)
		} else if err != nil {
			return nil, fmt.Errorf("assign: %w", err)
		}
		o, err := s.Assign(ctx, tx, assignAgent, agent)
		if err != nil || o == nil || o.Conversation == conversation {
			return o, err
		}
	}
}

// assignBack offers a conversation to the agent who had it, whatever their
// capacity and presence. Who was disabled meanwhile is not
// asked; then it returns nil.
const assignReturning = `
WITH chosen AS (
  SELECT c.id, a.agent_id, 1 AS nth FROM conversation c JOIN agent_status a ON a.agent_id = $2 JOIN agent g ON g.id = a.agent_id
  WHERE c.id = $1 AND ` + waits + ` AND g.disabled_at IS NULL
  FOR NO KEY UPDATE OF c, a
)` + TakeOffered + MakeOffer + `w.same_agent_patience` + TellOffer + explainReturn + ReadOffer

// AssignBack offers a conversation to the agent who had it, if they can take work.
func (s *Store) AssignBack(ctx context.Context, tx *sqlx.Tx, conversation, agent uuid.UUID) (*Offer, error) {
	return s.Assign(ctx, tx, assignReturning, conversation, agent)
}

// Assign runs one of the assignment statements that make one offer. It returns
// nil when it chose nobody.
func (s *Store) Assign(ctx context.Context, tx *sqlx.Tx, query string, args ...any) (*Offer, error) {
	offers, err := s.assignAll(ctx, tx, query, args...)
	if err != nil || len(offers) == 0 {
		return nil, err
	}
	return &offers[0], nil
}

// assignAll runs an assignment statement, in tx or, if that is nil, as a
// transaction of its own.
func (s *Store) assignAll(ctx context.Context, tx *sqlx.Tx, query string, args ...any) ([]Offer, error) {
	var offers []Offer
	if err := sqlx.SelectContext(ctx, s.Within(tx), &offers, query, args...); err != nil {
		return nil, fmt.Errorf("assign: %w", err)
	}
	return offers, nil
}

// Of each need that waits in the agent's queues and that they may have, the first
// are compared: neither a long queue of others nor a conversation that this
// agent may not have hides the next.
const assignAgent = `
WITH RECURSIVE needs AS (
  SELECT x.queue_id, x.need, x.id FROM agent_status a JOIN queue_member m ON m.agent_id = a.agent_id
  CROSS JOIN LATERAL (` + waitingHead + `m.queue_id` + headOrder + `) x
  WHERE a.agent_id = $1 AND ` + someoneFree + nextNeeds + `
), able AS (
  SELECT n.queue_id, n.need, min(COALESCE(r.after, 0)) AS after FROM needs n JOIN conversation c ON c.id = n.id
  JOIN workstream w ON w.id = c.workstream_id JOIN agent_status a ON a.agent_id = $1` + rulesOf + `
  WHERE ` + mayHave + ` GROUP BY 1, 2
), first AS MATERIALIZED (
  SELECT x.id FROM able n JOIN queue q ON q.id = n.queue_id CROSS JOIN LATERAL (
    SELECT c.id, c.tier, c.rank FROM conversation c JOIN workstream w ON w.id = c.workstream_id JOIN agent_status a ON a.agent_id = $1
    WHERE c.queue_id = n.queue_id AND c.need = n.need AND ` + waits + ` AND ` + notRefused + `
      AND (n.after = 0 OR c.waiting_since <= now() - make_interval(secs => n.after))
    ORDER BY c.tier, c.rank, c.id LIMIT 16
  ) x ORDER BY q.priority, x.tier, x.rank, x.id LIMIT 16
), chosen AS (
  SELECT c.id, $1::uuid AS agent_id, 1 AS nth FROM first f JOIN conversation c ON c.id = f.id JOIN queue q ON q.id = c.queue_id
  WHERE ` + waits + ` ORDER BY q.priority, c.tier, c.rank, c.id LIMIT 1 FOR NO KEY UPDATE OF c SKIP LOCKED
)` + OfferChosen + explainAgent + ringOffered + ReadOffer

// OfferWaiting offers an agent the oldest conversation they may have, again and
// again until they are full or nothing waits. Each is announced by its bell.
func (s *Store) OfferWaiting(ctx context.Context, tx *sqlx.Tx, agent uuid.UUID) ([]Offer, error) {
	if _, err := tx.ExecContext(ctx, configdb.LockAgent, agent); err != nil {
		return nil, fmt.Errorf("lock agent: %w", err)
	}
	var offers []Offer
	for {
		o, err := s.Assign(ctx, tx, assignAgent, agent)
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
	err = s.BellTx(ctx, func(tx *sqlx.Tx) error {
		offers, err = s.OfferWaiting(ctx, tx, agent)
		return err
	})
	return offers, err
}

const giveBack = `
UPDATE agent_status s SET load = s.load - $2, profiles = ` + profilesFreed + `, idle_since = now(), presence =
  CASE WHEN NOT (` + Automatic + `) THEN s.presence
       WHEN s.profiles <> '{}' THEN profile_presence(s.load - $2, s.capacity, ` + profilesFreed + `)
       WHEN s.load - $2 >= s.capacity THEN 'do_not_disturb' WHEN s.load - $2 > 0 THEN 'busy' ELSE 'available' END
WHERE s.agent_id = $1`

const profilesFreed = `CASE WHEN $3::uuid[] = '{}' THEN s.profiles ELSE profile_free(s.profiles, $3::uuid[]) END`

// FreeCapacity gives back what a conversation held of an agent.
func FreeCapacity(ctx context.Context, tx *sqlx.Tx, agent uuid.UUID, units int, profiles pq.StringArray) error {
	if _, err := tx.ExecContext(ctx, giveBack, agent, units, profiles); err != nil {
		return fmt.Errorf("release capacity: %w", err)
	}
	return nil
}

// The check and the taking are one statement.
const takeRoom = `
UPDATE agent_status s SET load = s.load + $2, profiles = ` + profilesUsed + `, presence =
  CASE WHEN NOT (` + Automatic + `) THEN s.presence
       WHEN s.profiles <> '{}' THEN profile_presence(s.load + $2, s.capacity, ` + profilesUsed + `)
       WHEN s.load + $2 >= s.capacity THEN 'do_not_disturb' WHEN s.load + $2 > 0 THEN 'busy' ELSE 'available' END
WHERE s.agent_id = $1 AND ($4 OR s.capacity - s.load >= $2
  AND (s.profiles = '{}' AND $3::uuid[] = '{}' OR profile_room(s.profiles, $3::uuid[]) > 0))`

const profilesUsed = `CASE WHEN $3::uuid[] = '{}' THEN s.profiles ELSE profile_take(s.profiles, $3::uuid[], now()) END`

// TakeCapacity takes what a conversation needs of an agent, if they have room or
// it is forced. It returns false when there is none.
func TakeCapacity(ctx context.Context, tx *sqlx.Tx, agent uuid.UUID, units int, profiles pq.StringArray, forced bool) (bool, error) {
	res, err := tx.ExecContext(ctx, takeRoom, agent, units, profiles, forced)
	if err != nil {
		return false, fmt.Errorf("take capacity: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}
