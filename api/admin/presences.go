package admin

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/presencedb"
)

func (s *Server) listPresences(c echo.Context) error {
	p, err := httpx.PageOf(c, "presences")
	if err != nil {
		return err
	}
	list, err := s.Store.Presence.CustomPresences(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "presences", p, list,
		func(p presencedb.CustomPresence) (time.Time, uuid.UUID) { return p.CreatedAt, p.ID }, httpx.Same)
}

func (s *Server) getPresence(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	p, err := s.Store.Presence.CustomPresenceByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, p)
}

// presenceInput: {"name": "Lunch", "text": "Back at one", "base": "away"}
type presenceInput struct {
	Name        *string `json:"name"`
	Text        *string `json:"text"`
	Base        *string `json:"base"`
	Description *string `json:"description"`
}

// apply puts the given fields into p and checks the whole. Without a text the
// name is shown.
func (in presenceInput) apply(p *presencedb.CustomPresence) error {
	httpx.Set(&p.Name, in.Name)
	httpx.Set(&p.Text, in.Text)
	httpx.Set(&p.Base, in.Base)
	httpx.Set(&p.Description, in.Description)
	if p.Text == "" {
		p.Text = p.Name
	}
	var k httpx.Checks
	k.Text("name", p.Name, 1, 100)
	k.Text("text", p.Text, 0, 100)
	k.OneOf("base", p.Base, "available", "busy", "do_not_disturb", "away", "offline")
	k.Text("description", p.Description, 0, 500)
	return k.Err()
}

func (s *Server) createPresence(c echo.Context) error {
	var in presenceInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var p presencedb.CustomPresence
	if err := in.apply(&p); err != nil {
		return err
	}
	p, err := s.Store.Presence.CreateCustomPresence(c.Request().Context(), core.IdentityOf(c).Actor(), p)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, p)
}

func (s *Server) changePresence(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in presenceInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	p, err := s.Store.Presence.ChangeCustomPresence(c.Request().Context(), core.IdentityOf(c).Actor(), id, in.apply)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, p)
}

func (s *Server) deletePresence(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Presence.DeleteCustomPresence(c.Request().Context(), core.IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// choosePresenceFor is a supervisor's: of an agent who went without signing out,
// or who became inactive.
func (s *Server) choosePresenceFor(c echo.Context) error {
	agent, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	choice, err := s.ReadChoice(c)
	if err != nil {
		return err
	}
	if err := s.Presence.ChooseFor(c.Request().Context(), core.IdentityOf(c).Actor(), agent, choice); err != nil {
		return err
	}
	s.NotifyCapacityChanged(c.Request().Context(), agent)
	return s.getAgent(c)
}
