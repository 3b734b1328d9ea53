package trigger

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// local is how a time by the clock of a place is written.
const local = "2006-01-02T15:04"

// OnceFields is how many fields the expression of a single time has: those of cron
// and a year.
const OnceFields = 6

// Once is the expression of a single time, which is given by the clock of the
// trigger's time zone: 2026-12-01T09:00.
func Once(at string) (cron string, err error) {
	t, err := time.Parse(local, at)
	if err != nil {
		return "", fmt.Errorf("single time: %w", err)
	}
	return fmt.Sprintf("%d %d %d %d * %d", t.Minute(), t.Hour(), t.Day(), t.Month(), t.Year()), nil
}

// At is the single time that an expression means, or "".
func At(cron string) string {
	fields := strings.Fields(cron)
	if len(fields) != OnceFields || fields[4] != "*" {
		return ""
	}
	var n [OnceFields]int
	for i, f := range fields {
		if i == 4 {
			continue
		}
		var err error
		if n[i], err = strconv.Atoi(f); err != nil {
			return ""
		}
	}
	return time.Date(n[5], time.Month(n[3]), n[2], n[1], n[0], 0, 0, time.UTC).Format(local)
}

// Passed reports whether a single time is over in a zone.
func Passed(cron string, zone *time.Location, now time.Time) bool {
	t, err := time.ParseInLocation(local, At(cron), zone)
	return err == nil && t.Before(now)
}

// LeftOut reports whether a single time is one that the clocks of a zone leave out
// when they go forward: it never comes.
func LeftOut(cron string, zone *time.Location) bool {
	at := At(cron)
	t, err := time.ParseInLocation(local, at, zone)
	return err == nil && t.Format(local) != at
}
