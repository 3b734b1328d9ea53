package api

import (
	"switchboard/api/core"
	"switchboard/api/visitor"
)

// RouteEntry is a route as tests see it.
type RouteEntry struct {
	Method, Path, Access string
	Roles                []string
}

// RouteTable is the route table for tests.
func RouteTable() []RouteEntry {
	names := map[core.Access]string{core.Public: "public", core.Agents: "agent", core.Supervisors: "supervisor", core.Administrators: "administrator"}
	s := &server{Server: &core.Server{}}
	var out []RouteEntry
	for _, r := range s.routes(visitor.New(s.Server)) {
		out = append(out, RouteEntry{r.Method, r.Path, names[r.Access], r.Access.Roles()})
	}
	return out
}
