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

	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// Why a webhook is disabled.
const (
	WebhookOff  = "administrator" // an administrator switched it off
	WebhookGone = "gone"          // the subscriber answered 410
)

// Names of a webhook's secrets. The old one signs too, until OldUntil.
const (
	WebhookKey    = "current"
	WebhookOldKey = "previous"
)

// WebhookKinds are the kinds of events that outside systems can be told of:
// those of conversations.
func WebhookKinds() []string {
	return []string{outbox.EventConversation, outbox.EventMessage, outbox.EventMessageUpdated, outbox.EventOffer, outbox.EventOfferGone}
}

// Webhook is a subscription of an outside system to what happens with
// conversations. Secrets are keys to sign with, as the bytes that they are.
type Webhook struct {
	ID             uuid.UUID     `json:"id"`
	Name           string        `json:"name"`
	URL            string        `json:"url"`
	Kinds          []string      `json:"kinds"`
	Workstream     uuid.NullUUID `json:"workstream_id"`
	IncludeMessage bool          `json:"include_message"`
	// IncludeInternal: messages that only agents see are told of too.
	IncludeInternal bool             `json:"include_internal"`
	Internal        bool             `json:"internal"`
	WorkItems       bool             `json:"work_items"` // only of those whose callback it is
	Enabled         bool             `json:"enabled"`
	DisabledReason  *string          `json:"disabled_reason"`
	OldUntil        *time.Time       `json:"old_secret_until"`
	CreatedAt       time.Time        `json:"created_at"`
	UpdatedAt       time.Time        `json:"updated_at"`
	Secrets         configdb.Secrets `json:"-"`
}

// Keys are the keys that sign at a moment, the newest first.
func (w Webhook) Keys(now time.Time) [][]byte {
	keys := [][]byte{[]byte(w.Secrets[WebhookKey])}
	if old := w.Secrets[WebhookOldKey]; old != "" && w.OldUntil != nil && now.Before(*w.OldUntil) {
		keys = append(keys, []byte(old))
	}
	return keys
}

type webhookRow struct {
	ID              uuid.UUID      `db:"id"`
	Name            string         `db:"name"`
	URL             string         `db:"url"`
	Kinds           pq.StringArray `db:"kinds"`
	Workstream      uuid.NullUUID  `db:"workstream_id"`
	IncludeMessage  bool           `db:"include_message"`
	IncludeInternal bool           `db:"include_internal"`
	Internal        bool           `db:"internal"`
	WorkItems       bool           `db:"work_items"`
	Secrets         []byte         `db:"secrets"`
	OldUntil        *time.Time     `db:"old_until"`
	Enabled         bool           `db:"enabled"`
	DisabledReason  *string        `db:"disabled_reason"`
	CreatedAt       time.Time      `db:"created_at"`
	UpdatedAt       time.Time      `db:"updated_at"`
}

func (s *Store) openWebhook(r webhookRow) (Webhook, error) {
	w := Webhook{ID: r.ID, Name: r.Name, URL: r.URL, Kinds: r.Kinds, Workstream: r.Workstream, IncludeMessage: r.IncludeMessage,
		IncludeInternal: r.IncludeInternal, Internal: r.Internal, WorkItems: r.WorkItems, Enabled: r.Enabled, DisabledReason: r.DisabledReason, OldUntil: r.OldUntil, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt}
	plain, err := s.Secrets.Open(r.Secrets, []byte(r.ID.String()))
	if err != nil {
		return Webhook{}, fmt.Errorf("secrets of webhook %s: %w", r.ID, err)
	}
	keys := map[string][]byte{} // base64 in JSON
	if err := json.Unmarshal(plain, &keys); err != nil {
		return Webhook{}, fmt.Errorf("secrets of webhook %s are no JSON object", r.ID)
	}
	w.Secrets = configdb.Secrets{}
	for name, key := range keys {
		w.Secrets[name] = string(key)
	}
	return w, nil
}

func (s *Store) sealKeys(w Webhook) ([]byte, error) {
	keys := map[string][]byte{}
	for name, key := range w.Secrets {
		keys[name] = []byte(key)
	}
	plain, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	return s.Secrets.Seal(plain, []byte(w.ID.String()))
}

// OneWebhook reads the webhook that a statement selects.
func (s *Store) OneWebhook(ctx context.Context, q sqlx.QueryerContext, query string, args ...any) (Webhook, error) {
	var r webhookRow
	if err := pg.GetOne(ctx, q, &r, query, args...); err != nil {
		return Webhook{}, err
	}
	return s.openWebhook(r)
}

