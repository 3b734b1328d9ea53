package conversationdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// Session is one handling of a conversation by one primary agent. It opens when
// an agent was found or took the conversation, and closes for a reason.
type Session struct {
	ID            uuid.UUID  `db:"id"`
	Agent         uuid.UUID  `db:"agent_id"`
	AgentName     string     `db:"agent_name"`
	OpenedAt      time.Time  `db:"opened_at"`
	AcceptedAt    *time.Time `db:"accepted_at"`
	ClosedAt      *time.Time `db:"closed_at"`
	ClosureReason *string    `db:"closure_reason"`
}

const closeSession = `
UPDATE session SET closed_at = clock_timestamp(), closure_reason = $2 WHERE conversation_id = $1 AND closed_at IS NULL`

// joinSession accepts the session of an offer, or opens one for an agent who
// took the conversation without.
const joinSession = `
INSERT INTO session (conversation_id, agent_id, accepted_at) VALUES ($1, $2, clock_timestamp())
ON CONFLICT (conversation_id) WHERE closed_at IS NULL DO UPDATE SET accepted_at = COALESCE(session.accepted_at, EXCLUDED.accepted_at)`

func writeSession(ctx context.Context, tx *sqlx.Tx, p Projection) error {
	if p.Effects.Ends != "" {
		if err := endSession(ctx, tx, p.Conversation, p.Effects.Ends); err != nil {
			return err
		}
	}
	if p.Effects.Joins {
		if _, err := tx.ExecContext(ctx, joinSession, p.Conversation, p.To.Agent); err != nil {
			return fmt.Errorf("open session: %w", err)
		}
	}
	return nil
}

func endSession(ctx context.Context, tx *sqlx.Tx, conversation uuid.UUID, reason string) error {
	if _, err := tx.ExecContext(ctx, closeSession, conversation, reason); err != nil {
		return fmt.Errorf("close session: %w", err)
	}
	return nil
}

const selectSessions = `
SELECT s.id, s.agent_id, g.name AS agent_name, s.opened_at, s.accepted_at, s.closed_at, s.closure_reason
FROM session s JOIN agent g ON g.id = s.agent_id WHERE s.conversation_id = $1 ORDER BY s.opened_at, s.id LIMIT $2`

// maxSessions bounds what one answer holds; a conversation that is declined
// more often than that has other problems.
const maxSessions = 500

// Sessions returns a conversation's sessions, the first one first.
func (s *Store) Sessions(ctx context.Context, conversation uuid.UUID) ([]Session, error) {
	list := []Session{}
	if err := s.SQL.SelectContext(ctx, &list, selectSessions, conversation, maxSessions); err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return list, nil
}
