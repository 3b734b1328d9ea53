package agent

import (
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/assigndb"
)

// listAssignments tells why a conversation was offered to whom, and to whom it
// could be now.
func (s *Server) listAssignments(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	list, err := s.Store.Assignment.Assignments(ctx, conv.ID)
	if err != nil {
		return err
	}
	out := struct {
		Assignments []assigndb.AssignmentDecision `json:"assignments"`
		Now         *assigndb.AssignmentDecision  `json:"now"` // null: it does not wait
	}{Assignments: list}
	if conv.State == "open" && !conv.OfferID.Valid {
		now, err := s.Store.Assignment.Candidates(ctx, conv.ID)
		if err != nil {
			return err
		}
		out.Now = &now
	}
	return c.JSON(http.StatusOK, out)
}

// preferredInput: {"agent_ids": ["…"], "only": true}
type preferredInput struct {
	Agents []uuid.UUID `json:"agent_ids"`
	Only   bool        `json:"only"` // nobody else is asked
}

func (s *Server) getPreferred(c echo.Context) error {
	k, err := s.visibleContact(c)
	if err != nil {
		return err
	}
	p, err := s.Store.Assignment.PreferredAgents(c.Request().Context(), k.ID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, preferredInput(p))
}

func (s *Server) setPreferred(c echo.Context) error {
	k, err := s.visibleContact(c)
	if err != nil {
		return err
	}
	var in preferredInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if len(in.Agents) > maxPreferred {
		return httpx.Invalid(httpx.FieldError{Field: "agent_ids", Reason: fmt.Sprintf("must have at most %d", maxPreferred)})
	}
	if err := s.Store.Assignment.SetPreferredAgents(c.Request().Context(), core.IdentityOf(c).Actor(), k.ID,
		assigndb.Preferred(in)); err != nil {
		return err
	}
	return s.getPreferred(c)
}

const maxPreferred = 10
