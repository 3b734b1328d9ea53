package admindb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
	"switchboard/store/webchatdb"
)

// How visitors of a widget may sign in.
const (
	AuthNone     = "none"     // nobody signs in
	AuthOptional = "optional" // anonymous visitors are taken too
	AuthRequired = "required"
)

const widgetColumns = `
SELECT x.id, x.account_id, x.address_id, x.key, x.name, d.workstream_id, d.language, d.operating_hours_id, x.origins, x.authentication,
       x.issuer, COALESCE(NULLIF(x.audience, ''), x.key) AS audience, x.anonymous_threads, x.public_key, x.key_url, x.settings, x.created_at, x.updated_at, w.style, w.queue_id, COALESCE(w.away_timeout, 180) AS away_timeout, w.reconnect_for,
       w.customer_files, COALESCE(w.max_file_bytes, 0) AS max_file_bytes, w.blocked_files
FROM widget x JOIN address d ON d.id = x.address_id JOIN workstream w ON w.id = d.workstream_id `

type widgetRow struct {
	ID             uuid.UUID       `db:"id"`
	Account        uuid.UUID       `db:"account_id"`
	Address        uuid.UUID       `db:"address_id"`
	Key            string          `db:"key"`
	Name           string          `db:"name"`
	Workstream     uuid.UUID       `db:"workstream_id"`
	Language       string          `db:"language"`
	OperatingHours uuid.NullUUID   `db:"operating_hours_id"`
	Origins        pq.StringArray  `db:"origins"`
	Authentication string          `db:"authentication"`
	Issuer         string          `db:"issuer"`
	Audience       string          `db:"audience"`
	Anonymous      bool            `db:"anonymous_threads"`
	PublicKey      string          `db:"public_key"`
	KeyURL         string          `db:"key_url"`
	Settings       json.RawMessage `db:"settings"`
	CreatedAt      time.Time       `db:"created_at"`
	UpdatedAt      time.Time       `db:"updated_at"`
	Style          string          `db:"style"`
	Queue          uuid.UUID       `db:"queue_id"`
	AwayTimeout    int             `db:"away_timeout"`
	ReconnectFor   int             `db:"reconnect_for"`
	CustomerFiles  bool            `db:"customer_files"`
	MaxFileBytes   int64           `db:"max_file_bytes"`
	BlockedFiles   pq.StringArray  `db:"blocked_files"`
}

func (r widgetRow) widget() (configdb.Widget, error) {
	w := configdb.Widget{ID: r.ID, Account: r.Account, Address: r.Address, Key: r.Key, Name: r.Name, Workstream: r.Workstream, Language: r.Language,
		OperatingHours: r.OperatingHours, Origins: pg.NotNil(r.Origins), Authentication: r.Authentication, Issuer: r.Issuer, Audience: r.Audience, Anonymous: r.Anonymous, PublicKey: r.PublicKey,
		KeyURL: r.KeyURL, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, Style: r.Style, Queue: r.Queue, AwayTimeout: r.AwayTimeout, ReconnectFor: r.ReconnectFor,
		Files: configdb.FilePolicy{Customers: r.CustomerFiles, MaxBytes: r.MaxFileBytes, Blocked: r.BlockedFiles}}
	if err := json.Unmarshal(r.Settings, &w.Settings); err != nil {
		return w, fmt.Errorf("settings of widget %s: %w", r.ID, err)
	}
	return w, nil
}

func oneWidget(ctx context.Context, q sqlx.QueryerContext, query string, args ...any) (configdb.Widget, error) {
	var r widgetRow
	if err := pg.GetOne(ctx, q, &r, query, args...); err != nil {
		return configdb.Widget{}, fmt.Errorf("read widget: %w", err)
	}
	return r.widget()
}

const selectWidgetByKey = widgetColumns + `WHERE x.key = $1 AND x.deleted_at IS NULL`

