package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
	"switchboard/domain/hours"
	"switchboard/workflows"
	"switchboard/workflows/contract"
)

// held begins a conversation at a moment at which it is closed by a calendar.
func held(t *testing.T, at time.Time, c hours.Calendar) (*bench, *time.Time) {
	t.Helper()
	b := setup(t)
	b.SetStartTime(at)
	b.start = at
	s, err := hours.New(c)
	require.NoError(t, err)
	opens, ok := hours.AllOpen(at, s, nil)
	require.True(t, ok)
	st := &b.row.facts.State
	st.InboundAt, st.Activity, st.Hold, st.HeldUntil = at, at, conversation.HoldHours, opens
	var entered time.Time
	b.row.onEnter = func(f *conversation.State, now time.Time) {
		entered = now
		f.Entered = now
	}
	return b, &entered
}

// A conversation that is written out of hours is routed at the opening, to the
// second, in any zone, on the days on which clocks change and on others.
func TestHeld_RoutedAtOpeningWhereverClocksChange(t *testing.T) {
	t.Parallel()
	week := []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	for name, c := range map[string]struct {
		zone        string
		start       string // of every day, for an hour
		write, open [6]int // local: year, month, day, hour, minute, second
		wait        time.Duration
	}{
		"spring, Brussels":        {"Europe/Brussels", "08:00", [6]int{2026, 3, 28, 20, 0, 0}, [6]int{2026, 3, 29, 8, 0, 0}, 11 * time.Hour},
		"autumn, Brussels":        {"Europe/Brussels", "08:00", [6]int{2026, 10, 24, 20, 0, 0}, [6]int{2026, 10, 25, 8, 0, 0}, 13 * time.Hour},
		"no change, Brussels":     {"Europe/Brussels", "08:00", [6]int{2026, 6, 1, 20, 0, 0}, [6]int{2026, 6, 2, 8, 0, 0}, 12 * time.Hour},
		"spring, New York":        {"America/New_York", "09:30", [6]int{2026, 3, 7, 23, 59, 59}, [6]int{2026, 3, 8, 9, 30, 0}, 8*time.Hour + 30*time.Minute + time.Second},
		"autumn, New York":        {"America/New_York", "09:30", [6]int{2026, 10, 31, 23, 59, 59}, [6]int{2026, 11, 1, 9, 30, 0}, 10*time.Hour + 30*time.Minute + time.Second},
		"in the gap":              {"Europe/Brussels", "02:30", [6]int{2026, 3, 29, 0, 0, 0}, [6]int{2026, 3, 29, 3, 0, 0}, 2 * time.Hour},
		"an hour that is twice":   {"Europe/Brussels", "02:30", [6]int{2026, 10, 25, 0, 0, 0}, [6]int{2026, 10, 25, 2, 30, 0}, 2*time.Hour + 30*time.Minute},
		"half an hour, Lord Howe": {"Australia/Lord_Howe", "08:00", [6]int{2026, 10, 3, 20, 0, 0}, [6]int{2026, 10, 4, 8, 0, 0}, 11*time.Hour + 30*time.Minute},
		"none, Tokyo":             {"Asia/Tokyo", "08:00", [6]int{2026, 3, 28, 20, 0, 0}, [6]int{2026, 3, 29, 8, 0, 0}, 12 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(c.zone)
			require.NoError(t, err)
			local := func(x [6]int) time.Time { return time.Date(x[0], time.Month(x[1]), x[2], x[3], x[4], x[5], 0, zone) }
			start, err := time.Parse("15:04", c.start)
			require.NoError(t, err)
			b, entered := held(t, local(c.write), hours.Calendar{Zone: c.zone, Events: []hours.Event{{Weekdays: week,
				Span: hours.Span{Start: c.start, End: start.Add(time.Hour).Format("15:04")}}}})
			timers := 0
			b.SetOnTimerScheduledListener(func(string, time.Duration) { timers++ })
			b.at(c.wait+time.Minute, func() { b.CancelWorkflow() })
			b.run(t)
			require.Equal(t, local(c.open).Format(time.DateTime), entered.In(zone).Format(time.DateTime))
			require.Equal(t, local(c.write).Add(c.wait).UTC(), entered.UTC(), "by elapsed time too")
			require.Equal(t, []string{"entered"}, b.row.events)
			require.LessOrEqual(t, timers, 3, "one timer for the opening, one for what comes after, and the test's own")
		})
	}
}

// Who writes more while it is held changes nothing; who takes it by hand has it.
func TestHeld_WritesAndPicks(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 6, 1, 20, 0, 0, 0, time.UTC)
	calendar := hours.Calendar{Zone: "UTC", Events: []hours.Event{{Weekdays: []string{"tue"}, Span: hours.Span{Start: "08:00", End: "17:00"}}}}
	b, entered := held(t, at, calendar)
	b.at(time.Hour, func() { b.wrote() })
	b.at(13*time.Hour, func() { b.CancelWorkflow() })
	b.run(t)
	require.Equal(t, at.Add(12*time.Hour), entered.UTC())

	b, entered = held(t, at, calendar)
	b.at(time.Hour, func() { b.do(t, contract.UpdatePick, contract.Act{Agent: ann}, ok(t)) })
	b.at(13*time.Hour, func() {
		v, err := b.QueryWorkflow(contract.QueryState)
		require.NoError(t, err)
		var s workflows.State
		require.NoError(t, v.Get(&s))
		require.Equal(t, conversation.Active, s.Facts.State.Phase)
		b.CancelWorkflow()
	})
	b.run(t)
	require.True(t, entered.IsZero())
	require.Equal(t, []string{"picked"}, b.row.events)
}

// What no queue takes ends at once, but not past a message that came meanwhile;
// what waits too long in its queue is decided about once.
func TestHeld_TurnedAwayAndOverflowed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	st := &b.row.facts.State
	st.Hold, st.HeldUntil = conversation.HoldEnd, b.start
	b.row.inbound = 2 // committed, and its bell not rung yet
	b.run(t)
	require.NoError(t, b.GetWorkflowError())
	require.Equal(t, []string{"closed"}, b.row.events)
	require.Equal(t, []string{"turned_away"}, b.row.reasons)

	b = setup(t)
	st = &b.row.facts.State
	st.Entered, st.Policy.QueueWait = b.start, 10*time.Minute
	var at time.Time
	b.row.onEnter = func(f *conversation.State, now time.Time) {
		at, f.Hold, f.HeldUntil = now, conversation.HoldCallback, now.Add(time.Hour)
		b.row.onEnter = func(f *conversation.State, now time.Time) { f.Entered, f.Overflowed = now, true }
	}
	b.at(3*time.Hour, func() { b.CancelWorkflow() })
	b.run(t)
	require.Equal(t, b.start.Add(10*time.Minute), at)
	require.Equal(t, []string{"overflowed", "entered"}, b.row.events)
}
