package pg

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

const takeTurn = `
INSERT INTO turn (name, holder, until) VALUES ($1, $2, now() + $3::interval)
ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, until = EXCLUDED.until
WHERE turn.holder = EXCLUDED.holder OR turn.until < now()
RETURNING name`

// TakeTurn says whether a process may do, for so long, what one process at a time
// does. Who has the turn prolongs it.
func (s *DB) TakeTurn(ctx context.Context, name, holder string, lasts time.Duration) (bool, error) {
	var mine string
	err := GetOne(ctx, s.SQL, &mine, takeTurn, name, holder, lasts.String())
	if errors.Is(err, ErrNotFound) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("take turn: %w", err)
	}
	return true, nil
}

// Standing is where a conversation's row stands, for comparison with its workflow.
type Standing struct {
	ID      uuid.UUID `db:"id"`
	State   string    `db:"state"`
	Version int64     `db:"version"`
}

const selectStandings = `SELECT id, state, version FROM conversation WHERE id = ANY($1::uuid[])`

// Standings returns where conversations stand, without those that have no row.
func (s *DB) Standings(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]Standing, error) {
	text := make([]string, len(ids))
	for i, id := range ids {
		text[i] = id.String()
	}
	var rows []Standing
	if err := s.SQL.SelectContext(ctx, &rows, selectStandings, pq.Array(text)); err != nil {
		return nil, fmt.Errorf("read standings: %w", err)
	}
	out := make(map[uuid.UUID]Standing, len(rows))
	for _, r := range rows {
		out[r.ID] = r
	}
	return out, nil
}

// Living is a conversation that is not closed. Its contact point and address are
// where the next page of them begins.
type Living struct {
	ID           uuid.UUID `db:"id"`
	State        string    `db:"state"`
	ContactPoint uuid.UUID `db:"contact_point_id"`
	Address      uuid.UUID `db:"address_id"`
}

// It reads the index of those that live in its order.
const selectLiving = `
SELECT id, state, contact_point_id, address_id FROM conversation
WHERE state <> 'closed' AND (contact_point_id, address_id) > ($1, $2) AND created_at < now() - $3::interval
ORDER BY contact_point_id, address_id LIMIT $4`

// LivingAfter returns the next conversations that are not closed and are older
// than that, after the last of the page before; the zero value begins.
func (s *DB) LivingAfter(ctx context.Context, last Living, older time.Duration, limit int) ([]Living, error) {
	var rows []Living
	if err := s.SQL.SelectContext(ctx, &rows, selectLiving, last.ContactPoint, last.Address, older.String(), limit); err != nil {
		return nil, fmt.Errorf("read conversations: %w", err)
	}
	return rows, nil
}

const selectClosedUnsent = `
SELECT DISTINCT c.id FROM message m JOIN conversation c ON c.id = m.conversation_id
WHERE m.status IN ('queued', 'sending') AND m.created_at < now() - $1::interval AND c.state = 'closed' LIMIT $2`

// ClosedUnsent returns closed conversations of which something is still to be
// sent for longer than that.
func (s *DB) ClosedUnsent(ctx context.Context, longer time.Duration, limit int) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	if err := s.SQL.SelectContext(ctx, &ids, selectClosedUnsent, longer.String(), limit); err != nil {
		return nil, fmt.Errorf("read closed conversations with unsent messages: %w", err)
	}
	return ids, nil
}
