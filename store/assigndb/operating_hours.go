package assigndb

import (
	"switchboard/store/pg"
)

// HoursMissing is for rows that name operating hours that are not there.
func HoursMissing() error {
	return &pg.Invalid{Field: "operating_hours_id", Reason: "is no operating hours"}
}
