package api

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/store/presencedb"
)

func (s *server) listPresences(c echo.Context) error {
	p, err := pageOf(c, "presences")
	if err != nil {
		return err
	}
	list, err := s.Store.Presence.CustomPresences(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return answerList(c, "presences", p, list, func(p presencedb.CustomPresence) (time.Time, uuid.UUID) { return p.CreatedAt, p.ID }, same)
}

func (s *server) getPresence(c echo.Context) error {
	id, err := pathID(c, "id")
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
	set(&p.Name, in.Name)
	set(&p.Text, in.Text)
	set(&p.Base, in.Base)
	set(&p.Description, in.Description)
	if p.Text == "" {
		p.Text = p.Name
	}
	var k checks
	k.text("name", p.Name, 1, 100)
	k.text("text", p.Text, 0, 100)
	k.oneOf("base", p.Base, "available", "busy", "do_not_disturb", "away", "offline")
	k.text("description", p.Description, 0, 500)
	return k.err()
}

func (s *server) createPresence(c echo.Context) error {
	var in presenceInput
	if err := decode(c, &in); err != nil {
		return err
	}
	var p presencedb.CustomPresence
	if err := in.apply(&p); err != nil {
		return err
	}
	p, err := s.Store.Presence.CreateCustomPresence(c.Request().Context(), IdentityOf(c).Actor(), p)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, p)
}

func (s *server) changePresence(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in presenceInput
	if err := decode(c, &in); err != nil {
		return err
	}
	p, err := s.Store.Presence.ChangeCustomPresence(c.Request().Context(), IdentityOf(c).Actor(), id, in.apply)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, p)
}

func (s *server) deletePresence(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Presence.DeleteCustomPresence(c.Request().Context(), IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// presenceChoice: {"presence": "away"}, {"presence_id": "…"}, or
// {"presence": null} to let it follow by itself.
type presenceChoice struct {
	Presence   Optional[string]    `json:"presence"`
	PresenceID Optional[uuid.UUID] `json:"presence_id"`
}

func (in presenceChoice) choice() (presencedb.Choice, error) {
	var k checks
	switch {
	case in.Presence.Given == in.PresenceID.Given:
		k.add("presence", "must be given, as a presence or null, or presence_id instead")
	case in.PresenceID.Given && in.PresenceID.Value == nil:
		k.add("presence_id", "must not be null; give presence as null to let it follow by itself")
	case in.PresenceID.Given:
		return presencedb.Choice{Custom: uuid.NullUUID{UUID: *in.PresenceID.Value, Valid: true}}, nil
	case in.Presence.Value != nil:
		k.oneOf("presence", *in.Presence.Value, "available", "busy", "do_not_disturb", "away")
	}
	return presencedb.Choice{Base: in.Presence.Value}, k.err()
}

func (s *server) readChoice(c echo.Context) (presencedb.Choice, error) {
	var in presenceChoice
	if err := decode(c, &in); err != nil {
		return presencedb.Choice{}, err
	}
	choice, err := in.choice()
	if err == nil && s.Presence == nil {
		err = unavailable("Presence is not served here.", 0)
	}
	return choice, err
}

func (s *server) choosePresence(c echo.Context) error {
	agent, err := actingAgent(c)
	if err != nil {
		return err
	}
	choice, err := s.readChoice(c)
	if err != nil {
		return err
	}
	if err := s.Presence.Choose(c.Request().Context(), agent, choice); err != nil {
		return err
	}
	s.capacityChanged(c.Request().Context(), agent)
	return s.me(c)
}

// choosePresenceFor is a supervisor's: of an agent who went without signing out,
// or who became inactive.
func (s *server) choosePresenceFor(c echo.Context) error {
	agent, err := pathID(c, "id")
	if err != nil {
		return err
	}
	choice, err := s.readChoice(c)
	if err != nil {
		return err
	}
	if err := s.Presence.ChooseFor(c.Request().Context(), IdentityOf(c).Actor(), agent, choice); err != nil {
		return err
	}
	s.capacityChanged(c.Request().Context(), agent)
	return s.getAgent(c)
}
