package conversationdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/conversation"
	"switchboard/store/assigndb"
	"switchboard/store/outbox"
)

// Whom it goes to, and who has or is offered it, are locked in one order, so
// that two conversations that change places do not wait for each other.
const lockAgents = `SELECT agent_id FROM agent_status WHERE agent_id = ANY($1::uuid[]) ORDER BY agent_id FOR UPDATE`

const selectTarget = `
SELECT g.disabled_at IS NULL AS known, a.presence NOT IN ('offline', 'inactive') AS connected, ` + assigndb.IsThere + ` AS allowed,
       ` + assigndb.HasRoom + ` AS room, w.consult_anyone AS anyone,
       EXISTS (SELECT FROM queue_member m WHERE m.queue_id = c.queue_id AND m.agent_id = g.id) AS member
FROM conversation c JOIN workstream w ON w.id = c.workstream_id JOIN agent g ON g.id = $2 JOIN agent_status a ON a.agent_id = g.id
WHERE c.id = $1`

type targetRow struct {
	Known     bool `db:"known"`
	Connected bool `db:"connected"`
	Allowed   bool `db:"allowed"`
	Room      bool `db:"room"`
	Anyone    bool `db:"anyone"`
	Member    bool `db:"member"`
}

func (r targetRow) target() conversation.Target {
	return conversation.Target{Known: r.Known, Connected: r.Connected, Allowed: r.Allowed, Room: r.Room, Member: r.Member}
}

func readTarget(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, agent string) (targetRow, error) {
	var r targetRow
	err := tx.GetContext(ctx, &r, selectTarget, id, agent)
	if errors.Is(err, sql.ErrNoRows) {
		return targetRow{}, nil // there is no such agent
	} else if err != nil {
		return r, fmt.Errorf("read agent: %w", err)
	}
	return r, nil
}

const selectTargetQueue = `
SELECT q.id = c.queue_id AS same, EXISTS (SELECT FROM queue_member m WHERE m.queue_id = q.id) AS members, w.consult_anyone AS anyone
FROM conversation c JOIN workstream w ON w.id = c.workstream_id JOIN queue q ON q.id = $2 AND q.archived_at IS NULL WHERE c.id = $1`

func readTargetQueue(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, queue string) (t conversation.TargetQueue, anyone bool, err error) {
	var r struct {
		Same    sql.NullBool `db:"same"`
		Members bool         `db:"members"`
		Anyone  bool         `db:"anyone"`
	}
	err = tx.GetContext(ctx, &r, selectTargetQueue, id, queue)
	if errors.Is(err, sql.ErrNoRows) {
		return t, false, nil
	} else if err != nil {
		return t, false, fmt.Errorf("read queue: %w", err)
	}
	return conversation.TargetQueue{Known: true, Same: r.Same.Bool, Members: r.Members}, r.Anyone, nil
}

// The best of a queue to be asked for advice: who advises least, then who has
// most room, then who is idle longest. Nobody is asked twice for one request.
const pickConsultant = `
SELECT a.agent_id FROM queue_member m JOIN agent_status a ON a.agent_id = m.agent_id JOIN agent g ON g.id = a.agent_id
JOIN conversation c ON c.id = $1 JOIN workstream w ON w.id = c.workstream_id
WHERE m.queue_id = $2 AND g.disabled_at IS NULL AND a.agent_id IS DISTINCT FROM c.agent_id
  AND ` + assigndb.IsThere + ` AND ` + assigndb.OnDuty + ` AND ` + assigndb.HasRoom + `
  AND NOT EXISTS (SELECT FROM participation x WHERE x.request_id = $3 AND x.agent_id = a.agent_id)
  AND NOT EXISTS (SELECT FROM participation x WHERE x.conversation_id = c.id AND x.agent_id = a.agent_id AND x.left_at IS NULL)
ORDER BY (SELECT count(*) FROM participation x WHERE x.agent_id = a.agent_id AND x.left_at IS NULL), a.capacity - a.load DESC, a.idle_since, a.agent_id
LIMIT 1`

// resolveTargets decides whether a transition's targets can be what they are to be, while
// they are locked or nothing of theirs is taken, and finds consultants in
// queues. It returns the projection with them, or a refusal.
func resolveTargets(ctx context.Context, tx *sqlx.Tx, row snapshotRow, p Projection) (Projection, error) {
	if p.Effects.Hand != "" {
		if err := resolveAgent(ctx, tx, row, p); err != nil {
			return p, err
		}
	}
	if p.Effects.Queue != "" {
		q, _, err := readTargetQueue(ctx, tx, p.Conversation, p.Effects.Queue)
		if err == nil {
			err = q.MayTake()
		}
		if err != nil {
			return p, err
		}
	}
	if !slices.ContainsFunc(p.To.Beside, isNew) {
		return p, nil
	}
	return resolveConsult(ctx, tx, p)
}

func isNew(n conversation.Participant) bool { return n.ID == "" }

