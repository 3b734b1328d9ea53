package webchatdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// Changes that EventConversation tells of a customer's presence.
const (
	ChangeAway = "customer_away"
	ChangeBack = "customer_back"
)

const seenNode = `
INSERT INTO visitor_node (node) VALUES ($1) ON CONFLICT (node) DO UPDATE SET seen_at = now() RETURNING xmax = 0 AS fresh`

// VisitorNode says that a node lives. Fresh: it was not known, so none of its
// connections are recorded.
func (s *Store) VisitorNode(ctx context.Context, node string) (fresh bool, err error) {
	if err := s.SQL.GetContext(ctx, &fresh, seenNode, node); err != nil {
		return false, fmt.Errorf("keep visitors: %w", err)
	}
	return fresh, nil
}

const insertVisitorConnection = `INSERT INTO visitor_connection (id, visitor_id, node) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING`

const customerBack = `
WITH moved AS (
  UPDATE conversation c SET away_since = NULL, presence_no = presence_no + 1
  WHERE c.contact_point_id IN (` + points + `) AND c.state <> 'closed' AND c.away_since IS NOT NULL
  RETURNING c.id, c.queue_id, c.agent_id, c.state, c.version
)
INSERT INTO event (kind, conversation_id, queue_id, agent_id, data)
SELECT '` + outbox.EventConversation + `', id, queue_id, agent_id, jsonb_build_object('change', '` + ChangeBack + `', 'state', state, 'version', version) FROM moved`

// ConnectVisitor records that a visitor has an event stream open. A node that is
// not known, or a visitor who is not, is ErrNotFound.
func (s *Store) ConnectVisitor(ctx context.Context, node string, conn, visitor uuid.UUID) error {
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		var locked uuid.UUID
		if err := pg.GetOne(ctx, tx, &locked, lockVisitor, visitor); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, insertVisitorConnection, conn, visitor, node); err != nil {
			if _, code := pg.Constraint(err); code == "23503" {
				return pg.ErrNotFound
			}
			return err
		}
		_, err := tx.ExecContext(ctx, customerBack, visitor)
		return err
	})
	if err != nil {
		return fmt.Errorf("connect visitor: %w", err)
	}
	return nil
}

// A live chat's workflow is told in time to wait for the end of the absence, and
// not at every change of page.
const customerAway = `
WITH moved AS (
  UPDATE conversation c SET away_since = now(), presence_no = presence_no + 1
  WHERE c.contact_point_id IN (` + points + `) AND c.state <> 'closed' AND c.away_since IS NULL
    AND NOT EXISTS (SELECT FROM visitor_connection x WHERE x.visitor_id = $1)
  RETURNING c.id, c.queue_id, c.agent_id, c.state, c.version, c.workstream_id
), rung AS (
  INSERT INTO bell (conversation_id, due_at)
  SELECT m.id, now() + make_interval(secs => LEAST(15, COALESCE(w.away_timeout, 180) / 4.0)) FROM moved m JOIN workstream w ON w.id = m.workstream_id
  WHERE w.style = 'live' AND m.state IN ('open', 'active') ORDER BY m.id
  ON CONFLICT (conversation_id) DO UPDATE SET rings = nextval('bell_ring'), due_at = LEAST(bell.due_at, EXCLUDED.due_at)
)
INSERT INTO event (kind, conversation_id, queue_id, agent_id, data)
SELECT '` + outbox.EventConversation + `', id, queue_id, agent_id, jsonb_build_object('change', '` + ChangeAway + `', 'state', state, 'version', version) FROM moved`

const visitorOfConnection = `SELECT visitor_id FROM visitor_connection WHERE id = $1`

const deleteVisitorConnection = `DELETE FROM visitor_connection WHERE id = $1`

// DisconnectVisitor records that a stream ended. With the last one the visitor
// is away. A connection that is not recorded is no error.
func (s *Store) DisconnectVisitor(ctx context.Context, conn uuid.UUID) error {
	err := s.BellTx(ctx, func(tx *sqlx.Tx) error {
		var visitor, locked uuid.UUID
		if err := pg.GetOne(ctx, tx, &visitor, visitorOfConnection, conn); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &locked, lockVisitor, visitor); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteVisitorConnection, conn); err != nil {
			return err
		}
		// A statement of its own, begun under the lock: of two streams that end at
		// once, the second sees both gone.
		_, err := tx.ExecContext(ctx, customerAway, visitor)
		return err
	})
	if err != nil && !errors.Is(err, pg.ErrNotFound) {
		return fmt.Errorf("disconnect visitor: %w", err)
	}
	return nil
}

const deadConnections = `
SELECT x.id FROM visitor_connection x JOIN visitor_node n ON n.node = x.node WHERE n.seen_at < now() - $1::interval ORDER BY n.node LIMIT $2`

const deleteDeadNodes = `
DELETE FROM visitor_node n WHERE n.seen_at < now() - $1::interval AND NOT EXISTS (SELECT FROM visitor_connection x WHERE x.node = n.node)`

// SweepVisitors disconnects up to limit visitors of nodes that have not been seen
// for so long, and returns how many.
func (s *Store) SweepVisitors(ctx context.Context, unseen time.Duration, limit int) (int, error) {
	var dead []uuid.UUID
	if err := s.SQL.SelectContext(ctx, &dead, deadConnections, unseen.String(), limit); err != nil {
		return 0, fmt.Errorf("sweep visitors: %w", err)
	}
	for _, id := range dead {
		if err := s.DisconnectVisitor(ctx, id); err != nil {
			return 0, err
		}
	}
	if len(dead) > 0 {
		return len(dead), nil
	}
	if _, err := s.SQL.ExecContext(ctx, deleteDeadNodes, unseen.String()); err != nil {
		return 0, fmt.Errorf("sweep visitors: %w", err)
	}
	return 0, nil
}
