package conversationdb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/assigndb"
	"switchboard/store/outbox"
)

// presenceAfter lets presence follow a transition that is being written, before
// anything else is offered: the conversation is locked, the agent is locked here.
func presenceAfter(ctx context.Context, tx *sqlx.Tx, row snapshotRow, p Projection) error {
	switch p.Effects.Event {
	case "declined", "offer_expired":
		agent, err := uuid.Parse(p.Effects.Missed)
		if err != nil {
			return fmt.Errorf("agent who missed an offer: %w", err)
		}
		return missed(ctx, tx, agent, row.Workstream, p.Effects.Event == "declined")
	case "accepted", "picked", "resumed":
		agent, err := uuid.Parse(p.To.Agent)
		if err != nil {
			return fmt.Errorf("agent who accepted: %w", err)
		}
		return assigndb.WorkChanged(ctx, tx, agent)
	case "closed":
		if row.Agent.Valid {
			return assigndb.WorkChanged(ctx, tx, row.Agent.UUID)
		}
	}
	return nil
}

// Who was offline did not miss it by neglect. Their load is still what it was
// before the offer went.
const becomeInactive = `
WITH moved AS (
  UPDATE agent_status s SET presence = 'inactive', chosen = NULL, custom_id = NULL, inactive_since = now()
  WHERE s.agent_id = $1 AND s.presence NOT IN ('offline', 'inactive')
    AND EXISTS (SELECT FROM workstream w WHERE w.id = $2 AND w.missed_inactive)
  RETURNING s.agent_id
)
INSERT INTO event (kind, agent_id, data)
SELECT '` + outbox.EventPresence + `', agent_id, jsonb_build_object('presence', 'inactive', 'chosen', NULL, 'chosen_id', NULL, 'reason', 'missed_offer') FROM moved`

// Who is away stays away.
const becomeUndisturbed = `
WITH moved AS (
  UPDATE agent_status s SET presence = 'do_not_disturb', chosen = 'do_not_disturb', custom_id = NULL, active_at = now()
  WHERE s.agent_id = $1 AND s.presence IN ('available', 'busy', 'do_not_disturb') AND s.chosen IS DISTINCT FROM 'do_not_disturb'
    AND EXISTS (SELECT FROM workstream w WHERE w.id = $2 AND w.rejected_dnd)
  RETURNING s.agent_id
)
INSERT INTO event (kind, agent_id, data)
SELECT '` + outbox.EventPresence + `', agent_id,
       jsonb_build_object('presence', 'do_not_disturb', 'chosen', 'do_not_disturb', 'chosen_id', NULL, 'reason', 'declined_offer') FROM moved`

// missed does to the presence of an agent who let an offer lapse, or declined
// it, what its workstream says: inactive, which lasts until they or a supervisor
// set another, or do not disturb as if chosen by hand.
func missed(ctx context.Context, tx *sqlx.Tx, agent, workstream uuid.UUID, declined bool) error {
	var err error
	if declined {
		_, err = tx.ExecContext(ctx, becomeUndisturbed, agent, workstream)
	} else {
		_, err = tx.ExecContext(ctx, becomeInactive, agent, workstream)
	}
	if err != nil {
		return fmt.Errorf("presence after an offer was not taken: %w", err)
	}
	return nil
}
