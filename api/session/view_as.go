package session

import (
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/permission"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

// person is who really signed in, also while they view as somebody else.
func person(who configdb.Identity) uuid.UUID { return who.Actor().Agent.UUID }

type viewing struct {
	Until time.Time `json:"until"`
}

// viewAs has the administrator who asks see what another person sees.
func (s *Server) viewAs(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	who := core.IdentityOf(c)
	if who.Token.Valid {
		return httpx.NewProblem(http.StatusForbidden, httpx.CodeForbidden, "API tokens cannot view as somebody: sign in as an administrator.")
	}
	if len(permission.OfRole(permission.Administrator).Beyond(who.Permissions)) > 0 {
		return httpx.NewProblem(http.StatusForbidden, httpx.CodeForbidden, "Only administrators can view as somebody else.")
	}
	if id == person(who) {
		return httpx.NewProblem(http.StatusConflict, httpx.CodeConflict, "This is you.")
	}
	until, err := s.Store.Identity.BeginView(c.Request().Context(), who.Actor(), core.OriginOf(c), core.TokenHashOf(c), id)
	if errors.Is(err, pg.ErrNotFound) {
		if _, err := s.Store.Admin.AgentByID(c.Request().Context(), id); err != nil {
			return err
		}
		return httpx.NewProblem(http.StatusConflict, httpx.CodeConflict, "This person is disabled and sees nothing.")
	} else if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, viewing{until.UTC()})
}

func (s *Server) endViewAs(c echo.Context) error {
	err := s.Store.Identity.EndView(c.Request().Context(), core.IdentityOf(c).Actor(), core.OriginOf(c), core.TokenHashOf(c))
	if err != nil && !errors.Is(err, pg.ErrNotFound) {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
