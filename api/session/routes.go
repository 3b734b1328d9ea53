package session

import (
	"switchboard/api/core"
)

// Routes are the routes of this package, with the permission beside each.
func (s *Server) Routes() []core.Route {
	return []core.Route{
		core.Get("/v1/session", core.Public, s.options),
		core.Post("/v1/session", core.Public, s.signIn),
		core.Delete("/v1/session", core.Agents, s.signOut),
		core.Post("/v1/session/forgotten", core.Public, s.forgotten),
		core.Post("/v1/session/link", core.Public, s.readLink),
		core.Post("/v1/session/password", core.Public, s.useLink),
		core.Put("/v1/me/password", core.Agents, s.changePassword),
		core.Get("/v1/me/sign-in", core.Agents, s.mySignIn),
		core.Delete("/v1/me/sessions", core.Agents, s.endMyOtherSessions),
		core.Delete("/v1/me/sessions/{id}", core.Agents, s.endMySession),
		core.Post("/v1/me/second-factor", core.Agents, s.beginSecondFactor),
		core.Post("/v1/me/second-factor/confirm", core.Agents, s.confirmSecondFactor),
		core.Post("/v1/me/second-factor/remove", core.Agents, s.removeSecondFactor),
		core.Post("/v1/me/recovery-codes", core.Agents, s.replaceRecoveryCodes),
		core.Post("/v1/agents/{id}/invitation", core.Administrators, s.invite),
		core.Post("/v1/agents/{id}/password-reset", core.Administrators, s.resetPassword),
		core.Get("/v1/agents/{id}/sign-in", core.Administrators, s.agentSignIn),
		core.Delete("/v1/agents/{id}/sessions", core.Administrators, s.endSessionsOf),
		core.Delete("/v1/agents/{id}/second-factor", core.Administrators, s.resetSecondFactor),
		core.Get("/v1/sign-in-settings", core.Administrators, s.getSettings),
		core.Patch("/v1/sign-in-settings", core.Administrators, s.changeSettings),
	}
}
