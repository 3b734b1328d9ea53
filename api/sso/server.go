// Package sso signs people in at identity providers with OpenID Connect: the
// authorization code flow with PKCE, and back-channel and RP-initiated logout.
package sso

import (
	"time"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/permission"
)

// Server holds the handlers of this package.
type Server struct {
	*core.Server
	clients *clients
	limiter *httpx.RateLimiter // of sign-ins that are begun
}

// New returns the handlers on what all packages share.
func New(s *core.Server) *Server {
	return &Server{Server: s, clients: newClients(s.PrivateHosts, s.Now), limiter: httpx.NewRateLimiter(s.Now)}
}

// Paths that browsers and providers open.
const (
	pathChoices  = "/v1/sso"
	pathStart    = "/v1/sso/{id}/start"
	pathCallback = "/v1/sso/callback"
	pathLogout   = "/v1/sso/{id}/logout"
)

// How many sign-ins one network may begin at once, and how fast it may go on.
const (
	mostBegun  = 60
	begunEvery = time.Second
)

// Routes are the routes of this package, with the permission beside each.
func (s *Server) Routes() []core.Route {
	return []core.Route{
		core.Get(pathChoices, core.Public, s.listChoices),
		core.Get(pathStart, core.Public, s.start),
		core.Get(pathCallback, core.Public, s.callback),
		core.Post(pathLogout, core.Public, s.backChannelLogout),
		core.Get("/v1/me/single-sign-out", permission.ProfileRead, s.singleSignOut),
		core.Get("/v1/identity-providers", permission.SignInWrite, s.listProviders),
		core.Post("/v1/identity-providers", permission.SignInWrite, s.createProvider),
		core.Get("/v1/identity-providers/{id}", permission.SignInWrite, s.getProvider),
		core.Patch("/v1/identity-providers/{id}", permission.SignInWrite, s.changeProvider),
		core.Delete("/v1/identity-providers/{id}", permission.SignInWrite, s.deleteProvider),
		core.Post("/v1/identity-providers/{id}/test", permission.SignInWrite, s.testProvider),
	}
}
