package api

import (
	"switchboard/api/core"
	"switchboard/api/visitor"
	"switchboard/domain/permission"
)

// RouteEntry is a route as tests see it.
type RouteEntry struct {
	Method, Path, Permission string
	Roles                    []string // the built-in roles that have it
}

// RouteTable is the route table for tests.
func RouteTable() []RouteEntry {
	s := &server{Server: &core.Server{}}
	var out []RouteEntry
	for _, r := range s.routes(visitor.New(s.Server)) {
		out = append(out, RouteEntry{r.Method, r.Path, string(r.Permission), rolesWith(r.Permission)})
	}
	return out
}

func rolesWith(p permission.Permission) (roles []string) {
	for _, role := range permission.Roles() {
		if permission.OfRole(role).Has(p) {
			roles = append(roles, role)
		}
	}
	return roles
}
