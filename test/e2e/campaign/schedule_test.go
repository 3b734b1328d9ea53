package campaign

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"switchboard/dev/sandbox"
	"switchboard/workflows/contract"
)

// planned are the times at which Temporal will fire a trigger.
func planned(t *testing.T, trigger uuid.UUID) (next []time.Time) {
	t.Helper()
	c, err := client.DialContext(t.Context(), client.Options{HostPort: shared.Temporal.Address(), Namespace: shared.Namespace()})
	require.NoError(t, err)
	defer c.Close()
	eventually(t, "the schedule is placed", func() bool {
		d, err := c.ScheduleClient().GetHandle(t.Context(), contract.TriggerID(trigger)).Describe(t.Context())
		if err != nil {
			return false
		}
		next = d.Info.NextActionTimes
		return true
	})
	return next
}

// A schedule keeps to the clock of its time zone, in summer and in winter; one
// that comes once comes at its time, and not again.
func TestTrigger_ScheduleByTheClock(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	tallinn, err := time.LoadLocation("Europe/Tallinn")
	require.NoError(t, err)
	in := func(more obj) obj {
		more["time_zone"], more["data"] = "Europe/Tallinn", happened(number())
		return more
	}
	monthly := p.trigger("schedule", in(obj{"cron": "30 8 15 * *"}))
	offsets := map[int]bool{}
	for _, at := range planned(t, monthly) {
		require.Equal(t, "15 08:30", at.In(tallinn).Format("02 15:04"))
		_, offset := at.In(tallinn).Zone()
		offsets[offset] = true
	}
	require.Len(t, offsets, 2, "there are a summer and a winter in ten months")

	day := time.Now().In(tallinn).AddDate(0, 0, 40)
	later := p.trigger("schedule", in(obj{"at": day.Format("2006-01-02") + "T09:15"}))
	next := planned(t, later)
	require.Len(t, next, 1)
	require.Equal(t, day.Format("2006-01-02")+" 09:15", next[0].In(tallinn).Format("2006-01-02 15:04"))

	to := number()
	soon := p.trigger("schedule", obj{"at": time.Now().Add(90 * time.Second).In(tallinn).Format("2006-01-02T15:04"), "time_zone": "Europe/Tallinn", "data": happened(to)})
	phone := p.Twilio.SMS(to, p.SMS)
	_, err = phone.Await(t.Context(), func(sandbox.Message) bool { return true })
	require.NoError(t, err)
	require.Empty(t, planned(t, soon))
	require.Len(t, phone.Received(), 1)
	for _, id := range []uuid.UUID{monthly, later, soon} {
		p.do(http.MethodDelete, "/v1/outbound-triggers/"+id.String(), nil, nil)
	}
}

// An event's messages can wait; by hand they go at once, as the dry run showed them.
func TestTrigger_DelayAndByHand(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	event := "case.resolved." + uuid.NewString()[:8]
	path := "/v1/outbound-triggers/" + p.trigger("event", obj{"event": event, "delay": 3600}).String()
	to, other := number(), number()
	var waits fired
	p.do(http.MethodPost, "/v1/outbound/events", obj{"event": event, "data": happened(to)}, &waits)
	require.Len(t, waits.Items, 1)
	eventually(t, "it waits", func() bool { s, ok := stands(t, waits.Items[0].ID); return ok && s.State == "scheduled" })

	type shown struct {
		ID       uuid.UUID
		Messages []struct{ Status, Text string }
	}
	var dry, now shown
	p.do(http.MethodPost, path+"/dry-run", obj{"data": happened(other)}, &dry)
	require.Len(t, dry.Messages, 1)
	for range 2 {
		p.do(http.MethodPost, path+"/fire", obj{"data": happened(other)}, &now, "Idempotency-Key", "by-hand")
	}
	require.Equal(t, 1, ends(t, now.ID).Progress.Sent)
	got := p.Twilio.SMS(other, p.SMS).Received()
	require.Len(t, got, 1)
	require.True(t, strings.HasPrefix(got[0].Text, dry.Messages[0].Text))
	require.Empty(t, p.Twilio.SMS(to, p.SMS).Received())
	p.do(http.MethodPost, "/v1/campaigns/"+waits.Items[0].ID.String()+"/cancel", nil, nil)
}
