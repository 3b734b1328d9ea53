// Package agent serves what agents and supervisors work with: conversations and
// commands to them, messages, consults, notes, drafts, files, contacts and work items.
package agent

import (
	"switchboard/api/core"
	"switchboard/api/httpx"
)

// Server holds the handlers of this package.
type Server struct {
	*core.Server
	typing  *httpx.RateLimiter // of signs that an agent types
	signals chan struct{}      // to providers, under way
}

// New returns the handlers on what all packages share.
func New(s *core.Server) *Server {
	return &Server{Server: s, typing: httpx.NewRateLimiter(s.Now), signals: make(chan struct{}, maxSignals)}
}
