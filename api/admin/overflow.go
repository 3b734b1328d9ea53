package admin

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/routing"
)

// overflowRules are a queue's: {"rules": [{"when": "size", "limit": 50, "action": "transfer", "to": "…"}]}
type overflowRules struct {
	Rules []routing.Overflow `json:"rules"`
}

func (s *Server) getOverflow(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	list, err := s.Store.Admin.Overflow(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, overflowRules{Rules: list})
}

func (s *Server) putOverflow(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in overflowRules
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	list, err := s.Store.Admin.SetOverflow(c.Request().Context(), core.IdentityOf(c).Actor(), id, in.Rules)
	if err != nil {
		return under("", err)
	}
	return c.JSON(http.StatusOK, overflowRules{Rules: list})
}
