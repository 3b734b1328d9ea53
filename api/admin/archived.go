package admin

import (
	"context"
	"database/sql"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
	"switchboard/store/configdb"
)

// archivedOf is the parameter archived of a list: only what is in use, unless it
// says otherwise.
func archivedOf(c echo.Context) (sql.NullBool, error) {
	switch c.QueryParam("archived") {
	case "", "false":
		return sql.NullBool{Valid: true}, nil
	case "true":
		return sql.NullBool{Bool: true, Valid: true}, nil
	case "any":
		return sql.NullBool{}, nil
	}
	return sql.NullBool{}, httpx.BadParameter("archived", "must be true, false or any")
}

func (s *Server) getQueueUses(c echo.Context) error { return answerUses(c, s.Store.Admin.QueueUses) }

func (s *Server) getWorkstreamUses(c echo.Context) error {
	return answerUses(c, s.Store.Admin.WorkstreamUses)
}

func answerUses(c echo.Context, read func(context.Context, uuid.UUID) (configdb.Uses, error)) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	uses, err := read(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, uses)
}
