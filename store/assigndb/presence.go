package assigndb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// AutomaticPresence is the presence of agent status s by load: none used is
// available, partly busy, full do not disturb.
const AutomaticPresence = `CASE WHEN s.profiles <> '{}' THEN profile_presence(s.load, s.capacity, s.profiles)
  WHEN s.load >= s.capacity THEN 'do_not_disturb' WHEN s.load > 0 THEN 'busy' ELSE 'available' END`

// Automatic is true of an agent status s that follows from the load.
const Automatic = `s.chosen IS NULL AND s.presence IN ('available', 'busy', 'do_not_disturb')`

const updatePresence = `
WITH moved AS (
  UPDATE agent_status s SET presence = ` + AutomaticPresence + `
  WHERE s.agent_id = ANY($1::uuid[]) AND ` + Automatic + ` AND s.presence <> ` + AutomaticPresence + `
  RETURNING s.agent_id, s.presence, s.load < s.capacity AS room
), told AS (
  INSERT INTO event (kind, agent_id, data)
  SELECT '` + outbox.EventPresence + `', agent_id, jsonb_build_object('presence', presence, 'chosen', NULL) FROM moved
)
SELECT agent_id::text FROM moved WHERE room`

// RecomputePresence lets the presence of agents whose load or capacity changed
// follow, in the transaction that changed it and holds their rows, and tells of
// it. It returns those whose presence changed and who have room.
func RecomputePresence(ctx context.Context, tx *sqlx.Tx, agents ...uuid.UUID) ([]uuid.UUID, error) {
	var ids []string
	if err := tx.SelectContext(ctx, &ids, updatePresence, pq.Array(pg.UUIDStrings(agents))); err != nil {
		return nil, fmt.Errorf("recompute presence: %w", err)
	}
	able := make([]uuid.UUID, len(ids))
	for i, id := range ids {
		able[i] = uuid.MustParse(id)
	}
	return able, nil
}

// endChoice ends a choice of available or busy: those last until the work changes.
const endChoice = `
WITH moved AS (
  UPDATE agent_status s SET chosen = NULL, custom_id = NULL,
         presence = CASE WHEN s.presence IN ('offline', 'inactive') THEN s.presence ELSE ` + AutomaticPresence + ` END
  WHERE s.agent_id = $1 AND s.chosen IN ('available', 'busy')
  RETURNING s.agent_id, s.presence
)
INSERT INTO event (kind, agent_id, data)
SELECT '` + outbox.EventPresence + `', agent_id, jsonb_build_object('presence', presence, 'chosen', NULL, 'chosen_id', NULL) FROM moved`

// WorkChanged lets an agent's presence be automatic again after they accepted a
// conversation or one of theirs closed, in the transaction that says so.
func WorkChanged(ctx context.Context, tx *sqlx.Tx, agent uuid.UUID) error {
	if _, err := tx.ExecContext(ctx, endChoice, agent); err != nil {
		return fmt.Errorf("end choice of presence: %w", err)
	}
	return nil
}
