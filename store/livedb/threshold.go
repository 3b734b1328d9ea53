package livedb

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// Thresholds say from when on a queue is amber or red; null does not count.
type Thresholds struct {
	WaitingAmber *int `db:"waiting_amber" json:"waiting_amber"` // conversations that wait
	WaitingRed   *int `db:"waiting_red" json:"waiting_red"`
	WaitAmber    *int `db:"wait_amber" json:"wait_amber"` // seconds of the longest wait
	WaitRed      *int `db:"wait_red" json:"wait_red"`
}

const selectThresholds = `
SELECT t.waiting_amber, t.waiting_red, t.wait_amber, t.wait_red
FROM queue q LEFT JOIN queue_threshold t ON t.queue_id = q.id WHERE q.id = $1`

// Thresholds returns those of a queue; a queue that does not exist is ErrNotFound.
func (s *Store) Thresholds(ctx context.Context, queue uuid.UUID) (Thresholds, error) {
	var t Thresholds
	if err := pg.GetOne(ctx, s.SQL, &t, selectThresholds, queue); err != nil {
		return Thresholds{}, fmt.Errorf("read thresholds: %w", err)
	}
	return t, nil
}

const (
	lockQueue      = `SELECT id FROM queue WHERE id = $1 FOR NO KEY UPDATE`
	keepThresholds = `
INSERT INTO queue_threshold (queue_id, waiting_amber, waiting_red, wait_amber, wait_red) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (queue_id) DO UPDATE SET waiting_amber = EXCLUDED.waiting_amber, waiting_red = EXCLUDED.waiting_red,
  wait_amber = EXCLUDED.wait_amber, wait_red = EXCLUDED.wait_red`
)

// SetThresholds replaces those of a queue. What they make of how it stands is told
// by the next SweepThresholds.
func (s *Store) SetThresholds(ctx context.Context, by auditdb.Actor, queue uuid.UUID, t Thresholds) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var locked uuid.UUID
		if err := pg.GetOne(ctx, tx, &locked, lockQueue, queue); err != nil {
			return err
		}
		var before Thresholds
		if err := pg.GetOne(ctx, tx, &before, selectThresholds, queue); err != nil {
			return err
		}
		if err := auditdb.UnlessMatching(ctx, before); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, keepThresholds, queue, t.WaitingAmber, t.WaitingRed, t.WaitAmber, t.WaitRed); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "set_thresholds", auditdb.AuditQueue, queue.String(), before, t, nil)
	})
	if err != nil {
		return fmt.Errorf("set thresholds: %w", err)
	}
	return nil
}

// levelOf is the level of a queue by its thresholds t, of which x.n wait, the longest
// for x.seconds.
const levelOf = `CASE WHEN x.n >= t.waiting_red OR x.seconds >= t.wait_red THEN 'red'
  WHEN x.n >= t.waiting_amber OR x.seconds >= t.wait_amber THEN 'amber' ELSE 'normal' END`

// Of two that sweep at once, the second finds the level as the first has written it.
const sweepThresholds = `
WITH stands AS (
  SELECT t.queue_id, ` + levelOf + ` AS level, x.n, x.seconds
  FROM queue_threshold t CROSS JOIN LATERAL (
    SELECT count(*) AS n, COALESCE(extract(epoch FROM now() - min(COALESCE(c.waiting_since, c.created_at))), 0) AS seconds
    FROM conversation c WHERE c.queue_id = t.queue_id AND ` + isWaiting + `
  ) x
), moved AS (
  UPDATE queue_threshold t SET level = n.level, level_since = now() FROM stands n
  WHERE t.queue_id = n.queue_id AND t.level <> n.level RETURNING t.queue_id, n.level, n.n, n.seconds
), told AS (
  INSERT INTO event (kind, queue_id, data)
  SELECT '` + outbox.EventQueueLevel + `', queue_id, jsonb_build_object('level', level, 'waiting', n, 'longest_wait', floor(seconds)) FROM moved
  RETURNING 1
)
SELECT count(*) FROM told`

// SweepThresholds tells of queues that crossed a threshold, or came back, since it
// was called last. It returns how many did.
func (s *Store) SweepThresholds(ctx context.Context) (int, error) {
	var n int
	err := s.Tx(ctx, func(tx *sqlx.Tx) error { return pg.GetOne(ctx, tx, &n, sweepThresholds) })
	if err != nil && !errors.Is(err, pg.ErrNotFound) {
		return 0, fmt.Errorf("sweep thresholds: %w", err)
	}
	return n, nil
}
