package hours_test

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "switchboard/domain/hours"
)

// clock is what clocks in a zone show minute by minute, and nothing else: the
// reference knows neither offsets nor changes.
type clock struct {
	minutes []time.Time
	shown   []string       // "2026-03-29 02:30"
	dates   []string       // the date of each minute, which never goes back
	first   map[string]int // of what is shown
	last    map[string]int
}

func newClock(from time.Time, days int, zone *time.Location) clock {
	c := clock{first: map[string]int{}, last: map[string]int{}}
	latest := ""
	for i := range days * 24 * 60 {
		at := from.Add(time.Duration(i) * time.Minute).In(zone)
		text := at.Format("2006-01-02 15:04")
		if _, ok := c.first[text]; !ok {
			c.first[text] = i
		}
		c.last[text] = i
		latest = max(latest, text[:10])
		c.minutes, c.shown, c.dates = append(c.minutes, at), append(c.shown, text), append(c.dates, latest)
	}
	return c
}

// find is the minute at which a time begins to hold: where it is shown, or else
// the first that shows a later one.
func (c clock) find(where map[string]int, text string) int {
	if i, ok := where[text]; ok {
		return i
	}
	if i := slices.IndexFunc(c.shown, func(s string) bool { return s > text }); i >= 0 {
		return i
	}
	return len(c.shown)
}

func (c clock) fill(open []bool, date string, s Span) {
	next := parse(date).AddDate(0, 0, 1).Format(time.DateOnly)
	from, to := c.find(c.first, date+" "+s.Start), 0
	switch {
	case s.AllDay:
		from, to = c.find(c.first, date+" 00:00"), c.find(c.first, next+" 00:00")
	case s.End <= s.Start:
		to = c.find(c.last, next+" "+s.End)
	default:
		to = c.find(c.last, date+" "+s.End)
	}
	for i := from; i < to; i++ {
		open[i] = true
	}
}

func parse(date string) time.Time {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return t
}

// reference says for each minute whether it is open, date by date: hours of a
// date are written over what came over from the day before, if they may come.
func reference(c Calendar, k clock) []bool {
	open := make([]bool, len(k.minutes))
	var dates []string
	for at := k.minutes[0].AddDate(0, 0, -1); !at.After(k.minutes[len(k.minutes)-1].AddDate(0, 0, 1)); at = at.AddDate(0, 0, 1) {
		dates = append(dates, at.Format(time.DateOnly))
	}
	for _, date := range slices.Compact(dates) {
		spans, special := hoursOf(c, date)
		if special {
			for i, d := range k.dates {
				if d >= date {
					open[i] = false
				}
			}
		}
		for _, s := range spans {
			k.fill(open, date, s)
		}
	}
	return open
}

func hoursOf(c Calendar, date string) (spans []Span, special bool) {
	for _, x := range c.Exceptions {
		if x.Date == date {
			return x.Hours, true
		}
	}
	for _, h := range c.Holidays {
		for y := range 10 {
			first, last := parse(h.Date), parse(cmp.Or(h.Until, h.Date))
			if y > 0 && !h.Yearly {
				break
			}
			moved := time.Date(first.Year()+y, first.Month(), first.Day(), 0, 0, 0, 0, time.UTC)
			last = moved.Add(last.Sub(first))
			if d := parse(date); !d.Before(moved) && !d.After(last) {
				return nil, true
			}
		}
	}
	for _, e := range c.Events {
		d := parse(date)
		if !slices.Contains(e.Weekdays, everyDay[(int(d.Weekday())+6)%7]) || date < e.From || e.Until != "" && date > e.Until {
			continue
		}
		if e.EveryWeeks > 1 {
			monday := func(t time.Time) time.Time { return t.AddDate(0, 0, -(int(t.Weekday())+6)%7) }
			if weeks := int(monday(d).Sub(monday(parse(e.From))).Hours()) / (7 * 24); weeks%e.EveryWeeks != 0 {
				continue
			}
		}
		spans = append(spans, e.Span)
	}
	return spans, false
}

// stretches of time in which clocks change, and an ordinary one each.
var stretches = map[string][]string{
	"Europe/Amsterdam":    {"2026-03-27", "2026-10-23", "2026-12-29"},
	"Europe/Helsinki":     {"2026-03-27", "2026-10-23", "2027-02-26"},
	"Europe/Tallinn":      {"2026-03-27", "2026-10-23", "2026-06-01"},
	"America/New_York":    {"2026-03-06", "2026-10-30", "2028-02-27"},
	"Asia/Kolkata":        {"2026-03-27", "2026-12-30"},
	"Australia/Lord_Howe": {"2026-10-02", "2026-04-03", "2026-07-01"},
	"America/Havana":      {"2026-03-06", "2026-10-30"}, // changes at midnight and at one
	"America/Santiago":    {"2026-09-04", "2026-04-03"}, // changes at midnight, both ways
	"Pacific/Apia":        {"2011-12-28"},               // skipped a date
}

