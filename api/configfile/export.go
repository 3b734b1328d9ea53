package configfile

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
	"switchboard/domain/configfile"
	"switchboard/store"
	"switchboard/store/configfiledb"
)

// export answers the whole configuration as it is at one moment.
func (s *Server) export(c echo.Context) error {
	people, err := flag(c, "people")
	if err != nil {
		return err
	}
	var data []byte
	err = s.Store.ReadTogether(c.Request().Context(), func(st *store.Store) error {
		x, err := s.session(c, st)
		if err != nil {
			return err
		}
		state, err := x.current(people)
		if err != nil {
			return err
		}
		if twice := state.Twice(); len(twice) > 0 {
			return sameNames(twice)
		}
		data, err = configfile.Write(state.WithoutSecrets())
		return err
	})
	if err != nil {
		return err
	}
	return file(c, data)
}

func file(c echo.Context, data []byte) error {
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="switchboard.yaml"`)
	return c.Blob(http.StatusOK, "application/yaml", data)
}

func (s *Server) listVersions(c echo.Context) error {
	p, err := httpx.PageOf(c, "config-versions")
	if err != nil {
		return err
	}
	list, err := s.Store.ConfigFile.Versions(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "config-versions", p, list,
		func(v configfiledb.Version) (time.Time, uuid.UUID) { return v.At, v.ID }, httpx.Same)
}

func (s *Server) getVersion(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	v, err := s.Store.ConfigFile.VersionByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, v)
}

// getDocument answers the configuration as it was before or after a version.
func (s *Server) getDocument(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	when := c.QueryParam("when")
	if when != "" && when != "before" && when != "after" {
		return httpx.BadParameter("when", "must be before or after")
	}
	text, err := s.Store.ConfigFile.Document(c.Request().Context(), id, when == "before")
	if err != nil {
		return err
	}
	return file(c, []byte(text))
}
