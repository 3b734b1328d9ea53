package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
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
	takeOffered = `, taken AS (
  UPDATE agent_status s SET load = s.load + c.units, profiles = ` + profilesTaken + `,
    presence = CASE WHEN ` + automatic + ` THEN CASE WHEN s.profiles = '{}' THEN ` + offeredPresence + `
                    ELSE profile_presence(s.load + c.units, s.capacity, ` + profilesTaken + `) END ELSE s.presence END
  FROM chosen h JOIN conversation c ON c.id = h.id WHERE s.agent_id = h.agent_id`
	withRoom  = ` AND s.capacity - s.load >= c.units AND (s.profiles = '{}' AND c.profile_ids = '{}' OR profile_room(s.profiles, c.profile_ids) > 0)`
	makeOffer = `
  RETURNING s.agent_id
), offered AS (
  UPDATE conversation c SET offer_id = gen_random_uuid(), offer_agent_id = h.agent_id,
         held_by = CASE WHEN c.units > 0 OR c.profile_ids <> '{}' THEN h.agent_id END, held_units = c.units, held_profiles = c.profile_ids,
         version = c.version + 1, offer_expires_at = now() + make_interval(secs => `
	tellOffer = `)
  FROM chosen h, taken t, workstream w WHERE c.id = h.id AND t.agent_id = h.agent_id AND w.id = c.workstream_id
  RETURNING c.id, c.offer_id, c.offer_agent_id, c.offer_expires_at, c.version, c.queue_id, h.nth
), seated AS (
  INSERT INTO session (id, conversation_id, agent_id) SELECT offer_id, id, offer_agent_id FROM offered
), turned AS (
  UPDATE queue_member m SET assigned_at = (SELECT clock_timestamp()) + o.nth * interval '1 microsecond' FROM offered o WHERE m.queue_id = o.queue_id AND m.agent_id = o.offer_agent_id
), told AS (
  INSERT INTO event (kind, conversation_id, queue_id, agent_id, data)
  SELECT '` + EventOffer + `', id, queue_id, offer_agent_id,
         jsonb_build_object('offer_id', offer_id, 'agent_id', offer_agent_id, 'expires_at', offer_expires_at) FROM offered ORDER BY nth
)`
	readOffer = `
SELECT id, offer_id, offer_agent_id, offer_expires_at, version FROM offered ORDER BY nth`

	profilesTaken   = `CASE WHEN c.profile_ids = '{}' THEN s.profiles ELSE profile_take(s.profiles, c.profile_ids, now()) END`
	offeredPresence = `CASE WHEN s.load + c.units >= s.capacity THEN 'do_not_disturb' WHEN s.load + c.units > 0 THEN 'busy' ELSE 'available' END`

	// The rest is told to the conversation's workflow, which did not ask for it.
	ringOffered = `, rung AS (
  INSERT INTO bell (conversation_id) SELECT id FROM offered
  ON CONFLICT (conversation_id) DO UPDATE SET rings = nextval('bell_ring'), due_at = LEAST(bell.due_at, EXCLUDED.due_at)
)`
	offer = takeOffered + withRoom + makeOffer + `w.offer_timeout` + tellOffer
)

const assignConversation = `
WITH chosen AS (
  SELECT c.id, best.agent_id, best.nth, best.candidates, best.others
  FROM conversation c JOIN workstream w ON w.id = c.workstream_id` + best + `
  WHERE c.id = $1 AND ` + waits + ` AND NOT EXISTS (
    SELECT FROM conversation o WHERE o.queue_id = c.queue_id AND o.state = 'open' AND o.offer_id IS NULL AND o.pushed
      AND (o.tier, o.rank, o.id) < (c.tier, c.rank, c.id))
  FOR UPDATE OF c SKIP LOCKED
)` + offer + explainArrival + readOffer

// An agent whom the customer prefers is asked whatever their capacity and skills
// (capabilities.md §7), if they are there and belong to the queue.
const assignPreferred = `
WITH chosen AS (
  SELECT c.id, a.agent_id, 1 AS nth FROM conversation c JOIN workstream w ON w.id = c.workstream_id
  JOIN contact_point p ON p.id = c.contact_point_id JOIN preferred_agent f ON f.contact_id = p.contact_id
  JOIN queue_member m ON m.queue_id = c.queue_id AND m.agent_id = f.agent_id JOIN agent_status a ON a.agent_id = f.agent_id
  WHERE c.id = $1 AND ` + waits + ` AND ` + isThere + ` AND ` + onDuty + ` AND NOT a.agent_id = ANY(c.declined_by)
  ORDER BY f.position LIMIT 1 FOR UPDATE OF c, a SKIP LOCKED
)` + takeOffered + makeOffer + `w.offer_timeout` + tellOffer + explainPreferred + readOffer

