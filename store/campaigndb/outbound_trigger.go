package campaigndb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/trigger"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// Kinds of triggers.
const (
	TriggerEvent    = "event"
	TriggerSchedule = "schedule"
)

// Trigger makes outbound messages by itself, of events or at times.
type Trigger struct {
	ID            uuid.UUID       `db:"id" json:"id"`
	Name          string          `db:"name" json:"name"`
	Kind          string          `db:"kind" json:"kind"`
	Configuration uuid.UUID       `db:"configuration_id" json:"configuration_id"`
	Enabled       bool            `db:"enabled" json:"enabled"`
	Event         string          `db:"event" json:"event"`
	Rule          trigger.Rule    `db:"-" json:"rule"`
	Delay         int             `db:"delay" json:"delay"`
	Cron          string          `db:"cron" json:"cron"`
	At            string          `db:"-" json:"at"` // of a schedule that comes once
	TimeZone      string          `db:"time_zone" json:"time_zone"`
	Data          map[string]any  `db:"-" json:"data"`
	Version       int             `db:"version" json:"version"`
	CreatedAt     time.Time       `db:"created_at" json:"created_at"`
	UpdatedAt     time.Time       `db:"updated_at" json:"updated_at"`
	DeletedAt     *time.Time      `db:"deleted_at" json:"-"`
	RawRule       json.RawMessage `db:"rule" json:"-"`
	RawData       json.RawMessage `db:"data" json:"-"`
}

func (t *Trigger) read() error {
	if err := json.Unmarshal(t.RawRule, &t.Rule); err != nil {
		return fmt.Errorf("rule of trigger %s: %w", t.ID, err)
	}
	if json.Unmarshal(t.RawData, &t.Data) != nil {
		return fmt.Errorf("data of trigger %s cannot be read", t.ID)
	}
	t.At = trigger.At(t.Cron)
	return nil
}

const triggerColumns = `id, name, kind, configuration_id, enabled, event, rule, delay, cron, time_zone, data, version, created_at, updated_at, deleted_at`

const selectTriggers = `
SELECT ` + triggerColumns + ` FROM outbound_trigger WHERE deleted_at IS NULL AND (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3`

const selectTriggersOf = `
SELECT ` + triggerColumns + ` FROM outbound_trigger WHERE event = $1 AND enabled AND deleted_at IS NULL AND kind = 'event' ORDER BY created_at, id`

const selectUnplaced = `
SELECT ` + triggerColumns + ` FROM outbound_trigger WHERE kind = 'schedule' AND placed <> version ORDER BY id LIMIT 100`

const selectPlaced = `
SELECT ` + triggerColumns + ` FROM outbound_trigger WHERE kind = 'schedule' AND deleted_at IS NULL AND placed = version ORDER BY id LIMIT 1000`

func (s *Store) triggers(ctx context.Context, query string, args ...any) ([]Trigger, error) {
	list := []Trigger{}
	if err := s.SQL.SelectContext(ctx, &list, query, args...); err != nil {
		return nil, fmt.Errorf("list triggers: %w", err)
	}
	for i := range list {
		if err := list[i].read(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Triggers lists triggers, the oldest first.
func (s *Store) Triggers(ctx context.Context, p auditdb.Page) ([]Trigger, error) {
	return s.triggers(ctx, selectTriggers, p.After.At, p.After.ID, p.Limit)
}

// TriggersOf lists the enabled triggers of an event.
func (s *Store) TriggersOf(ctx context.Context, event string) ([]Trigger, error) {
	return s.triggers(ctx, selectTriggersOf, pg.Clean(event))
}

// UnplacedTriggers lists those whose schedule is not as they say.
func (s *Store) UnplacedTriggers(ctx context.Context) ([]Trigger, error) {
	return s.triggers(ctx, selectUnplaced)
}

// PlacedTriggers lists those whose schedule was made as they say.
func (s *Store) PlacedTriggers(ctx context.Context) ([]Trigger, error) {
	return s.triggers(ctx, selectPlaced)
}

const placeTrigger = `UPDATE outbound_trigger SET placed = $2 WHERE id = $1`

// TriggerPlaced notes that a trigger's schedule is as a version says.
func (s *Store) TriggerPlaced(ctx context.Context, id uuid.UUID, version int) error {
	if _, err := s.SQL.ExecContext(ctx, placeTrigger, id, version); err != nil {
		return fmt.Errorf("note schedule: %w", err)
	}
	return nil
}

const selectTrigger = `SELECT ` + triggerColumns + ` FROM outbound_trigger WHERE id = $1 AND deleted_at IS NULL`

const lockTrigger = selectTrigger + ` FOR UPDATE`

// TriggerByID returns a trigger, or ErrNotFound.
func (s *Store) TriggerByID(ctx context.Context, id uuid.UUID) (Trigger, error) {
	t, err := oneTrigger(ctx, s.SQL, selectTrigger, id)
	if err != nil {
		return t, fmt.Errorf("read trigger: %w", err)
	}
	return t, nil
}

func oneTrigger(ctx context.Context, q sqlx.QueryerContext, query string, args ...any) (t Trigger, err error) {
	err = pg.GetOne(ctx, q, &t, query, args...)
	switch name, _ := pg.Constraint(err); name {
	case "outbound_trigger_name_key":
		return t, &pg.Conflict{Reason: "Another trigger has this name."}
	case "outbound_trigger_configuration_id_fkey":
		return t, &pg.Invalid{Field: "configuration_id", Reason: "is no outbound configuration"}
	}
	if err != nil {
		return t, err
	}
	return t, t.read()
}

func (t Trigger) values() ([]any, error) {
	rule, err := json.Marshal(t.Rule)
	if err != nil {
		return nil, err
	}
	if t.Data == nil {
		t.Data = map[string]any{}
	}
	data, err := json.Marshal(t.Data)
	return []any{t.Name, t.Configuration, t.Enabled, t.Event, pg.CleanJSON(string(rule)), t.Delay, t.Cron, t.TimeZone, pg.CleanJSON(string(data))}, err
}

const insertTrigger = `
INSERT INTO outbound_trigger (name, configuration_id, enabled, event, rule, delay, cron, time_zone, data, kind) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
RETURNING ` + triggerColumns

// CreateTrigger adds a trigger. A name that is taken is a *Conflict.
func (s *Store) CreateTrigger(ctx context.Context, by auditdb.Actor, t Trigger) (Trigger, error) {
	var made Trigger
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		values, err := t.values()
		if err != nil {
			return err
		}
		if made, err = oneTrigger(ctx, tx, insertTrigger, append(values, t.Kind)...); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditOutbound, made.ID.String(), nil, made, nil)
	})
	if err != nil {
		return Trigger{}, fmt.Errorf("create trigger: %w", err)
	}
	return made, nil
}

