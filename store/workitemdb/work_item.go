package workitemdb

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/conversationdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
	"switchboard/store/webhookdb"
)

// WorkItem is a piece of work from outside: a call, a case, an e-mail elsewhere.
// ID is its conversation's, by which it is accepted, ended and closed.
type WorkItem struct {
	ID          uuid.UUID       `db:"id" json:"id"`
	ExternalID  string          `db:"external_id" json:"external_id"`
	Title       string          `db:"title" json:"title"`
	Attributes  json.RawMessage `db:"attributes" json:"attributes"`
	Workstream  uuid.UUID       `db:"workstream_id" json:"workstream_id"`
	State       string          `db:"state" json:"state"`
	Priority    int             `db:"priority" json:"priority"`
	Queue       uuid.NullUUID   `db:"queue_id" json:"queue_id"`
	Agent       uuid.NullUUID   `db:"agent_id" json:"agent_id"`
	Contact     uuid.NullUUID   `db:"contact_id" json:"contact_id"`
	CloseReason *string         `db:"close_reason" json:"close_reason"`
	Webhook     uuid.NullUUID   `db:"webhook_id" json:"webhook_id"`
	CreatedAt   time.Time       `db:"created_at" json:"created_at"`
	ClosedAt    *time.Time      `db:"closed_at" json:"closed_at"`
	Key         *string         `db:"idempotency_key" json:"-"`
	Fingerprint []byte          `db:"fingerprint" json:"-"`
}

// NewWorkItem is one to be routed. Title and Attributes become context
// variables of its conversation. ExternalID is given if "", and so is the
// webhook's key, with which a callback that is new is made.
type NewWorkItem struct {
	Workstream    uuid.UUID
	ExternalID    string
	Title, Name   string
	Attributes    map[string]any
	Priority      *int
	Contact       uuid.NullUUID
	CallbackURL   string // "": nobody is told
	CallbackKey   string
	MayCall       func(url string) error // whether a callback that is new may be made
	IdempotentKey string
	Fingerprint   []byte // of all that was asked for; a repeat under the same key has the same
}

// ErrKeyReused: the idempotency key was used for something else.
var ErrKeyReused = errors.New("the idempotency key was used for another request")

// titleVariable is the context variable that a title becomes.
const titleVariable = "title"

const selectWorkItem = `
SELECT t.conversation_id AS id, t.external_id, t.title, t.attributes, c.workstream_id, c.state, c.priority, c.queue_id, c.agent_id, p.contact_id,
       c.close_reason, t.webhook_id, t.created_at, c.closed_at, t.idempotency_key, t.fingerprint
FROM work_item t JOIN conversation c ON c.id = t.conversation_id JOIN contact_point p ON p.id = c.contact_point_id `

const workItemByID = selectWorkItem + `WHERE t.conversation_id = $1`

// WorkItemByID returns a work item or ErrNotFound. Who may see it is said by its
// conversation.
func (s *Store) WorkItemByID(ctx context.Context, id uuid.UUID) (WorkItem, error) {
	var w WorkItem
	if err := pg.GetOne(ctx, s.SQL, &w, workItemByID, id); err != nil {
		return w, fmt.Errorf("read work item: %w", err)
	}
	return w, nil
}

const workItemByKey = selectWorkItem + `WHERE t.idempotency_key = $1`

// Two who create with one key at the same moment wait for each other.
const lockWorkKey = `SELECT pg_advisory_xact_lock(hashtextextended('work-item ' || $1, 0))`

// The address of a workstream's work items is made with the first of them. Its
// account's key leads nowhere: no provider has the name.
const (
	selectWorkAddress = `
SELECT d.id AS address_id, d.account_id FROM address d JOIN account a ON a.id = d.account_id
WHERE a.key = '` + configdb.ChannelWorkItem + `/' || $1::uuid::text AND d.channel = '` + configdb.ChannelWorkItem + `'`
	insertWorkAddress = `
WITH account AS (
  INSERT INTO account (provider, name, key, secrets, workstream_id)
  SELECT '` + configdb.ChannelWorkItem + `', 'Work items of ' || w.name, '` + configdb.ChannelWorkItem + `/' || w.id, '', w.id FROM workstream w WHERE w.id = $1
  ON CONFLICT (key) DO UPDATE SET updated_at = account.updated_at RETURNING id, workstream_id
)
INSERT INTO address (account_id, channel, address, workstream_id) SELECT id, '` + configdb.ChannelWorkItem + `', '', workstream_id FROM account
ON CONFLICT (account_id, channel, address) DO UPDATE SET updated_at = address.updated_at
RETURNING id AS address_id, account_id`
)

