package hours_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/domain/hours"
)

func TestField_HoursThatNeverHappenAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		event hours.Event
		fires bool
	}{
		{hours.Event{Weekdays: []string{"mon"}, From: "2026-06-02", Until: "2026-06-07"}, false}, // from Tuesday to Sunday
		{hours.Event{Weekdays: []string{"mon"}, From: "2026-06-02", Until: "2026-06-08"}, true},
		{hours.Event{Weekdays: []string{"sun"}, From: "2026-06-02", Until: "2026-06-02"}, false},
		{hours.Event{Weekdays: []string{"tue"}, From: "2026-06-02", Until: "2026-06-02"}, true},
		{hours.Event{Weekdays: []string{"mon"}, From: "2026-06-03", Until: "2026-06-12", EveryWeeks: 2}, false}, // the Monday between is in the week left out
		{hours.Event{Weekdays: []string{"mon"}, From: "2026-06-03", Until: "2026-06-15", EveryWeeks: 2}, true},
		{hours.Event{Weekdays: []string{"mon"}, From: "2026-06-03", EveryWeeks: 52}, true},
		{hours.Event{Weekdays: []string{"mon"}, Until: "2026-06-03"}, true},
		{hours.Event{Weekdays: []string{"mon"}}, true},
	} {
		c.event.Span = hours.Span{Start: "08:00", End: "17:00"}
		calendar := hours.Calendar{Zone: "Europe/Tallinn", Events: []hours.Event{c.event}}
		require.Empty(t, hours.Check(calendar))
		faults := hours.Never(calendar)
		require.Equal(t, c.fires, len(faults) == 0, c.event)
		if !c.fires {
			require.Equal(t, "events.0.weekdays", faults[0].Field)
		}
		_, err := hours.New(calendar)
		require.NoError(t, err, "what was stored before goes on")
	}
}
