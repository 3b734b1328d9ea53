// Package session signs agents in and out.
package session

import (
	"switchboard/api/core"
	"switchboard/api/httpx"
)

// Server holds the handlers of this package.
type Server struct {
	*core.Server
	limiter *httpx.RateLimiter // of failed tries
	hashing chan struct{}      // bounds how many passwords are checked at once
}

// New returns the handlers on what all packages share.
func New(s *core.Server) *Server {
	return &Server{Server: s, limiter: httpx.NewRateLimiter(s.Now), hashing: make(chan struct{}, hashesAtOnce)}
}
