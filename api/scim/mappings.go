package scim

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/permission"
	"switchboard/store/scimdb"
)

func (s *Server) listMappings(c echo.Context) error {
	p, err := httpx.PageOf(c, "scim-groups")
	if err != nil {
		return err
	}
	groups, err := s.Store.SCIM.GroupPage(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "scim-groups", p, groups, func(g scimdb.Group) (time.Time, uuid.UUID) { return g.CreatedAt, g.ID }, httpx.Same)
}

func (s *Server) getMapping(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	g, err := s.Store.SCIM.Group(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, g)
}

// mapping: {"role": "supervisor"}, or {"role_id": "…"}; neither: the group gives no role.
type mapping struct {
	Role   *string       `json:"role"`
	RoleID uuid.NullUUID `json:"role_id"`
}

func (s *Server) changeMapping(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in mapping
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	role := ""
	switch {
	case in.Role != nil && in.RoleID.Valid:
		k.Add("role", "must not be given beside role_id")
	case in.Role != nil:
		role = *in.Role
		k.OneOf("role", role, permission.Roles()...)
	case in.RoleID.Valid:
		role = in.RoleID.UUID.String()
	}
	if err := k.Err(); err != nil {
		return err
	}
	by := core.IdentityOf(c)
	g, kept, err := s.Store.SCIM.SetGroupRole(c.Request().Context(), by.Actor(), by.Permissions, id, role)
	if err != nil {
		return err
	}
	s.warn(kept)
	return c.JSON(http.StatusOK, g)
}
