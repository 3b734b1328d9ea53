package webhookdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// Most is how many deliveries WebhookHealth counts at most, and RetryFailed takes
// up at once.
const Most = 10_000

// WebhookHealth says how a webhook's deliveries do.
type WebhookHealth struct {
	Pending     int        `db:"pending" json:"pending"`
	PendingFrom *time.Time `db:"pending_from" json:"pending_from"` // since when the oldest waits
	Attempts    int        `db:"attempts" json:"attempts"`         // tries of the oldest
	Failed      int        `db:"failed" json:"failed"`             // given up within the last 24 hours
	LastStatus  *int       `db:"last_status" json:"last_status"`   // of the oldest that waits after a try, else of the last that failed
	LastError   *string    `db:"last_error" json:"last_error"`
	DeliveredAt *time.Time `db:"delivered_at" json:"delivered_at"`
	FailedAt    *time.Time `db:"failed_at" json:"failed_at"`
}

const selectHealth = `
SELECT (SELECT count(*) FROM (
    SELECT FROM webhook_delivery d WHERE d.subscription_id = s.id AND d.delivered_at IS NULL AND d.failed_at IS NULL LIMIT $2) waiting) AS pending,
  oldest.created_at AS pending_from, COALESCE(oldest.attempts, 0) AS attempts,
  (SELECT count(*) FROM (
    SELECT FROM webhook_delivery d WHERE d.subscription_id = s.id AND d.failed_at > now() - interval '24 hours' LIMIT $2) lately) AS failed,
  CASE WHEN oldest.attempts > 0 THEN oldest.last_status ELSE failure.last_status END AS last_status,
  CASE WHEN oldest.attempts > 0 THEN oldest.last_error ELSE failure.last_error END AS last_error,
  (SELECT d.delivered_at FROM webhook_delivery d
   WHERE d.subscription_id = s.id AND d.delivered_at IS NOT NULL ORDER BY d.delivered_at DESC LIMIT 1) AS delivered_at,
  failure.failed_at
FROM webhook_subscription s
LEFT JOIN LATERAL (
  SELECT d.created_at, d.attempts, d.last_status, d.last_error FROM webhook_delivery d
  WHERE d.subscription_id = s.id AND d.delivered_at IS NULL AND d.failed_at IS NULL ORDER BY d.seq LIMIT 1) oldest ON true
LEFT JOIN LATERAL (
  SELECT d.failed_at, d.last_status, d.last_error FROM webhook_delivery d
  WHERE d.subscription_id = s.id AND d.failed_at IS NOT NULL ORDER BY d.failed_at DESC LIMIT 1) failure ON true
WHERE s.id = $1`

// WebhookHealth says how the deliveries of a webhook do, or ErrNotFound.
func (s *Store) WebhookHealth(ctx context.Context, webhook uuid.UUID) (WebhookHealth, error) {
	var h WebhookHealth
	if err := pg.GetOne(ctx, s.SQL, &h, selectHealth, webhook, Most); err != nil {
		return WebhookHealth{}, fmt.Errorf("read health of webhook: %w", err)
	}
	return h, nil
}

const selectFailed = `
SELECT id, conversation_id FROM webhook_delivery WHERE subscription_id = $1 AND failed_at >= $2 ORDER BY failed_at LIMIT $3`

const touchLines = `
INSERT INTO webhook_line (subscription_id, conversation_id) SELECT $1::uuid, line FROM unnest($2::uuid[]) line GROUP BY line ORDER BY line
ON CONFLICT (subscription_id, conversation_id) DO UPDATE SET due_at = CASE WHEN webhook_line.lease IS NULL THEN now() ELSE webhook_line.due_at END`

const reviveFailed = `
UPDATE webhook_delivery SET failed_at = NULL, since = now(), next_at = now() WHERE id = ANY($1::uuid[]) AND failed_at IS NOT NULL`

// RetryFailed has what a webhook was not told since a moment tried again, as
// RetryDelivery does: up to Most deliveries, the oldest first. It returns how
// many; more says that others are left.
func (s *Store) RetryFailed(ctx context.Context, by auditdb.Actor, webhook uuid.UUID, since time.Time) (n int, more bool, err error) {
	err = s.Tx(ctx, func(tx *sqlx.Tx) error {
		if err := s.lockEnabled(ctx, tx, webhook); err != nil {
			return err
		}
		var failed []struct {
			ID           uuid.UUID `db:"id"`
			Conversation uuid.UUID `db:"conversation_id"`
		}
		if err := tx.SelectContext(ctx, &failed, selectFailed, webhook, since, Most+1); err != nil || len(failed) == 0 {
			return err
		}
		more = len(failed) > Most
		failed = failed[:min(len(failed), Most)]
		ids, lines := make([]string, len(failed)), make([]string, len(failed))
		for i, d := range failed {
			ids[i], lines[i] = d.ID.String(), d.Conversation.String()
		}
		if _, err := tx.ExecContext(ctx, touchLines, webhook, pq.Array(lines)); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, reviveFailed, pq.Array(ids))
		if err != nil {
			return err
		}
		revived, err := res.RowsAffected()
		if err != nil {
			return err
		}
		n = int(revived)
		return auditdb.WriteAudit(ctx, tx, by, "retry", auditdb.AuditWebhook, webhook.String(), map[string]any{"since": since, "deliveries": n})
	})
	if err != nil {
		return 0, false, fmt.Errorf("retry failed deliveries: %w", err)
	}
	s.Events().Wake()
	return n, more, nil
}

// lockEnabled locks a webhook's cursor, which is locked first by everybody; one
// that is disabled is a *Conflict.
func (s *Store) lockEnabled(ctx context.Context, tx *sqlx.Tx, webhook uuid.UUID) error {
	var one int
	if err := pg.GetOne(ctx, tx, &one, lockCursor, webhook); err != nil {
		return err
	}
	w, err := s.OneWebhook(ctx, tx, selectWebhook, webhook)
	if err == nil && !w.Enabled {
		return &pg.Conflict{Reason: "The webhook is disabled; enable it first."}
	}
	return err
}
