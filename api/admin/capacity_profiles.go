package admin

import (
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/admindb"
)

func (s *Server) listProfiles(c echo.Context) error {
	p, err := httpx.PageOf(c, "capacity_profiles")
	if err != nil {
		return err
	}
	list, err := s.Store.Admin.CapacityProfiles(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "capacity_profiles", p, list,
		func(p admindb.CapacityProfile) (time.Time, uuid.UUID) { return p.CreatedAt, p.ID }, httpx.Same)
}

func (s *Server) getProfile(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
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
	httpx.Set(&p.Limit, in.Limit)
	httpx.Set(&p.Blocking, in.Blocking)
	var k httpx.Checks
	k.Text("name", p.Name, 1, 100)
	k.Number("limit", p.Limit, 0, maxCapacity)
	k.OneOf("reset", p.Reset, "immediate", "end_of_day")
	if _, err := time.LoadLocation(p.Zone); err != nil || p.Zone == "" || p.Zone == "Local" {
		k.Add("zone", "must be a time zone such as Europe/Brussels")
	}
	return k.Err()
}

func (s *Server) createProfile(c echo.Context) error {
	var in profileInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	p := admindb.CapacityProfile{Name: in.Name, Limit: -1, Reset: "immediate", Zone: "UTC"}
	httpx.Set(&p.Reset, in.Reset)
	httpx.Set(&p.Zone, in.Zone)
	if err := in.apply(&p); err != nil {
		return err
	}
	p, err := s.Store.Admin.CreateCapacityProfile(c.Request().Context(), core.IdentityOf(c).Actor(), p)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, p)
}

func (s *Server) changeProfile(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in profileChange
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	p, agents, err := s.Store.Admin.ChangeCapacityProfile(c.Request().Context(), core.IdentityOf(c).Actor(), id, in.apply)
	if err != nil {
		return err
	}
	for _, a := range agents {
		s.NotifyCapacityChanged(c.Request().Context(), a)
	}
	return c.JSON(http.StatusOK, p)
}

func (s *Server) deleteProfile(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Admin.DeleteCapacityProfile(c.Request().Context(), core.IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) getAgentProfiles(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
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

func (s *Server) setAgentProfiles(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in agentProfilesInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	if len(in.Profiles) > maxAgentProfiles {
		k.Add("capacity_profiles", fmt.Sprintf("must have at most %d", maxAgentProfiles))
	}
	profiles := make([]admindb.AgentProfile, 0, len(in.Profiles))
	for i, p := range in.Profiles {
		if p.Custom != nil {
			k.Number(fmt.Sprintf("capacity_profiles[%d].custom_limit", i), *p.Custom, 0, maxCapacity)
		}
		profiles = append(profiles, admindb.AgentProfile{Profile: p.Profile, Custom: p.Custom})
	}
	if err := k.Err(); err != nil {
		return err
	}
	if err := s.Store.Admin.SetAgentProfiles(c.Request().Context(), core.IdentityOf(c).Actor(), id, profiles); err != nil {
		return err
	}
	s.NotifyCapacityChanged(c.Request().Context(), id)
	return s.getAgentProfiles(c)
}
