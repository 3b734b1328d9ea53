package labels

import (
	"switchboard/api/core"
	"switchboard/domain/permission"
)

// Routes are the routes of this package, with the permission beside each. Agents
// read the lists: they choose from them.
func (s *Server) Routes() []core.Route {
	return []core.Route{
		core.Get("/v1/tags", permission.ConversationsRead, s.listTags),
		core.Post("/v1/tags", permission.SettingsWrite, s.createTag),
		core.Get("/v1/tags/{id}", permission.ConversationsRead, s.getTag),
		core.Patch("/v1/tags/{id}", permission.SettingsWrite, s.changeTag),
		core.Delete("/v1/tags/{id}", permission.SettingsWrite, s.deleteTag),
		core.Get("/v1/workstreams/{id}/dispositions", permission.ConversationsRead, s.listDispositions),
		core.Post("/v1/workstreams/{id}/dispositions", permission.SettingsWrite, s.createDisposition),
		core.Get("/v1/dispositions/{id}", permission.ConversationsRead, s.getDisposition),
		core.Patch("/v1/dispositions/{id}", permission.SettingsWrite, s.changeDisposition),
		core.Delete("/v1/dispositions/{id}", permission.SettingsWrite, s.deleteDisposition),
	}
}
