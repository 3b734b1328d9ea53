package hours_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	. "switchboard/domain/hours"
)

func TestCheck_Defaults_OK(t *testing.T) {
	t.Parallel()
	require.Empty(t, Check(Default("Europe/Tallinn")))
	require.Empty(t, Check(Default("UTC")))
}

// Whatever is wrong is named by its field, and never asked of.
func TestCheck_ErrFields(t *testing.T) {
	t.Parallel()
	nine := Span{Start: "09:00", End: "17:00"}
	mon := []string{"mon"}
	for field, change := range map[string]func(*Calendar){
		"time_zone":            func(c *Calendar) { c.Zone = "Europe/Nowhere" },
		"events":               func(c *Calendar) { c.Events = nil },
		"events.0.weekdays":    func(c *Calendar) { c.Events[0].Weekdays = []string{"mon", "monday"} },
		"events.0.start":       func(c *Calendar) { c.Events[0].Start = "8:00" },
		"events.0.end":         func(c *Calendar) { c.Events[0].End = "24:00" },
		"events.0.all_day":     func(c *Calendar) { c.Events[0].AllDay = true },
		"events.0.from":        func(c *Calendar) { c.Events[0].EveryWeeks = 2 },
		"events.0.until":       func(c *Calendar) { c.Events[0].From, c.Events[0].Until = "2026-02-01", "2026-01-31" },
		"events.0.every_weeks": func(c *Calendar) { c.Events[0].From, c.Events[0].EveryWeeks = "2026-02-01", 53 },
		"exceptions.0.date":    func(c *Calendar) { c.Exceptions = []Exception{{Date: "2026-02-30", Closed: true}} },
		"exceptions.1.date": func(c *Calendar) {
			c.Exceptions = []Exception{{Date: "2026-02-01", Closed: true}, {Date: "2026-02-01", Closed: true}}
		},
		"exceptions.0.hours": func(c *Calendar) { c.Exceptions = []Exception{{Date: "2026-02-01"}} },
		"exceptions.0.hours.0.end": func(c *Calendar) {
			c.Exceptions = []Exception{{Date: "2026-02-01", Hours: []Span{{Start: "09:00", End: "09:00"}}}}
		},
		"exceptions.0.reason": func(c *Calendar) {
			c.Exceptions = []Exception{{Date: "2026-02-01", Closed: true, Reason: "two\nlines"}}
		},
		"holidays.0.date":   func(c *Calendar) { c.Holidays = []Holiday{{Date: "24.12.2026", Reason: "x"}} },
		"holidays.0.until":  func(c *Calendar) { c.Holidays = []Holiday{{Date: "2026-12-24", Until: "2026-12-23", Reason: "x"}} },
		"holidays.0.reason": func(c *Calendar) { c.Holidays = []Holiday{{Date: "2026-12-24", Reason: " "}} },
		"holidays":          func(c *Calendar) { c.Holidays = make([]Holiday, 501) },
	} {
		c := Calendar{Zone: "Europe/Tallinn", Events: []Event{{Weekdays: mon, Span: nine}}}
		require.Empty(t, Check(c))
		change(&c)
		f := Check(c)
		require.Len(t, f, 1, field)
		require.Equal(t, field, f[0].Field)
		require.NotEmpty(t, f[0].Reason)
		_, err := New(c)
		require.ErrorContains(t, err, field)
	}
	for _, bad := range []Calendar{
		{}, {Zone: "Local", Events: []Event{{Weekdays: mon, Span: nine}}}, {Zone: "../etc/passwd", Events: []Event{{Weekdays: mon, Span: nine}}},
		{Zone: "UTC", Events: []Event{{}}}, {Zone: "UTC", Events: []Event{{Weekdays: []string{"mon", "mon"}, Span: nine}}},
		{Zone: "UTC", Events: make([]Event, 101)}, {Zone: "UTC", Exceptions: make([]Exception, 1001)},
		{Zone: "UTC", Events: []Event{{Weekdays: mon, Span: nine, From: "2026-1-1"}}},
		{Zone: "UTC", Events: []Event{{Weekdays: mon, Span: nine, EveryWeeks: -1}}},
		{Zone: "UTC", Events: []Event{{Weekdays: mon, Span: nine}}, Exceptions: []Exception{{Date: "2026-01-01", Closed: true, Hours: []Span{nine}}}},
		{Zone: "UTC", Events: []Event{{Weekdays: mon, Span: nine}}, Exceptions: []Exception{{Date: "2026-01-01", Hours: make([]Span, 11)}}},
		{Zone: "UTC", Events: []Event{{Weekdays: mon, Span: nine}}, Holidays: []Holiday{{Date: "2026-01-01", Until: "2027-01-01", Reason: "x", Yearly: true}}},
		{Zone: "UTC", Events: []Event{{Weekdays: mon, Span: nine}}, Holidays: []Holiday{{Date: "1969-12-31", Reason: "x"}}},
		{Zone: "UTC", Events: []Event{{Weekdays: mon, Span: nine}}, Holidays: []Holiday{{Date: "2026-01-01", Reason: strings.Repeat("x", 201)}}},
	} {
		require.NotEmpty(t, Check(bad), "%+v", bad)
	}
}

func TestCheck_ErrAllAtOnce(t *testing.T) {
	t.Parallel()
	f := Check(Calendar{Zone: "Mars/Base", Events: []Event{{Weekdays: []string{"mon"}, Span: Span{Start: "9", End: "17"}}}, Holidays: []Holiday{{}}})
	fields := []string{}
	for _, x := range f {
		fields = append(fields, x.Field)
	}
	require.Equal(t, []string{"time_zone", "events.0.start", "events.0.end", "holidays.0.date", "holidays.0.reason"}, fields)
}
