// Package integration serves what connects the product to the outside: accounts of
// providers and their addresses, widgets, webhooks to other systems, and API tokens.
package integration

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
