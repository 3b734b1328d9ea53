package hours_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the zones, whatever machine tests run on

	"github.com/stretchr/testify/require"

	. "switchboard/domain/hours"
)

var everyDay = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

func daily(zone, start, end string) Calendar {
	return Calendar{Zone: zone, Events: []Event{{Weekdays: everyDay, Span: Span{Start: start, End: end}}}}
}

func schedule(t *testing.T, c Calendar) *Schedule {
	t.Helper()
	require.Empty(t, Check(c))
	s, err := New(c)
	require.NoError(t, err)
	return s
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	out, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return out
}

// Where clocks change, hours are as long as the day is, and as the rules say
// when their own times do not exist or exist twice.
func TestNextChange_ClocksChange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, start, end, from, opens, closes string }{
		// Across the change: one hour shorter or longer.
		{"Europe/Amsterdam", "01:00", "05:00", "2026-03-28T20:00:00Z", "2026-03-29T00:00:00Z", "2026-03-29T03:00:00Z"},
		{"Europe/Amsterdam", "01:00", "05:00", "2026-10-24T20:00:00Z", "2026-10-24T23:00:00Z", "2026-10-25T04:00:00Z"},
		{"Europe/Helsinki", "22:00", "06:00", "2026-03-28T12:00:00Z", "2026-03-28T20:00:00Z", "2026-03-29T03:00:00Z"},
		{"Europe/Helsinki", "22:00", "06:00", "2026-10-24T12:00:00Z", "2026-10-24T19:00:00Z", "2026-10-25T04:00:00Z"},
		{"Europe/Tallinn", "08:00", "17:00", "2026-03-29T00:00:00Z", "2026-03-29T05:00:00Z", "2026-03-29T14:00:00Z"},
		{"Europe/Tallinn", "08:00", "17:00", "2026-10-25T00:00:00Z", "2026-10-25T06:00:00Z", "2026-10-25T15:00:00Z"},
		{"America/New_York", "00:30", "04:30", "2026-03-08T00:00:00Z", "2026-03-08T05:30:00Z", "2026-03-08T08:30:00Z"},
		{"America/New_York", "00:30", "04:30", "2026-11-01T00:00:00Z", "2026-11-01T04:30:00Z", "2026-11-01T09:30:00Z"},
		{"Australia/Lord_Howe", "01:00", "05:00", "2026-10-03T10:00:00Z", "2026-10-03T14:30:00Z", "2026-10-03T18:00:00Z"},
		{"Australia/Lord_Howe", "01:00", "05:00", "2026-04-04T10:00:00Z", "2026-04-04T14:00:00Z", "2026-04-04T18:30:00Z"},
		{"Asia/Kolkata", "09:00", "18:00", "2026-03-29T00:00:00Z", "2026-03-29T03:30:00Z", "2026-03-29T12:30:00Z"},
		{"Asia/Kolkata", "09:00", "18:00", "2026-10-25T00:00:00Z", "2026-10-25T03:30:00Z", "2026-10-25T12:30:00Z"},
		// A time that does not exist is the moment of the change.
		{"Europe/Amsterdam", "02:30", "05:00", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00Z"},
		{"Europe/Tallinn", "01:00", "03:30", "2026-03-28T22:30:00Z", "2026-03-28T23:00:00Z", "2026-03-29T01:00:00Z"},
		{"America/New_York", "02:15", "03:15", "2026-03-08T06:00:00Z", "2026-03-08T07:00:00Z", "2026-03-08T07:15:00Z"},
		{"Australia/Lord_Howe", "02:10", "04:00", "2026-10-03T15:00:00Z", "2026-10-03T15:30:00Z", "2026-10-03T17:00:00Z"},
		// Of one that exists twice the first opens and the second closes.
		{"Europe/Amsterdam", "02:30", "05:00", "2026-10-24T23:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T04:00:00Z"},
		{"Europe/Helsinki", "01:00", "03:30", "2026-10-24T21:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T01:30:00Z"},
		{"Europe/Tallinn", "03:15", "03:45", "2026-10-24T21:00:00Z", "2026-10-25T00:15:00Z", "2026-10-25T01:45:00Z"},
		{"America/New_York", "01:00", "02:00", "2026-11-01T04:00:00Z", "2026-11-01T05:00:00Z", "2026-11-01T07:00:00Z"},
		{"Australia/Lord_Howe", "01:45", "03:00", "2026-04-04T14:00:00Z", "2026-04-04T14:45:00Z", "2026-04-04T16:30:00Z"},
	} {
		s := schedule(t, daily(c.zone, c.start, c.end))
		name := c.zone + " " + c.start + " " + c.from
		require.False(t, s.Open(at(t, c.from)).Open, name)
		opens, ok := s.NextChange(at(t, c.from))
		require.True(t, ok && opens.Opens, name)
		require.Equal(t, c.opens, opens.At.UTC().Format(time.RFC3339), name)
		require.False(t, s.Open(opens.At.Add(-time.Second)).Open, name)
		require.Equal(t, State{Open: true, Why: WorkingHours}, s.Open(opens.At), name)
		closes, ok := s.NextChange(opens.At)
		require.True(t, ok && !closes.Opens, name)
		require.Equal(t, c.closes, closes.At.UTC().Format(time.RFC3339), name)
		require.True(t, s.Open(closes.At.Add(-time.Second)).Open, name)
		require.Equal(t, State{Why: Closed}, s.Open(closes.At), name)
	}
}

