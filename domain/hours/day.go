package hours

import (
	"time"
)

// weekdays are their names, from Sunday on as package time counts.
var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// day is a date, counted from 1 January 1970.
type day int

const daySeconds = 24 * 60 * 60

func dayOf(year int, month time.Month, d int) day {
	return day(floorDiv(int(time.Date(year, month, d, 0, 0, 0, 0, time.UTC).Unix()), daySeconds))
}

func (d day) civil() time.Time      { return time.Unix(int64(d)*daySeconds, 0).UTC() }
func (d day) weekday() time.Weekday { return d.civil().Weekday() }
func (d day) week() int             { return floorDiv(int(d)+3, 7) } // day 0 was a Thursday
func (d day) inYear(year int) day   { _, m, n := d.civil().Date(); return dayOf(year, m, n) }
func floorDiv(a, b int) int         { return (a - ((a%b)+b)%b) / b }
func (d day) text(known bool) string {
	if !known {
		return ""
	}
	return d.civil().Format(time.DateOnly)
}

func parseDay(s string) (day, bool) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1970 || t.Year() > 2999 {
		return 0, false
	}
	return dayOf(t.Date()), true
}

// parseClock reads a time as seconds after midnight.
func parseClock(s string) (int, bool) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != 5 { // package time takes 8:00 as well
		return 0, false
	}
	return t.Hour()*3600 + t.Minute()*60, true
}

// offsets differ from UTC by less than this everywhere and at all times.
const widest = 16 * 3600

// moments finds the first and the last moment at which a clock in the zone shows
// so many seconds after midnight of a date. If none does, both are the moment at
// which the clocks go past it.
func moments(zone *time.Location, d day, seconds int) (time.Time, time.Time) {
	wall := int64(d)*daySeconds + int64(seconds)
	var first, last time.Time
	for at := time.Unix(wall-widest, 0).In(zone); ; {
		begins, ends := at.ZoneBounds()
		_, offset := at.Zone()
		shown := time.Unix(wall-int64(offset), 0).In(zone)
		inside := !shown.Before(begins) && (ends.IsZero() || shown.Before(ends))
		switch {
		case inside && first.IsZero():
			first, last = shown, shown
		case inside:
			last = shown
		case first.IsZero() && shown.Before(begins):
			return begins, begins // the offset before did not reach it: they skipped it
		}
		if ends.IsZero() || ends.Unix() > wall+widest {
			return first, last
		}
		at = ends
	}
}