const bestAgent = `
SELECT best.agent_id FROM conversation c JOIN workstream w ON w.id = c.workstream_id` + best + `WHERE c.id = $1 AND ` + waits + `
FOR UPDATE OF c SKIP LOCKED`

// assignTo offers a conversation to a preferred agent of its customer, or else
// to its best agent, or returns nil. An agent who could take one that has waited
// longer is given that, and the next best is looked for.
func (s *Store) assignTo(ctx context.Context, tx *sqlx.Tx, conversation uuid.UUID) (*Offer, error) {
	o, err := s.assign(ctx, tx, assignPreferred, conversation)
	if err != nil || o != nil {
		return o, err
	}
	if kept, err := s.reserve(ctx, tx, conversation); err != nil || kept {
		return nil, err
	}
	o, err = s.assign(ctx, tx, assignConversation, conversation)
	if err != nil || o != nil {
		return o, err
	}
	for {
		var agent uuid.UUID
		if err := get(ctx, tx, &agent, bestAgent, conversation); errors.Is(err, ErrNotFound) {
			return nil, s.nobody(ctx, tx, conversation)
		} else if err != nil {
			return nil, fmt.Errorf("assign: %w", err)
		}
		o, err := s.assign(ctx, tx, assignAgent, agent)
		if err != nil || o == nil || o.Conversation == conversation {
			return o, err
		}
	}
}

// assignBack offers a conversation to the agent who had it, whatever their
// capacity and presence (capabilities.md §3). Who was disabled meanwhile is not
// asked; then it returns nil.
const assignReturning = `
WITH chosen AS (
  SELECT c.id, a.agent_id, 1 AS nth FROM conversation c JOIN agent_status a ON a.agent_id = $2 JOIN agent g ON g.id = a.agent_id
  WHERE c.id = $1 AND ` + waits + ` AND g.disabled_at IS NULL
  FOR UPDATE OF c, a
)` + takeOffered + makeOffer + `w.same_agent_patience` + tellOffer + explainReturn + readOffer

func (s *Store) assignBack(ctx context.Context, tx *sqlx.Tx, conversation, agent uuid.UUID) (*Offer, error) {
	return s.assign(ctx, tx, assignReturning, conversation, agent)
}

// assign runs one of the assignment statements that make one offer. It returns
// nil when it chose nobody.
func (s *Store) assign(ctx context.Context, tx *sqlx.Tx, query string, args ...any) (*Offer, error) {
	offers, err := s.assignAll(ctx, tx, query, args...)
	if err != nil || len(offers) == 0 {
		return nil, err
	}
	return &offers[0], nil
}