// Hours that do not exist at all on the day of the change are not held, and a
// date that a country skipped has none.
func TestNextChange_HoursThatClocksSkip(t *testing.T) {
	t.Parallel()
	s := schedule(t, daily("Europe/Tallinn", "03:10", "03:50"))
	next, ok := s.NextOpening(at(t, "2026-03-28T12:00:00Z"))
	require.True(t, ok)
	require.Equal(t, "2026-03-30T00:10:00Z", next.UTC().Format(time.RFC3339))

	s = schedule(t, daily("Pacific/Apia", "09:00", "17:00")) // no 30 December 2011
	change, ok := s.NextChange(at(t, "2011-12-30T05:00:00Z"))
	require.True(t, ok)
	require.Equal(t, "2011-12-31T09:00:00+14:00", change.At.Format(time.RFC3339))
}

// Where clocks change at midnight a date begins when the change is over, and
// what is open all day stays open.
func TestNextChange_ClocksChangeAtMidnight(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"America/Havana", "Africa/Cairo", "Asia/Beirut", "Atlantic/Azores", "America/Santiago"} {
		c := Calendar{Zone: zone, Events: []Event{{Weekdays: everyDay, Span: Span{AllDay: true}}}}
		_, changes := schedule(t, c).NextChange(at(t, "2026-01-01T12:00:00Z"))
		require.False(t, changes, zone)
		c.Events[0].Span = Span{Start: "00:00", End: "12:00"}
		for s, from := schedule(t, c), at(t, "2026-01-01T20:00:00Z"); from.Year() < 2027; {
			change, ok := s.NextChange(from)
			require.True(t, ok)
			if change.Opens {
				h, m, _ := change.At.Clock()
				require.Contains(t, []int{0, 60}, h*60+m, "%s opens at %s", zone, change.At)
			}
			from = change.At
		}
	}
}

func TestOpen_AcrossMidnightAndWeeks(t *testing.T) {
	t.Parallel()
	c := Calendar{Zone: "Europe/Helsinki", Events: []Event{
		{Weekdays: []string{"fri"}, Span: Span{Start: "22:00", End: "06:00"}},
		{Weekdays: []string{"mon", "tue"}, Span: Span{Start: "08:00", End: "17:00"}, From: "2026-07-01", Until: "2026-07-28", EveryWeeks: 2},
		{Weekdays: []string{"mon"}, Span: Span{Start: "17:00", End: "19:30"}, From: "2026-07-13", Until: "2026-07-13"},
	}}
	s := schedule(t, c)
	for moment, want := range map[string]bool{
		"2026-07-03T21:59:59+03:00": false, "2026-07-03T22:00:00+03:00": true, "2026-07-04T05:59:59+03:00": true, "2026-07-04T06:00:00+03:00": false,
		"2026-06-29T09:00:00+03:00": false, // the week it counts from, before its first date
		"2026-07-06T09:00:00+03:00": false, "2026-07-13T09:00:00+03:00": true, "2026-07-14T09:00:00+03:00": true,
		"2026-07-20T09:00:00+03:00": false, "2026-07-28T16:59:59+03:00": true, "2026-08-10T09:00:00+03:00": false,
		"2026-07-13T17:00:00+03:00": true, "2026-07-13T19:30:00+03:00": false,
	} {
		require.Equal(t, want, s.Open(at(t, moment)).Open, moment)
	}
	change, ok := s.NextChange(at(t, "2026-07-13T08:00:00+03:00"))
	require.True(t, ok)
	require.Equal(t, "2026-07-13T19:30:00+03:00", change.At.Format(time.RFC3339), "hours that join are one")
}

