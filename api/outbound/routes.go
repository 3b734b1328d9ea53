package outbound

import (
	"slices"

	"switchboard/api/core"
)

// Routes are the routes of this package, with the permission beside each.
func (s *Server) Routes() []core.Route {
	return slices.Concat(s.configurationRoutes(), s.campaignRoutes())
}

// configurationRoutes serve what is sent because of a request or an event, and how.
func (s *Server) configurationRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/contacts/{id}/outbound-messages", core.Agents, s.listOutboundOf),
		core.Get("/v1/outbound-settings", core.Supervisors, s.getOutboundSettings),
		core.Patch("/v1/outbound-settings", core.Administrators, s.changeOutboundSettings),
		core.Get("/v1/outbound-configurations", core.Supervisors, s.listConfigurations),
		core.Post("/v1/outbound-configurations", core.Administrators, s.createConfiguration),
		core.Get("/v1/outbound-configurations/{id}", core.Supervisors, s.getConfiguration),
		core.Patch("/v1/outbound-configurations/{id}", core.Administrators, s.changeConfiguration),
		core.Delete("/v1/outbound-configurations/{id}", core.Administrators, s.deleteConfiguration),
		core.Post("/v1/outbound/{id}/messages", core.Supervisors, s.sendOutbound),
		core.Post("/v1/outbound/events", core.Supervisors, s.tellEvent),
		core.Post(pathOutboundEvents, core.Public, s.takeEvent),
		core.Get("/v1/outbound-triggers", core.Supervisors, s.listOutboundTriggers),
		core.Post("/v1/outbound-triggers", core.Administrators, s.createOutboundTrigger),
		core.Get("/v1/outbound-triggers/{id}", core.Supervisors, s.getOutboundTrigger),
		core.Patch("/v1/outbound-triggers/{id}", core.Administrators, s.changeOutboundTrigger),
		core.Delete("/v1/outbound-triggers/{id}", core.Administrators, s.deleteOutboundTrigger),
		core.Post("/v1/outbound-triggers/{id}/dry-run", core.Supervisors, s.dryRunTrigger),
		core.Post("/v1/outbound-triggers/{id}/fire", core.Supervisors, s.fireTrigger),
		core.Get("/v1/outbound-sources", core.Administrators, s.listSources),
		core.Post("/v1/outbound-sources", core.Administrators, s.createSource),
		core.Delete("/v1/outbound-sources/{id}", core.Administrators, s.deleteSource),
	}
}

// campaignRoutes serve campaigns and their recipients.
func (s *Server) campaignRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/campaigns", core.Supervisors, s.listCampaigns),
		core.Post("/v1/campaigns", core.Supervisors, s.createCampaign),
		core.Get("/v1/campaigns/{id}", core.Supervisors, s.getCampaign),
		core.Patch("/v1/campaigns/{id}", core.Supervisors, s.changeCampaign),
		core.Delete("/v1/campaigns/{id}", core.Supervisors, s.deleteCampaign),
		core.Get("/v1/campaigns/{id}/recipients", core.Supervisors, s.listRecipients),
		core.Post(PathRecipients, core.Supervisors, s.addRecipients),
		core.Post("/v1/campaigns/{id}/audience", core.Supervisors, s.addAudience),
		core.Get("/v1/campaigns/{id}/export", core.Supervisors, s.exportCampaign),
		core.Get("/v1/campaigns/{id}/send-timeline", core.Supervisors, s.sendTimeline),
		core.Get("/v1/campaigns/{id}/preview", core.Supervisors, s.previewCampaign),
		core.Post("/v1/campaigns/{id}/test", core.Supervisors, s.testCampaign),
		core.Post("/v1/campaigns/{id}/start", core.Supervisors, s.startCampaignNow),
		core.Post("/v1/campaigns/{id}/pause", core.Supervisors, s.pauseCampaign),
		core.Post("/v1/campaigns/{id}/resume", core.Supervisors, s.resumeCampaign),
		core.Post("/v1/campaigns/{id}/cancel", core.Supervisors, s.cancelCampaign),
	}
}