func drawSpan(t *rapid.T) Span {
	if rapid.IntRange(0, 5).Draw(t, "all day") == 0 {
		return Span{AllDay: true}
	}
	text := func(name string) int { // often near the changes
		return rapid.OneOf(rapid.SampledFrom([]int{0, 1, 30, 60, 90, 105, 120, 135, 150, 180, 210, 240, 1380, 1410, 1439}), rapid.IntRange(0, 1439)).Draw(t, name)
	}
	start, end := text("start"), text("end")
	if start == end {
		end = (end + 1) % 1440
	}
	return Span{Start: fmt.Sprintf("%02d:%02d", start/60, start%60), End: fmt.Sprintf("%02d:%02d", end/60, end%60)}
}

func drawCalendar(t *rapid.T, zone, around string) Calendar {
	date := func(name string) string {
		return parse(around).AddDate(0, 0, rapid.IntRange(-2, 6).Draw(t, name)).Format(time.DateOnly)
	}
	c := Calendar{Zone: zone, Events: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Event {
		e := Event{Weekdays: rapid.SliceOfNDistinct(rapid.SampledFrom(everyDay), 1, 7, rapid.ID[string]).Draw(t, "weekdays"), Span: drawSpan(t)}
		if rapid.Bool().Draw(t, "bounded") {
			e.From = parse(around).AddDate(0, 0, rapid.IntRange(-30, 4).Draw(t, "from")).Format(time.DateOnly)
			e.Until = parse(around).AddDate(0, 0, rapid.IntRange(4, 6).Draw(t, "until")).Format(time.DateOnly)
			e.EveryWeeks = rapid.IntRange(0, 3).Draw(t, "weeks")
		}
		return e
	}), 1, 4).Draw(t, "events")}
	for _, d := range rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) string { return date("exception") }), 0, 2, rapid.ID[string]).Draw(t, "exceptions") {
		x := Exception{Date: d, Closed: rapid.Bool().Draw(t, "closed")}
		if !x.Closed {
			x.Hours = rapid.SliceOfN(rapid.Custom(drawSpan), 1, 2).Draw(t, "hours")
		}
		c.Exceptions = append(c.Exceptions, x)
	}
	if rapid.IntRange(0, 2).Draw(t, "holiday") == 0 {
		h := Holiday{Date: date("holiday"), Reason: "x", Yearly: rapid.Bool().Draw(t, "yearly")}
		if h.Yearly {
			h.Date = parse(h.Date).AddDate(-2, 0, 0).Format(time.DateOnly)
		}
		h.Until = parse(h.Date).AddDate(0, 0, rapid.IntRange(0, 2).Draw(t, "days")).Format(time.DateOnly)
		c.Holidays = []Holiday{h}
	}
	return c
}

// What is computed is what somebody with the calendar and a clock would say at
// each minute of a week; and where it changes, it changes to the second.
func TestSchedule_AgreesWithTheClock(t *testing.T) {
	t.Parallel()
	clocks := map[string]clock{}
	for zone, starts := range stretches {
		for _, start := range starts {
			loc, err := time.LoadLocation(zone)
			if err != nil {
				t.Fatal(err)
			}
			clocks[zone+start] = newClock(parse(start).AddDate(0, 0, -2), 9, loc)
		}
	}
	zones := make([]string, 0, len(stretches))
	for zone := range stretches {
		zones = append(zones, zone)
	}
	sort.Strings(zones)
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		start := rapid.SampledFrom(stretches[zone]).Draw(t, "start")
		c := drawCalendar(t, zone, start)
		if f := Check(c); len(f) > 0 {
			t.Fatalf("%+v: %v", c, f)
		}
		s, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		k := clocks[zone+start]
		compare(t, s, k, reference(c, k))
	})
}

// compare leaves out two days at both ends, whose neighbours the clock does not show.
func compare(t *rapid.T, s *Schedule, k clock, open []bool) {
	const margin = 2 * 24 * 60
	begin, end := margin, len(open)-margin
	seen := k.minutes[begin]
	for i := begin; i < end; i++ {
		if got := s.Open(k.minutes[i]).Open; got != open[i] {
			t.Fatalf("at %s open is %v", k.minutes[i], got)
		}
		if open[i] == open[i-1] || i == begin {
			continue
		}
		change, ok := s.NextChange(seen)
		if !ok || !change.At.Equal(k.minutes[i]) || change.Opens != open[i] {
			t.Fatalf("after %s it changes at %s (opens %v), want %s (opens %v)", seen, change.At, change.Opens, k.minutes[i], open[i])
		}
		before, ok := s.NextChange(change.At.Add(-time.Nanosecond))
		if !ok || before != change || s.Open(change.At.Add(-time.Nanosecond)).Open == change.Opens {
			t.Fatalf("just before %s it is not what it was", change.At)
		}
		opening, ok := s.NextOpening(seen)
		if change.Opens && (!ok || !opening.Equal(change.At)) || ok && !s.Open(opening).Open {
			t.Fatalf("after %s it opens at %s", seen, opening)
		}
		seen = change.At
	}
}