func TestOpen_ExceptionsAndHolidays(t *testing.T) {
	t.Parallel()
	c := daily("Europe/Amsterdam", "20:00", "04:00")
	c.Exceptions = []Exception{
		{Date: "2026-05-04", Closed: true, Reason: "Stocktaking"},
		{Date: "2026-12-31", Hours: []Span{{Start: "08:00", End: "12:00"}, {Start: "13:00", End: "02:00"}}, Reason: "New Year's Eve"},
	}
	c.Holidays = []Holiday{
		{Date: "2026-12-25", Until: "2026-12-31", Reason: "Christmas"},
		{Date: "2024-12-31", Until: "2025-01-01", Reason: "Turn of the year", Yearly: true},
		{Date: "2024-02-29", Reason: "Leap day", Yearly: true},
	}
	s := schedule(t, c)
	for moment, want := range map[string]State{
		"2026-05-03T23:59:59+02:00": {Open: true, Why: WorkingHours},
		"2026-05-04T00:00:00+02:00": {Why: Closed, Reason: "Stocktaking"},
		"2026-05-04T21:00:00+02:00": {Why: Closed, Reason: "Stocktaking"},
		"2026-05-05T03:00:00+02:00": {Why: Closed}, // the night that would have begun on the 4th
		"2026-12-24T23:59:59+01:00": {Open: true, Why: WorkingHours},
		"2026-12-25T00:00:00+01:00": {Why: OnHoliday, Reason: "Christmas"},
		"2026-12-31T09:00:00+01:00": {Open: true, Why: WorkingHours, Reason: "New Year's Eve"},
		"2026-12-31T12:00:00+01:00": {Why: Closed, Reason: "New Year's Eve"},
		"2026-12-31T23:59:59+01:00": {Open: true, Why: WorkingHours, Reason: "New Year's Eve"},
		"2027-01-01T01:00:00+01:00": {Why: OnHoliday, Reason: "Turn of the year"},
		"2027-01-02T21:00:00+01:00": {Open: true, Why: WorkingHours},
		"2027-03-01T21:00:00+01:00": {Why: OnHoliday, Reason: "Leap day"},
		"2028-02-29T21:00:00+01:00": {Why: OnHoliday, Reason: "Leap day"},
		"2023-12-31T21:00:00+01:00": {Open: true, Why: WorkingHours}, // before its first year
	} {
		require.Equal(t, want, s.Open(at(t, moment)), moment)
	}
	opening, ok := s.NextOpening(at(t, "2026-12-24T22:00:00+01:00"))
	require.True(t, ok)
	require.Equal(t, "2026-12-31T08:00:00+01:00", opening.Format(time.RFC3339))
}

// Every search ends, and says so when there is nothing to find.
func TestNextChange_WhereThereIsNone(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-07-01T12:00:00Z")
	var none *Schedule
	require.Equal(t, State{Open: true, Why: Always}, none.Open(now))
	_, ok := none.NextChange(now)
	require.False(t, ok)
	_, ok = none.NextOpening(now)
	require.False(t, ok)

	over := daily("Asia/Kolkata", "08:00", "17:00")
	over.Events[0].Until = "2020-12-31"
	s := schedule(t, over)
	require.Equal(t, State{Why: Closed}, s.Open(now))
	_, ok = s.NextOpening(now)
	require.False(t, ok)
}

// Seconds and parts of them count.
func TestNextChange_IsExact(t *testing.T) {
	t.Parallel()
	s := schedule(t, daily("Europe/Tallinn", "08:00", "17:00"))
	eight := at(t, "2026-07-01T08:00:00+03:00")
	require.False(t, s.Open(eight.Add(-1)).Open)
	change, _ := s.NextChange(eight.Add(-1))
	require.True(t, change.At.Equal(eight))
	change, _ = s.NextChange(eight)
	require.True(t, change.At.Equal(at(t, "2026-07-01T17:00:00+03:00")))
	next, _ := s.NextOpening(eight)
	require.True(t, next.Equal(eight.Add(24*time.Hour)))
}

// The largest calendar, of which nothing can be found, is searched in a moment.
func TestNextChange_EndsSoon(t *testing.T) {
	t.Parallel()
	c := Calendar{Zone: "Europe/Tallinn"}
	for range 100 {
		c.Events = append(c.Events, Event{Weekdays: everyDay, Span: Span{Start: "08:00", End: "17:00"}})
	}
	for range 500 {
		c.Holidays = append(c.Holidays, Holiday{Date: "2020-01-01", Until: "2020-12-30", Reason: "x", Yearly: true})
	}
	for d := range 6 { // 31 December and what leap years leave
		c.Holidays[d] = Holiday{Date: time.Date(2026+d, 12, 30, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), Until: time.Date(2027+d, 1, 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), Reason: "x"}
	}
	s, begun := schedule(t, c), time.Now()
	_, ok := s.NextOpening(at(t, "2026-07-01T12:00:00Z"))
	require.False(t, ok)
	for i := range c.Holidays {
		c.Holidays[i] = Holiday{Date: "1970-01-01", Reason: "x", Yearly: true}
	}
	for i := range c.Events {
		c.Events[i].Span = Span{AllDay: true}
	}
	c.Exceptions = []Exception{}
	for y := range 30 {
		c.Exceptions = append(c.Exceptions, Exception{Date: time.Date(2020+y, 1, 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), Hours: []Span{{AllDay: true}}})
	}
	_, ok = schedule(t, c).NextChange(at(t, "2026-07-01T12:00:00Z"))
	require.False(t, ok)
	require.Less(t, time.Since(begun), 10*time.Second)
}
