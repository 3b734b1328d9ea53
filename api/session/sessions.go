package session

import (
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/identitydb"
)

// signInView is how a person signs in, and where they did.
type signInView struct {
	identitydb.State
	Link     *identitydb.PendingLink `json:"link"` // that they were sent and have not used; null: none
	Sessions []identitydb.Session    `json:"sessions"`
	Mail     bool                    `json:"email_possible"`
}

func (s *Server) view(c echo.Context, agent uuid.UUID, current []byte) error {
	ctx := c.Request().Context()
	out := signInView{Mail: s.Mail}
	var err error
	if out.State, err = s.Store.Identity.StateOf(ctx, agent); err != nil {
		return err
	}
	if out.Link, err = s.Store.Identity.LinkOf(ctx, agent); err != nil {
		return err
	}
	if out.Sessions, err = s.Store.Identity.Sessions(ctx, agent, current); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) mySignIn(c echo.Context) error {
	me, err := s.readOwn(c, nil)
	if err != nil {
		return err
	}
	return s.view(c, me.ID, core.TokenHashOf(c))
}

func (s *Server) agentSignIn(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	return s.view(c, id, core.TokenHashOf(c))
}

func (s *Server) endMySession(c echo.Context) error {
	me, err := s.readOwn(c, nil)
	if err != nil {
		return err
	}
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Identity.EndSession(c.Request().Context(), core.IdentityOf(c).Actor(), core.OriginOf(c), me.ID, id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) endMyOtherSessions(c echo.Context) error {
	me, err := s.readOwn(c, nil)
	if err != nil {
		return err
	}
	return s.endSessions(c, me.ID)
}

// endSessionsOf ends all sign-ins of a person; of the administrator who asks, all but
// the one that asks.
func (s *Server) endSessionsOf(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Admin.CheckSignIn(c.Request().Context(), core.IdentityOf(c).Permissions, id); err != nil {
		return err
	}
	return s.endSessions(c, id)
}

func (s *Server) endSessions(c echo.Context, agent uuid.UUID) error {
	err := s.Store.Identity.EndSessions(c.Request().Context(), core.IdentityOf(c).Actor(), core.OriginOf(c), agent, core.TokenHashOf(c))
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
