// Package admin serves how work is organised: queues, agents, skills, capacity,
// presences, operating hours, workstreams and their rules, and the audit log.
package admin

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
