package eventlog

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"switchboard/store/webhookdb"
)

// EventLogStarted is the first row of the log. It is told to nobody; it gives
// readers of an empty log a place to resume from, and so it lies before every
// running transaction.
const EventLogStarted = "log.started"

const eventLogLock = 7305302

// Transaction numbers start anew in a new cluster, but a restored log carries
// the old ones: events to come would sort before them or never be read. A
// visible row of a transaction that this cluster has not begun yet shows it.
// Everything up to the last such row is put before all to come; clients' old
// cursors then match no row, so that they are told to fetch anew.
const rebaseEvents = `
WITH old AS (SELECT max(id) AS id FROM event WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()))
UPDATE event e SET xid = '3' FROM old WHERE e.id <= old.id`

const startLog = `
INSERT INTO event (xid, kind)
SELECT '3', '` + EventLogStarted + `' WHERE NOT EXISTS (SELECT FROM event WHERE xid < pg_snapshot_xmin(pg_current_snapshot()))`

// PrepareEvents makes the log fit to be read: it has a first row, and a log that
// was restored into another cluster is numbered as that cluster counts. It is
// called before reading begins and does nothing when nothing is to be done.
func (s *Store) PrepareEvents(ctx context.Context) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, eventLogLock); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, rebaseEvents); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, startLog)
		return err
	})
	if err != nil {
		return fmt.Errorf("prepare events: %w", err)
	}
	return nil
}

// Only a part from the beginning is ever deleted, in the log's order, and its
// last row stays: then a cursor whose row exists has everything after it.
const pruneEvents = `
WITH old AS (
  SELECT xid, id, bool_and(created_at < $1) OVER (ORDER BY xid, id) AS gone FROM (
    SELECT xid, id, created_at FROM event WHERE xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, id LIMIT $2
  ) first
), last AS (SELECT xid, id FROM old WHERE gone ORDER BY xid DESC, id DESC LIMIT 1)
DELETE FROM event e USING old, last
WHERE old.gone AND (e.xid, e.id) = (old.xid, old.id) AND (e.xid, e.id) <> (last.xid, last.id)`

// PruneEvents deletes up to batch events from the beginning of the log that are
// older than a moment, and returns how many. While another process prunes it
// does nothing.
func (s *Store) PruneEvents(ctx context.Context, before time.Time, batch int) (int, error) {
	var n int64
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var mine bool
		if err := tx.GetContext(ctx, &mine, `SELECT pg_try_advisory_xact_lock($1)`, eventLogLock); err != nil || !mine {
			return err
		}
		res, err := tx.ExecContext(ctx, pruneEvents, before, batch)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("prune events: %w", err)
	}
	return int(n), nil
}

// PrepareWebhooks makes the event log and the places in it fit to be read. It is
// called before reading begins and does nothing when nothing is to be done.
func (s *Store) PrepareWebhooks(ctx context.Context) error {
	if err := s.PrepareEvents(ctx); err != nil {
		return err
	}
	if _, err := s.SQL.ExecContext(ctx, webhookdb.RebaseCursors); err != nil {
		return fmt.Errorf("prepare webhooks: %w", err)
	}
	return nil
}
