package assigndb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

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
  LIMIT 1 FOR NO KEY UPDATE OF c SKIP LOCKED
)` + OfferChosen + explainQueue + ringOffered + ReadOffer

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
    SELECT a.agent_id FROM agent_status a WHERE a.agent_id = s.agent_id AND ` + IsThere + ` AND ` + OnDuty + ` AND ` + HasRoom + ` FOR UPDATE SKIP LOCKED
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
)` + OfferChosen + explainQueue + ringOffered + ReadOffer

// AssignNext offers the oldest conversations of a queue that somebody can take:
// at least one, if there is any, and at most so many. It returns nothing when
// nobody can take anything.
func (s *Store) AssignNext(ctx context.Context, queue uuid.UUID, most int) ([]Offer, error) {
	offers, err := s.assignAll(ctx, nil, assignSeveral, queue, most)
	if len(offers) == 0 && err == nil {
		offers, err = s.assignAll(ctx, nil, assignOne, queue)
	}
	if len(offers) > 0 {
		s.Events().Wake()
		s.Bells().Wake()
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
	if _, err := s.SweepShifts(ctx, time.Time{}); err != nil {
		return 0, err
	}
	if err := s.sweepReserved(ctx); err != nil {
		return 0, err
	}
	var queues []string
	if err := s.SQL.SelectContext(ctx, &queues, queuesWithWork); err != nil {
		return 0, fmt.Errorf("sweep assignments: %w", err)
	}
	made := 0
	for range sweepRounds {
		var more []string
		for _, q := range queues {
			offers, err := s.AssignNext(ctx, uuid.MustParse(q), OffersAtOnce)
			if err != nil {
				return made, err
			}
			if made += len(offers); len(offers) > 0 {
				more = append(more, q)
			}
		}
		if queues = more; len(queues) == 0 {
			break
		}
	}
	return made, nil
}

// sweepRounds is how often a sweep goes through the queues that have more to offer.
// In one whose agents are free again as fast as they are asked it would never end,
// and queues that got work meanwhile would not be looked at.
const sweepRounds = 50

// AssignQueue goes through a queue until nobody can take anything more of it.
func (s *Store) AssignQueue(ctx context.Context, queue uuid.UUID) error {
	for range sweepRounds {
		offers, err := s.AssignNext(ctx, queue, OffersAtOnce)
		if err != nil || len(offers) == 0 {
			return err
		}
	}
	return nil // the sweep goes on
}
