// Package templates serves prepared texts: message templates and quick replies.
package templates

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
