package store_test

import (
	"encoding/json"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"switchboard/domain/hours"
	"switchboard/schema"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
	"switchboard/store/storetest"
)

// Hours keep what was written, in their JSON form too, and cannot be taken away
// from what goes by them. The schema goes back and forth with them in use.
func TestOperatingHours_KeepAndServe(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	in := configdb.OperatingHours{Name: "Night", TimeZone: "Europe/Helsinki", Calendar: configdb.Calendar{Events: []hours.Event{
		{Weekdays: []string{"fri"}, Span: hours.Span{Start: "22:00", End: "06:00"}, From: "2026-01-01", EveryWeeks: 2}}}}
	made, err := db.Config.CreateOperatingHours(ctx, auditdb.Actor{}, in)
	require.NoError(t, err)
	require.Equal(t, in.Calendar.Events, made.Calendar.Events)
	require.NotNil(t, made.Calendar.Holidays)

	var moved configdb.OperatingHours
	data, err := json.Marshal(made)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &moved))
	moved.Name = "Night too"
	again, err := db.Config.CreateOperatingHours(ctx, auditdb.Actor{}, moved)
	require.NoError(t, err)
	require.Equal(t, made.Calendar, again.Calendar)

	id := uuid.NullUUID{UUID: made.ID, Valid: true}
	_, err = db.Admin.ChangeQueue(ctx, auditdb.Actor{}, site.Queue, func(q *admindb.Queue) error { q.OperatingHours = id; return nil })
	require.NoError(t, err)
	_, err = db.Admin.ChangeAddress(ctx, auditdb.Actor{}, site.Account, site.Address, admindb.AddressChange{OperatingHours: &id})
	require.NoError(t, err)
	var clash *pg.Conflict
	require.ErrorAs(t, db.Config.DeleteOperatingHours(ctx, auditdb.Actor{}, made.ID), &clash)
	require.Contains(t, clash.Reason, "goes by")

	asked, err := db.Config.Schedules(ctx, []uuid.NullUUID{{}, id, id, {UUID: uuid.New(), Valid: true}})
	require.NoError(t, err)
	require.True(t, asked[uuid.NullUUID{}].Open(time.Now()).Open)
	require.True(t, asked[id].Open(time.Date(2026, 1, 3, 3, 59, 59, 0, time.UTC)).Open)
	require.False(t, asked[id].Open(time.Date(2026, 1, 3, 4, 0, 0, 0, time.UTC)).Open)

	p, err := goose.NewProvider(goose.DialectPostgres, db.SQL.DB, schema.Migrations)
	require.NoError(t, err)
	_, err = p.DownTo(ctx, 6)
	require.NoError(t, err)
	_, err = p.Up(ctx)
	require.NoError(t, err)
}

// Hours that cannot be asked are not written, whoever hands them in.
func TestOperatingHours_ErrInvalid(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	good := configdb.OperatingHours{Name: "Office", TimeZone: "UTC", Calendar: configdb.Calendar(hours.Default(""))}
	made, err := db.Config.CreateOperatingHours(ctx, auditdb.Actor{}, good)
	require.NoError(t, err)
	var invalid *pg.Invalid
	bad := good
	bad.TimeZone = "Local"
	_, err = db.Config.CreateOperatingHours(ctx, auditdb.Actor{}, bad)
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, "time_zone", invalid.Field)
	_, err = db.Admin.ChangeOperatingHours(ctx, auditdb.Actor{}, made.ID, func(h *configdb.OperatingHours) error { h.Calendar.Events = nil; return nil })
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, "events", invalid.Field)
	none := func(*configdb.OperatingHours) error { return nil }
	_, err = db.Admin.ChangeOperatingHours(ctx, auditdb.Actor{}, uuid.New(), none)
	require.ErrorIs(t, err, pg.ErrNotFound)
	require.ErrorIs(t, db.Config.DeleteOperatingHours(ctx, auditdb.Actor{}, uuid.New()), pg.ErrNotFound)
	_, err = db.Admin.ChangeOperatingHours(ctx, auditdb.Actor{}, made.ID, none)
	require.NoError(t, err)
	var entries int
	require.NoError(t, db.SQL.Get(&entries, `SELECT count(*) FROM audit WHERE object_type = 'operating_hours'`))
	require.Equal(t, 1, entries, "nothing changed, so nothing is recorded")
}
