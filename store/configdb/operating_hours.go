package configdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/hours"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// OperatingHours are a calendar with a name, which queues and addresses go by.
// Its JSON can be made into the same hours elsewhere.
type OperatingHours struct {
	ID        uuid.UUID `db:"id" json:"id"`
	Name      string    `db:"name" json:"name"`
	TimeZone  string    `db:"time_zone" json:"time_zone"`
	Calendar  Calendar  `db:"calendar" json:"calendar"`
	CreatedAt time.Time `db:"created_at" json:"created_at"`
	UpdatedAt time.Time `db:"updated_at" json:"updated_at"`
}

// Calendar is one of package hours, without its zone, as jsonb.
type Calendar hours.Calendar

// Scan reads jsonb.
func (c *Calendar) Scan(v any) error {
	b, ok := v.([]byte)
	if !ok {
		return errors.New("a calendar is no json")
	}
	return json.Unmarshal(b, c)
}

// InZone is the calendar that can be asked.
func (h OperatingHours) InZone() hours.Calendar {
	c := hours.Calendar(h.Calendar)
	c.Zone = h.TimeZone
	return c
}

// Schedule makes the hours ready to be asked.
func (h OperatingHours) Schedule() (*hours.Schedule, error) {
	s, err := hours.New(h.InZone())
	if err != nil {
		return nil, fmt.Errorf("operating hours %s: %w", h.ID, err)
	}
	return s, nil
}

// Values are what is written. Hours that cannot be asked are not: who asked
// them later could not help it.
func (h OperatingHours) Values() ([]any, error) {
	if f := hours.Check(h.InZone()); len(f) > 0 {
		return nil, &pg.Invalid{Field: f[0].Field, Reason: f[0].Reason}
	}
	b, err := json.Marshal(h.Calendar.whole())
	return []any{h.Name, h.TimeZone, pg.CleanJSON(string(b))}, err
}

// whole has lists where there is none: readers need not tell null apart.
func (c Calendar) whole() Calendar {
	if c.Events == nil {
		c.Events = []hours.Event{}
	}
	if c.Exceptions == nil {
		c.Exceptions = []hours.Exception{}
	}
	if c.Holidays == nil {
		c.Holidays = []hours.Holiday{}
	}
	return c
}

const hoursColumns = `id, name, time_zone, calendar, created_at, updated_at`

const selectHours = `
SELECT ` + hoursColumns + ` FROM operating_hours WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3`

// OperatingHours lists all, the oldest first.
func (s *Store) OperatingHours(ctx context.Context, p auditdb.Page) ([]OperatingHours, error) {
	list := []OperatingHours{}
	if err := s.SQL.SelectContext(ctx, &list, selectHours, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list operating hours: %w", err)
	}
	return list, nil
}

const selectHoursByID = `SELECT ` + hoursColumns + ` FROM operating_hours WHERE id = $1`

// OperatingHoursByID returns operating hours or ErrNotFound.
func (s *Store) OperatingHoursByID(ctx context.Context, id uuid.UUID) (OperatingHours, error) {
	var h OperatingHours
	if err := pg.GetOne(ctx, s.SQL, &h, selectHoursByID, id); err != nil {
		return OperatingHours{}, fmt.Errorf("read operating hours: %w", err)
	}
	return h, nil
}

const selectHoursByIDs = `SELECT ` + hoursColumns + ` FROM operating_hours WHERE id = ANY($1)`

// Schedules reads operating hours by their ids, ready to be asked. Null is no
// hours at all and has the nil Schedule, which is always open.
func (s *Store) Schedules(ctx context.Context, ids []uuid.NullUUID) (map[uuid.NullUUID]*hours.Schedule, error) {
	return ReadSchedules(ctx, s.SQL, ids)
}

// ReadSchedules reads operating hours, ready to be asked.
func ReadSchedules(ctx context.Context, q sqlx.QueryerContext, ids []uuid.NullUUID) (map[uuid.NullUUID]*hours.Schedule, error) {
	out := map[uuid.NullUUID]*hours.Schedule{}
	var some []string
	for _, id := range ids {
		if _, asked := out[id]; id.Valid && !asked {
			out[id] = nil
			some = append(some, id.UUID.String())
		}
	}
	if some == nil {
		return out, nil
	}
	var list []OperatingHours
	if err := sqlx.SelectContext(ctx, q, &list, selectHoursByIDs, pq.Array(some)); err != nil {
		return nil, fmt.Errorf("read operating hours: %w", err)
	}
	for _, h := range list {
		x, err := h.Schedule()
		if err != nil {
			return nil, err
		}
		out[uuid.NullUUID{UUID: h.ID, Valid: true}] = x
	}
	return out, nil
}

// HoursConstraint turns a violated constraint of operating hours into what was wrong.
func HoursConstraint(err error) error {
	switch name, code := pg.Constraint(err); {
	case name == "operating_hours_name_key":
		return &pg.Conflict{Reason: "Other operating hours have this name."}
	case code == "23503", code == "23001": // which of them depends on PostgreSQL's version
		return &pg.Conflict{Reason: "A queue, an address or an agent still goes by these operating hours."}
	}
	return err
}

const insertHours = `
INSERT INTO operating_hours (name, time_zone, calendar) VALUES ($1, $2, $3) RETURNING ` + hoursColumns

// CreateOperatingHours adds operating hours. A name that is taken is a
// *Conflict, a calendar that cannot be asked an *Invalid.
func (s *Store) CreateOperatingHours(ctx context.Context, by auditdb.Actor, h OperatingHours) (OperatingHours, error) {
	var made OperatingHours
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		values, err := h.Values()
		if err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &made, insertHours, values...); err != nil {
			return HoursConstraint(err)
		}
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditHours, made.ID.String(), nil, made, nil)
	})
	if err != nil {
		return OperatingHours{}, fmt.Errorf("create operating hours: %w", err)
	}
	return made, nil
}

// LockHours reads operating hours of which a change begins.
const LockHours = selectHoursByID + ` FOR NO KEY UPDATE`

// UpdateHours writes what LockHours read, changed.
const UpdateHours = `
UPDATE operating_hours SET name = $2, time_zone = $3, calendar = $4, updated_at = now() WHERE id = $1 RETURNING ` + hoursColumns

const deleteHours = `DELETE FROM operating_hours WHERE id = $1 RETURNING ` + hoursColumns

// DeleteOperatingHours removes operating hours that no queue, address and agent
// goes by; otherwise it fails with a *Conflict.
func (s *Store) DeleteOperatingHours(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before OperatingHours
		if err := pg.GetOne(ctx, tx, &before, deleteHours, id); err != nil {
			return HoursConstraint(err)
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditHours, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete operating hours: %w", err)
	}
	return nil
}

// LockAgent keeps others from changing an agent's status meanwhile.
const LockAgent = `SELECT agent_id FROM agent_status WHERE agent_id = $1 FOR UPDATE`
