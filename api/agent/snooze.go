package agent

import (
	"time"

	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
	"switchboard/workflows/contract"
)

// snoozeInput: {"until": "2031-03-03T09:00:00Z"}
type snoozeInput struct {
	Until time.Time `json:"until"`
}

// maxSnooze is how far ahead a conversation can be snoozed.
const maxSnooze = 366 * 24 * time.Hour

// snooze parks a conversation until a time, or changes the time.
func (s *Server) snooze(c echo.Context) error {
	var in snoozeInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	switch now := s.Now(); {
	case in.Until.IsZero():
		k.Add("until", "must be given")
	case !in.Until.After(now):
		k.Add("until", "must lie ahead")
	case in.Until.Sub(now) > maxSnooze:
		k.Add("until", "must be within a year")
	}
	if err := k.Err(); err != nil {
		return err
	}
	until := in.Until.UTC().Truncate(time.Second)
	return s.command(c, contract.UpdateSnooze+"/"+until.Format(time.RFC3339), contract.UpdateSnooze, contract.Act{Until: until})
}
