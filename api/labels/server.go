// Package labels serves what conversations are labelled with: tags and dispositions.
package labels

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
