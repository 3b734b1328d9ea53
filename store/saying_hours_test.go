package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/domain/hours"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/contactdb"
	"switchboard/store/storetest"
)

// Who begins while it is closed is told when somebody will be there; who begins
// on a holiday, why.
func TestSayings_OutOfHoursAndHoliday(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		calendar hours.Calendar
		says     string
	}{
		"closed": {hours.Calendar{Events: []hours.Event{{Weekdays: []string{"mon"}, Span: hours.Span{Start: "09:00", End: "10:00"}, From: "2099-01-01"}}}, "out_of_hours"},
		"holiday": {hours.Calendar{Events: []hours.Event{{Weekdays: []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, Span: hours.Span{AllDay: true}}},
			Holidays: []hours.Holiday{{Date: "2020-01-01", Until: "2090-01-01", Reason: "Long holiday"}}}, "holiday"},
		"open": {hours.Calendar{Events: []hours.Event{{Weekdays: []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, Span: hours.Span{AllDay: true}}}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := storetest.New(t)
			site, ctx := db.Site(t), t.Context()
			h, err := db.Config.CreateOperatingHours(ctx, auditdb.Actor{}, configdb.OperatingHours{Name: name, TimeZone: "Europe/Amsterdam", Calendar: configdb.Calendar(c.calendar)})
			require.NoError(t, err)
			db.SQL.MustExec(`UPDATE queue SET operating_hours_id = $1`, h.ID)
			for _, trigger := range []string{"out_of_hours", "holiday"} {
				_, err := db.Admin.SetAutomatedMessage(ctx, auditdb.Actor{}, admindb.AutomatedMessage{Trigger: trigger, Enabled: true, Visibility: "both"})
				require.NoError(t, err)
			}
			_, err = db.Message.StoreMessages(ctx, []contactdb.Inbound{message(site, "U1", "e1", "hi")})
			require.NoError(t, err)
			rungs, err := db.Outbox.ClaimBells(ctx, 1, 0)
			require.NoError(t, err)
			_, err = db.Conversation.Begin(ctx, rungs[0].Conversation)
			require.NoError(t, err)
			var said []string
			require.NoError(t, db.SQL.Select(&said, `SELECT automated FROM message WHERE automated IS NOT NULL`))
			if c.says == "" {
				require.Empty(t, said)
				return
			}
			require.Equal(t, []string{c.says}, said)
			require.Zero(t, one(t, db, `SELECT count(*) FROM message WHERE text LIKE '%{%'`))
		})
	}
}
