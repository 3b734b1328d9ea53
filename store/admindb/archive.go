package admindb

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// QueueUses says what leads to a queue. One that does not exist is ErrNotFound.
func (s *Store) QueueUses(ctx context.Context, id uuid.UUID) (configdb.Uses, error) {
	if _, err := s.QueueByID(ctx, id); err != nil {
		return configdb.Uses{}, err
	}
	by, err := configdb.QueueUses(ctx, s.SQL, id)
	if err != nil {
		return configdb.Uses{}, err
	}
	return usesOf(by, s.SQL.QueryRowxContext(ctx, configdb.CountOfQueue, id))
}

// WorkstreamUses says what leads to a workstream. One that does not exist is
// ErrNotFound.
func (s *Store) WorkstreamUses(ctx context.Context, id uuid.UUID) (configdb.Uses, error) {
	if _, err := s.WorkstreamByID(ctx, id); err != nil {
		return configdb.Uses{}, err
	}
	by, err := configdb.WorkstreamUses(ctx, s.SQL, id)
	if err != nil {
		return configdb.Uses{}, err
	}
	return usesOf(by, s.SQL.QueryRowxContext(ctx, configdb.CountOfWorkstream, id))
}

func usesOf(by []configdb.Use, live *sqlx.Row) (configdb.Uses, error) {
	u := configdb.Uses{By: by}
	if err := live.Scan(&u.Waiting, &u.Assigned); err != nil {
		return configdb.Uses{}, fmt.Errorf("count live conversations: %w", err)
	}
	return u, nil
}

func unlessWorkstreamUsed(ctx context.Context, tx *sqlx.Tx, id uuid.UUID) error {
	by, err := configdb.WorkstreamUses(ctx, tx, id)
	if err != nil {
		return err
	}
	return configdb.UnlessUsed(by, "workstream")
}

const archiveQueue = `UPDATE queue SET archived_at = CASE WHEN $2 THEN COALESCE(archived_at, now()) END WHERE id = $1`

// setQueueArchived archives or restores a queue that is locked against whatever
// would come to lead to it.
func setQueueArchived(ctx context.Context, tx *sqlx.Tx, before Queue, archived bool) error {
	if before.Archived == archived {
		return nil
	}
	if archived {
		by, err := configdb.QueueUses(ctx, tx, before.ID)
		if err != nil {
			return err
		}
		if err := configdb.UnlessUsed(by, "queue"); err != nil {
			return err
		}
	} else if err := refuseArchivedTargets(ctx, tx, before.ID); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, archiveQueue, before.ID, archived); err != nil {
		return fmt.Errorf("archive queue: %w", err)
	}
	return nil
}

// refuseArchivedTargets refuses to restore a queue that overflows into archived ones.
func refuseArchivedTargets(ctx context.Context, tx *sqlx.Tx, queue uuid.UUID) error {
	rules, err := readOverflow(ctx, tx, queue)
	if err != nil {
		return err
	}
	for _, o := range rules {
		id, err := uuid.Parse(o.To)
		if err != nil {
			continue // it leads nowhere
		}
		if err := configdb.RefuseArchivedQueue(ctx, tx, id, "overflow"); err != nil {
			return err
		}
	}
	return nil
}

// refuseArchivedQueues refuses a workstream in use that leads to archived queues,
// itself or by its rules.
func refuseArchivedQueues(ctx context.Context, tx *sqlx.Tx, before, after configdb.Workstream) error {
	if after.Archived {
		return nil
	}
	for _, q := range []struct {
		field    string
		was, now uuid.UUID
	}{{"queue_id", before.Queue, after.Queue}, {"fallback_queue_id", before.FallbackQueue, after.FallbackQueue}} {
		if q.was == q.now && !before.Archived {
			continue
		}
		if err := configdb.RefuseArchivedQueue(ctx, tx, q.now, q.field); err != nil {
			return err
		}
	}
	if !before.Archived {
		return nil
	}
	r, err := configdb.ReadRouting(ctx, tx, after.ID)
	if err != nil {
		return err
	}
	for _, key := range r.Rules.Queues() {
		id, err := uuid.Parse(key)
		if err != nil {
			continue // it leads nowhere
		}
		if err := configdb.RefuseArchivedQueue(ctx, tx, id, "routing_rules"); err != nil {
			return err
		}
	}
	return nil
}