func (s *Store) manyWebhooks(ctx context.Context, query string, args ...any) ([]Webhook, error) {
	var rows []webhookRow
	if err := s.SQL.SelectContext(ctx, &rows, query, args...); err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	list := make([]Webhook, len(rows))
	for i, r := range rows {
		var err error
		if list[i], err = s.openWebhook(r); err != nil {
			return nil, fmt.Errorf("list webhooks: %w", err)
		}
	}
	return list, nil
}

// WebhookColumns are those of a Webhook.
const WebhookColumns = `id, name, url, kinds, workstream_id, include_message, include_internal, internal, work_items, secrets, old_until, enabled, disabled_reason, created_at, updated_at`

const selectWebhook = `SELECT ` + WebhookColumns + ` FROM webhook_subscription WHERE id = $1`

// WebhookByID returns a webhook, or ErrNotFound.
func (s *Store) WebhookByID(ctx context.Context, id uuid.UUID) (Webhook, error) {
	w, err := s.OneWebhook(ctx, s.SQL, selectWebhook, id)
	if err != nil {
		return Webhook{}, fmt.Errorf("read webhook: %w", err)
	}
	return w, nil
}

const selectWebhooks = `
SELECT ` + WebhookColumns + ` FROM webhook_subscription WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3`

// Webhooks lists webhooks, the oldest first.
func (s *Store) Webhooks(ctx context.Context, p auditdb.Page) ([]Webhook, error) {
	return s.manyWebhooks(ctx, selectWebhooks, p.After.At, p.After.ID, p.Limit)
}

// There are few subscriptions, and most are enabled: no index would be used.
const selectEnabledWebhooks = `
SELECT ` + WebhookColumns + ` FROM webhook_subscription WHERE enabled ORDER BY created_at, id`

// EnabledWebhooks returns all webhooks that are to be served. One whose secrets
// do not open is in the error, and the others are returned all the same; nil
// says that none could be read.
func (s *Store) EnabledWebhooks(ctx context.Context) ([]Webhook, error) {
	var rows []webhookRow
	if err := s.SQL.SelectContext(ctx, &rows, selectEnabledWebhooks); err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	list, broken := make([]Webhook, 0, len(rows)), []error(nil)
	for _, r := range rows {
		w, err := s.openWebhook(r)
		if err != nil {
			broken = append(broken, err)
			continue
		}
		list = append(list, w)
	}
	return list, errors.Join(broken...)
}

// A webhook hears what happens from now on.
const startWebhook = `
INSERT INTO webhook_cursor (subscription_id, xid, event_id)
SELECT $1, COALESCE(h.xid, '0'), COALESCE(h.id, 0)
FROM (VALUES (1)) one LEFT JOIN LATERAL (
  SELECT e.xid, e.id FROM event e WHERE e.xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY e.xid DESC, e.id DESC LIMIT 1
) h ON true
ON CONFLICT (subscription_id) DO UPDATE SET xid = EXCLUDED.xid, event_id = EXCLUDED.event_id`

const insertWebhook = `
INSERT INTO webhook_subscription (id, name, url, kinds, workstream_id, include_message, internal, secrets, enabled, disabled_reason, work_items, include_internal)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING ` + WebhookColumns

// CreateWebhook adds a webhook; its id and key are given. A workstream that does
// not exist is an *Invalid.
func (s *Store) CreateWebhook(ctx context.Context, by auditdb.Actor, w Webhook) (Webhook, error) {
	var made Webhook
	err := s.Tx(ctx, func(tx *sqlx.Tx) (err error) {
		made, err = s.AddWebhook(ctx, tx, by, w)
		return err
	})
	if err != nil {
		return Webhook{}, fmt.Errorf("create webhook: %w", err)
	}
	return made, nil
}

// AddWebhook adds one in a transaction that does more.
func (s *Store) AddWebhook(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, w Webhook) (Webhook, error) {
	sealed, err := s.sealKeys(w)
	if err != nil {
		return Webhook{}, err
	}
	made, err := s.OneWebhook(ctx, tx, insertWebhook, w.ID, w.Name, w.URL, pq.Array(w.Kinds), w.Workstream, w.IncludeMessage, w.Internal,
		sealed, w.Enabled, w.reason(), w.WorkItems, w.IncludeInternal)
	if err != nil {
		return Webhook{}, webhookConstraint(err)
	}
	if _, err := tx.ExecContext(ctx, startWebhook, w.ID); err != nil {
		return Webhook{}, err
	}
	return made, auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditWebhook, w.ID.String(), nil, made, nil)
}

