// Package outbound serves messages that no customer asked for: configurations,
// triggers, sources of events, and campaigns with their recipients.
package outbound

import (
	"switchboard/api/core"
)

// Server holds the handlers of this package.
type Server struct {
	*core.Server
}

// New returns the handlers on what all packages share.
func New(s *core.Server) *Server {
	return &Server{Server: s}
}