// One that is not closed has an external id for itself.
const insertWorkItem = `
WITH point AS (
  INSERT INTO contact_point (account_id, channel, external_id, name, contact_id) VALUES ($1, '` + configdb.ChannelWorkItem + `', $3, $4, $5)
  ON CONFLICT (account_id, channel, external_id) DO UPDATE SET name = CASE WHEN EXCLUDED.name <> '' THEN EXCLUDED.name ELSE contact_point.name END,
    contact_id = COALESCE(EXCLUDED.contact_id, contact_point.contact_id)
  RETURNING id
), made AS (
  INSERT INTO conversation (contact_point_id, address_id, account_id, workstream_id, channel, units, pushed, priority, waiting_since)
  SELECT p.id, $2, $1, w.id, '` + configdb.ChannelWorkItem + `', w.capacity_units, w.mode = 'push', COALESCE($6, 100), now() FROM point p, workstream w WHERE w.id = $7
  ON CONFLICT (contact_point_id, address_id) WHERE state <> 'closed' DO NOTHING RETURNING id
)
INSERT INTO work_item (conversation_id, external_id, title, attributes, webhook_id, idempotency_key, fingerprint)
SELECT id, $3, $8, $9::jsonb, $10, NULLIF($11, ''), $12 FROM made RETURNING conversation_id`

const currentWorkItem = selectWorkItem + `
WHERE p.account_id = $1 AND p.channel = '` + configdb.ChannelWorkItem + `' AND p.external_id = $2 AND c.state <> 'closed'`

// CreateWorkItem routes a piece of work, at once. An idempotency key that was used
// before, and an external id that one has which is not closed, return that one, and
// repeated; a key that was used for something else is ErrKeyReused. callback is who
// is told, if it was made now.
func (s *Store) CreateWorkItem(ctx context.Context, by auditdb.Actor, n NewWorkItem) (w WorkItem, callback *webhookdb.Webhook, repeated bool, err error) {
	err = s.BellTx(ctx, func(tx *sqlx.Tx) error {
		if n.IdempotentKey != "" {
			if _, err := tx.ExecContext(ctx, lockWorkKey, n.IdempotentKey); err != nil {
				return err
			}
			err := pg.GetOne(ctx, tx, &w, workItemByKey, n.IdempotentKey)
			if repeated = err == nil; repeated && !w.isRepeat(n) {
				return ErrKeyReused
			} else if repeated || !errors.Is(err, pg.ErrNotFound) {
				return err
			}
		}
		w, callback, repeated, err = s.newWorkItem(ctx, tx, by, n)
		return err
	})
	if err != nil {
		return WorkItem{}, nil, false, fmt.Errorf("create work item: %w", err)
	}
	return w, callback, repeated, nil
}

// isRepeat says that what is asked for is what one was made for. Of older ones only
// that much is known.
func (w WorkItem) isRepeat(n NewWorkItem) bool {
	if w.Fingerprint == nil {
		return w.Workstream == n.Workstream && w.Title == pg.Clean(n.Title)
	}
	return bytes.Equal(w.Fingerprint, n.Fingerprint)
}

