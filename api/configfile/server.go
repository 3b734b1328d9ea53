// Package configfile serves the whole configuration as one file: it is exported,
// a file is compared with what is there, and applied. What a file changes goes
// through the routes that change one thing, all in one transaction, so that the
// same is checked, recorded and made known.
package configfile

import (
	"switchboard/api/core"
	"switchboard/domain/permission"
)

// Server holds the handlers of this package.
type Server struct {
	*core.Server
	routes func(*core.Server) []core.Route // those that change one thing
}

// New returns the handlers on what all packages share. routes are those of
// everything that a file can change, on a server of their own.
func New(s *core.Server, routes func(*core.Server) []core.Route) *Server {
	return &Server{Server: s, routes: routes}
}

// Addresses whose bodies are files.
const (
	PathPlan  = "/v1/config/plan"
	PathApply = "/v1/config/apply"
)

// Routes are the routes of this package, with the permission beside each.
func (s *Server) Routes() []core.Route {
	return []core.Route{
		core.Get("/v1/config", permission.ConfigurationRead, s.export),
		core.Post(PathPlan, permission.ConfigurationWrite, s.plan),
		core.Post(PathApply, permission.ConfigurationWrite, s.apply),
		core.Get("/v1/config/versions", permission.ConfigurationRead, s.listVersions),
		core.Get("/v1/config/versions/{id}", permission.ConfigurationRead, s.getVersion),
		core.Get("/v1/config/versions/{id}/document", permission.ConfigurationRead, s.getDocument),
	}
}
