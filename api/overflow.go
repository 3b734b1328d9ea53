package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"switchboard/domain/routing"
)

// overflowRules are a queue's: {"rules": [{"when": "size", "limit": 50, "action": "transfer", "to": "…"}]}
type overflowRules struct {
	Rules []routing.Overflow `json:"rules"`
}

func (s *server) getOverflow(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	list, err := s.Store.Admin.Overflow(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, overflowRules{Rules: list})
}

func (s *server) putOverflow(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in overflowRules
	if err := decode(c, &in); err != nil {
		return err
	}
	list, err := s.Store.Admin.SetOverflow(c.Request().Context(), IdentityOf(c).Actor(), id, in.Rules)
	if err != nil {
		return under("", err)
	}
	return c.JSON(http.StatusOK, overflowRules{Rules: list})
}

// contextValues are a conversation's context variables, by name.
type contextValues struct {
	Context map[string]any `json:"context"`
}

func (s *server) getContext(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	values, err := s.Store.Conversation.Context(c.Request().Context(), conv.ID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, contextValues{Context: values})
}

func (s *server) patchContext(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	var in contextValues
	if err := decode(c, &in); err != nil {
		return err
	}
	values, err := s.Store.Conversation.SetContext(c.Request().Context(), conv.ID, in.Context)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, contextValues{Context: values})
}
