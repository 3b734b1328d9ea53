package admin

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/configdb"
)

func (s *Server) listRoles(c echo.Context) error {
	p, err := httpx.PageOf(c, "roles")
	if err != nil {
		return err
	}
	list, err := s.Store.Config.Roles(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "roles", p, list, func(r configdb.Role) (time.Time, uuid.UUID) { return r.CreatedAt, r.ID }, httpx.Same)
}

func (s *Server) getRole(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	r, err := s.Store.Config.RoleByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, r)
}

// roleInput: {"name": "Team lead", "permissions": ["conversations:read", "conversations:supervise"]}
type roleInput struct {
	Name        *string   `json:"name"`
	Permissions *[]string `json:"permissions"`
}

func (in roleInput) apply(r *configdb.Role) error {
	httpx.Set(&r.Name, in.Name)
	var k httpx.Checks
	k.Text("name", r.Name, 1, 100)
	if in.Permissions != nil {
		r.Permissions = *in.Permissions
	}
	core.CheckPermissions(&k, "permissions", r.Permissions)
	return k.Err()
}

func (s *Server) createRole(c echo.Context) error {
	var in roleInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var r configdb.Role
	if err := in.apply(&r); err != nil {
		return err
	}
	id := core.IdentityOf(c)
	r, err := s.Store.Config.CreateRole(c.Request().Context(), id.Actor(), id.Permissions, r)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, r)
}

func (s *Server) changeRole(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in roleInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	by := core.IdentityOf(c)
	r, err := s.Store.Config.ChangeRole(c.Request().Context(), by.Actor(), by.Permissions, id, in.apply)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, r)
}

func (s *Server) deleteRole(c echo.Context) error { return s.Remove(c, s.Store.Config.DeleteRole) }
