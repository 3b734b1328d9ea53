package admin

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/permission"
)

// permissionView is a permission, and whether whoever asks has it.
type permissionView struct {
	Name       permission.Permission `json:"name"`
	Group      string                `json:"group"`
	Text       string                `json:"description"`
	Role       string                `json:"role"`
	Everywhere bool                  `json:"everywhere"`
	Granted    bool                  `json:"granted"`
}

func (s *Server) listPermissions(c echo.Context) error {
	out := httpx.List[permissionView]{Items: []permissionView{}}
	for _, e := range permission.Catalogue() {
		out.Items = append(out.Items, permissionView{e.Name, e.Group, e.Text, e.Role, e.Everywhere, core.May(c, e.Name)})
	}
	return c.JSON(http.StatusOK, out)
}
