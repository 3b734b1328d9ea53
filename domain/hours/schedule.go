package hours

import (
	"fmt"
	"slices"
	"time"
)

// Why says why it is open or closed.
type Why string

// Reasons.
const (
	Always       Why = "always"        // it has no hours: open day and night
	WorkingHours Why = "working_hours" // open
	OnHoliday    Why = "holiday"
	Closed       Why = "closed" // outside working hours, or closed on this date
)

// State is what is so at a moment. Reason is what people wrote: of the holiday,
// or of the exception of this date.
type State struct {
	Open   bool
	Why    Why
	Reason string
}

// searchDays bounds every search: what does not change in five years does not
// change.
const searchDays = 5 * 366

// Schedule is a calendar that can be asked. A nil Schedule is always open.
type Schedule struct {
	zone       *time.Location
	events     []event
	exceptions map[day]Exception
	holidays   []holiday
}

// Zone is where its times are read; of no hours it is UTC.
func (s *Schedule) Zone() *time.Location {
	if s == nil {
		return time.UTC
	}
	return s.zone
}

type event struct {
	Span
	on          [7]bool
	from, until day // until 0: for ever
	first, nth  int // the week it counts from
}

type holiday struct {
	Holiday
	date day
	days day // how many after the first
}

// New makes a calendar ready to be asked; one with faults is an error.
func New(c Calendar) (*Schedule, error) {
	if f := Check(c); len(f) > 0 {
		return nil, fmt.Errorf("calendar: %s %s", f[0].Field, f[0].Reason)
	}
	zone, err := location(c.Zone)
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	s := &Schedule{zone: zone, exceptions: map[day]Exception{}}
	for _, e := range c.Events {
		s.events = append(s.events, newEvent(e))
	}
	for _, x := range c.Exceptions {
		d, _ := parseDay(x.Date)
		s.exceptions[d] = x
	}
	for _, h := range c.Holidays {
		x := holiday{Holiday: h}
		x.date, _ = parseDay(h.Date)
		if last, ok := parseDay(h.Until); ok {
			x.days = last - x.date
		}
		s.holidays = append(s.holidays, x)
	}
	return s, nil
}

func newEvent(e Event) event {
	x := event{Span: e.Span, nth: max(e.EveryWeeks, 1)}
	for _, name := range e.Weekdays {
		x.on[slices.Index(weekdays, name)] = true
	}
	x.from, _ = parseDay(e.From)
	x.until, _ = parseDay(e.Until)
	x.first = x.from.week()
	return x
}

// happens reports whether the event begins on any day at all.
func (e event) happens() bool {
	last := e.from + day(7*(e.nth+1)) // by then each weekday of a week that counts was there
	if e.until != 0 {
		last = min(last, e.until)
	}
	for d := e.from; d <= last; d++ {
		if e.begins(d) {
			return true
		}
	}
	return false
}

func (e event) begins(d day) bool {
	return e.on[d.weekday()] && d >= e.from && (e.until == 0 || d <= e.until) && (d.week()-e.first)%e.nth == 0
}

func (h holiday) covers(d day) bool {
	if d >= h.date && d <= h.date+h.days {
		return true
	}
	if !h.Yearly {
		return false
	}
	year := d.civil().Year()
	for _, y := range []int{year, year - 1} { // it may have begun last year
		if first := h.date.inYear(y); y > h.date.civil().Year() && d >= first && d <= first+h.days {
			return true
		}
	}
	return false
}

func (s *Schedule) holiday(d day) (holiday, bool) {
	if i := slices.IndexFunc(s.holidays, func(h holiday) bool { return h.covers(d) }); i >= 0 {
		return s.holidays[i], true
	}
	return holiday{}, false
}

// special dates do not take over hours from the day before.
func (s *Schedule) special(d day) bool {
	if _, ok := s.exceptions[d]; ok {
		return true
	}
	_, ok := s.holiday(d)
	return ok
}

// period is open from its first moment until before its last.
type period struct{ from, to time.Time }

// begins is the first moment of a date.
func (s *Schedule) begins(d day) time.Time {
	first, _ := moments(s.zone, d, 0)
	return first
}

