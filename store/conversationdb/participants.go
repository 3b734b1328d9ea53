package conversationdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/conversation"
	"switchboard/store/assigndb"
	"switchboard/store/auditdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// participantsOf is those who take part in conversation c now, as the domain has them.
const participantsOf = `
(SELECT COALESCE(jsonb_agg(jsonb_build_object('id', x.id, 'request', x.request_id, 'agent', x.agent_id, 'queue', COALESCE(x.queue_id::text, ''),
        'role', x.role, 'stage', x.stage, 'until', x.expires_at) ORDER BY x.began_at, x.id), '[]')
 FROM participation x WHERE x.conversation_id = c.id AND x.left_at IS NULL)`

func readParticipants(raw json.RawMessage) ([]conversation.Participant, error) {
	var list []conversation.Participant
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("read participants: %w", err)
	}
	if len(list) == 0 {
		return nil, nil
	}
	return list, nil
}

const endParticipation = `
UPDATE participation SET left_at = clock_timestamp(), left_reason = $2, expires_at = NULL WHERE id = $1 AND left_at IS NULL RETURNING held_units`

const moveParticipation = `
UPDATE participation SET stage = $2, expires_at = $3, accepted_at = COALESCE(accepted_at, clock_timestamp()),
  joined_at = CASE WHEN $2 = 'joined' THEN COALESCE(joined_at, clock_timestamp()) END
WHERE id = $1`

const beginParticipation = `
INSERT INTO participation (id, request_id, conversation_id, session_id, agent_id, queue_id, asked_by, role, stage, expires_at, accepted_at, joined_at)
SELECT $1, $2, $3, (SELECT s.id FROM session s WHERE s.conversation_id = $3 AND s.closed_at IS NULL), $4, $5, $6, $7, $8, $9,
       CASE WHEN $8 <> 'asked' THEN clock_timestamp() END, CASE WHEN $8 = 'joined' THEN clock_timestamp() END`

// writeParticipants makes true who takes part after a transition, and tells those who
// are asked and those whose part is over. Sessions are still as before it.
func writeParticipants(ctx context.Context, tx *sqlx.Tx, row snapshotRow, before []conversation.Participant, p Projection) error {
	for _, b := range before {
		at := slices.IndexFunc(p.To.Beside, func(n conversation.Participant) bool { return n.ID == b.ID })
		switch {
		case at < 0:
			if err := endPart(ctx, tx, p, b); err != nil {
				return err
			}
		case p.To.Beside[at].Stage != b.Stage:
			n := p.To.Beside[at]
			if _, err := tx.ExecContext(ctx, moveParticipation, n.ID, n.Stage, pg.NullTime(n.Until)); err != nil {
				return fmt.Errorf("change participant: %w", err)
			}
		}
	}
	for _, n := range p.To.Beside {
		if n.ID != "" {
			continue
		}
		if err := beginPart(ctx, tx, row, p.Conversation, n); err != nil {
			return err
		}
	}
	return nil
}

const consultUnits = `
SELECT c.units FROM conversation c JOIN workstream w ON w.id = c.workstream_id WHERE c.id = $1 AND w.consult_takes_capacity AND c.units > 0`

const holdForAdvice = `UPDATE participation SET held_units = $2 WHERE id = $1`

// takeForAdvice takes the capacity of a consultant who says yes, where the
// workstream wants it. It returns false when there is no room.
func takeForAdvice(ctx context.Context, tx *sqlx.Tx, before []conversation.Participant, p Projection) (bool, error) {
	for _, b := range before {
		yes := slices.ContainsFunc(p.To.Beside, func(n conversation.Participant) bool { return n.ID == b.ID && n.Stage != conversation.Asked })
		if b.Role != conversation.Consultant || b.Stage != conversation.Asked || !yes {
			continue
		}
		var units int
		if err := pg.GetOne(ctx, tx, &units, consultUnits, p.Conversation); errors.Is(err, pg.ErrNotFound) {
			return true, nil
		} else if err != nil {
			return false, fmt.Errorf("take capacity for advice: %w", err)
		}
		room, err := assigndb.TakeCapacity(ctx, tx, uuid.MustParse(b.Agent), units, pq.StringArray{}, false)
		if err != nil || !room {
			return room, err
		}
		if _, err := tx.ExecContext(ctx, holdForAdvice, b.ID, units); err != nil {
			return false, fmt.Errorf("take capacity for advice: %w", err)
		}
	}
	return true, nil
}

func endPart(ctx context.Context, tx *sqlx.Tx, p Projection, b conversation.Participant) error {
	var units []int
	if err := tx.SelectContext(ctx, &units, endParticipation, b.ID, p.Effects.Left); err != nil {
		return fmt.Errorf("end participation: %w", err)
	}
	if len(units) > 0 && units[0] > 0 { // the sweep offers them what waits
		if err := assigndb.FreeCapacity(ctx, tx, uuid.MustParse(b.Agent), units[0], pq.StringArray{}); err != nil {
			return err
		}
	}
	if b.Role != conversation.Consultant {
		return nil
	}
	return outbox.AddEvent(ctx, tx, outbox.Event{Kind: outbox.EventConsultEnded, Conversation: outbox.NullUUID(p.Conversation), Agent: ParseNullUUID(b.Agent),
		Data: map[string]any{"participant_id": b.ID, "agent_id": b.Agent, "reason": p.Effects.Left}})
}

