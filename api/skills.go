package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/domain/routing"
	"switchboard/store/admindb"
)

func (s *server) listSkills(c echo.Context) error {
	p, err := pageOf(c, "skills")
	if err != nil {
		return err
	}
	list, err := s.Store.Admin.Skills(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return answerList(c, "skills", p, list, func(k admindb.Skill) (time.Time, uuid.UUID) { return k.CreatedAt, k.ID }, same)
}

func (s *server) getSkill(c echo.Context) error {
	id, err := pathID(c, "id")
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

func (s *server) createSkill(c echo.Context) error {
	var in skillInput
	if err := decode(c, &in); err != nil {
		return err
	}
	var sk admindb.Skill
	set(&sk.Name, in.Name)
	set(&sk.Kind, in.Kind)
	var k checks
	k.text("name", sk.Name, 1, 100)
	k.text("kind", sk.Kind, 0, 100)
	if err := k.err(); err != nil {
		return err
	}
	sk, err := s.Store.Admin.CreateSkill(c.Request().Context(), IdentityOf(c).Actor(), sk)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, sk)
}

// skillChange: {"kind": "language"}
type skillChange struct {
	Kind string `json:"kind"`
}

func (s *server) changeSkill(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in skillChange
	if err := decode(c, &in); err != nil {
		return err
	}
	var k checks
	k.text("kind", in.Kind, 0, 100)
	if err := k.err(); err != nil {
		return err
	}
	sk, err := s.Store.Admin.ChangeSkill(c.Request().Context(), IdentityOf(c).Actor(), id, in.Kind)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, sk)
}

func (s *server) deleteSkill(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Admin.DeleteSkill(c.Request().Context(), IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *server) getAgentSkills(c echo.Context) error {
	id, err := pathID(c, "id")
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

func (s *server) setAgentSkills(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in agentSkillsInput
	if err := decode(c, &in); err != nil {
		return err
	}
	var k checks
	if len(in.Skills) > maxAgentSkills {
		k.add("skills", fmt.Sprintf("must have at most %d", maxAgentSkills))
	}
	skills := make([]admindb.AgentSkill, 0, len(in.Skills))
	for i, x := range in.Skills {
		k.number(fmt.Sprintf("skills[%d].rating", i), x.Rating, 0, routing.MaxRating)
		skills = append(skills, admindb.AgentSkill{Skill: x.Skill, Rating: x.Rating})
	}
	if err := k.err(); err != nil {
		return err
	}
	if err := s.Store.Admin.SetAgentSkills(c.Request().Context(), IdentityOf(c).Actor(), id, skills); err != nil {
		return err
	}
	s.capacityChanged(c.Request().Context(), id)
	return s.getAgentSkills(c)
}
