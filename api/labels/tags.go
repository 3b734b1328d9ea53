package labels

import (
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/tagdb"
)

func (s *Server) listTags(c echo.Context) error {
	p, err := httpx.PageOf(c, "tags")
	if err != nil {
		return err
	}
	list, err := s.Store.Tag.Tags(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "tags", p, list, func(t tagdb.Tag) (time.Time, uuid.UUID) { return t.CreatedAt, t.ID }, httpx.Same)
}

func (s *Server) getTag(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	t, err := s.Store.Tag.TagByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, t)
}

// tagInput: {"name": "Refund", "color": "red", "archived": false}
type tagInput struct {
	Name     *string `json:"name"`
	Color    *string `json:"color"`
	Archived *bool   `json:"archived"`
}

const maxTagName = 50

// colors are those that the pages have; all of them are told apart in light and dark.
func colors() []string {
	return []string{"gray", "red", "pink", "purple", "blue", "teal", "green", "yellow", "orange"}
}

func (in tagInput) apply(t *tagdb.Tag) error {
	httpx.Set(&t.Name, in.Name)
	httpx.Set(&t.Color, in.Color)
	httpx.Set(&t.Archived, in.Archived)
	t.Name = strings.Join(strings.Fields(t.Name), " ")
	var k httpx.Checks
	k.Text("name", t.Name, 1, maxTagName)
	k.OneOf("color", t.Color, colors()...)
	return k.Err()
}

func (s *Server) createTag(c echo.Context) error {
	var in tagInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	t := tagdb.Tag{Color: colors()[0]}
	if err := in.apply(&t); err != nil {
		return err
	}
	t, err := s.Store.Tag.CreateTag(c.Request().Context(), core.IdentityOf(c).Actor(), t)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, t)
}

func (s *Server) changeTag(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in tagInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	t, err := s.Store.Tag.ChangeTag(c.Request().Context(), core.IdentityOf(c).Actor(), id, in.apply)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, t)
}

func (s *Server) deleteTag(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Tag.DeleteTag(c.Request().Context(), core.IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
