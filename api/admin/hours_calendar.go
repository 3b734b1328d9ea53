package admin

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
	"switchboard/domain/hours"
)

const (
	usualDays     = 14
	maxDays       = 62
	clockChanges  = 2                    // that are told of
	clockChangeIn = 400 * 24 * time.Hour // and not later than that
)

// hoursCalendar is how hours fall on days, in their zone.
type hoursCalendar struct {
	Zone         string        `json:"time_zone"`
	Days         []calendarDay `json:"days"`
	ClockChanges []clockChange `json:"clock_changes"`
}

type calendarDay struct {
	Date   string     `json:"date"`
	Open   []openSpan `json:"open"` // within the day
	Why    hours.Why  `json:"why"`
	Reason string     `json:"reason"`
	Shift  int        `json:"clock_shift"` // minutes that the clocks go forward on it
}

type openSpan struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// clockChange is a change of the clocks, with the day it is on.
type clockChange struct {
	At    time.Time   `json:"at"`
	Shift int         `json:"clock_shift"`
	Day   calendarDay `json:"day"`
}

// getHoursCalendar answers for as many days as the parameter "days", from the date "from" on.
func (s *Server) getHoursCalendar(c echo.Context) error {
	h, err := s.hoursOfPath(c)
	if err != nil {
		return err
	}
	x, err := h.Schedule()
	if err != nil {
		return err
	}
	first, days, err := daysOf(c, s.Now().In(x.Zone()))
	if err != nil {
		return err
	}
	out := hoursCalendar{Zone: h.TimeZone, Days: make([]calendarDay, 0, days), ClockChanges: []clockChange{}}
	for i := range days {
		out.Days = append(out.Days, dayOf(x, first.AddDate(0, 0, i)))
	}
	at := first
	for range clockChanges {
		_, end := at.ZoneBounds()
		if end.IsZero() || end.Sub(first) > clockChangeIn {
			break
		}
		at = end.In(x.Zone())
		out.ClockChanges = append(out.ClockChanges, clockChange{At: at, Shift: shift(at.Add(-time.Second), at), Day: dayOf(x, at)})
	}
	return c.JSON(http.StatusOK, out)
}

// daysOf reads which days are asked for.
func daysOf(c echo.Context, now time.Time) (first time.Time, days int, err error) {
	first, days = now, usualDays
	if raw := c.QueryParam("from"); raw != "" {
		first, err = time.ParseInLocation(time.DateOnly, raw, now.Location())
		if err != nil || first.Year() < 1970 || first.Year() > 2999 {
			return first, 0, httpx.BadParameter("from", "must be a date such as 2026-12-24, between 1970 and 2999")
		}
	}
	if raw := c.QueryParam("days"); raw != "" {
		days, err = strconv.Atoi(raw)
		if err != nil || days < 1 || days > maxDays {
			return first, 0, httpx.BadParameter("days", "must be a number between 1 and "+strconv.Itoa(maxDays))
		}
	}
	return first, days, nil
}

// dayOf is the day of a moment, from midnight to midnight of its zone.
func dayOf(x *hours.Schedule, moment time.Time) calendarDay {
	year, month, date := moment.Date()
	at := time.Date(year, month, date, 0, 0, 0, 0, x.Zone())
	end := time.Date(year, month, date+1, 0, 0, 0, 0, x.Zone())
	day := calendarDay{Date: moment.Format(time.DateOnly), Open: []openSpan{}, Why: hours.Closed, Shift: shift(at, end)}
	for at.Before(end) {
		state := x.Open(at)
		until := end
		if change, ok := x.NextChange(at); ok && change.At.Before(end) {
			until = change.At
		}
		if state.Open {
			day.Open = append(day.Open, openSpan{From: at, Until: until})
		}
		if state.Open || len(day.Open) == 0 && state.Why == hours.OnHoliday {
			day.Why = state.Why
		}
		if state.Reason != "" {
			day.Reason = state.Reason
		}
		at = until
	}
	return day
}

// shift is by how many minutes the clocks went forward between two moments.
func shift(a, b time.Time) int {
	_, before := a.Zone()
	_, after := b.Zone()
	return (after - before) / 60
}
