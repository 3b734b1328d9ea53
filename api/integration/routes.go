package integration

import (
	"slices"

	"switchboard/api/core"
	"switchboard/domain/permission"
)

// Routes are the routes of this package, with the permission beside each.
func (s *Server) Routes() []core.Route {
	return slices.Concat(s.accountRoutes(), s.widgetRoutes(), s.outsideRoutes())
}

// accountRoutes serve accounts of providers and their addresses.
func (s *Server) accountRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/providers", permission.ConnectionsRead, s.listProviders),
		core.Get("/v1/accounts", permission.ConnectionsRead, s.listAccounts),
		core.Post("/v1/accounts", permission.ConnectionsWrite, s.createAccount),
		core.Get("/v1/accounts/{id}", permission.ConnectionsRead, s.getAccount),
		core.Patch("/v1/accounts/{id}", permission.ConnectionsWrite, s.changeAccount),
		core.Delete("/v1/accounts/{id}", permission.ConnectionsWrite, s.deleteAccount),
		core.Post("/v1/accounts/{id}/test", permission.ConnectionsWrite, s.testAccount),
		core.Get("/v1/accounts/{id}/health", permission.ConnectionsRead, s.accountHealth),
		core.Get("/v1/account-health", permission.ConnectionsRead, s.listAccountHealth),
		core.Post("/v1/accounts/{id}/rotate-key", permission.ConnectionsWrite, s.rotateKey),
		core.Get("/v1/accounts/{id}/addresses", permission.ConnectionsRead, s.listAddresses),
		core.Post("/v1/accounts/{id}/addresses", permission.ConnectionsWrite, s.createAddress),
		core.Get("/v1/accounts/{id}/addresses/{address_id}", permission.ConnectionsRead, s.getAddress),
		core.Patch("/v1/accounts/{id}/addresses/{address_id}", permission.ConnectionsWrite, s.changeAddress),
		core.Delete("/v1/accounts/{id}/addresses/{address_id}", permission.ConnectionsWrite, s.deleteAddress),
	}
}

// widgetRoutes serve the widgets of web chat.
func (s *Server) widgetRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/widgets", permission.ConnectionsRead, s.listWidgets),
		core.Post("/v1/widgets", permission.ConnectionsWrite, s.createWidget),
		core.Get("/v1/widgets/{id}", permission.ConnectionsRead, s.getWidget),
		core.Patch("/v1/widgets/{id}", permission.ConnectionsWrite, s.changeWidget),
		core.Delete("/v1/widgets/{id}", permission.ConnectionsWrite, s.deleteWidget),
		core.Post("/v1/widgets/{id}/test-token", permission.ConnectionsWrite, s.testToken),
	}
}

// outsideRoutes serve webhooks to other systems, and the tokens that those use.
func (s *Server) outsideRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/webhooks", permission.ConnectionsRead, s.listWebhooks),
		core.Post("/v1/webhooks", permission.ConnectionsWrite, s.createWebhook),
		core.Get("/v1/webhooks/{id}", permission.ConnectionsRead, s.getWebhook),
		core.Patch("/v1/webhooks/{id}", permission.ConnectionsWrite, s.changeWebhook),
		core.Delete("/v1/webhooks/{id}", permission.ConnectionsWrite, s.deleteWebhook),
		core.Post("/v1/webhooks/{id}/test", permission.ConnectionsWrite, s.testWebhook),
		core.Post("/v1/webhooks/{id}/rotate-secret", permission.ConnectionsWrite, s.rotateSecret),
		core.Get("/v1/webhooks/{id}/health", permission.ConnectionsRead, s.webhookHealth),
		core.Get("/v1/webhooks/{id}/deliveries", permission.ConnectionsRead, s.listDeliveries),
		core.Post("/v1/webhooks/{id}/deliveries/retry-failed", permission.ConnectionsWrite, s.retryFailed),
		core.Post("/v1/webhooks/{id}/deliveries/{delivery_id}/retry", permission.ConnectionsWrite, s.retryDelivery),
		core.Get("/v1/tokens", permission.TokensRead, s.listTokens),
		core.Post("/v1/tokens", permission.TokensWrite, s.createToken),
		core.Delete("/v1/tokens/{id}", permission.TokensWrite, s.revokeToken),
	}
}
