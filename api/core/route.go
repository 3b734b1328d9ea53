package core

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"switchboard/domain/permission"
)

// Public is the permission of routes that need no sign-in, or one of their own
// (webhooks, media links, web chat).
const Public permission.Permission = "public"

// Route is one entry of the route table. Its path is written as in openapi.yaml.
type Route struct {
	Method, Path string
	Permission   permission.Permission
	Handle       echo.HandlerFunc
}

// Get is a route that reads.
func Get(path string, p permission.Permission, handle echo.HandlerFunc) Route {
	return Route{http.MethodGet, path, p, handle}
}

// Post is a route that creates something or gives a command.
func Post(path string, p permission.Permission, handle echo.HandlerFunc) Route {
	return Route{http.MethodPost, path, p, handle}
}

// Put is a route that replaces the whole.
func Put(path string, p permission.Permission, handle echo.HandlerFunc) Route {
	return Route{http.MethodPut, path, p, handle}
}

// Patch is a route that changes the fields that are given.
func Patch(path string, p permission.Permission, handle echo.HandlerFunc) Route {
	return Route{http.MethodPatch, path, p, handle}
}

// Delete is a route that deletes, ends or revokes.
func Delete(path string, p permission.Permission, handle echo.HandlerFunc) Route {
	return Route{http.MethodDelete, path, p, handle}
}
