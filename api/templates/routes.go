package templates

import (
	"switchboard/api/core"
)

// Routes are the routes of this package, with the permission beside each.
func (s *Server) Routes() []core.Route {
	return []core.Route{
		core.Get("/v1/templates", core.Agents, s.listTemplates),
		core.Post("/v1/templates", core.Administrators, s.createTemplate),
		core.Get("/v1/templates/{id}", core.Agents, s.getTemplate),
		core.Patch("/v1/templates/{id}", core.Administrators, s.changeTemplate),
		core.Delete("/v1/templates/{id}", core.Administrators, s.deleteTemplate),
		core.Put("/v1/templates/{id}/texts/{language}", core.Administrators, s.putTemplateText),
		core.Delete("/v1/templates/{id}/texts/{language}", core.Administrators, s.deleteTemplateText),
		core.Post("/v1/templates/{id}/preview", core.Agents, s.previewTemplate),
		core.Get("/v1/quick-replies", core.Agents, s.listQuickReplies),
		core.Post("/v1/quick-replies", core.Agents, s.createQuickReply),
		core.Get("/v1/quick-replies/{id}", core.Agents, s.getQuickReply),
		core.Patch("/v1/quick-replies/{id}", core.Agents, s.changeQuickReply),
		core.Delete("/v1/quick-replies/{id}", core.Agents, s.deleteQuickReply),
		core.Post("/v1/accounts/{id}/sync-templates", core.Administrators, s.syncTemplates),
	}
}
