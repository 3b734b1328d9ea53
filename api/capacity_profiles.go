package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/store/admindb"
)

func (s *server) listProfiles(c echo.Context) error {
	p, err := pageOf(c, "capacity_profiles")
	if err != nil {
		return err
	}
	list, err := s.Store.Admin.CapacityProfiles(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return answerList(c, "capacity_profiles", p, list, func(p admindb.CapacityProfile) (time.Time, uuid.UUID) { return p.CreatedAt, p.ID }, same)
}

func (s *server) getProfile(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	p, err := s.Store.Admin.CapacityProfileByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, p)
}

// profileInput: {"name": "Chats", "limit": 3, "reset": "end_of_day", "zone": "Europe/Brussels", "blocking": false}
type profileInput struct {
	Name  string  `json:"name"`
	Reset *string `json:"reset"`
	Zone  *string `json:"zone"`
	profileChange
}

// profileChange: {"limit": 3, "blocking": true}
type profileChange struct {
	Limit    *int  `json:"limit"`
	Blocking *bool `json:"blocking"`
}

func (in profileChange) apply(p *admindb.CapacityProfile) error {
	set(&p.Limit, in.Limit)
	set(&p.Blocking, in.Blocking)
	var k checks
	k.text("name", p.Name, 1, 100)
	k.number("limit", p.Limit, 0, maxCapacity)
	k.oneOf("reset", p.Reset, "immediate", "end_of_day")
	if _, err := time.LoadLocation(p.Zone); err != nil || p.Zone == "" || p.Zone == "Local" {
		k.add("zone", "must be a time zone such as Europe/Brussels")
	}
	return k.err()
}

func (s *server) createProfile(c echo.Context) error {
	var in profileInput
	if err := decode(c, &in); err != nil {
		return err
	}
	p := admindb.CapacityProfile{Name: in.Name, Limit: -1, Reset: "immediate", Zone: "UTC"}
	set(&p.Reset, in.Reset)
	set(&p.Zone, in.Zone)
	if err := in.apply(&p); err != nil {
		return err
	}
	p, err := s.Store.Admin.CreateCapacityProfile(c.Request().Context(), IdentityOf(c).Actor(), p)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, p)
}

func (s *server) changeProfile(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in profileChange
	if err := decode(c, &in); err != nil {
		return err
	}
	p, agents, err := s.Store.Admin.ChangeCapacityProfile(c.Request().Context(), IdentityOf(c).Actor(), id, in.apply)
	if err != nil {
		return err
	}
	for _, a := range agents {
		s.capacityChanged(c.Request().Context(), a)
	}
	return c.JSON(http.StatusOK, p)
}

func (s *server) deleteProfile(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Admin.DeleteCapacityProfile(c.Request().Context(), IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *server) getAgentProfiles(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	list, err := s.Store.Admin.AgentProfiles(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"capacity_profiles": list})
}

// agentProfilesInput: {"capacity_profiles": [{"profile_id": "…", "custom_limit": null}]}
type agentProfilesInput struct {
	Profiles []struct {
		Profile uuid.UUID `json:"profile_id"`
		Custom  *int      `json:"custom_limit"`
	} `json:"capacity_profiles"`
}

const maxAgentProfiles = 20

func (s *server) setAgentProfiles(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in agentProfilesInput
	if err := decode(c, &in); err != nil {
		return err
	}
	var k checks
	if len(in.Profiles) > maxAgentProfiles {
		k.add("capacity_profiles", fmt.Sprintf("must have at most %d", maxAgentProfiles))
	}
	profiles := make([]admindb.AgentProfile, 0, len(in.Profiles))
	for i, p := range in.Profiles {
		if p.Custom != nil {
			k.number(fmt.Sprintf("capacity_profiles[%d].custom_limit", i), *p.Custom, 0, maxCapacity)
		}
		profiles = append(profiles, admindb.AgentProfile{Profile: p.Profile, Custom: p.Custom})
	}
	if err := k.err(); err != nil {
		return err
	}
	if err := s.Store.Admin.SetAgentProfiles(c.Request().Context(), IdentityOf(c).Actor(), id, profiles); err != nil {
		return err
	}
	s.capacityChanged(c.Request().Context(), id)
	return s.getAgentProfiles(c)
}
