package core

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
	"switchboard/domain/permission"
	"switchboard/store/configdb"
)

// PathViewAs ends looking at another person's desk.
const PathViewAs = "/v1/session/view-as"

// looksOnly refuses whatever does more than read to an administrator who looks at
// another person's desk: they would act in that person's name. Only what ends it goes.
func looksOnly(c echo.Context, who configdb.Identity, asked permission.Permission) error {
	if !who.Viewer.Valid || asked.Reads() {
		return nil
	}
	switch c.Request().Method + " " + c.Path() {
	case "DELETE " + PathViewAs, "DELETE /v1/session":
		return nil
	}
	if m := c.Request().Method; m == http.MethodGet || m == http.MethodHead {
		return nil
	}
	return httpx.NewProblem(http.StatusForbidden, httpx.CodeViewAs,
		"You are viewing Switchboard as somebody else, and nothing can be changed. Stop viewing first.")
}