// WidgetByKey returns the widget with a public key, or ErrNotFound.
func (s *Store) WidgetByKey(ctx context.Context, key string) (configdb.Widget, error) {
	return oneWidget(ctx, s.SQL, selectWidgetByKey, pg.Clean(key))
}

const selectWidgetByID = widgetColumns + `WHERE x.id = $1 AND x.deleted_at IS NULL`

// WidgetByID returns a widget or ErrNotFound.
func (s *Store) WidgetByID(ctx context.Context, id uuid.UUID) (configdb.Widget, error) {
	return oneWidget(ctx, s.SQL, selectWidgetByID, id)
}

const selectWidgets = widgetColumns + `
WHERE x.deleted_at IS NULL AND (x.created_at, x.id) > ($1, $2) ORDER BY x.created_at, x.id LIMIT $3`

// Widgets lists widgets, the oldest first.
func (s *Store) Widgets(ctx context.Context, p auditdb.Page) ([]configdb.Widget, error) {
	var rows []widgetRow
	if err := s.SQL.SelectContext(ctx, &rows, selectWidgets, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list widgets: %w", err)
	}
	list := make([]configdb.Widget, len(rows))
	for i, r := range rows {
		var err error
		if list[i], err = r.widget(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func widgetConstraint(err error) error {
	switch name, _ := pg.Constraint(err); name {
	case "widget_name":
		return &pg.Conflict{Reason: "Another widget has this name."}
	case "widget_key_key":
		return &pg.Conflict{Reason: "Another widget has this key."}
	case "account_workstream_id_fkey":
		return &pg.Invalid{Field: "workstream_id", Reason: "is no workstream"}
	}
	return addressConstraint(err)
}

const insertWidget = `
WITH account AS (
  INSERT INTO account (provider, name, key, secrets, workstream_id) VALUES ('` + configdb.ProviderWebchat + `', $1, $2, '', $3) RETURNING id
), address AS (
  INSERT INTO address (account_id, channel, address, name, workstream_id, language, operating_hours_id)
  SELECT id, '` + configdb.ProviderWebchat + `', '', $1, $3, $4, $5 FROM account RETURNING id, account_id
)
INSERT INTO widget (account_id, address_id, key, name, origins, authentication, issuer, public_key, key_url, settings, audience, anonymous_threads)
SELECT account_id, id, $6, $1, $7, $8, $9, $10, $11, $12, $13, $14 FROM address RETURNING id`

// CreateWidget adds a widget with its account and address. accountKey is the
// unguessable part of a webhook address that nobody uses. A name or key that is
// taken is a *Conflict, a workstream or hours that do not exist an *Invalid.
func (s *Store) CreateWidget(ctx context.Context, by auditdb.Actor, w configdb.Widget, accountKey string) (configdb.Widget, error) {
	var made configdb.Widget
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		settings, err := json.Marshal(w.Settings)
		if err != nil {
			return err
		}
		var id uuid.UUID
		if err := pg.GetOne(ctx, tx, &id, insertWidget, w.Name, accountKey, w.Workstream, w.Language, w.OperatingHours, w.Key,
			pq.Array(pg.NotNil(w.Origins)), w.Authentication, w.Issuer, w.PublicKey, w.KeyURL, settings, w.Audience, w.Anonymous); err != nil {
			return widgetConstraint(err)
		}
		if made, err = oneWidget(ctx, tx, selectWidgetByID, id); err != nil {
			return err
		}
		if err := configdb.FitsWorkstream(ctx, tx, configdb.ProviderWebchat, made.Workstream); err != nil {
			return err
		}
		if err := webchatdb.ThreadsNeedSignIn(ctx, tx, made.Address, "authentication"); err != nil {
			return err
		}
		if err := configdb.TellAccount(ctx, tx, made.Account, "created"); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditWidget, id.String(), nil, made, nil)
	})
	if err != nil {
		return configdb.Widget{}, fmt.Errorf("create widget: %w", err)
	}
	return made, nil
}

