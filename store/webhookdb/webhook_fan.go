package webhookdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/pg"
)

// The cursor of a restored database counts as another cluster did; the log's old
// events were put at its beginning, see rebaseEvents, and so is the cursor.
const RebaseCursors = `
UPDATE webhook_cursor SET xid = '3' WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())`

const claimCursor = `
SELECT xid::text, event_id FROM webhook_cursor WHERE subscription_id = $1 FOR UPDATE SKIP LOCKED`

// outward is what a webhook s may hear of a message m: of what only agents see,
// nothing unless it asks for that.
const outward = `(s.include_internal OR m.direction <> 'internal' AND m.visible_to <> 'agent')`

// The rule of readEvents: only rows below the oldest running transaction, so
// that none can appear behind the cursor. A line that is there already is
// touched so that who answers it meanwhile is waited for, and does not end it.
// State and version are those of the event's moment, however late it is told.
const fanOut = `
WITH page AS (
  SELECT e.xid, e.id, e.kind, e.conversation_id, e.message_id, e.queue_id, e.agent_id, e.data, e.state, e.version, e.created_at
  FROM event e WHERE (e.xid, e.id) > ($2::xid8, $3::bigint) AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY e.xid, e.id LIMIT $4
), made AS (
  INSERT INTO webhook_delivery (subscription_id, conversation_id, message_id, queue_id, agent_id, kind, data, at)
  SELECT s.id, p.conversation_id, p.message_id, p.queue_id, p.agent_id, p.kind,
         jsonb_build_object('state', COALESCE(p.state, c.state), 'version', COALESCE(p.version, c.version)) || COALESCE(p.data, '{}'), p.created_at
  FROM page p JOIN webhook_subscription s ON s.id = $1 AND s.enabled AND p.kind = ANY(s.kinds)
  JOIN conversation c ON c.id = p.conversation_id AND (s.workstream_id IS NULL OR s.workstream_id = c.workstream_id) AND ` + ofCallback + `
  LEFT JOIN message m ON m.id = p.message_id
  WHERE m.id IS NULL OR ` + outward + `
  ORDER BY p.xid, p.id
  RETURNING conversation_id
), lines AS (
  INSERT INTO webhook_line (subscription_id, conversation_id) SELECT DISTINCT $1::uuid, m.conversation_id FROM made m
  ON CONFLICT (subscription_id, conversation_id) DO UPDATE SET due_at = webhook_line.due_at
), last AS (SELECT xid, id FROM page ORDER BY xid DESC, id DESC LIMIT 1)
UPDATE webhook_cursor c SET xid = last.xid, event_id = last.id FROM last WHERE c.subscription_id = $1
RETURNING (SELECT count(*) FROM page)`

// FanOut makes deliveries of up to limit events that a webhook has not been
// looked at for, and moves its cursor past them in the same transaction. It
// returns how many events it read: 0 also while another process does it.
func (s *Store) FanOut(ctx context.Context, webhook uuid.UUID, limit int) (int, error) {
	var n int
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var at struct {
			XID string `db:"xid"`
			ID  int64  `db:"event_id"`
		}
		if err := pg.GetOne(ctx, tx, &at, claimCursor, webhook); err != nil {
			return err
		}
		return pg.GetOne(ctx, tx, &n, fanOut, webhook, at.XID, at.ID, limit)
	})
	if err != nil && !errors.Is(err, pg.ErrNotFound) {
		return 0, fmt.Errorf("fan out events: %w", err)
	}
	return n, nil
}

// WebhookJob is a delivery to try now, with what there is to tell. Message
// fields are of events that concern a message; Text and Attachments are there
// only when the webhook includes them, the customer has not taken them back, and
// they are not for agents only, unless it includes those too.
type WebhookJob struct {
	ID           uuid.UUID       `db:"id"` // the webhook-id
	Lease        uuid.UUID       `db:"-"`
	Webhook      uuid.UUID       `db:"subscription_id"`
	Conversation uuid.UUID       `db:"conversation_id"`
	Message      uuid.NullUUID   `db:"message_id"`
	Queue        uuid.NullUUID   `db:"queue_id"`
	Agent        uuid.NullUUID   `db:"agent_id"`
	Kind         string          `db:"kind"`
	Data         json.RawMessage `db:"data"`
	At           time.Time       `db:"at"`
	Since        time.Time       `db:"since"`
	Attempts     int             `db:"attempts"` // this one included

	State       string           `db:"state"`
	Version     int64            `db:"version"`
	Channel     string           `db:"channel"`
	Workstream  uuid.UUID        `db:"workstream_id"`
	ExternalID  *string          `db:"external_id"` // of a work item
	Seq         *int64           `db:"message_seq"`
	Direction   *string          `db:"direction"`
	Type        *string          `db:"type"`
	Status      *string          `db:"status"`
	ErrorCode   *string          `db:"error_code"`
	Text        *string          `db:"text"`
	Attachments *json.RawMessage `db:"attachments"`
}