const updateTrigger = `
UPDATE outbound_trigger SET name = $1, configuration_id = $2, enabled = $3, event = $4, rule = $5, delay = $6, cron = $7, time_zone = $8, data = $9,
       version = version + 1, updated_at = now() WHERE id = $10 RETURNING ` + triggerColumns

// ChangeTrigger lets change edit a locked trigger.
func (s *Store) ChangeTrigger(ctx context.Context, by auditdb.Actor, id uuid.UUID, change func(*Trigger) error) (Trigger, error) {
	var after Trigger
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		before, err := oneTrigger(ctx, tx, lockTrigger, id)
		if err != nil {
			return err
		}
		t := before
		if err := change(&t); err != nil {
			return err
		}
		values, err := t.values()
		if err != nil {
			return err
		}
		if after, err = oneTrigger(ctx, tx, updateTrigger, append(values, id)...); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditOutbound, id.String(), before, after, nil)
	})
	if err != nil {
		return Trigger{}, fmt.Errorf("change trigger: %w", err)
	}
	return after, nil
}

// Its row stays until its schedule is gone; the name is free at once.
const deleteTrigger = `
UPDATE outbound_trigger SET deleted_at = now(), enabled = false, version = version + 1, name = id::text WHERE id = $1`

// DeleteTrigger removes a trigger.
func (s *Store) DeleteTrigger(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		before, err := oneTrigger(ctx, tx, lockTrigger, id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteTrigger, id); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditOutbound, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete trigger: %w", err)
	}
	return nil
}

// Source is somebody outside who tells of events by signed webhooks.
type Source struct {
	ID        uuid.UUID `db:"id" json:"id"`
	Name      string    `db:"name" json:"name"`
	Key       string    `db:"key" json:"key"`
	CreatedAt time.Time `db:"created_at" json:"created_at"`
	Sealed    []byte    `db:"secret" json:"-"`
}

const sourceColumns = `id, name, key, created_at, secret`

const insertSource = `INSERT INTO outbound_source (id, name, key, secret) VALUES ($1, $2, $3, $4) RETURNING ` + sourceColumns

// CreateSource adds a source with its secret, which is never shown again.
func (s *Store) CreateSource(ctx context.Context, by auditdb.Actor, name, key string, secret []byte) (Source, error) {
	var made Source
	id := uuid.New()
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		sealed, err := s.Secrets.Seal(secret, []byte(id.String()))
		if err != nil {
			return err
		}
		err = pg.GetOne(ctx, tx, &made, insertSource, id, name, key, sealed)
		if c, _ := pg.Constraint(err); c == "outbound_source_name_key" {
			return &pg.Conflict{Reason: "Another source has this name."}
		} else if err != nil {
			return err
		}
		return auditdb.WriteAudit(ctx, tx, by, "create", auditdb.AuditOutbound, id.String(), map[string]any{"name": map[string]any{"to": name}, "secret": auditdb.ChangedSecret()})
	})
	if err != nil {
		return Source{}, fmt.Errorf("create source: %w", err)
	}
	return made, nil
}

const selectSources = `SELECT ` + sourceColumns + ` FROM outbound_source ORDER BY created_at, id`

// Sources lists them, the oldest first.
func (s *Store) Sources(ctx context.Context) ([]Source, error) {
	list := []Source{}
	if err := s.SQL.SelectContext(ctx, &list, selectSources); err != nil {
		return nil, fmt.Errorf("list sources: %w", err)
	}
	return list, nil
}

const selectSource = `SELECT ` + sourceColumns + ` FROM outbound_source WHERE key = $1`

// SourceByKey returns a source and its secret, or ErrNotFound.
func (s *Store) SourceByKey(ctx context.Context, key string) (Source, []byte, error) {
	var o Source
	if err := pg.GetOne(ctx, s.SQL, &o, selectSource, pg.Clean(key)); err != nil {
		return o, nil, fmt.Errorf("read source: %w", err)
	}
	secret, err := s.Secrets.Open(o.Sealed, []byte(o.ID.String()))
	if err != nil {
		return o, nil, fmt.Errorf("open secret of source: %w", err)
	}
	return o, secret, nil
}

const deleteSource = `DELETE FROM outbound_source WHERE id = $1 RETURNING name`

// DeleteSource removes a source.
func (s *Store) DeleteSource(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var name string
		if err := pg.GetOne(ctx, tx, &name, deleteSource, id); err != nil {
			return err
		}
		return auditdb.WriteAudit(ctx, tx, by, "delete", auditdb.AuditOutbound, id.String(), map[string]any{"name": map[string]any{"from": name}})
	})
	if err != nil {
		return fmt.Errorf("delete source: %w", err)
	}
	return nil
}
