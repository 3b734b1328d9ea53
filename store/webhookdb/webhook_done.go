package webhookdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// Codes of deliveries that were given up without an answer.
const (
	WebhookDisabled = "disabled" // the webhook was disabled before it was delivered
)

// WebhookResult is what came of one try. Status is the HTTP status, 0 without an
// answer; Code says why it is not Delivered. Neither Delivered nor Failed: it is
// tried again after Pause. Last says that the webhook is about to be disabled: the
// next of the conversation does not get its turn.
type WebhookResult struct {
	Delivered, Failed, Last bool
	Status                  int
	Code                    string
	Pause                   time.Duration
}

const lockLine = `
SELECT 1 FROM webhook_line WHERE subscription_id = $1 AND conversation_id = $2 AND lease = $3 FOR UPDATE`

const updateDelivery = `
UPDATE webhook_delivery SET last_status = NULLIF($2, 0), last_error = NULLIF($3, ''), delivered_at = CASE WHEN $4 THEN now() END,
  failed_at = CASE WHEN $5 THEN now() END, next_at = CASE WHEN NOT $4 AND NOT $5 THEN now() + $6::interval END
WHERE id = $1 AND delivered_at IS NULL AND failed_at IS NULL`

const pauseLine = `
UPDATE webhook_line SET due_at = now() + $3::interval, lease = NULL WHERE subscription_id = $1 AND conversation_id = $2`

// DeliveryTried records what came of a try. After one that is done the next of
// the conversation has its turn. It does nothing when the lease had run out and
// somebody else has the conversation.
func (s *Store) DeliveryTried(ctx context.Context, job WebhookJob, r WebhookResult) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var one int
		if err := pg.GetOne(ctx, tx, &one, lockLine, job.Webhook, job.Conversation, job.Lease); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, updateDelivery, job.ID, r.Status, r.Code, r.Delivered, r.Failed, r.Pause.String())
		if err != nil || r.Last { // the lease stays, in case that it is not disabled after all
			return err
		}
		if r.Delivered || r.Failed {
			return endTurn(ctx, tx, job.Webhook, job.Conversation)
		}
		_, err = tx.ExecContext(ctx, pauseLine, job.Webhook, job.Conversation, r.Pause.String())
		return err
	})
	if err != nil && !errors.Is(err, pg.ErrNotFound) {
		return fmt.Errorf("record delivery: %w", err)
	}
	return nil
}

const nextInLine = `
UPDATE webhook_line l SET due_at = now(), lease = NULL WHERE l.subscription_id = $1 AND l.conversation_id = $2 AND EXISTS (
  SELECT FROM webhook_delivery d WHERE d.subscription_id = $1 AND d.conversation_id = $2 AND d.delivered_at IS NULL AND d.failed_at IS NULL)`

const endLine = `DELETE FROM webhook_line WHERE subscription_id = $1 AND conversation_id = $2`

// endTurn frees a locked line for its next delivery, or ends it when there is
// none. Whoever adds one meanwhile waits for the lock, and begins a new line.
func endTurn(ctx context.Context, tx *sqlx.Tx, webhook, conversation uuid.UUID) error {
	res, err := tx.ExecContext(ctx, nextInLine, webhook, conversation)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, endLine, webhook, conversation)
	return err
}

const endLines = `DELETE FROM webhook_line WHERE subscription_id = $1`

const failDeliveries = `
UPDATE webhook_delivery SET failed_at = now(), next_at = NULL, last_error = '` + WebhookDisabled + `'
WHERE subscription_id = $1 AND delivered_at IS NULL AND failed_at IS NULL`

// dropDeliveries gives up what a webhook has not delivered: the lines first,
// which is the order in which everybody locks.
func dropDeliveries(ctx context.Context, tx *sqlx.Tx, webhook uuid.UUID) error {
	if _, err := tx.ExecContext(ctx, endLines, webhook); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, failDeliveries, webhook)
	return err
}

// WebhookIsGone disables a webhook whose subscriber answered 410 at an address,
// unless it has another address by now.
func (s *Store) WebhookIsGone(ctx context.Context, id uuid.UUID, url string) error {
	_, err := s.ChangeWebhook(ctx, auditdb.Actor{}, id, func(w *Webhook) error {
		if !w.Enabled || w.URL != url {
			return pg.ErrStale
		}
		gone := WebhookGone
		w.Enabled, w.DisabledReason = false, &gone
		return nil
	})
	if errors.Is(err, pg.ErrStale) || errors.Is(err, pg.ErrNotFound) {
		return nil
	}
	return err
}

// WebhookDelivery is one event for one webhook and what became of it.
type WebhookDelivery struct {
	ID           uuid.UUID     `db:"id" json:"id"`
	Seq          int64         `db:"seq" json:"-"`
	Conversation uuid.UUID     `db:"conversation_id" json:"conversation_id"`
	Message      uuid.NullUUID `db:"message_id" json:"message_id"`
	Kind         string        `db:"kind" json:"type"`
	Status       string        `db:"status" json:"status"` // pending, delivered or failed
	Attempts     int           `db:"attempts" json:"attempts"`
	NextAt       *time.Time    `db:"next_at" json:"next_at"`
	FirstAt      *time.Time    `db:"first_at" json:"first_at"`
	LastStatus   *int          `db:"last_status" json:"last_status"`
	LastError    *string       `db:"last_error" json:"last_error"`
	DeliveredAt  *time.Time    `db:"delivered_at" json:"delivered_at"`
	FailedAt     *time.Time    `db:"failed_at" json:"failed_at"`
	CreatedAt    time.Time     `db:"created_at" json:"created_at"`
}

