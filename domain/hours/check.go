package hours

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Fault says what is wrong with one field of a calendar, as "events.0.start".
type Fault struct{ Field, Reason string }

// What a calendar may hold at most: a search over it stays short.
const (
	maxEvents     = 100
	maxExceptions = 1000
	maxHolidays   = 500
	maxSpans      = 10
	maxWeeks      = 52
	maxReason     = 200
)

const (
	badDate = "must be a date such as 2026-12-24, between 1970 and 2999"
	badTime = "must be a time such as 08:00, between 00:00 and 23:59"
)

type faults []Fault

func (f *faults) add(field, format string, args ...any) {
	*f = append(*f, Fault{Field: field, Reason: fmt.Sprintf(format, args...)})
}

// Never lists the events of a calendar without other faults that never happen,
// because none of their weekdays is between their dates.
func Never(c Calendar) []Fault {
	var f faults
	for i, e := range c.Events {
		if !newEvent(e).happens() {
			f.add(fmt.Sprintf("events.%d.weekdays", i), "must be such that one is between %s and %s: these hours would never be", e.From, e.Until)
		}
	}
	return f
}

// Check lists what is wrong with a calendar, nothing if it can be used.
func Check(c Calendar) []Fault {
	var f faults
	if _, err := location(c.Zone); err != nil {
		f.add("time_zone", "must be the IANA name of a time zone, such as Europe/Tallinn")
	}
	ok := f.count("events", len(c.Events), maxEvents)
	ok = f.count("exceptions", len(c.Exceptions), maxExceptions) && ok
	ok = f.count("holidays", len(c.Holidays), maxHolidays) && ok
	if !ok {
		return f // what is far too long is not walked
	}
	if len(c.Events) == 0 {
		f.add("events", "must not be empty: it would never be open")
	}
	for i, e := range c.Events {
		f.event(fmt.Sprintf("events.%d.", i), e)
	}
	seen := map[string]bool{}
	for i, x := range c.Exceptions {
		at := fmt.Sprintf("exceptions.%d.", i)
		f.exception(at, x)
		if seen[x.Date] {
			f.add(at+"date", "has an exception already")
		}
		seen[x.Date] = true
	}
	for i, h := range c.Holidays {
		f.holiday(fmt.Sprintf("holidays.%d.", i), h)
	}
	return f
}

func (f *faults) count(field string, n, most int) bool {
	if n > most {
		f.add(field, "must be at most %d", most)
	}
	return n <= most
}

func (f *faults) event(at string, e Event) {
	if len(e.Weekdays) == 0 {
		f.add(at+"weekdays", "must not be empty")
	}
	for i, name := range e.Weekdays {
		switch {
		case slices.Index(weekdays, name) < 0:
			f.add(at+"weekdays", "must be of %s", strings.Join(weekdays, ", "))
		case slices.Contains(e.Weekdays[:i], name):
			f.add(at+"weekdays", "has %s twice", name)
		default:
			continue
		}
		break
	}
	f.span(at, e.Span)
	f.dates(at, "from", "until", e.From, e.Until)
	if e.EveryWeeks < 0 || e.EveryWeeks > maxWeeks {
		f.add(at+"every_weeks", "must be between 0 and %d", maxWeeks)
	}
	if e.EveryWeeks > 1 && e.From == "" {
		f.add(at+"from", "must be given, because weeks are counted from it")
	}
}

// dates checks two optional dates, the second not before the first.
func (f *faults) dates(at, first, last, from, until string) {
	a, okA := parseDay(from)
	b, okB := parseDay(until)
	if from != "" && !okA {
		f.add(at+first, badDate)
	}
	switch {
	case until != "" && !okB:
		f.add(at+last, badDate)
	case okA && okB && b < a:
		f.add(at+last, "must not be before %s", from)
	}
}

func (f *faults) span(at string, s Span) {
	if s.AllDay {
		if s.Start != "" || s.End != "" {
			f.add(at+"all_day", "goes without start and end")
		}
		return
	}
	a, okA := parseClock(s.Start)
	b, okB := parseClock(s.End)
	if !okA {
		f.add(at+"start", badTime)
	}
	switch {
	case !okB:
		f.add(at+"end", badTime)
	case okA && a == b:
		f.add(at+"end", "must not be start; a whole day is all_day")
	}
}

func (f *faults) exception(at string, x Exception) {
	if _, ok := parseDay(x.Date); !ok {
		f.add(at+"date", badDate)
	}
	switch {
	case x.Closed == (len(x.Hours) > 0):
		f.add(at+"hours", "must be given, or closed instead")
	case len(x.Hours) > maxSpans:
		f.add(at+"hours", "must be at most %d", maxSpans)
	default:
		for i, s := range x.Hours {
			f.span(fmt.Sprintf("%shours.%d.", at, i), s)
		}
	}
	f.reason(at, x.Reason)
}

func (f *faults) holiday(at string, h Holiday) {
	first, ok := parseDay(h.Date)
	if !ok {
		f.add(at+"date", badDate)
	}
	f.dates(at, "date", "until", first.text(ok), h.Until)
	if last, given := parseDay(h.Until); ok && given && h.Yearly && last-first >= 365 {
		f.add(at+"until", "must be within a year of a holiday that is yearly")
	}
	if strings.TrimSpace(h.Reason) == "" {
		f.add(at+"reason", "must not be empty")
	}
	f.reason(at, h.Reason)
}

func (f *faults) reason(at, v string) {
	switch {
	case utf8.RuneCountInString(v) > maxReason:
		f.add(at+"reason", "must have at most %d characters", maxReason)
	case strings.ContainsFunc(v, unicode.IsControl):
		f.add(at+"reason", "must not have control characters")
	}
}

// location loads a zone by its name. The machine's own has none: it would mean
// something else on each machine.
func location(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("time zone %q has no name", name)
	}
	return time.LoadLocation(name)
}
