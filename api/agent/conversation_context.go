package agent

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
)

// contextValues are a conversation's context variables, by name.
type contextValues struct {
	Context map[string]any `json:"context"`
}

func (s *Server) getContext(c echo.Context) error {
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

func (s *Server) patchContext(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	var in contextValues
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	values, err := s.Store.Conversation.SetContext(c.Request().Context(), conv.ID, in.Context)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, contextValues{Context: values})
}
