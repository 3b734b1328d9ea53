package admin

import (
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/routing"
	"switchboard/store/admindb"
)

func (s *Server) listSkills(c echo.Context) error {
	p, err := httpx.PageOf(c, "skills")
	if err != nil {
		return err
	}
	list, err := s.Store.Admin.Skills(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "skills", p, list, func(k admindb.Skill) (time.Time, uuid.UUID) { return k.CreatedAt, k.ID }, httpx.Same)
}

func (s *Server) getSkill(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	k, err := s.Store.Admin.SkillByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, k)
}

// skillInput: {"name": "dutch", "kind": "language"}
type skillInput struct {
	Name *string `json:"name"`
	Kind *string `json:"kind"`
}

func (s *Server) createSkill(c echo.Context) error {
	var in skillInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var sk admindb.Skill
	httpx.Set(&sk.Name, in.Name)
	httpx.Set(&sk.Kind, in.Kind)
	var k httpx.Checks
	k.Text("name", sk.Name, 1, 100)
	k.Text("kind", sk.Kind, 0, 100)
	if err := k.Err(); err != nil {
		return err
	}
	sk, err := s.Store.Admin.CreateSkill(c.Request().Context(), core.IdentityOf(c).Actor(), sk)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, sk)
}

// skillChange: {"kind": "language"}
type skillChange struct {
	Kind string `json:"kind"`
}

func (s *Server) changeSkill(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in skillChange
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	k.Text("kind", in.Kind, 0, 100)
	if err := k.Err(); err != nil {
		return err
	}
	sk, err := s.Store.Admin.ChangeSkill(c.Request().Context(), core.IdentityOf(c).Actor(), id, in.Kind)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, sk)
}

func (s *Server) deleteSkill(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Admin.DeleteSkill(c.Request().Context(), core.IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) getAgentSkills(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	list, err := s.Store.Admin.AgentSkills(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"skills": list})
}

// agentSkillsInput: {"skills": [{"skill_id": "…", "rating": 7}]}
type agentSkillsInput struct {
	Skills []struct {
		Skill  uuid.UUID `json:"skill_id"`
		Rating int       `json:"rating"`
	} `json:"skills"`
}

const maxAgentSkills = 200

func (s *Server) setAgentSkills(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in agentSkillsInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	if len(in.Skills) > maxAgentSkills {
		k.Add("skills", fmt.Sprintf("must have at most %d", maxAgentSkills))
	}
	skills := make([]admindb.AgentSkill, 0, len(in.Skills))
	for i, x := range in.Skills {
		k.Number(fmt.Sprintf("skills[%d].rating", i), x.Rating, 0, routing.MaxRating)
		skills = append(skills, admindb.AgentSkill{Skill: x.Skill, Rating: x.Rating})
	}
	if err := k.Err(); err != nil {
		return err
	}
	if err := s.Store.Admin.SetAgentSkills(c.Request().Context(), core.IdentityOf(c).Actor(), id, skills); err != nil {
		return err
	}
	s.NotifyCapacityChanged(c.Request().Context(), id)
	return s.getAgentSkills(c)
}