// Statuses of a WebhookDelivery.
const (
	DeliveryPending   = "pending"
	DeliveryDelivered = "delivered"
	DeliveryFailed    = "failed"
)

const deliveryColumns = `id, seq, conversation_id, message_id, kind, attempts, next_at, first_at, last_status, last_error, delivered_at, failed_at, created_at,
  CASE WHEN delivered_at IS NOT NULL THEN 'delivered' WHEN failed_at IS NOT NULL THEN 'failed' ELSE 'pending' END AS status`

const (
	deliveriesOf            = `SELECT ` + deliveryColumns + ` FROM webhook_delivery WHERE subscription_id = $1 AND ($2 = 0 OR seq < $2)`
	newestDeliveries        = ` ORDER BY seq DESC LIMIT $3`
	selectDeliveries        = deliveriesOf + newestDeliveries
	selectPendingDeliveries = deliveriesOf + ` AND delivered_at IS NULL AND failed_at IS NULL` + newestDeliveries
	selectDoneDeliveries    = deliveriesOf + ` AND delivered_at IS NOT NULL` + newestDeliveries
	selectFailedDeliveries  = deliveriesOf + ` AND failed_at IS NOT NULL` + newestDeliveries
)

// WebhookDeliveries lists a webhook's deliveries, the newest first, of one
// status or of all (""). before is the Seq of the last that was read, 0 from the
// newest.
func (s *Store) WebhookDeliveries(ctx context.Context, webhook uuid.UUID, status string, before int64, limit int) ([]WebhookDelivery, error) {
	list := []WebhookDelivery{}
	var err error
	switch status {
	case DeliveryPending:
		err = s.SQL.SelectContext(ctx, &list, selectPendingDeliveries, webhook, before, limit)
	case DeliveryDelivered:
		err = s.SQL.SelectContext(ctx, &list, selectDoneDeliveries, webhook, before, limit)
	case DeliveryFailed:
		err = s.SQL.SelectContext(ctx, &list, selectFailedDeliveries, webhook, before, limit)
	default:
		err = s.SQL.SelectContext(ctx, &list, selectDeliveries, webhook, before, limit)
	}
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	return list, nil
}

const selectDeliveryLine = `SELECT conversation_id FROM webhook_delivery WHERE id = $1 AND subscription_id = $2`

const touchLine = `
INSERT INTO webhook_line (subscription_id, conversation_id) VALUES ($1, $2)
ON CONFLICT (subscription_id, conversation_id) DO UPDATE SET due_at = CASE WHEN webhook_line.lease IS NULL THEN now() ELSE webhook_line.due_at END`

const reviveDelivery = `
UPDATE webhook_delivery SET delivered_at = NULL, failed_at = NULL, since = now(), next_at = now() WHERE id = $1
RETURNING ` + deliveryColumns

// RetryDelivery has a delivery tried again, under its old id, for another 24
// hours; one that waits, at once. A webhook that is disabled is a *Conflict.
func (s *Store) RetryDelivery(ctx context.Context, by auditdb.Actor, webhook, id uuid.UUID) (WebhookDelivery, error) {
	var d WebhookDelivery
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if err := s.lockEnabled(ctx, tx, webhook); err != nil {
			return err
		}
		var conversation uuid.UUID
		if err := pg.GetOne(ctx, tx, &conversation, selectDeliveryLine, id, webhook); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, touchLine, webhook, conversation); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &d, reviveDelivery, id); err != nil {
			return err
		}
		return auditdb.WriteAudit(ctx, tx, by, "retry", auditdb.AuditWebhook, webhook.String(), map[string]any{"delivery_id": id})
	})
	if err != nil {
		return WebhookDelivery{}, fmt.Errorf("retry delivery: %w", err)
	}
	s.Events().Wake()
	return d, nil
}

const pruneDeliveries = `
DELETE FROM webhook_delivery WHERE id IN (
  SELECT id FROM webhook_delivery WHERE (delivered_at IS NOT NULL OR failed_at IS NOT NULL) AND created_at < $1
  ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)`

// PruneDeliveries deletes up to batch deliveries that are done and were made
// before a moment, and returns how many.
func (s *Store) PruneDeliveries(ctx context.Context, before time.Time, batch int) (int, error) {
	res, err := s.SQL.ExecContext(ctx, pruneDeliveries, before, batch)
	if err != nil {
		return 0, fmt.Errorf("prune deliveries: %w", err)
	}
	n, err := res.RowsAffected()
	return int(n), err
}

const countDeliveries = `SELECT count(*) FROM webhook_delivery WHERE delivered_at IS NULL AND failed_at IS NULL`

// PendingDeliveries counts what outside systems have not been told yet.
func (s *Store) PendingDeliveries(ctx context.Context) (int, error) {
	var n int
	if err := s.SQL.GetContext(ctx, &n, countDeliveries); err != nil {
		return 0, fmt.Errorf("count deliveries: %w", err)
	}
	return n, nil
}

// WebhookTested records what a test of a webhook found.
func (s *Store) WebhookTested(ctx context.Context, by auditdb.Actor, id uuid.UUID, ok bool, code string) error {
	changes := map[string]any{"ok": ok}
	if code != "" {
		changes["code"] = code
	}
	return auditdb.WriteAudit(ctx, s.SQL, by, "test", auditdb.AuditWebhook, id.String(), changes)
}
