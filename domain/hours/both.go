package hours

import "time"

// AllOpen finds the first moment from one on at which all schedules are open
// together, and false if there is none within five years.
func AllOpen(at time.Time, all ...*Schedule) (time.Time, bool) {
	last := at.AddDate(0, 0, searchDays)
	for t := at; t.Before(last); {
		next := t
		for _, s := range all {
			if s.Open(next).Open {
				continue
			}
			opening, ok := s.NextOpening(next)
			if !ok {
				return time.Time{}, false
			}
			next = opening
		}
		if next.Equal(t) {
			return t, true
		}
		t = next
	}
	return time.Time{}, false
}