// periods are the hours of a date, by their beginning.
func (s *Schedule) periods(d day) []period {
	spans := s.spans(d)
	if len(spans) == 0 || s.begins(d).Equal(s.begins(d+1)) {
		return nil // none, or the zone skipped this date
	}
	var cut time.Time
	if s.special(d + 1) {
		cut = s.begins(d + 1)
	}
	out := make([]period, 0, len(spans))
	for _, x := range spans {
		p := s.period(d, x)
		if !cut.IsZero() && p.to.After(cut) {
			p.to = cut
		}
		if p.from.Before(p.to) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b period) int { return a.from.Compare(b.from) })
	return out
}

func (s *Schedule) spans(d day) []Span {
	if x, ok := s.exceptions[d]; ok {
		return x.Hours
	}
	var out []Span
	for _, e := range s.events {
		if e.begins(d) {
			out = append(out, e.Span)
		}
	}
	if len(out) > 0 {
		if _, ok := s.holiday(d); ok {
			return nil
		}
	}
	return out
}

func (s *Schedule) period(d day, x Span) period {
	if x.AllDay {
		return period{s.begins(d), s.begins(d + 1)}
	}
	start, _ := parseClock(x.Start)
	end, _ := parseClock(x.End)
	next := d
	if end <= start {
		next++
	}
	var p period
	p.from, _ = moments(s.zone, d, start)
	_, p.to = moments(s.zone, next, end)
	return p
}

// date is that of a moment. It begins at the first midnight, where clocks that
// go back show two.
func (s *Schedule) date(at time.Time) day {
	d := dayOf(at.In(s.zone).Date())
	if !s.begins(d + 1).After(at) {
		d++
	}
	return d
}

// Open says whether it is open at a moment, and why.
func (s *Schedule) Open(at time.Time) State {
	if s == nil {
		return State{Open: true, Why: Always}
	}
	d := s.date(at)
	open := s.openOn(d, at)
	if x, ok := s.exceptions[d]; ok {
		return State{Open: open, Why: whyOf(open), Reason: x.Reason}
	}
	if h, ok := s.holiday(d); ok {
		return State{Why: OnHoliday, Reason: h.Reason}
	}
	return State{Open: open, Why: whyOf(open)}
}

func whyOf(open bool) Why {
	if open {
		return WorkingHours
	}
	return Closed
}

func (s *Schedule) openOn(d day, at time.Time) bool {
	for _, date := range []day{d - 1, d} {
		for _, p := range s.periods(date) {
			if !at.Before(p.from) && at.Before(p.to) {
				return true
			}
		}
	}
	return false
}

// Change is the next moment at which it opens or closes.
type Change struct {
	At    time.Time
	Opens bool
}

// NextChange finds when it next opens or closes after a moment, and false if it
// does not within five years. Hours that follow each other without a gap are one.
func (s *Schedule) NextChange(at time.Time) (Change, bool) {
	if s == nil {
		return Change{}, false
	}
	d := s.date(at)
	if s.openOn(d, at) {
		end, ok := s.closes(d, at)
		return Change{At: end}, ok
	}
	for next := d; next < d+searchDays; next++ {
		for _, p := range s.periods(next) {
			if p.from.After(at) {
				return Change{At: p.from, Opens: true}, true
			}
		}
	}
	return Change{}, false
}

// closes finds the end of the hours that are open at a moment, however many
// periods they are made of.
func (s *Schedule) closes(d day, at time.Time) (time.Time, bool) {
	end := at
	for next := d - 1; next < d+searchDays; next++ {
		if next > d && s.begins(next).After(end) {
			return end, true
		}
		for _, p := range s.periods(next) {
			if !p.from.After(end) && p.to.After(end) {
				end = p.to
			}
		}
	}
	return time.Time{}, false
}

// NextOpening finds when it next goes from closed to open after a moment: of one
// that is open now, after it has closed. False: not within five years.
func (s *Schedule) NextOpening(at time.Time) (time.Time, bool) {
	c, ok := s.NextChange(at)
	if ok && !c.Opens {
		c, ok = s.NextChange(c.At)
	}
	return c.At, ok
}
