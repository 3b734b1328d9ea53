package admin

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/hours"
	"switchboard/store/configdb"
)

func (s *Server) listHours(c echo.Context) error {
	p, err := httpx.PageOf(c, "operating-hours")
	if err != nil {
		return err
	}
	list, err := s.Store.Config.OperatingHours(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "operating-hours", p, list,
		func(h configdb.OperatingHours) (time.Time, uuid.UUID) { return h.CreatedAt, h.ID }, httpx.Same)
}

func (s *Server) hoursOfPath(c echo.Context) (configdb.OperatingHours, error) {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return configdb.OperatingHours{}, err
	}
	return s.Store.Config.OperatingHoursByID(c.Request().Context(), id)
}

func (s *Server) getHours(c echo.Context) error {
	h, err := s.hoursOfPath(c)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h)
}

// calendarInput replaces the lists that are given.
type calendarInput struct {
	Events     *[]hours.Event     `json:"events"`
	Exceptions *[]hours.Exception `json:"exceptions"`
	Holidays   *[]hours.Holiday   `json:"holidays"`
}

// hoursInput: {"name": "Office", "time_zone": "Europe/Tallinn", "calendar":
// {"events": [{"weekdays": ["mon"], "start": "08:00", "end": "17:00"}]}}
type hoursInput struct {
	Name     *string       `json:"name"`
	TimeZone *string       `json:"time_zone"`
	Calendar calendarInput `json:"calendar"`
}

// apply puts the given fields into h and checks the whole.
func (in hoursInput) apply(h *configdb.OperatingHours) error {
	httpx.Set(&h.Name, in.Name)
	httpx.Set(&h.TimeZone, in.TimeZone)
	httpx.Set(&h.Calendar.Events, in.Calendar.Events)
	httpx.Set(&h.Calendar.Exceptions, in.Calendar.Exceptions)
	httpx.Set(&h.Calendar.Holidays, in.Calendar.Holidays)
	var k httpx.Checks
	k.Text("name", h.Name, 1, 100)
	for _, f := range hours.Check(h.InZone()) {
		k.Add(f.Field, f.Reason)
	}
	if k.Errs == nil && in.Calendar.Events != nil {
		for _, f := range hours.Never(h.InZone()) {
			k.Add(f.Field, f.Reason)
		}
	}
	return k.Err()
}

// newHours takes what getHours answers as it is, so that hours move from one
// site to another; what the other site gave it is not taken over.
type newHours struct {
	hoursInput
	ID        json.RawMessage `json:"id"`
	CreatedAt json.RawMessage `json:"created_at"`
	UpdatedAt json.RawMessage `json:"updated_at"`
}

func (s *Server) createHours(c echo.Context) error {
	var in newHours
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	h := configdb.OperatingHours{Calendar: configdb.Calendar(hours.Default(""))}
	if err := in.apply(&h); err != nil {
		return err
	}
	h, err := s.Store.Config.CreateOperatingHours(c.Request().Context(), core.IdentityOf(c).Actor(), h)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, h)
}

func (s *Server) changeHours(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in hoursInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	h, err := s.Store.Admin.ChangeOperatingHours(c.Request().Context(), core.IdentityOf(c).Actor(), id, in.apply)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h)
}

func (s *Server) deleteHours(c echo.Context) error {
	return s.Remove(c, s.Store.Config.DeleteOperatingHours)
}

// hoursStatus is what is so at a moment and when that changes.
type hoursStatus struct {
	At        time.Time  `json:"at"`
	Open      bool       `json:"open"`
	Why       hours.Why  `json:"why"`
	Reason    string     `json:"reason"`
	ChangesAt *time.Time `json:"changes_at"` // null: not within five years
	Opens     bool       `json:"opens"`      // at changes_at; otherwise it closes then
	OpensAt   *time.Time `json:"opens_at"`
}

// getHoursStatus answers for now or the moment of the parameter "at".
func (s *Server) getHoursStatus(c echo.Context) error {
	at, err := s.momentOf(c)
	if err != nil {
		return err
	}
	h, err := s.hoursOfPath(c)
	if err != nil {
		return err
	}
	x, err := h.Schedule()
	if err != nil {
		return err
	}
	now := x.Open(at)
	out := hoursStatus{At: at, Open: now.Open, Why: now.Why, Reason: now.Reason}
	if change, ok := x.NextChange(at); ok {
		out.ChangesAt, out.Opens = &change.At, change.Opens
	}
	if opening, ok := x.NextOpening(at); ok {
		out.OpensAt = &opening
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) momentOf(c echo.Context) (time.Time, error) {
	raw := c.QueryParam("at")
	if raw == "" {
		return s.Now(), nil
	}
	at, err := time.Parse(time.RFC3339, raw)
	if err != nil || at.Year() < 1970 || at.Year() > 2999 {
		return at, httpx.BadParameter("at", "must be a time such as 2026-12-24T12:00:00Z, between 1970 and 2999")
	}
	return at, nil
}
