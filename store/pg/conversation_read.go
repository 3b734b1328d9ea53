package pg

import (
	"time"
)

// Latest is where a list that begins with the newest begins.
func Latest(at time.Time) time.Time {
	if at.IsZero() {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return at
}
