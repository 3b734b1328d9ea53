package admin

import (
	"slices"

	"switchboard/api/core"
	"switchboard/domain/permission"
)

// Routes are the routes of this package, with the permission beside each.
func (s *Server) Routes() []core.Route {
	return slices.Concat(s.queueRoutes(), s.agentRoutes(), s.workstreamRoutes(), s.accessRoutes(), s.auditRoutes())
}

// queueRoutes serve queues and operating hours.
func (s *Server) queueRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/queues", permission.SettingsRead, s.listQueues),
		core.Post("/v1/queues", permission.SettingsWrite, s.createQueue),
		core.Get("/v1/queues/{id}", permission.SettingsRead, s.getQueue),
		core.Patch("/v1/queues/{id}", permission.SettingsWrite, s.changeQueue),
		core.Delete("/v1/queues/{id}", permission.SettingsWrite, s.deleteQueue),
		core.Get("/v1/queues/{id}/uses", permission.SettingsRead, s.getQueueUses),
		core.Get("/v1/queues/{id}/overflow", permission.SettingsRead, s.getOverflow),
		core.Put("/v1/queues/{id}/overflow", permission.SettingsWrite, s.putOverflow),
		core.Get("/v1/queues/{id}/members", permission.PeopleRead, s.ofTheirQueue(s.listMembers)),
		core.Put("/v1/queues/{id}/members/{agent_id}", permission.PeopleWrite, s.addMember),
		core.Delete("/v1/queues/{id}/members/{agent_id}", permission.PeopleWrite, s.removeMember),
		core.Get("/v1/operating-hours", permission.SettingsRead, s.listHours),
		core.Post("/v1/operating-hours", permission.SettingsWrite, s.createHours),
		core.Get("/v1/operating-hours/{id}", permission.SettingsRead, s.getHours),
		core.Patch("/v1/operating-hours/{id}", permission.SettingsWrite, s.changeHours),
		core.Delete("/v1/operating-hours/{id}", permission.SettingsWrite, s.deleteHours),
		core.Get("/v1/operating-hours/{id}/status", permission.SettingsRead, s.getHoursStatus),
		core.Get("/v1/operating-hours/{id}/calendar", permission.SettingsRead, s.getHoursCalendar),
	}
}

// agentRoutes serve agents, and what decides which work they get.
func (s *Server) agentRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/agents", permission.PeopleRead, s.listAgents),
		core.Post("/v1/agents", permission.PeopleWrite, s.createAgent),
		core.Get("/v1/agents/{id}", permission.PeopleRead, s.ofTheirs(s.getAgent)),
		core.Patch("/v1/agents/{id}", permission.PeopleWrite, s.changeAgent),
		core.Put("/v1/agents/{id}/presence", permission.PresenceWrite, s.ofTheirs(s.choosePresenceFor)),
		core.Get("/v1/agents/{id}/skills", permission.PeopleRead, s.ofTheirs(s.getAgentSkills)),
		core.Put("/v1/agents/{id}/skills", permission.PeopleWrite, s.setAgentSkills),
		core.Get("/v1/agents/{id}/capacity-profiles", permission.PeopleRead, s.ofTheirs(s.getAgentProfiles)),
		core.Put("/v1/agents/{id}/capacity-profiles", permission.PresenceWrite, s.ofTheirs(s.setAgentProfiles)),
		core.Get("/v1/skills", permission.SettingsRead, s.listSkills),
		core.Post("/v1/skills", permission.SettingsWrite, s.createSkill),
		core.Get("/v1/skills/{id}", permission.SettingsRead, s.getSkill),
		core.Patch("/v1/skills/{id}", permission.SettingsWrite, s.changeSkill),
		core.Delete("/v1/skills/{id}", permission.SettingsWrite, s.deleteSkill),
		core.Get("/v1/capacity-profiles", permission.SettingsRead, s.listProfiles),
		core.Post("/v1/capacity-profiles", permission.SettingsWrite, s.createProfile),
		core.Get("/v1/capacity-profiles/{id}", permission.SettingsRead, s.getProfile),
		core.Patch("/v1/capacity-profiles/{id}", permission.SettingsWrite, s.changeProfile),
		core.Delete("/v1/capacity-profiles/{id}", permission.SettingsWrite, s.deleteProfile),
		core.Get("/v1/presences", permission.ProfileRead, s.listPresences),
		core.Post("/v1/presences", permission.SettingsWrite, s.createPresence),
		core.Get("/v1/presences/{id}", permission.ProfileRead, s.getPresence),
		core.Patch("/v1/presences/{id}", permission.SettingsWrite, s.changePresence),
		core.Delete("/v1/presences/{id}", permission.SettingsWrite, s.deletePresence),
	}
}