func (s *Store) newWorkItem(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, n NewWorkItem) (w WorkItem, callback *webhookdb.Webhook, repeated bool, err error) {
	at, err := workAddress(ctx, tx, n.Workstream)
	if err != nil {
		return w, nil, false, err
	}
	err = pg.GetOne(ctx, tx, &w, currentWorkItem, at.Account, n.ExternalID)
	if repeated = err == nil; repeated || !errors.Is(err, pg.ErrNotFound) {
		return w, nil, repeated, err
	}
	if err := configdb.RefuseArchivedWorkstream(ctx, tx, n.Workstream, "workstream_id"); err != nil {
		return w, nil, false, err
	}
	hook, callback, err := s.callbackOf(ctx, tx, by, n)
	if err != nil {
		return w, nil, false, err
	}
	attributes, err := json.Marshal(n.Attributes)
	if err != nil {
		return w, nil, false, err
	}
	var id uuid.UUID
	err = pg.GetOne(ctx, tx, &id, insertWorkItem, at.Account, at.Address, n.ExternalID, pg.Clean(n.Name), n.Contact, n.Priority, n.Workstream, pg.Clean(n.Title),
		pg.CleanJSON(string(attributes)), hook, n.IdempotentKey, n.Fingerprint)
	switch {
	case errors.Is(err, pg.ErrNotFound): // made by another at this moment
		return w, callback, true, pg.GetOne(ctx, tx, &w, currentWorkItem, at.Account, n.ExternalID)
	case err != nil:
		return w, nil, false, contactMissing(err)
	}
	values := maps.Clone(n.Attributes)
	if values == nil {
		values = map[string]any{}
	}
	values[titleVariable] = n.Title
	if _, err := conversationdb.SetContextOf(ctx, tx, id, values); err != nil {
		return w, nil, false, err
	}
	// Not by its workflow: whoever made it, and the agents, find it in its queue.
	if err := s.Conversation.EnterQueue(ctx, tx, id); err != nil {
		return w, nil, false, err
	}
	if err := outbox.Ring(ctx, tx, id, 0); err != nil {
		return w, nil, false, err
	}
	return w, callback, false, pg.GetOne(ctx, tx, &w, workItemByID, id)
}

func contactMissing(err error) error {
	if name, _ := pg.Constraint(err); name == "contact_point_contact_id_fkey" {
		return &pg.Invalid{Field: "contact_id", Reason: "is no contact"}
	}
	return err
}

type workPlace struct {
	Address uuid.UUID `db:"address_id"`
	Account uuid.UUID `db:"account_id"`
}

func workAddress(ctx context.Context, tx *sqlx.Tx, workstream uuid.UUID) (workPlace, error) {
	var at workPlace
	err := pg.GetOne(ctx, tx, &at, selectWorkAddress, workstream)
	if errors.Is(err, pg.ErrNotFound) {
		err = pg.GetOne(ctx, tx, &at, insertWorkAddress, workstream)
	}
	if errors.Is(err, pg.ErrNotFound) {
		return at, &pg.Invalid{Field: "workstream_id", Reason: "is no workstream"}
	}
	return at, err
}

const selectCallback = `SELECT ` + webhookdb.WebhookColumns + ` FROM webhook_subscription WHERE url = $1 AND work_items`

// callbackOf is the webhook of a callback's address: the one there is, or a new
// one. Whoever makes two of the same at once waits for the other by the index.
func (s *Store) callbackOf(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, n NewWorkItem) (uuid.NullUUID, *webhookdb.Webhook, error) {
	if n.CallbackURL == "" {
		return uuid.NullUUID{}, nil, nil
	}
	w, err := s.Webhook.OneWebhook(ctx, tx, selectCallback, n.CallbackURL)
	switch {
	case err == nil && !w.Enabled:
		return uuid.NullUUID{}, nil, &pg.Conflict{Reason: "Callbacks to this address are disabled; see its webhook."}
	case err == nil:
		return outbox.NullUUID(w.ID), nil, nil
	case !errors.Is(err, pg.ErrNotFound):
		return uuid.NullUUID{}, nil, err
	}
	if err := n.MayCall(n.CallbackURL); err != nil {
		return uuid.NullUUID{}, nil, err
	}
	w = webhookdb.Webhook{ID: uuid.New(), Name: "Work items", URL: n.CallbackURL, Kinds: []string{outbox.EventConversation, outbox.EventOffer, outbox.EventOfferGone},
		WorkItems: true, Enabled: true, Secrets: configdb.Secrets{webhookdb.WebhookKey: n.CallbackKey}}
	made, err := s.Webhook.AddWebhook(ctx, tx, by, w)
	if err != nil {
		return uuid.NullUUID{}, nil, err
	}
	return outbox.NullUUID(made.ID), &made, nil
}
