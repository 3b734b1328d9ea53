package core

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"switchboard/store/configdb"
)

// Access says who may use a route. Supervisors may do what agents may, and
// administrators what supervisors may.
type Access int

// Who may use a route, from the widest to the narrowest.
const (
	Public      Access = iota // no sign-in, or one of its own (webhooks, media links)
	Agents                    // everybody who signed in
	Supervisors               // and administrators
	Administrators
)

// Roles are those that pass.
func (a Access) Roles() []string {
	all := []string{configdb.RoleAgent, configdb.RoleSupervisor, configdb.RoleAdministrator}
	if a == Public {
		return nil
	}
	return all[a-Agents:]
}

// Route is one entry of the route table. Its path is written as in openapi.yaml.
type Route struct {
	Method, Path string
	Access       Access
	Handle       echo.HandlerFunc
}

// Get is a route that reads.
func Get(path string, a Access, handle echo.HandlerFunc) Route {
	return Route{http.MethodGet, path, a, handle}
}

// Post is a route that creates something or gives a command.
func Post(path string, a Access, handle echo.HandlerFunc) Route {
	return Route{http.MethodPost, path, a, handle}
}

// Put is a route that replaces the whole.
func Put(path string, a Access, handle echo.HandlerFunc) Route {
	return Route{http.MethodPut, path, a, handle}
}

// Patch is a route that changes the fields that are given.
func Patch(path string, a Access, handle echo.HandlerFunc) Route {
	return Route{http.MethodPatch, path, a, handle}
}

// Delete is a route that deletes, ends or revokes.
func Delete(path string, a Access, handle echo.HandlerFunc) Route {
	return Route{http.MethodDelete, path, a, handle}
}
