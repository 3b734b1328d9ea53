package session

import (
	"switchboard/api/core"
	"switchboard/domain/permission"
)

// Routes are the routes of this package, with the permission beside each.
func (s *Server) Routes() []core.Route {
	return []core.Route{
		core.Get("/v1/session", core.Public, s.options),
		core.Post("/v1/session", core.Public, s.signIn),
		core.Delete("/v1/session", permission.ProfileWrite, s.signOut),
		core.Post("/v1/session/forgotten", core.Public, s.forgotten),
		core.Post("/v1/session/link", core.Public, s.readLink),
		core.Post("/v1/session/password", core.Public, s.useLink),
		core.Put("/v1/me/password", permission.ProfileWrite, s.changePassword),
		core.Get("/v1/me/sign-in", permission.ProfileRead, s.mySignIn),
		core.Delete("/v1/me/sessions", permission.ProfileWrite, s.endMyOtherSessions),
		core.Delete("/v1/me/sessions/{id}", permission.ProfileWrite, s.endMySession),
		core.Post("/v1/me/second-factor", permission.ProfileWrite, s.beginSecondFactor),
		core.Post("/v1/me/second-factor/confirm", permission.ProfileWrite, s.confirmSecondFactor),
		core.Post("/v1/me/second-factor/remove", permission.ProfileWrite, s.removeSecondFactor),
		core.Post("/v1/me/recovery-codes", permission.ProfileWrite, s.replaceRecoveryCodes),
		core.Post("/v1/agents/{id}/invitation", permission.PeopleWrite, s.invite),
		core.Post("/v1/agents/{id}/password-reset", permission.PeopleWrite, s.resetPassword),
		core.Post("/v1/agents/{id}/view-as", permission.PeopleWrite, s.viewAs),
		core.Delete(core.PathViewAs, permission.ProfileWrite, s.endViewAs),
		core.Get("/v1/agents/{id}/sign-in", permission.PeopleWrite, s.agentSignIn),
		core.Delete("/v1/agents/{id}/sessions", permission.PeopleWrite, s.endSessionsOf),
		core.Delete("/v1/agents/{id}/second-factor", permission.PeopleWrite, s.resetSecondFactor),
		core.Get("/v1/sign-in-settings", permission.SettingsRead, s.getSettings),
		core.Patch("/v1/sign-in-settings", permission.SettingsWrite, s.changeSettings),
	}
}
