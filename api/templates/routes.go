package templates

import (
	"switchboard/api/core"
	"switchboard/domain/permission"
)

// Routes are the routes of this package, with the permission beside each.
func (s *Server) Routes() []core.Route {
	return []core.Route{
		core.Get("/v1/templates", permission.TemplatesRead, s.listTemplates),
		core.Post("/v1/templates", permission.TemplatesWrite, s.createTemplate),
		core.Get("/v1/templates/{id}", permission.TemplatesRead, s.getTemplate),
		core.Patch("/v1/templates/{id}", permission.TemplatesWrite, s.changeTemplate),
		core.Delete("/v1/templates/{id}", permission.TemplatesWrite, s.deleteTemplate),
		core.Put("/v1/templates/{id}/texts/{language}", permission.TemplatesWrite, s.putTemplateText),
		core.Delete("/v1/templates/{id}/texts/{language}", permission.TemplatesWrite, s.deleteTemplateText),
		core.Post("/v1/templates/{id}/preview", permission.TemplatesRead, s.previewTemplate),
		core.Get("/v1/quick-replies", permission.TemplatesRead, s.listQuickReplies),
		core.Post("/v1/quick-replies", permission.QuickRepliesWrite, s.createQuickReply),
		core.Get("/v1/quick-replies/{id}", permission.TemplatesRead, s.getQuickReply),
		core.Patch("/v1/quick-replies/{id}", permission.QuickRepliesWrite, s.changeQuickReply),
		core.Delete("/v1/quick-replies/{id}", permission.QuickRepliesWrite, s.deleteQuickReply),
		core.Post("/v1/accounts/{id}/sync-templates", permission.TemplatesWrite, s.syncTemplates),
	}
}