// workstreamRoutes serve workstreams, and what happens in their conversations by itself.
func (s *Server) workstreamRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/workstreams", permission.SettingsRead, s.listWorkstreams),
		core.Post("/v1/workstreams", permission.SettingsWrite, s.createWorkstream),
		core.Get("/v1/workstreams/{id}", permission.SettingsRead, s.getWorkstream),
		core.Patch("/v1/workstreams/{id}", permission.SettingsWrite, s.changeWorkstream),
		core.Delete("/v1/workstreams/{id}", permission.SettingsWrite, s.deleteWorkstream),
		core.Get("/v1/workstreams/{id}/uses", permission.SettingsRead, s.getWorkstreamUses),
		core.Get("/v1/workstreams/{id}/timeout-rules", permission.SettingsRead, s.listRules),
		core.Post("/v1/workstreams/{id}/timeout-rules", permission.SettingsWrite, s.createRule),
		core.Patch("/v1/timeout-rules/{id}", permission.SettingsWrite, s.changeRule),
		core.Delete("/v1/timeout-rules/{id}", permission.SettingsWrite, s.deleteRule),
		core.Get("/v1/workstreams/{id}/routing-rules", permission.SettingsRead, s.getRouting),
		core.Put("/v1/workstreams/{id}/routing-rules", permission.SettingsWrite, s.putRouting),
		core.Get("/v1/workstreams/{id}/routing-rules/export", permission.SettingsRead, s.exportRouting),
		core.Post("/v1/workstreams/{id}/routing-rules/import", permission.SettingsWrite, s.importRouting),
		core.Post("/v1/workstreams/{id}/routing-rules/compare", permission.SettingsWrite, s.compareRouting),
		core.Post("/v1/workstreams/{id}/simulate", permission.SettingsRead, s.simulate),
		core.Get("/v1/workstreams/{id}/context-variables", permission.SettingsRead, s.listVariables),
		core.Post("/v1/workstreams/{id}/context-variables", permission.SettingsWrite, s.createVariable),
		core.Get("/v1/context-variables/{id}", permission.SettingsRead, s.getVariable),
		core.Patch("/v1/context-variables/{id}", permission.SettingsWrite, s.changeVariable),
		core.Delete("/v1/context-variables/{id}", permission.SettingsWrite, s.deleteVariable),
		core.Get("/v1/automated-messages", permission.SettingsRead, s.listAutomated),
		core.Get("/v1/automated-messages/triggers", permission.SettingsRead, s.listTriggers),
		core.Put("/v1/automated-messages", permission.SettingsWrite, s.setAutomated),
		core.Get("/v1/automated-messages/{id}", permission.SettingsRead, s.getAutomated),
		core.Delete("/v1/automated-messages/{id}", permission.SettingsWrite, s.deleteAutomated),
	}
}

// accessRoutes say who may do what.
func (s *Server) accessRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/permissions", permission.ProfileRead, s.listPermissions),
		core.Get("/v1/roles", permission.PeopleRead, s.listRoles),
		core.Post("/v1/roles", permission.PeopleWrite, s.createRole),
		core.Get("/v1/roles/{id}", permission.PeopleRead, s.getRole),
		core.Patch("/v1/roles/{id}", permission.PeopleWrite, s.changeRole),
		core.Delete("/v1/roles/{id}", permission.PeopleWrite, s.deleteRole),
		core.Get("/v1/agents/{id}/access", permission.PeopleRead, s.ofTheirs(s.getAccess)),
		core.Put("/v1/agents/{id}/access", permission.PeopleWrite, s.setAccess),
	}
}

// auditRoutes show who changed what.
func (s *Server) auditRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/audit", permission.AuditRead, s.listAudit),
		core.Get("/v1/audit/export", permission.AuditRead, s.exportAudit),
	}
}
