// Package campaign holds the rules of outbound messages: who may be written to
// and when, in which wording, and when a campaign stops by itself. It is pure:
// the time is given to it.
package campaign

import (
	"fmt"
	"time"
)

// Quiet are the hours in which nobody is written to, by the recipient's clock:
// from From until Until, "21:00" and "08:00". The zero Quiet is none. Where both
// are the same, there is none either.
type Quiet struct {
	From  string `json:"from"`
	Until string `json:"until"`
}

// None reports that there are no quiet hours.
func (q Quiet) None() bool { return q.From == q.Until }

// Check says what is wrong with quiet hours, "" if nothing.
func (q Quiet) Check() string {
	if q == (Quiet{}) {
		return ""
	}
	_, errFrom := clock(q.From)
	_, errUntil := clock(q.Until)
	if errFrom != nil || errUntil != nil {
		return "must be two times such as 21:00 and 08:00"
	}
	return ""
}

// minutes since midnight of "08:00"
func clock(s string) (int, error) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != 5 {
		return 0, fmt.Errorf("time %q is not like 08:00", s)
	}
	return t.Hour()*60 + t.Minute(), nil
}

// Zone is the time zone by name, or the fallback where there is none of that
// name, or UTC.
func Zone(name, fallback string) *time.Location {
	for _, n := range []string{name, fallback} {
		if n == "" || n == "Local" {
			continue
		}
		if z, err := time.LoadLocation(n); err == nil {
			return z
		}
	}
	return time.UTC
}

// Open reports whether somebody in a zone may be written to at a time.
func (q Quiet) Open(at time.Time, zone *time.Location) bool {
	from, errFrom := clock(q.From)
	until, errUntil := clock(q.Until)
	if q.None() || errFrom != nil || errUntil != nil {
		return true
	}
	local := at.In(zone)
	now := local.Hour()*60 + local.Minute()
	if from < until {
		return now < from || now >= until
	}
	return now < from && now >= until
}

// Next is the first moment from at on in which somebody in a zone may be written
// to, to the minute. It asks minute by minute what the recipient's clock shows,
// so that clocks which are set forward over the end of the quiet hours, or back
// into them, need no rule of their own.
func (q Quiet) Next(at time.Time, zone *time.Location) time.Time {
	if q.Open(at, zone) {
		return at
	}
	t := at.Truncate(time.Minute)
	for range 75 * 60 { // the longest night, if clocks skip the one hour, or the day, between two
		if t = t.Add(time.Minute); q.Open(t, zone) {
			return t
		}
	}
	return t
}