func webhookConstraint(err error) error {
	if name, _ := pg.Constraint(err); name == "webhook_subscription_callback" {
		return &pg.Conflict{Reason: "There is a webhook for the work items of this address already; try again."}
	}
	return configdb.WorkstreamMissing(err)
}

// reason is why it is disabled, which is an administrator's will unless it says
// otherwise.
func (w Webhook) reason() *string {
	if w.Enabled {
		return nil
	}
	if w.DisabledReason != nil {
		return w.DisabledReason
	}
	off := WebhookOff
	return &off
}

// The cursor is locked first by everybody who locks it and the subscription:
// who makes deliveries holds it while the deliveries refer to the subscription.
const lockCursor = `SELECT 1 FROM webhook_cursor WHERE subscription_id = $1 FOR UPDATE`

const lockWebhook = selectWebhook + ` FOR NO KEY UPDATE`

const updateWebhook = `
UPDATE webhook_subscription SET name = $2, url = $3, kinds = $4, workstream_id = $5, include_message = $6, internal = $7, secrets = $8,
  old_until = $9, enabled = $10, disabled_reason = $11, include_internal = $12, updated_at = now()
WHERE id = $1 RETURNING ` + WebhookColumns

// ChangeWebhook lets change edit a locked webhook and writes what it left. One
// that is disabled forgets what it has not delivered; one that is enabled again
// hears what happens from then on. An error of change is returned and nothing is
// written.
func (s *Store) ChangeWebhook(ctx context.Context, by auditdb.Actor, id uuid.UUID, change func(*Webhook) error) (Webhook, error) {
	var after Webhook
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var one int
		if err := pg.GetOne(ctx, tx, &one, lockCursor, id); err != nil {
			return err
		}
		before, err := s.OneWebhook(ctx, tx, lockWebhook, id)
		if err != nil {
			return err
		}
		w := before
		w.Secrets = configdb.Secrets{}
		for name, key := range before.Secrets {
			w.Secrets[name] = key
		}
		if err := change(&w); err != nil {
			return err
		}
		if after, err = s.writeWebhook(ctx, tx, before, w); err != nil {
			return err
		}
		var extra map[string]any
		if before.Secrets[WebhookKey] != after.Secrets[WebhookKey] {
			extra = map[string]any{"secret": auditdb.ChangedSecret()}
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditWebhook, id.String(), before, after, extra)
	})
	if err != nil {
		return Webhook{}, fmt.Errorf("change webhook: %w", err)
	}
	return after, nil
}

func (s *Store) writeWebhook(ctx context.Context, tx *sqlx.Tx, before, w Webhook) (Webhook, error) {
	sealed, err := s.sealKeys(w)
	if err != nil {
		return Webhook{}, err
	}
	after, err := s.OneWebhook(ctx, tx, updateWebhook, w.ID, w.Name, w.URL, pq.Array(w.Kinds), w.Workstream, w.IncludeMessage, w.Internal,
		sealed, w.OldUntil, w.Enabled, w.reason(), w.IncludeInternal)
	if err != nil {
		return Webhook{}, webhookConstraint(err)
	}
	switch {
	case before.Enabled && !after.Enabled:
		err = dropDeliveries(ctx, tx, w.ID)
	case !before.Enabled && after.Enabled:
		_, err = tx.ExecContext(ctx, startWebhook, w.ID)
	}
	return after, err
}

const deleteWebhook = `DELETE FROM webhook_subscription WHERE id = $1`

// DeleteWebhook removes a webhook and what it had to deliver.
func (s *Store) DeleteWebhook(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var one int
		if err := pg.GetOne(ctx, tx, &one, lockCursor, id); err != nil {
			return err
		}
		before, err := s.OneWebhook(ctx, tx, lockWebhook, id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteWebhook, id); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditWebhook, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete webhook: %w", err)
	}
	return nil
}

// ofCallback says whether webhook s is to be told of conversation c: one that is
// a callback only of its work items.
const ofCallback = `(NOT s.work_items OR EXISTS (SELECT FROM work_item t WHERE t.conversation_id = c.id AND t.webhook_id = s.id))`
