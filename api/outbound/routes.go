package outbound

import (
	"slices"

	"switchboard/api/core"
	"switchboard/domain/permission"
)

// Routes are the routes of this package, with the permission beside each.
func (s *Server) Routes() []core.Route {
	return slices.Concat(s.configurationRoutes(), s.campaignRoutes())
}

// configurationRoutes serve what is sent because of a request or an event, and how.
func (s *Server) configurationRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/contacts/{id}/outbound-messages", permission.ContactsRead, s.listOutboundOf),
		core.Get("/v1/outbound-settings", permission.CampaignsRead, s.getOutboundSettings),
		core.Patch("/v1/outbound-settings", permission.OutboundWrite, s.changeOutboundSettings),
		core.Get("/v1/outbound-configurations", permission.CampaignsRead, s.listConfigurations),
		core.Post("/v1/outbound-configurations", permission.OutboundWrite, s.createConfiguration),
		core.Get("/v1/outbound-configurations/{id}", permission.CampaignsRead, s.getConfiguration),
		core.Patch("/v1/outbound-configurations/{id}", permission.OutboundWrite, s.changeConfiguration),
		core.Delete("/v1/outbound-configurations/{id}", permission.OutboundWrite, s.deleteConfiguration),
		core.Post("/v1/outbound/{id}/messages", permission.OutboundSend, s.sendOutbound),
		core.Post("/v1/outbound/events", permission.EventsWrite, s.tellEvent),
		core.Post(pathOutboundEvents, core.Public, s.takeEvent),
		core.Get("/v1/outbound-triggers", permission.CampaignsRead, s.listOutboundTriggers),
		core.Post("/v1/outbound-triggers", permission.OutboundWrite, s.createOutboundTrigger),
		core.Get("/v1/outbound-triggers/{id}", permission.CampaignsRead, s.getOutboundTrigger),
		core.Patch("/v1/outbound-triggers/{id}", permission.OutboundWrite, s.changeOutboundTrigger),
		core.Delete("/v1/outbound-triggers/{id}", permission.OutboundWrite, s.deleteOutboundTrigger),
		core.Post("/v1/outbound-triggers/{id}/dry-run", permission.CampaignsRead, s.dryRunTrigger),
		core.Post("/v1/outbound-triggers/{id}/fire", permission.CampaignsWrite, s.fireTrigger),
		core.Get("/v1/outbound-sources", permission.OutboundWrite, s.listSources),
		core.Post("/v1/outbound-sources", permission.OutboundWrite, s.createSource),
		core.Delete("/v1/outbound-sources/{id}", permission.OutboundWrite, s.deleteSource),
	}
}

// campaignRoutes serve campaigns and their recipients.
func (s *Server) campaignRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/campaigns", permission.CampaignsRead, s.listCampaigns),
		core.Post("/v1/campaigns", permission.CampaignsWrite, s.createCampaign),
		core.Get("/v1/campaigns/{id}", permission.CampaignsRead, s.getCampaign),
		core.Patch("/v1/campaigns/{id}", permission.CampaignsWrite, s.changeCampaign),
		core.Delete("/v1/campaigns/{id}", permission.CampaignsWrite, s.deleteCampaign),
		core.Get("/v1/campaigns/{id}/recipients", permission.CampaignsRead, s.listRecipients),
		core.Post(PathRecipients, permission.CampaignsWrite, s.addRecipients),
		core.Post("/v1/campaigns/{id}/audience", permission.CampaignsWrite, s.addAudience),
		core.Get("/v1/campaigns/{id}/export", permission.CampaignsExport, s.exportCampaign),
		core.Get("/v1/campaigns/{id}/send-timeline", permission.CampaignsRead, s.sendTimeline),
		core.Get("/v1/campaigns/{id}/preview", permission.CampaignsRead, s.previewCampaign),
		core.Post("/v1/campaigns/{id}/test", permission.CampaignsWrite, s.testCampaign),
		core.Post("/v1/campaigns/{id}/start", permission.CampaignsWrite, s.startCampaignNow),
		core.Post("/v1/campaigns/{id}/pause", permission.CampaignsWrite, s.pauseCampaign),
		core.Post("/v1/campaigns/{id}/resume", permission.CampaignsWrite, s.resumeCampaign),
		core.Post("/v1/campaigns/{id}/cancel", permission.CampaignsWrite, s.cancelCampaign),
	}
}
