package messagedb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/conversation"
	"switchboard/store/auditdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// ConsultMessage is what a consultant or the primary agent who asked said to the
// other.
type ConsultMessage struct {
	ID            uuid.UUID `db:"id"`
	Participation uuid.UUID `db:"participation_id"`
	Seq           int64     `db:"seq"`
	Agent         uuid.UUID `db:"agent_id"`
	AgentName     string    `db:"agent_name"`
	Text          string    `db:"text"`
	CreatedAt     time.Time `db:"created_at"`
}

// NewConsultMessage is one to be stored. Key is the client's idempotency key.
type NewConsultMessage struct {
	Conversation, Participation, Agent uuid.UUID
	Key, Text                          string
}

// The pane belongs to two: the consultant while they take part, and the agent
// who asked them. Supervisors read those of their scope ($4).
const seesConsult = `
x.conversation_id = $1 AND x.id = $2 AND x.role = 'consultant' AND ($4::uuid[] IS NULL
  OR EXISTS (SELECT FROM conversation c WHERE c.id = x.conversation_id AND c.queue_id = ANY($4::uuid[]))
  OR x.asked_by = $3 OR x.agent_id = $3 AND x.left_at IS NULL)`

const mayReadConsult = `SELECT EXISTS (SELECT FROM participation x WHERE ` + seesConsult + `)`

const selectConsultMessage = `
SELECT y.id, y.participation_id, y.seq, y.agent_id, g.name AS agent_name, y.text, y.created_at
FROM consult_message y JOIN agent g ON g.id = y.agent_id `

const consultMessages = selectConsultMessage + `WHERE y.participation_id = $1 AND y.seq > $2 ORDER BY y.seq LIMIT $3`

// ConsultMessages returns what was said in a consult after seq, in order, or
// ErrNotFound where it is not the viewer's to read.
func (s *Store) ConsultMessages(ctx context.Context, v auditdb.Viewer, conversation, participation uuid.UUID, seq int64, limit int) ([]ConsultMessage, error) {
	var may bool
	if err := s.SQL.GetContext(ctx, &may, mayReadConsult, conversation, participation, v.Agent, v.Scope); err != nil {
		return nil, fmt.Errorf("read consult: %w", err)
	}
	if !may {
		return nil, fmt.Errorf("read consult: %w", pg.ErrNotFound)
	}
	list := []ConsultMessage{}
	if err := s.SQL.SelectContext(ctx, &list, consultMessages, participation, seq, limit); err != nil {
		return nil, fmt.Errorf("read consult: %w", err)
	}
	return list, nil
}

// The participation's row is locked, so that seq has no gaps and nobody speaks
// who has left.
const lockConsult = `
SELECT x.asked_by, x.left_at IS NOT NULL OR x.stage = 'asked' AND x.agent_id = $3 AS silent, x.asked_by = $3 OR x.agent_id = $3 AS theirs
FROM participation x WHERE ` + seesConsult + ` FOR UPDATE`

const consultMessageByKey = selectConsultMessage + `WHERE y.participation_id = $1 AND y.idempotency_key = $2`

const insertConsultMessage = `
INSERT INTO consult_message (participation_id, seq, agent_id, text, idempotency_key)
SELECT $1, COALESCE((SELECT max(seq) FROM consult_message WHERE participation_id = $1), 0) + 1, $2, $3, $4`

// StoreConsultMessage adds to a consult's pane. A key that was used before
// returns the first message under it, and repeated. It fails with ErrNotFound
// where the pane is not the viewer's to read, and with a *conversation.Refusal
// where it is not theirs to write in.
func (s *Store) StoreConsultMessage(ctx context.Context, v auditdb.Viewer, in NewConsultMessage) (m ConsultMessage, repeated bool, err error) {
	err = s.EventTx(ctx, func(tx *sqlx.Tx) error {
		var pane struct {
			AskedBy uuid.UUID `db:"asked_by"`
			Silent  bool      `db:"silent"`
			Theirs  bool      `db:"theirs"`
		}
		if err := pg.GetOne(ctx, tx, &pane, lockConsult, in.Conversation, in.Participation, in.Agent, v.Scope); err != nil {
			return err
		}
		err := pg.GetOne(ctx, tx, &m, consultMessageByKey, in.Participation, in.Key)
		if repeated = err == nil; repeated || !errors.Is(err, pg.ErrNotFound) {
			return err
		}
		switch {
		case !pane.Theirs:
			return &conversation.Refusal{Code: conversation.NotThere, Reason: "Only the consultant and the agent who asked them write here."}
		case pane.Silent:
			return &conversation.Refusal{Code: conversation.WrongState, Reason: "The consult has not begun or is over."}
		}
		if _, err := tx.ExecContext(ctx, insertConsultMessage, in.Participation, in.Agent, pg.Clean(in.Text), in.Key); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &m, consultMessageByKey, in.Participation, in.Key); err != nil {
			return err
		}
		return outbox.AddEvent(ctx, tx, outbox.Event{Kind: outbox.EventConsultMessage, Conversation: outbox.NullUUID(in.Conversation), Agent: outbox.NullUUID(pane.AskedBy),
			Data: map[string]any{"participant_id": in.Participation, "message_id": m.ID}})
	})
	if err != nil {
		return ConsultMessage{}, false, fmt.Errorf("store consult message: %w", err)
	}
	return m, repeated, nil
}