func beginPart(ctx context.Context, tx *sqlx.Tx, row snapshotRow, id uuid.UUID, n conversation.Participant) error {
	part := uuid.New()
	request, by := part, uuid.NullUUID{}
	if n.Request != "" {
		request = uuid.MustParse(n.Request)
	}
	if n.Role == conversation.Consultant {
		by = row.Agent
	}
	_, err := tx.ExecContext(ctx, beginParticipation, part, request, id, n.Agent, ParseNullUUID(n.Queue), by, n.Role, n.Stage, pg.NullTime(n.Until))
	if err != nil {
		return fmt.Errorf("begin participation: %w", err)
	}
	if n.Stage != conversation.Asked {
		return nil
	}
	return outbox.AddEvent(ctx, tx, outbox.Event{Kind: outbox.EventConsultAsked, Conversation: outbox.NullUUID(id), Agent: ParseNullUUID(n.Agent),
		Data: map[string]any{"participant_id": part, "agent_id": n.Agent, "by": by.UUID, "expires_at": n.Until}})
}

// Participation is one part that somebody had in a conversation besides its
// primary agent.
type Participation struct {
	ID           uuid.UUID     `db:"id"`
	Conversation uuid.UUID     `db:"conversation_id"`
	Session      uuid.NullUUID `db:"session_id"`
	Agent        uuid.UUID     `db:"agent_id"`
	AgentName    string        `db:"agent_name"`
	Queue        uuid.NullUUID `db:"queue_id"`
	QueueName    *string       `db:"queue_name"`
	AskedBy      uuid.NullUUID `db:"asked_by"`
	AskedByName  *string       `db:"asked_by_name"`
	Role         string        `db:"role"`
	Stage        string        `db:"stage"`
	BeganAt      time.Time     `db:"began_at"`
	ExpiresAt    *time.Time    `db:"expires_at"`
	AcceptedAt   *time.Time    `db:"accepted_at"`
	JoinedAt     *time.Time    `db:"joined_at"`
	LeftAt       *time.Time    `db:"left_at"`
	LeftReason   *string       `db:"left_reason"`
}

const selectParticipation = `
SELECT x.id, x.conversation_id, x.session_id, x.agent_id, g.name AS agent_name, x.queue_id, q.name AS queue_name, x.asked_by, b.name AS asked_by_name,
       x.role, x.stage, x.began_at, x.expires_at, x.accepted_at, x.joined_at, x.left_at, x.left_reason
FROM participation x JOIN agent g ON g.id = x.agent_id LEFT JOIN queue q ON q.id = x.queue_id LEFT JOIN agent b ON b.id = x.asked_by `

const participationsOf = selectParticipation + `WHERE x.conversation_id = $1 ORDER BY x.began_at, x.id LIMIT $2`

// Participations returns who took part in a conversation, the first one first.
func (s *Store) Participations(ctx context.Context, conversation uuid.UUID) ([]Participation, error) {
	list := []Participation{}
	if err := s.SQL.SelectContext(ctx, &list, participationsOf, conversation, maxSessions); err != nil {
		return nil, fmt.Errorf("list participants: %w", err)
	}
	return list, nil
}

// ActiveParticipant is who takes part in a conversation now besides its primary agent.
type ActiveParticipant struct {
	ID        uuid.UUID  `json:"id"`
	AgentID   uuid.UUID  `json:"agent_id"`
	AgentName string     `json:"agent_name"`
	Role      string     `json:"role"`
	Stage     string     `json:"stage"`
	ExpiresAt *time.Time `json:"expires_at"` // of a request
}

// Participants are those who take part in a conversation now, the first one first.
type Participants []ActiveParticipant

// Writes says whether an agent is in front of the customer.
func (b Participants) Writes(agent uuid.UUID) bool {
	return slices.ContainsFunc(b, func(p ActiveParticipant) bool { return p.AgentID == agent && p.Stage == string(conversation.Joined) })
}

// Scan reads what besideNow wrote.
func (b *Participants) Scan(src any) error {
	raw, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("participants come as %T", src)
	}
	return json.Unmarshal(raw, b)
}

// participantsNow is Beside of conversation c.
const participantsNow = `
       (SELECT COALESCE(jsonb_agg(jsonb_build_object('id', x.id, 'agent_id', x.agent_id, 'agent_name', y.name, 'role', x.role, 'stage', x.stage,
               'expires_at', x.expires_at) ORDER BY x.began_at, x.id), '[]')
        FROM participation x JOIN agent y ON y.id = x.agent_id WHERE x.conversation_id = c.id AND x.left_at IS NULL) AS beside`

const listParticipating = `
WITH page AS (
  SELECT k.id, k.created_at AS at FROM participation x JOIN conversation k ON k.id = x.conversation_id
  WHERE x.agent_id = $1 AND x.left_at IS NULL AND (k.created_at, k.id) > ($2, $3) ORDER BY k.created_at, k.id LIMIT $4
)` + ConversationColumns + `
FROM page x JOIN conversation c ON c.id = x.id` + ConversationJoins + ` ORDER BY x.at, x.id`

// ParticipatingConversations lists those in which an agent takes part besides
// their primary agent, or is asked to, the oldest first.
func (s *Store) ParticipatingConversations(ctx context.Context, agent uuid.UUID, p auditdb.Page) ([]Conversation, error) {
	return s.Conversations(ctx, listParticipating, agent, p.After.At, p.After.ID, p.Limit)
}

// WritesToCustomer says whether an agent is in front of the customer of
// conversation c besides the primary agent.
const WritesToCustomer = `
EXISTS (SELECT FROM participation x WHERE x.conversation_id = c.id AND x.agent_id = $2 AND x.stage = 'joined' AND x.left_at IS NULL)`

// JoinedAs is the participant of an agent of whom only that is known.
func JoinedAs(agent uuid.UUID, joined bool) []conversation.Participant {
	if !joined {
		return nil
	}
	return []conversation.Participant{{Agent: agent.String(), Stage: conversation.Joined}}
}
