package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/hours"
	"switchboard/store/admindb"
	"switchboard/store/assigndb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
	"switchboard/store/storetest"
)

// Outside their working hours nobody is offered anything, by any method and
// though they are there; when these begin they are, also on the day on which
// clocks change, and a change of the hours counts at once.
func TestDuty_NobodyIsAskedOutsideTheirHours(t *testing.T) {
	t.Parallel()
	for _, method := range []string{assigndb.HighestCapacity, assigndb.RoundRobin, assigndb.LeastActive, assigndb.MostIdle, assigndb.Proficiency} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			site := db.Site(t)
			agents := db.Agents(t, &site, 2, 1)
			c := db.Waiting(t, site, 1)[0]
			_, err := db.Admin.ChangeQueue(t.Context(), auditdb.Actor{}, site.Queue, func(q *admindb.Queue) error {
				q.Rules = assigndb.AssignmentRules{{Skills: assigndb.SkillsExact, Method: method}}
				return nil
			})
			require.NoError(t, err)
			never := hours.Calendar{Zone: "Europe/Brussels", Events: []hours.Event{{Weekdays: []string{"mon"}, Span: hours.Span{Start: "08:00", End: "17:00"}, From: "2100-01-01"}}}
			h, err := db.Config.CreateOperatingHours(t.Context(), auditdb.Actor{}, configdb.OperatingHours{Name: "shift", TimeZone: never.Zone, Calendar: configdb.Calendar(never)})
			require.NoError(t, err)
			for _, a := range agents {
				changed, err := db.Admin.ChangeAgent(t.Context(), auditdb.Actor{}, a, admindb.AgentChange{WorkingHours: &uuid.NullUUID{UUID: h.ID, Valid: true}})
				require.NoError(t, err)
				require.Equal(t, h.ID, changed.WorkingHours.UUID)
			}
			require.ErrorAs(t, db.Config.DeleteOperatingHours(t.Context(), auditdb.Actor{}, h.ID), new(*pg.Conflict))
			made, err := db.Assignment.SweepAssignments(t.Context())
			require.NoError(t, err)
			require.Zero(t, made)
			why, err := db.Assignment.Candidates(t.Context(), c)
			require.NoError(t, err)
			require.Contains(t, string(why.Candidates), `"off_duty"`)

			_, err = db.Admin.ChangeOperatingHours(t.Context(), auditdb.Actor{}, h.ID, func(h *configdb.OperatingHours) error {
				h.Calendar.Events = []hours.Event{{Weekdays: []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, Span: hours.Span{AllDay: true}}}
				return nil
			})
			require.NoError(t, err)
			made, err = db.Assignment.SweepAssignments(t.Context())
			require.NoError(t, err)
			require.Equal(t, 1, made)
			db.Check(t)
		})
	}
}

// Hours begin and end at their moments, in their zone.
func TestDuty_BeginsAndEndsInItsZone(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	ann := db.Agents(t, &site, 1, 1)[0]
	night := hours.Calendar{Zone: "Europe/Brussels", Events: []hours.Event{{Weekdays: []string{"sun"}, Span: hours.Span{Start: "01:00", End: "04:00"}}}}
	h, err := db.Config.CreateOperatingHours(t.Context(), auditdb.Actor{}, configdb.OperatingHours{Name: "night", TimeZone: night.Zone, Calendar: configdb.Calendar(night)})
	require.NoError(t, err)
	_, err = db.Admin.ChangeAgent(t.Context(), auditdb.Actor{}, ann, admindb.AgentChange{WorkingHours: &uuid.NullUUID{UUID: h.ID, Valid: true}})
	require.NoError(t, err)
	at := func(utc string) (off bool, changes time.Time) {
		now, err := time.Parse(time.RFC3339, utc)
		require.NoError(t, err)
		db.SQL.MustExec(`UPDATE agent_status SET duty_changes_at = $1`, now)
		n, err := db.Assignment.SweepShifts(t.Context(), now)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.NoError(t, db.SQL.QueryRow(`SELECT off_duty, duty_changes_at FROM agent_status`).Scan(&off, &changes))
		return off, changes.UTC()
	}
	for _, x := range []struct {
		at, changes string
		off         bool
	}{
		{"2026-03-28T23:30:00Z", "2026-03-29T00:00:00Z", true}, // clocks go forward in that night, 02:00 is 03:00
		{"2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z", false},
		{"2026-03-29T01:59:59Z", "2026-03-29T02:00:00Z", false},
		{"2026-10-24T22:30:00Z", "2026-10-24T23:00:00Z", true}, // and back in that one
		{"2026-10-24T23:00:00Z", "2026-10-25T03:00:00Z", false},
		{"2026-10-25T03:00:00Z", "2026-10-26T03:00:00Z", true}, // looked at again each day
	} {
		off, changes := at(x.at)
		require.Equal(t, x.off, off, x.at)
		require.Equal(t, x.changes, changes.Format(time.RFC3339), x.at)
	}
	n, err := db.Assignment.SweepShifts(t.Context(), time.Date(2026, 10, 25, 3, 0, 1, 0, time.UTC))
	require.NoError(t, err)
	require.Zero(t, n, "nothing is looked at in between")
}