const claimLines = `
WITH due AS MATERIALIZED (
  SELECT l.conversation_id FROM webhook_line l
  WHERE l.subscription_id = $1 AND l.due_at <= now() AND EXISTS (SELECT FROM webhook_subscription s WHERE s.id = $1 AND s.enabled)
  ORDER BY l.due_at LIMIT $2 FOR UPDATE OF l SKIP LOCKED
)
UPDATE webhook_line l SET due_at = now() + $3::interval, lease = $4
FROM due WHERE l.subscription_id = $1 AND l.conversation_id = due.conversation_id
RETURNING l.conversation_id`

const beginTries = `
UPDATE webhook_delivery d SET attempts = d.attempts + 1, first_at = COALESCE(d.first_at, now()), next_at = NULL
FROM unnest($2::uuid[]) AS line(conversation_id) CROSS JOIN LATERAL (
  SELECT h.id FROM webhook_delivery h
  WHERE h.subscription_id = $1 AND h.conversation_id = line.conversation_id AND h.delivered_at IS NULL AND h.failed_at IS NULL
  ORDER BY h.seq LIMIT 1
) head
WHERE d.id = head.id
RETURNING d.id`

const selectJobs = `
SELECT d.id, d.subscription_id, d.conversation_id, d.message_id, d.queue_id, d.agent_id, d.kind, d.data, d.at, d.since, d.attempts,
  c.state, c.version, c.channel, c.workstream_id, t.external_id, m.seq AS message_seq, m.direction, m.type, m.status, m.error_code,
  CASE WHEN s.include_message AND m.redacted_at IS NULL AND ` + outward + ` THEN m.text END AS text,
  CASE WHEN s.include_message AND m.redacted_at IS NULL AND ` + outward + ` THEN (
    SELECT json_agg(json_build_object('id', f.id, 'state', f.state, 'name', f.name, 'content_type', f.content_type, 'size', f.size) ORDER BY f.position)
    FROM attachment f WHERE f.message_id = m.id) END AS attachments
FROM webhook_delivery d JOIN webhook_subscription s ON s.id = d.subscription_id JOIN conversation c ON c.id = d.conversation_id
LEFT JOIN message m ON m.id = d.message_id LEFT JOIN work_item t ON t.conversation_id = d.conversation_id
WHERE d.id = ANY($1::uuid[])`

// ClaimDeliveries takes up to limit conversations of a webhook that are due, and
// of each the first delivery that is not done. They are leased: of a process
// that dies, another takes them over when the lease has run out. What is first
// is read after the claim, never before.
func (s *Store) ClaimDeliveries(ctx context.Context, webhook uuid.UUID, limit int, lease time.Duration) ([]WebhookJob, error) {
	var jobs []WebhookJob
	token := uuid.New()
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var lines, ids []uuid.UUID
		if err := tx.SelectContext(ctx, &lines, claimLines, webhook, limit, lease.String(), token); err != nil || len(lines) == 0 {
			return err
		}
		if err := tx.SelectContext(ctx, &ids, beginTries, webhook, pq.Array(pg.UUIDStrings(lines))); err != nil {
			return err
		}
		if err := tx.SelectContext(ctx, &jobs, selectJobs, pq.Array(pg.UUIDStrings(ids))); err != nil {
			return err
		}
		begun := make(map[uuid.UUID]bool, len(jobs))
		for i := range jobs {
			jobs[i].Lease = token
			begun[jobs[i].Conversation] = true
		}
		for _, conversation := range lines {
			if !begun[conversation] { // nothing is left in it
				if err := endTurn(ctx, tx, webhook, conversation); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("claim deliveries: %w", err)
	}
	return jobs, nil
}
