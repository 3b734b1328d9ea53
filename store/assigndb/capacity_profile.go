package assigndb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/pg"
)

// What an agent still has from yesterday counts for yesterday.
const endOfDay = `
UPDATE agent_status s SET profiles = (
  SELECT jsonb_object_agg(p.key, CASE WHEN (p.value->>'until')::float8 <= extract(epoch FROM COALESCE($1::timestamptz, now()))
                                      THEN (p.value - 'until') || '{"used": 0}' ELSE p.value END) FROM jsonb_each(s.profiles) p)
WHERE s.agent_id IN (SELECT agent_id FROM agent_status WHERE profiles_until <= extract(epoch FROM COALESCE($1::timestamptz, now()))::float8
                     ORDER BY agent_id LIMIT 1000 FOR UPDATE SKIP LOCKED)
RETURNING s.agent_id`

// EndOfDay lets begin anew what agents' capacity profiles count for a day that
// was over at that time; zero: now. It returns for how many agents.
func (s *Store) EndOfDay(ctx context.Context, now time.Time) (int, error) {
	var agents []uuid.UUID
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		err := tx.SelectContext(ctx, &agents, endOfDay, pg.NullTime(now))
		if err != nil || len(agents) == 0 {
			return err
		}
		_, err = RecomputePresence(ctx, tx, agents...)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("end of day: %w", err)
	}
	return len(agents), nil
}