// assignAll runs an assignment statement, in tx or, if that is nil, as a
// transaction of its own.
func (s *Store) assignAll(ctx context.Context, tx *sqlx.Tx, query string, args ...any) ([]Offer, error) {
	st, err := s.prepared(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("assign: %w", err)
	}
	if tx != nil {
		st = tx.StmtxContext(ctx, st)
	}
	var offers []Offer
	if err := st.SelectContext(ctx, &offers, args...); err != nil {
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
  WHERE ` + waits + ` ORDER BY q.priority, c.tier, c.rank, c.id LIMIT 1 FOR UPDATE OF c SKIP LOCKED
)` + offer + explainAgent + ringOffered + readOffer

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

// takeable finds which needs of a queue somebody may take, and after how many
// seconds of waiting. One that nobody may take never blocks those behind it:
// they are passed over without looking at agents. Without any free agent the
// queue is not read at all.
const (
	takeable = `
WITH RECURSIVE needs AS (
  SELECT x.queue_id, x.need, x.id FROM (` + waitingHead + `$1` + headOrder + `) x
  WHERE EXISTS (SELECT FROM queue_member m JOIN agent_status a ON a.agent_id = m.agent_id WHERE m.queue_id = $1 AND ` + someoneFree + `)` + nextNeeds + `
), able AS (
  SELECT n.need, min(COALESCE(r.after, 0)) AS after FROM needs n JOIN conversation c ON c.id = n.id
  JOIN workstream w ON w.id = c.workstream_id CROSS JOIN LATERAL (` + wantedSkills + `) wanted` + rulesOf + `
  WHERE EXISTS (SELECT FROM queue_member m JOIN agent_status a ON a.agent_id = m.agent_id WHERE m.queue_id = $1 AND ` + mayHaveWanted + `)
  GROUP BY 1
), since AS MATERIALIZED (
  SELECT jsonb_object_agg(need, after) AS after FROM able
)`
	isTakeable = `c.queue_id = $1 AND ` + waits + `
    AND c.waiting_since <= CASE ((SELECT after FROM since)->>c.need::text)::int WHEN 0 THEN 'infinity'
        ELSE now() - make_interval(secs => ((SELECT after FROM since)->>c.need::text)::int) END`
)

// The first conversation of a queue that somebody may take, with the best agent
// for it whom no other router holds.
const assignOne = takeable + `, chosen AS (
  SELECT c.id, best.agent_id, best.nth, best.candidates, best.others
  FROM conversation c JOIN workstream w ON w.id = c.workstream_id` + best + `
  WHERE ` + isTakeable + ` ORDER BY c.tier, c.rank, c.id
  LIMIT 1 FOR UPDATE OF c SKIP LOCKED
)` + offer + explainQueue + ringOffered + readOffer

// The first several of a queue, at most $2. Agents are ranked once for all that
// are of a kind, and seated one after another: the best who was given nothing
// here, as long as all who were and rank before rank no higher. That is whom one
// offer after another would choose, since who was offered something ranks lower
// than before or, as high, has had their turn. Where it might not be, and behind
// an agent whom another router holds, it ends.
const assignSeveral = takeable + `, run AS MATERIALIZED (
  SELECT c.id, c.need, c.declined_by, row_number() OVER (ORDER BY c.tier, c.rank, c.id) AS nth,
         ROW(c.need, c.rules, CASE WHEN c.declined_by <> '{}' THEN c.id END)::text AS kind
  FROM (SELECT c.id, c.need, c.declined_by, c.tier, c.rank,
               (SELECT count(*) FROM assignment_rule r WHERE r.queue_id = c.queue_id AND ` + ruleApplies + `) AS rules
        FROM conversation c WHERE ` + isTakeable + ` ORDER BY c.tier, c.rank, c.id LIMIT 16) c
), ranked AS MATERIALIZED (
  SELECT f.kind, x.* FROM (SELECT DISTINCT ON (kind) kind, id FROM run ORDER BY kind, nth) f
  CROSS JOIN LATERAL (SELECT c.* FROM conversation c WHERE c.id = f.id OFFSET 0) c
  CROSS JOIN LATERAL (SELECT w.* FROM workstream w WHERE w.id = c.workstream_id OFFSET 0) w
  CROSS JOIN LATERAL (` + consideredAs + `, dense_rank() OVER (ORDER BY x.reason IS NOT NULL, ` + bestFirstAlike + `) AS level` + consideredOf + `) x
), line AS MATERIALIZED (
  SELECT r.*, f.agents, row_number() OVER (ORDER BY r.nth) AS place
  FROM run r JOIN (SELECT kind, array_agg(agent_id ORDER BY n) AS agents FROM ranked WHERE reason IS NULL AND level = 1 GROUP BY kind) f ON f.kind = r.kind
), seats AS (
  SELECT 0::bigint AS nth, NULL::uuid AS id, NULL::uuid AS need, NULL::text AS kind, NULL::uuid[] AS declined_by, NULL::uuid AS agent_id, '{}'::uuid[] AS before
  UNION ALL
  SELECT l.place, l.id, l.need, l.kind, l.declined_by, b.agent_id, array_remove(s.before || s.agent_id, NULL)
  FROM seats s JOIN line l ON l.place = s.nth + 1 CROSS JOIN LATERAL (
    SELECT u.agent_id FROM unnest(l.agents) WITH ORDINALITY u (agent_id, n)
    WHERE u.agent_id <> ALL(array_remove(s.before || s.agent_id, NULL)) ORDER BY u.n LIMIT 1) b
  WHERE s.nth < $2
), locked AS MATERIALIZED (
  SELECT s.*, l.agent_id AS holds FROM seats s JOIN conversation c ON c.id = s.id JOIN workstream w ON w.id = c.workstream_id
  LEFT JOIN LATERAL (
    SELECT a.agent_id FROM agent_status a WHERE a.agent_id = s.agent_id AND ` + isThere + ` AND ` + onDuty + ` AND ` + hasRoom + ` FOR UPDATE SKIP LOCKED
  ) l ON true
), chosen AS (
  SELECT s.id, s.agent_id, s.nth, y.candidates, y.others FROM (
    SELECT l.*, bool_and(holds IS NOT NULL) OVER (ORDER BY nth) AS sure FROM locked l
  ) s CROSS JOIN LATERAL (
    SELECT c.id FROM conversation c WHERE c.id = s.id AND c.queue_id = $1 AND c.need = s.need AND c.declined_by = s.declined_by AND ` + waits + `
    FOR UPDATE SKIP LOCKED
  ) c CROSS JOIN LATERAL (
    WITH k AS (
      SELECT r.agent_id, r.presence, r.free, r.asked, r.position, r.reason, row_number() OVER (ORDER BY r.agent_id = ANY(s.before), r.n) AS n
      FROM ranked r WHERE r.kind = s.kind
    ) SELECT ` + explanation + `
  ) y WHERE s.sure
)` + offer + explainQueue + ringOffered + readOffer

// AssignNext offers the oldest conversations of a queue that somebody can take:
// at least one, if there is any, and at most so many. It returns nothing when
// nobody can take anything.
func (s *Store) AssignNext(ctx context.Context, queue uuid.UUID, most int) ([]Offer, error) {
	offers, err := s.assignAll(ctx, nil, assignSeveral, queue, most)
	if len(offers) == 0 && err == nil {
		offers, err = s.assignAll(ctx, nil, assignOne, queue)
	}
	if len(offers) > 0 {
		s.events.Wake()
		s.bells.Wake()
	}
	return offers, err
}

// OffersAtOnce is the most conversations of a queue that are offered in one
// transaction, whose agents other routers pass over meanwhile. The statement has
// it in numbers: PostgreSQL would plan one with a parameter there anew each time.
const OffersAtOnce = 16

const queuesWithWork = `
SELECT q.id FROM queue q
WHERE EXISTS (SELECT FROM conversation c WHERE c.queue_id = q.id AND ` + waits + `)
  AND EXISTS (SELECT FROM queue_member m JOIN agent_status a ON a.agent_id = m.agent_id WHERE m.queue_id = q.id AND ` + someoneFree + `)
ORDER BY q.priority, q.id`

// SweepAssignments offers whatever was missed by the attempts that passed each
// other over. It returns how many offers it made.
func (s *Store) SweepAssignments(ctx context.Context) (int, error) {
	if _, err := s.EndOfDay(ctx, time.Time{}); err != nil {
		return 0, err
	}
	if _, err := s.SweepDuty(ctx, time.Time{}); err != nil {
		return 0, err
	}
	if err := s.sweepReserved(ctx); err != nil {
		return 0, err
	}
	var queues []string
	if err := s.db.SelectContext(ctx, &queues, queuesWithWork); err != nil {
		return 0, fmt.Errorf("sweep assignments: %w", err)
	}
	made := 0
	for _, q := range queues {
		n, err := s.assignQueue(ctx, uuid.MustParse(q))
		made += n
		if err != nil {
			return made, err
		}
	}
	return made, nil
}

// assignQueue goes through a queue until nobody can take anything more of it,
// and returns how many offers it made.
func (s *Store) assignQueue(ctx context.Context, queue uuid.UUID) (made int, err error) {
	for {
		offers, err := s.AssignNext(ctx, queue, OffersAtOnce)
		if err != nil || len(offers) == 0 {
			return made, err
		}
		made += len(offers)
	}
}

const giveBack = `
UPDATE agent_status s SET load = s.load - $2, profiles = ` + profilesFreed + `, idle_since = now(), presence =
  CASE WHEN NOT (` + automatic + `) THEN s.presence
       WHEN s.profiles <> '{}' THEN profile_presence(s.load - $2, s.capacity, ` + profilesFreed + `)
       WHEN s.load - $2 >= s.capacity THEN 'do_not_disturb' WHEN s.load - $2 > 0 THEN 'busy' ELSE 'available' END
WHERE s.agent_id = $1`

const profilesFreed = `CASE WHEN $3::uuid[] = '{}' THEN s.profiles ELSE profile_free(s.profiles, $3::uuid[]) END`

// freeCapacity gives back what a conversation held of an agent.
func freeCapacity(ctx context.Context, tx *sqlx.Tx, agent uuid.UUID, units int, profiles pq.StringArray) error {
	if _, err := tx.ExecContext(ctx, giveBack, agent, units, profiles); err != nil {
		return fmt.Errorf("release capacity: %w", err)
	}
	return nil
}

// The check and the taking are one statement.
const takeRoom = `
UPDATE agent_status s SET load = s.load + $2, profiles = ` + profilesUsed + `, presence =
  CASE WHEN NOT (` + automatic + `) THEN s.presence
       WHEN s.profiles <> '{}' THEN profile_presence(s.load + $2, s.capacity, ` + profilesUsed + `)
       WHEN s.load + $2 >= s.capacity THEN 'do_not_disturb' WHEN s.load + $2 > 0 THEN 'busy' ELSE 'available' END
WHERE s.agent_id = $1 AND ($4 OR s.capacity - s.load >= $2
  AND (s.profiles = '{}' AND $3::uuid[] = '{}' OR profile_room(s.profiles, $3::uuid[]) > 0))`

const profilesUsed = `CASE WHEN $3::uuid[] = '{}' THEN s.profiles ELSE profile_take(s.profiles, $3::uuid[], now()) END`

// takeCapacity takes what a conversation needs of an agent, if they have room or
// it is forced. It returns false when there is none.
func takeCapacity(ctx context.Context, tx *sqlx.Tx, agent uuid.UUID, units int, profiles pq.StringArray, forced bool) (bool, error) {
	res, err := tx.ExecContext(ctx, takeRoom, agent, units, profiles, forced)
	if err != nil {
		return false, fmt.Errorf("take capacity: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}
