package assigndb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/conversation"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// An AssignmentDecision is why an agent was offered a conversation, or nobody was.
type AssignmentDecision struct {
	ID         int64           `db:"id" json:"-"`
	At         time.Time       `db:"at" json:"at"`
	Queue      uuid.NullUUID   `db:"queue_id" json:"queue_id"`
	Cause      string          `db:"cause" json:"cause"`
	Offer      uuid.NullUUID   `db:"offer_id" json:"offer_id"` // null: nobody could take it
	Agent      uuid.NullUUID   `db:"agent_id" json:"agent_id"`
	Candidates json.RawMessage `db:"candidates" json:"candidates"`
	Others     json.RawMessage `db:"others" json:"others"` // how many more, by reason
}

// Causes of a decision: what was looked for.
const (
	causeArrival       = "arrival"         // the conversation needed an agent
	causeCapacity      = "capacity"        // the agent could take work
	causeQueue         = "queue"           // the queue was gone through
	causePreferred     = "preferred"       // the customer prefers this agent
	causeReturn        = "return"          // the customer came back to their agent
	causeNobody        = "nobody"          // and nobody can take it for now
	causeDeclinedByAll = "declined_by_all" // and everybody who is there was asked
)

// considered ranks whom a conversation c of workstream w could be offered, in
// the order of asking, and says why it cannot. What the rules of its queue mean
// for those with all skills, and for those without, is found once for all.
const considered = consideredAs + consideredOf

const consideredAs = `
    SELECT a.agent_id, a.presence, a.capacity - a.load AS free, ` + timesAsked + ` AS asked, r.position, x.reason,
           row_number() OVER (ORDER BY x.reason IS NOT NULL, ` + bestFirst + `) AS n`

const consideredOf = `
    FROM (SELECT) one
    LEFT JOIN LATERAL (` + firstRule + ` ORDER BY r.position LIMIT 1) able ON true
    LEFT JOIN LATERAL (` + firstRule + ` AND ` + ruleSkills + ` <> 'exact' ORDER BY r.position LIMIT 1) other ON true
    LEFT JOIN LATERAL (SELECT true AS comes FROM (SELECT) one` + rulesOf + `WHERE ` + ruleSkills + ` <> 'exact' LIMIT 1) later ON true
    CROSS JOIN LATERAL (` + wantedSkills + `) wanted
    CROSS JOIN LATERAL (
      SELECT a.*, m.assigned_at, m.added_at, ` + hasWanted + ` AS skilled
      FROM queue_member m JOIN agent_status a ON a.agent_id = m.agent_id WHERE m.queue_id = c.queue_id OFFSET 0
    ) a
    CROSS JOIN LATERAL (SELECT CASE WHEN a.skilled THEN able.position ELSE other.position END AS position,
                               CASE WHEN a.skilled THEN able.method ELSE other.method END AS method,
                               CASE WHEN a.skilled THEN able.skills ELSE other.skills END AS skills,
                               CASE WHEN a.skilled THEN able.fits ELSE other.fits END AS fits) r
    CROSS JOIN LATERAL (SELECT CASE
      WHEN a.presence IN ('offline', 'inactive') THEN 'not_there'
      WHEN NOT ` + IsThere + ` THEN 'presence'
      WHEN NOT (` + OnDuty + `) THEN 'off_duty'
      WHEN NOT ` + notFull + ` OR a.capacity - a.load < c.units THEN 'no_room'
      WHEN NOT (` + HasRoom + `) THEN 'no_profile_room'
      WHEN cardinality(array_positions(c.declined_by, a.agent_id)) >= w.max_offers THEN 'declined'
      WHEN NOT ` + notRefused + ` THEN 'declined_lately'
      WHEN r.fits THEN NULL
      WHEN a.skilled OR later.comes THEN 'later_rule'
      ELSE 'skills' END AS reason) x`

const firstRule = `SELECT r.position, r.method, r.skills, true AS fits FROM (SELECT) one` + rulesOf + `WHERE ` + ruleApplies

// explanation is of k, the agents considered: the first few one by one, the
// others counted by reason.
const explanation = `
    COALESCE((SELECT jsonb_agg(jsonb_build_object('agent_id', agent_id, 'presence', presence, 'free', free, 'asked', asked,
                               'rule', position, 'reason', reason) ORDER BY n) FROM k WHERE n <= 5), '[]') AS candidates,
    COALESCE((SELECT jsonb_object_agg(g.reason, g.n) FROM (
      SELECT COALESCE(reason, 'next') AS reason, count(*) AS n FROM k WHERE n > 5 GROUP BY 1) g), '{}') AS others`

// explained explains a conversation c of workstream w.
const explained = ` CROSS JOIN LATERAL (WITH k AS (` + considered + `) SELECT ` + explanation + `) y `

// best is the agent to offer c to, locked, and why. Agents that another router
// holds at this moment are passed over; they are being given something else.
const best = ` CROSS JOIN LATERAL (
    WITH k AS (` + considered + `
    ), pick AS (
      SELECT l.agent_id FROM (SELECT agent_id FROM k WHERE reason IS NULL ORDER BY n) f CROSS JOIN LATERAL (
        SELECT a.agent_id FROM agent_status a WHERE a.agent_id = f.agent_id AND ` + IsThere + ` AND ` + OnDuty + ` AND ` + HasRoom + ` FOR UPDATE SKIP LOCKED
      ) l LIMIT 1
    )
    SELECT pick.agent_id, 1 AS nth, ` + explanation + ` FROM pick
  ) best `