func resolveAgent(ctx context.Context, tx *sqlx.Tx, row snapshotRow, p Projection) error {
	ids := []string{p.Effects.Hand}
	if row.HeldBy.Valid {
		ids = append(ids, row.HeldBy.UUID.String())
	}
	if _, err := tx.ExecContext(ctx, lockAgents, pq.Array(ids)); err != nil {
		return fmt.Errorf("lock agents: %w", err)
	}
	t, err := readTarget(ctx, tx, p.Conversation, p.Effects.Hand)
	if err != nil {
		return err
	}
	return t.target().MayTake(p.Effects.Over)
}

// resolveConsult fills in whom a queue's request goes to. When nobody is left to be
// asked, a first request is refused, and a later one has failed.
func resolveConsult(ctx context.Context, tx *sqlx.Tx, p Projection) (Projection, error) {
	p.To.Beside = slices.Clone(p.To.Beside)
	for i := 0; i < len(p.To.Beside); i++ {
		n := &p.To.Beside[i]
		if !isNew(*n) || n.Role != conversation.Consultant {
			continue
		}
		err := resolveParticipant(ctx, tx, p.Conversation, n)
		if errors.Is(err, errNobody) && n.Request != "" {
			p.To.Beside = slices.Delete(p.To.Beside, i, i+1)
			p.Effects.Event, p.Effects.Reason = "consult_failed", p.Effects.Left
			i--
			continue
		}
		if errors.Is(err, errNobody) {
			return p, conversation.NobodyToConsult()
		}
		if err != nil {
			return p, err
		}
	}
	return p, nil
}

// errNobody: of a queue nobody can be asked, or nobody any more.
var errNobody = errors.New("nobody to consult")

func resolveParticipant(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, n *conversation.Participant) error {
	if n.Agent != "" {
		t, err := readTarget(ctx, tx, id, n.Agent)
		if err != nil {
			return err
		}
		return t.target().MayConsult(t.Anyone)
	}
	if n.Request == "" {
		q, anyone, err := readTargetQueue(ctx, tx, id, n.Queue)
		if err != nil {
			return err
		}
		if err := q.MayConsult(anyone); err != nil {
			return err
		}
	}
	var agent uuid.UUID
	err := tx.GetContext(ctx, &agent, pickConsultant, id, n.Queue, ParseNullUUID(n.Request))
	if errors.Is(err, sql.ErrNoRows) {
		return errNobody
	} else if err != nil {
		return fmt.Errorf("pick consultant: %w", err)
	}
	n.Agent = agent.String()
	return nil
}

// moveQueue puts a conversation into another queue, where who declined it in the
// one before does not count; who gave it away does.
const moveQueue = `
UPDATE conversation SET queue_id = $2, declined_by = CASE WHEN $3::uuid IS NULL THEN '{}' ELSE ARRAY[$3::uuid] END,
  declined_at = CASE WHEN $3::uuid IS NULL THEN '{}' ELSE ARRAY[now()] END WHERE id = $1`

func moveToQueue(ctx context.Context, tx *sqlx.Tx, p Projection) error {
	if _, err := tx.ExecContext(ctx, moveQueue, p.Conversation, p.Effects.Queue, ParseNullUUID(p.Effects.Missed)); err != nil {
		return fmt.Errorf("move to queue: %w", err)
	}
	return outbox.AddEvent(ctx, tx, outbox.Event{Kind: outbox.EventConversation, Conversation: outbox.NullUUID(p.Conversation), Queue: ParseNullUUID(p.Effects.Queue),
		Data: map[string]any{"change": "queued", "state": p.To.Phase, "version": p.From + 1}})
}

// An offer to one agent, who was found fit for it under the same locks.
const chooseTarget = `
WITH chosen AS (
  SELECT c.id, a.agent_id, 1 AS nth FROM conversation c JOIN agent_status a ON a.agent_id = $2
  WHERE c.id = $1 AND c.state = 'open' AND c.offer_id IS NULL FOR NO KEY UPDATE OF c, a
)`

const (
	causeHanded      = "handed" // who had it, or a supervisor, said who is asked
	explainHanded    = assigndb.Explain + causeHanded + assigndb.ExplainBy
	assignTarget     = chooseTarget + assigndb.OfferChosen + explainHanded + assigndb.ReadOffer
	assignTargetOver = chooseTarget + assigndb.TakeOffered + assigndb.MakeOffer + `w.offer_timeout` + assigndb.TellOffer + explainHanded + assigndb.ReadOffer
)

// If they do not take it, it is in its queue from now on, whatever held it back.
const enterQueue = `
UPDATE conversation c SET hold = NULL, held_until = NULL, hold_agent = NULL, overflowed = false, entered_at = now(), pushed = w.mode = 'push'
FROM workstream w WHERE c.id = $1 AND w.id = c.workstream_id`

// handToTarget offers a conversation to whom it was handed.
func (s *Store) handToTarget(ctx context.Context, tx *sqlx.Tx, p Projection) error {
	if _, err := tx.ExecContext(ctx, enterQueue, p.Conversation); err != nil {
		return fmt.Errorf("hand over: %w", err)
	}
	query := assignTarget
	if p.Effects.Over {
		query = assignTargetOver
	}
	o, err := s.Assignment.Assign(ctx, tx, query, p.Conversation, p.Effects.Hand)
	if err == nil && o == nil {
		return fmt.Errorf("hand over: agent %s was fit for it and is not", p.Effects.Hand)
	}
	return err
}
