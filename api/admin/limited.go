package admin

import (
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
)

// ofTheirs serves an agent of the path only if whoever asks may see them: who is
// limited to queues sees the members of these.
func (s *Server) ofTheirs(handle echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		who := core.IdentityOf(c)
		if who.Limit.All() {
			return handle(c)
		}
		id, err := httpx.PathID(c, "id")
		if err != nil {
			return err
		}
		if err := s.Store.Admin.CheckAgentWithin(c.Request().Context(), who.Limit, who.Agent.UUID, id); err != nil {
			return err
		}
		return handle(c)
	}
}

// ofTheirQueue serves a queue of the path only to those who are not limited to others.
func (s *Server) ofTheirQueue(handle echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id, err := httpx.PathID(c, "id")
		if err != nil {
			return err
		}
		if !core.IdentityOf(c).Limit.Has(uuid.NullUUID{UUID: id, Valid: true}) {
			return httpx.NotFound()
		}
		return handle(c)
	}
}