// What an offer keeps of how it came about, in its own statement: agents are as
// they were before it.
const (
	Explain = `, explained AS (
  INSERT INTO assignment_decision (conversation_id, queue_id, offer_id, agent_id, candidates, others, cause)
  SELECT o.id, o.queue_id, o.offer_id, o.offer_agent_id, y.candidates, y.others, '`
	byBest = `' FROM offered o JOIN chosen y ON y.id = o.id
)`
	ExplainBy = `' FROM offered o JOIN conversation c ON c.id = o.id JOIN workstream w ON w.id = c.workstream_id` + explained + `
)`
	explainArrival   = Explain + causeArrival + byBest
	explainQueue     = Explain + causeQueue + byBest
	explainAgent     = Explain + causeCapacity + ExplainBy
	explainPreferred = Explain + causePreferred + ExplainBy
	explainReturn    = Explain + causeReturn + ExplainBy
)

// Only the first time in a queue: the sweep finds nobody again and again.
const insertNobody = `
INSERT INTO assignment_decision (conversation_id, queue_id, cause, candidates, others)
SELECT c.id, c.queue_id, $2, y.candidates, y.others
FROM conversation c JOIN workstream w ON w.id = c.workstream_id` + explained + `
WHERE c.id = $1 AND ` + waits + ` AND NOT EXISTS (
  SELECT FROM assignment_decision d WHERE d.conversation_id = c.id AND d.cause = $2 AND d.queue_id = c.queue_id AND d.at >= GREATEST(c.entered_at, c.waiting_since))`

// Who is not there was not asked, and may still come.
const markDeclined = `
UPDATE conversation c SET declined_by_all_at = now()
WHERE c.id = $1 AND ` + waits + ` AND c.declined_by <> '{}' AND c.declined_by_all_at IS NULL AND NOT EXISTS (
  SELECT FROM queue_member m JOIN agent_status a ON a.agent_id = m.agent_id
  WHERE m.queue_id = c.queue_id AND a.presence NOT IN ('offline', 'inactive') AND NOT a.agent_id = ANY(c.declined_by))
RETURNING c.queue_id, c.version`

// nobody keeps why a conversation could not be offered, and tells supervisors if
// everybody who is there has declined it.
func (s *Store) nobody(ctx context.Context, tx *sqlx.Tx, id uuid.UUID) error {
	var told struct {
		Queue   uuid.NullUUID `db:"queue_id"`
		Version int64         `db:"version"`
	}
	cause := causeDeclinedByAll
	switch err := pg.GetOne(ctx, tx, &told, markDeclined, id); {
	case errors.Is(err, pg.ErrNotFound):
		cause = causeNobody
	case err != nil:
		return fmt.Errorf("mark as declined: %w", err)
	default:
		err := outbox.AddEvent(ctx, tx, outbox.Event{Kind: outbox.EventConversation, Conversation: outbox.NullUUID(id), Queue: told.Queue,
			Data: map[string]any{"change": causeDeclinedByAll, "state": conversation.Open, "version": told.Version}})
		if err != nil {
			return fmt.Errorf("tell of the conversation: %w", err)
		}
	}
	if _, err := tx.ExecContext(ctx, insertNobody, id, cause); err != nil {
		return fmt.Errorf("explain assignment: %w", err)
	}
	return nil
}

const selectAssignments = `
SELECT id, at, queue_id, cause, offer_id, agent_id, candidates, others FROM assignment_decision
WHERE conversation_id = $1 ORDER BY id DESC LIMIT 100`

// Assignments returns why a conversation was offered to whom, the latest first.
func (s *Store) Assignments(ctx context.Context, id uuid.UUID) ([]AssignmentDecision, error) {
	list := []AssignmentDecision{}
	if err := s.SQL.SelectContext(ctx, &list, selectAssignments, id); err != nil {
		return nil, fmt.Errorf("list assignments: %w", err)
	}
	return list, nil
}

const selectCandidates = `
SELECT now() AS at, c.queue_id, y.candidates, y.others
FROM conversation c JOIN workstream w ON w.id = c.workstream_id` + explained + `
WHERE c.id = $1`

// Candidates returns whom a conversation could be offered at this moment, in
// order, and why not the others.
func (s *Store) Candidates(ctx context.Context, id uuid.UUID) (AssignmentDecision, error) {
	d := AssignmentDecision{Cause: "now"}
	if err := pg.GetOne(ctx, s.SQL, &d, selectCandidates, id); err != nil {
		return d, fmt.Errorf("read candidates: %w", err)
	}
	return d, nil
}

const tookOffer = `
SELECT EXISTS (SELECT FROM conversation c JOIN assignment_decision d ON d.conversation_id = c.id
WHERE c.id = $1 AND c.state = 'active' AND c.agent_id = $2 AND d.agent_id = $2 AND d.offer_id = $3)`

// TookOffer says that an agent has a conversation that was offered to them by
// this offer.
func (s *Store) TookOffer(ctx context.Context, conversation, agent, offer uuid.UUID) (bool, error) {
	var took bool
	if err := s.SQL.GetContext(ctx, &took, tookOffer, conversation, agent, offer); err != nil {
		return false, fmt.Errorf("read offer: %w", err)
	}
	return took, nil
}
