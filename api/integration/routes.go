package integration

import (
	"slices"

	"switchboard/api/core"
)

// Routes are the routes of this package, with the permission beside each.
func (s *Server) Routes() []core.Route {
	return slices.Concat(s.accountRoutes(), s.widgetRoutes(), s.outsideRoutes())
}

// accountRoutes serve accounts of providers and their addresses.
func (s *Server) accountRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/providers", core.Administrators, s.listProviders),
		core.Get("/v1/accounts", core.Administrators, s.listAccounts),
		core.Post("/v1/accounts", core.Administrators, s.createAccount),
		core.Get("/v1/accounts/{id}", core.Administrators, s.getAccount),
		core.Patch("/v1/accounts/{id}", core.Administrators, s.changeAccount),
		core.Delete("/v1/accounts/{id}", core.Administrators, s.deleteAccount),
		core.Post("/v1/accounts/{id}/test", core.Administrators, s.testAccount),
		core.Post("/v1/accounts/{id}/rotate-key", core.Administrators, s.rotateKey),
		core.Get("/v1/accounts/{id}/addresses", core.Administrators, s.listAddresses),
		core.Post("/v1/accounts/{id}/addresses", core.Administrators, s.createAddress),
		core.Get("/v1/accounts/{id}/addresses/{address_id}", core.Administrators, s.getAddress),
		core.Patch("/v1/accounts/{id}/addresses/{address_id}", core.Administrators, s.changeAddress),
		core.Delete("/v1/accounts/{id}/addresses/{address_id}", core.Administrators, s.deleteAddress),
	}
}

// widgetRoutes serve the widgets of web chat.
func (s *Server) widgetRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/widgets", core.Administrators, s.listWidgets),
		core.Post("/v1/widgets", core.Administrators, s.createWidget),
		core.Get("/v1/widgets/{id}", core.Administrators, s.getWidget),
		core.Patch("/v1/widgets/{id}", core.Administrators, s.changeWidget),
		core.Delete("/v1/widgets/{id}", core.Administrators, s.deleteWidget),
		core.Post("/v1/widgets/{id}/test-token", core.Administrators, s.testToken),
	}
}

// outsideRoutes serve webhooks to other systems, and the tokens that those use.
func (s *Server) outsideRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/webhooks", core.Administrators, s.listWebhooks),
		core.Post("/v1/webhooks", core.Administrators, s.createWebhook),
		core.Get("/v1/webhooks/{id}", core.Administrators, s.getWebhook),
		core.Patch("/v1/webhooks/{id}", core.Administrators, s.changeWebhook),
		core.Delete("/v1/webhooks/{id}", core.Administrators, s.deleteWebhook),
		core.Post("/v1/webhooks/{id}/test", core.Administrators, s.testWebhook),
		core.Post("/v1/webhooks/{id}/rotate-secret", core.Administrators, s.rotateSecret),
		core.Get("/v1/webhooks/{id}/health", core.Administrators, s.webhookHealth),
		core.Get("/v1/webhooks/{id}/deliveries", core.Administrators, s.listDeliveries),
		core.Post("/v1/webhooks/{id}/deliveries/retry-failed", core.Administrators, s.retryFailed),
		core.Post("/v1/webhooks/{id}/deliveries/{delivery_id}/retry", core.Administrators, s.retryDelivery),
		core.Get("/v1/tokens", core.Administrators, s.listTokens),
		core.Post("/v1/tokens", core.Administrators, s.createToken),
		core.Delete("/v1/tokens/{id}", core.Administrators, s.revokeToken),
	}
}
