package session

import (
	"switchboard/api/core"
	"switchboard/domain/permission"
)

// Routes are the routes of this package, with the permission beside each.
func (s *Server) Routes() []core.Route {
	return []core.Route{
		core.Post("/v1/session", core.Public, s.signIn),
		core.Delete("/v1/session", permission.ProfileWrite, s.signOut),
		core.Put("/v1/me/password", permission.ProfileWrite, s.changePassword),
	}
}
