package admin

import (
	"slices"

	"switchboard/api/core"
)

// Routes are the routes of this package, with the permission beside each.
func (s *Server) Routes() []core.Route {
	return slices.Concat(s.queueRoutes(), s.agentRoutes(), s.workstreamRoutes(), s.auditRoutes())
}

// queueRoutes serve queues and operating hours.
func (s *Server) queueRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/queues", core.Supervisors, s.listQueues),
		core.Post("/v1/queues", core.Administrators, s.createQueue),
		core.Get("/v1/queues/{id}", core.Supervisors, s.getQueue),
		core.Patch("/v1/queues/{id}", core.Administrators, s.changeQueue),
		core.Delete("/v1/queues/{id}", core.Administrators, s.deleteQueue),
		core.Get("/v1/queues/{id}/overflow", core.Supervisors, s.getOverflow),
		core.Put("/v1/queues/{id}/overflow", core.Administrators, s.putOverflow),
		core.Get("/v1/queues/{id}/members", core.Supervisors, s.listMembers),
		core.Put("/v1/queues/{id}/members/{agent_id}", core.Administrators, s.addMember),
		core.Delete("/v1/queues/{id}/members/{agent_id}", core.Administrators, s.removeMember),
		core.Get("/v1/operating-hours", core.Supervisors, s.listHours),
		core.Post("/v1/operating-hours", core.Administrators, s.createHours),
		core.Get("/v1/operating-hours/{id}", core.Supervisors, s.getHours),
		core.Patch("/v1/operating-hours/{id}", core.Administrators, s.changeHours),
		core.Delete("/v1/operating-hours/{id}", core.Administrators, s.deleteHours),
		core.Get("/v1/operating-hours/{id}/status", core.Supervisors, s.getHoursStatus),
		core.Get("/v1/operating-hours/{id}/calendar", core.Supervisors, s.getHoursCalendar),
	}
}

// agentRoutes serve agents, and what decides which work they get.
func (s *Server) agentRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/agents", core.Supervisors, s.listAgents),
		core.Post("/v1/agents", core.Administrators, s.createAgent),
		core.Get("/v1/agents/{id}", core.Supervisors, s.getAgent),
		core.Patch("/v1/agents/{id}", core.Administrators, s.changeAgent),
		core.Put("/v1/agents/{id}/presence", core.Supervisors, s.choosePresenceFor),
		core.Get("/v1/agents/{id}/skills", core.Supervisors, s.getAgentSkills),
		core.Put("/v1/agents/{id}/skills", core.Administrators, s.setAgentSkills),
		core.Get("/v1/agents/{id}/capacity-profiles", core.Supervisors, s.getAgentProfiles),
		core.Put("/v1/agents/{id}/capacity-profiles", core.Supervisors, s.setAgentProfiles),
		core.Get("/v1/skills", core.Supervisors, s.listSkills),
		core.Post("/v1/skills", core.Administrators, s.createSkill),
		core.Get("/v1/skills/{id}", core.Supervisors, s.getSkill),
		core.Patch("/v1/skills/{id}", core.Administrators, s.changeSkill),
		core.Delete("/v1/skills/{id}", core.Administrators, s.deleteSkill),
		core.Get("/v1/capacity-profiles", core.Supervisors, s.listProfiles),
		core.Post("/v1/capacity-profiles", core.Administrators, s.createProfile),
		core.Get("/v1/capacity-profiles/{id}", core.Supervisors, s.getProfile),
		core.Patch("/v1/capacity-profiles/{id}", core.Administrators, s.changeProfile),
		core.Delete("/v1/capacity-profiles/{id}", core.Administrators, s.deleteProfile),
		core.Get("/v1/presences", core.Agents, s.listPresences),
		core.Post("/v1/presences", core.Administrators, s.createPresence),
		core.Get("/v1/presences/{id}", core.Agents, s.getPresence),
		core.Patch("/v1/presences/{id}", core.Administrators, s.changePresence),
		core.Delete("/v1/presences/{id}", core.Administrators, s.deletePresence),
	}
}

// workstreamRoutes serve workstreams, and what happens in their conversations by itself.
func (s *Server) workstreamRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/workstreams", core.Supervisors, s.listWorkstreams),
		core.Post("/v1/workstreams", core.Administrators, s.createWorkstream),
		core.Get("/v1/workstreams/{id}", core.Supervisors, s.getWorkstream),
		core.Patch("/v1/workstreams/{id}", core.Administrators, s.changeWorkstream),
		core.Delete("/v1/workstreams/{id}", core.Administrators, s.deleteWorkstream),
		core.Get("/v1/workstreams/{id}/timeout-rules", core.Supervisors, s.listRules),
		core.Post("/v1/workstreams/{id}/timeout-rules", core.Administrators, s.createRule),
		core.Patch("/v1/timeout-rules/{id}", core.Administrators, s.changeRule),
		core.Delete("/v1/timeout-rules/{id}", core.Administrators, s.deleteRule),
		core.Get("/v1/workstreams/{id}/routing-rules", core.Supervisors, s.getRouting),
		core.Put("/v1/workstreams/{id}/routing-rules", core.Administrators, s.putRouting),
		core.Get("/v1/workstreams/{id}/routing-rules/export", core.Supervisors, s.exportRouting),
		core.Post("/v1/workstreams/{id}/routing-rules/import", core.Administrators, s.importRouting),
		core.Post("/v1/workstreams/{id}/routing-rules/compare", core.Administrators, s.compareRouting),
		core.Post("/v1/workstreams/{id}/simulate", core.Supervisors, s.simulate),
		core.Get("/v1/workstreams/{id}/context-variables", core.Supervisors, s.listVariables),
		core.Post("/v1/workstreams/{id}/context-variables", core.Administrators, s.createVariable),
		core.Get("/v1/context-variables/{id}", core.Supervisors, s.getVariable),
		core.Patch("/v1/context-variables/{id}", core.Administrators, s.changeVariable),
		core.Delete("/v1/context-variables/{id}", core.Administrators, s.deleteVariable),
		core.Get("/v1/automated-messages", core.Supervisors, s.listAutomated),
		core.Get("/v1/automated-messages/triggers", core.Supervisors, s.listTriggers),
		core.Put("/v1/automated-messages", core.Administrators, s.setAutomated),
		core.Delete("/v1/automated-messages/{id}", core.Administrators, s.deleteAutomated),
	}
}

// auditRoutes show who changed what.
func (s *Server) auditRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/audit", core.Administrators, s.listAudit),
	}
}
