package labels

import (
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/dispositiondb"
)

func (s *Server) listDispositions(c echo.Context) error {
	workstream, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	p, err := httpx.PageOf(c, "dispositions")
	if err != nil {
		return err
	}
	list, err := s.Store.Disposition.Dispositions(c.Request().Context(), workstream, p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "dispositions", p, list, func(t dispositiondb.Disposition) (time.Time, uuid.UUID) { return t.CreatedAt, t.ID }, httpx.Same)
}

func (s *Server) getDisposition(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	t, err := s.Store.Disposition.DispositionByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, t)
}

// dispositionInput: {"name": "Resolved", "archived": false}
type dispositionInput struct {
	Name     *string `json:"name"`
	Archived *bool   `json:"archived"`
}

const maxDispositionName = 100

func (in dispositionInput) apply(t *dispositiondb.Disposition) error {
	httpx.Set(&t.Name, in.Name)
	httpx.Set(&t.Archived, in.Archived)
	t.Name = strings.Join(strings.Fields(t.Name), " ")
	var k httpx.Checks
	k.Text("name", t.Name, 1, maxDispositionName)
	return k.Err()
}

func (s *Server) createDisposition(c echo.Context) error {
	workstream, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in dispositionInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	t := dispositiondb.Disposition{Workstream: workstream}
	if err := in.apply(&t); err != nil {
		return err
	}
	t, err = s.Store.Disposition.CreateDisposition(c.Request().Context(), core.IdentityOf(c).Actor(), t)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, t)
}

func (s *Server) changeDisposition(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in dispositionInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	t, err := s.Store.Disposition.ChangeDisposition(c.Request().Context(), core.IdentityOf(c).Actor(), id, in.apply)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, t)
}

func (s *Server) deleteDisposition(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Disposition.DeleteDisposition(c.Request().Context(), core.IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
