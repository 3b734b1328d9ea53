// Package visitor serves web chat to visitors of a site, who have tokens of their own.
package visitor

import (
	"switchboard/api/core"
	"switchboard/api/httpx"
)

// Server holds the handlers of this package.
type Server struct {
	*core.Server
	limiter *httpx.RateLimiter
}

// New returns the handlers on what all packages share.
func New(s *core.Server) *Server {
	return &Server{Server: s, limiter: httpx.NewRateLimiter(s.Now)}
}
