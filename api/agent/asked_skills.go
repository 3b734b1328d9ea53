package agent

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/routing"
)

// askedSkills are what a conversation asks of its agent: {"skills": {"dutch": 5}}
type askedSkills struct {
	Skills map[string]int `json:"skills"`
}

// maxAsked is how many skills one conversation can ask for.
const maxAsked = 50

func (s *Server) getAskedSkills(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	skills, err := s.Store.Conversation.AskedSkills(c.Request().Context(), conv.ID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, askedSkills{Skills: skills})
}

// putAskedSkills is for whoever sees that the rules were wrong about a customer.
func (s *Server) putAskedSkills(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	var in askedSkills
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	if in.Skills == nil {
		k.Add("skills", "must be given")
	}
	if len(in.Skills) > maxAsked {
		k.Add("skills", fmt.Sprintf("must be at most %d", maxAsked))
	}
	for _, name := range httpx.SortedKeys(in.Skills) {
		k.Number("skills."+name, in.Skills[name], 0, routing.MaxRating)
	}
	if err := k.Err(); err != nil {
		return err
	}
	if err := s.Store.Conversation.SetAskedSkills(c.Request().Context(), core.IdentityOf(c).Actor(), conv.ID, in.Skills); err != nil {
		return err
	}
	return s.getAskedSkills(c)
}