// archiving is what a change is called in the audit log.
func archiving(before, after bool) string {
	switch {
	case after && !before:
		return "archive"
	case before && !after:
		return "restore"
	}
	return "update"
}

const lockGoingWorkstream = selectWorkstream + ` FOR UPDATE` // nothing comes to name it meanwhile

// ArchiveQueue is ChangeQueue for a change that archives the queue. What waits in it
// goes to moveTo, if that is given, and is decided about there.
func (s *Store) ArchiveQueue(ctx context.Context, by auditdb.Actor, id uuid.UUID, moveTo uuid.NullUUID,
	change func(*Queue) error) (Queue, error) {
	if err := s.mayMoveTo(ctx, id, moveTo); err != nil {
		return Queue{}, err
	}
	q, err := s.changeQueue(ctx, by, id, lockGoingQueue, change)
	if err != nil || !moveTo.Valid {
		return q, err
	}
	return q, s.moveWaiting(ctx, id, moveTo.UUID)
}

func (s *Store) mayMoveTo(ctx context.Context, from uuid.UUID, to uuid.NullUUID) error {
	if !to.Valid {
		return nil
	}
	q, err := s.QueueByID(ctx, to.UUID)
	switch {
	case errors.Is(err, pg.ErrNotFound):
		return &pg.Invalid{Field: "move_waiting_to", Reason: "is no queue"}
	case err != nil:
		return err
	case q.ID == from:
		return &pg.Invalid{Field: "move_waiting_to", Reason: "must be another queue"}
	case q.Archived:
		return &pg.Invalid{Field: "move_waiting_to", Reason: configdb.QueueIsArchived}
	}
	return nil
}

// ArchiveWorkstream is ChangeWorkstream for a change that archives the workstream.
func (s *Store) ArchiveWorkstream(ctx context.Context, by auditdb.Actor, id uuid.UUID,
	change func(*configdb.Workstream) error) (configdb.Workstream, error) {
	return s.changeWorkstream(ctx, by, id, lockGoingWorkstream, change)
}

// They are held and due at once: their workflows decide about them in the other
// queue, by its hours and its overflow. What is being offered keeps its offer.
const moveWaiting = `
WITH moving AS (
  SELECT c.id, c.offer_id IS NULL AS idle FROM conversation c
  WHERE c.queue_id = $1 AND c.state = 'open' AND c.hold IS DISTINCT FROM 'end' ORDER BY c.id FOR NO KEY UPDATE
), moved AS (
  UPDATE conversation c SET queue_id = $2, version = c.version + m.idle::int, declined_by = '{}', declined_at = '{}',
    hold = CASE WHEN m.idle THEN 'hours' ELSE c.hold END, held_until = CASE WHEN m.idle THEN now() ELSE c.held_until END,
    pushed = c.pushed AND NOT m.idle
  FROM moving m WHERE c.id = m.id RETURNING c.id, c.state, c.version
), told AS (
  INSERT INTO event (kind, conversation_id, queue_id, data)
  SELECT '` + outbox.EventConversation + `', m.id, q.id, jsonb_build_object('change', 'queued', 'state', m.state, 'version', m.version)
  FROM moved m CROSS JOIN unnest(ARRAY[$1::uuid, $2::uuid]) q (id)
)
INSERT INTO bell (conversation_id) SELECT id FROM moved
ON CONFLICT (conversation_id) DO UPDATE SET rings = nextval('bell_ring'), due_at = LEAST(bell.due_at, EXCLUDED.due_at)`

func (s *Store) moveWaiting(ctx context.Context, from, to uuid.UUID) error {
	err := s.BellTx(ctx, func(tx *sqlx.Tx) error {
		if err := configdb.RefuseArchivedQueue(ctx, tx, to, "move_waiting_to"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, moveWaiting, from, to)
		return err
	})
	if err != nil {
		return fmt.Errorf("move what waits: %w", err)
	}
	return nil
}