// A widget is three rows. They are read after all are locked: a statement that had
// to wait for the lock would show the others as they were before it.
const lockWidget = `
SELECT x.id FROM widget x JOIN account a ON a.id = x.account_id JOIN address d ON d.id = x.address_id
WHERE x.id = $1 AND x.deleted_at IS NULL FOR NO KEY UPDATE OF x, a, d`

func lockedWidget(ctx context.Context, tx *sqlx.Tx, id uuid.UUID) (configdb.Widget, error) {
	var locked uuid.UUID
	if err := pg.GetOne(ctx, tx, &locked, lockWidget, id); err != nil {
		return configdb.Widget{}, err
	}
	return oneWidget(ctx, tx, selectWidgetByID, id)
}

const updateWidget = `
WITH moved AS (
  UPDATE widget SET name = $2, origins = $3, authentication = $4, issuer = $5, public_key = $6, key_url = $7, settings = $8, audience = $12, anonymous_threads = $13, updated_at = now()
  WHERE id = $1 RETURNING account_id, address_id
), account AS (
  UPDATE account a SET name = $2, workstream_id = $9, updated_at = now() FROM moved m WHERE a.id = m.account_id
)
UPDATE address d SET name = $2, workstream_id = $9, language = $10, operating_hours_id = $11, updated_at = now() FROM moved m WHERE d.id = m.address_id`

// ChangeWidget lets change edit a locked widget and writes what it left. An error
// of change is returned and nothing is written.
func (s *Store) ChangeWidget(ctx context.Context, by auditdb.Actor, id uuid.UUID, change func(*configdb.Widget) error) (configdb.Widget, error) {
	var after configdb.Widget
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		before, err := lockedWidget(ctx, tx, id)
		if err != nil {
			return err
		}
		w := before
		if err := change(&w); err != nil {
			return err
		}
		settings, err := json.Marshal(w.Settings)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, updateWidget, id, w.Name, pq.Array(pg.NotNil(w.Origins)), w.Authentication, w.Issuer, w.PublicKey,
			w.KeyURL, settings, w.Workstream, w.Language, w.OperatingHours, w.Audience, w.Anonymous); err != nil {
			return widgetConstraint(err)
		}
		if after, err = oneWidget(ctx, tx, selectWidgetByID, id); err != nil {
			return err
		}
		if after.Workstream != before.Workstream {
			if err := configdb.FitsWorkstream(ctx, tx, configdb.ProviderWebchat, after.Workstream); err != nil {
				return err
			}
		}
		if err := webchatdb.ThreadsNeedSignIn(ctx, tx, after.Address, "authentication"); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditWidget, id.String(), before, after, nil)
	})
	if err != nil {
		return configdb.Widget{}, fmt.Errorf("change widget: %w", err)
	}
	return after, s.Conversation.Recheck(ctx, after.Address) // other hours, or none
}

const deleteWidget = `
WITH gone AS (
  UPDATE widget SET deleted_at = now() WHERE id = $1 AND deleted_at IS NULL RETURNING id, account_id
), account AS (
  UPDATE account a SET deleted_at = now() FROM gone g WHERE a.id = g.account_id
), tokens AS (
  DELETE FROM visitor_token t USING visitor v, gone g WHERE t.visitor_id = v.id AND v.widget_id = g.id
)
SELECT account_id FROM gone`

// DeleteWidget removes a widget. Its conversations stay; its visitors are
// signed out and nothing can be sent to them any more.
func (s *Store) DeleteWidget(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		before, err := lockedWidget(ctx, tx, id)
		if err != nil {
			return err
		}
		var account uuid.UUID
		if err := pg.GetOne(ctx, tx, &account, deleteWidget, id); err != nil {
			return err
		}
		if err := configdb.TellAccount(ctx, tx, account, "deleted"); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditWidget, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete widget: %w", err)
	}
	return nil
}
