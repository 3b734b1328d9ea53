package supervise

import (
	"switchboard/api/core"
	"switchboard/domain/permission"
)

// Routes are the routes of this package, with the permission beside each.
func (s *Server) Routes() []core.Route {
	return []core.Route{
		core.Get("/v1/live/figures", permission.LiveRead, s.figures),
		core.Get("/v1/live/conversations", permission.LiveRead, s.conversations),
		core.Get("/v1/live/agents", permission.LiveRead, s.agents),
		core.Get("/v1/reports/figures", permission.LiveRead, s.definitions),
		core.Get("/v1/reports/queues", permission.LiveRead, s.queueReport),
		core.Get("/v1/reports/agents", permission.LiveRead, s.agentReport),
		core.Get("/v1/queues/{id}/thresholds", permission.SettingsRead, s.getThresholds),
		core.Put("/v1/queues/{id}/thresholds", permission.SettingsWrite, s.putThresholds),
	}
}
