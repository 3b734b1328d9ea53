package agent

import (
	"slices"

	"switchboard/api/core"
	"switchboard/domain/permission"
)

// Routes are the routes of this package, with the permission beside each.
func (s *Server) Routes() []core.Route {
	return slices.Concat(s.fileRoutes(), s.ownRoutes(), s.conversationRoutes(), s.messageRoutes(), s.participantRoutes(),
		s.workItemRoutes(), s.contactRoutes())
}

// fileRoutes serve the files of messages.
func (s *Server) fileRoutes() []core.Route {
	return []core.Route{
		core.Get("/media/{id}/{expiry}/{signature}/{name}", core.Public, s.media),
		core.Post(PathUpload, permission.ConversationsWrite, s.upload),
		core.Get("/v1/attachments/{id}", permission.ConversationsRead, s.getAttachment),
		core.Get("/v1/attachments/{id}/preview", permission.ConversationsRead, s.getPreview),
	}
}

// ownRoutes serve the agent who asks: who they are, and what happens.
func (s *Server) ownRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/me", permission.ProfileRead, s.me),
		core.Put("/v1/me/presence", permission.ProfileWrite, s.choosePresence),
		core.Get(core.PathEvents, permission.ConversationsRead, s.events),
	}
}

// conversationRoutes show conversations and take commands to them.
func (s *Server) conversationRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/conversations", permission.ConversationsRead, s.listConversations),
		core.Get("/v1/conversations/{id}", permission.ConversationsRead, s.getConversation),
		core.Post("/v1/conversations/{id}/accept", permission.ConversationsWrite, s.accept),
		core.Post("/v1/conversations/{id}/decline", permission.ConversationsWrite, s.decline),
		core.Post("/v1/conversations/{id}/pick", permission.ConversationsWrite, s.pick),
		core.Post("/v1/conversations/{id}/end", permission.ConversationsWrite, s.end),
		core.Post("/v1/conversations/{id}/close", permission.ConversationsWrite, s.close),
		core.Post("/v1/conversations/{id}/park", permission.ConversationsWrite, s.park),
		core.Post("/v1/conversations/{id}/snooze", permission.ConversationsWrite, s.snooze),
		core.Post("/v1/conversations/{id}/resume", permission.ConversationsWrite, s.resume),
		core.Post("/v1/conversations/{id}/release", permission.ConversationsWrite, s.release),
		core.Post("/v1/conversations/{id}/force-close", permission.ConversationsSupervise, s.forceClose),
		core.Get("/v1/conversations/{id}/earlier", permission.ConversationsRead, s.listEarlier),
		core.Get("/v1/conversations/{id}/outbound-messages", permission.ConversationsRead, s.listThreadOutbound),
		core.Get("/v1/conversations/{id}/sessions", permission.ConversationsRead, s.listSessions),
		core.Get("/v1/conversations/{id}/decisions", permission.ConversationsRead, s.listDecisions),
		core.Get("/v1/conversations/{id}/assignments", permission.ConversationsRead, s.listAssignments),
		core.Get("/v1/conversations/{id}/context", permission.ConversationsRead, s.getContext),
		core.Patch("/v1/conversations/{id}/context", permission.ConversationsWrite, s.patchContext),
		core.Get("/v1/conversations/{id}/skills", permission.ConversationsRead, s.getAskedSkills),
		core.Put("/v1/conversations/{id}/skills", permission.ConversationsWrite, s.putAskedSkills),
		core.Put("/v1/conversations/{id}/disposition", permission.ConversationsWrite, s.setDisposition),
		core.Put("/v1/conversations/{id}/priority", permission.ConversationsWrite, s.setPriority),
		core.Put("/v1/conversations/{id}/tags/{tag_id}", permission.ConversationsWrite, s.addTag),
		core.Delete("/v1/conversations/{id}/tags/{tag_id}", permission.ConversationsWrite, s.removeTag),
		core.Get("/v1/conversations/{id}/timers", permission.ConversationsRead, s.listTimers),
		core.Put("/v1/conversations/{id}/timeout-rules/{rule_id}", permission.ConversationsWrite, s.switchRule),
		core.Put("/v1/conversations/{id}/contact", permission.ConversationsWrite, s.linkContact),
		core.Delete("/v1/conversations/{id}/contact", permission.ConversationsWrite, s.unlinkContact),
	}
}

// messageRoutes serve what is written in a conversation, to the customer and among colleagues.
func (s *Server) messageRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/conversations/{id}/messages", permission.ConversationsRead, s.listMessages),
		core.Post("/v1/conversations/{id}/messages", permission.ConversationsWrite, s.sendMessage),
		core.Post("/v1/conversations/{id}/internal-messages", permission.ConversationsWrite, s.sendInternal),
		core.Get("/v1/conversations/{id}/draft", permission.ConversationsRead, s.getDraft),
		core.Put("/v1/conversations/{id}/draft", permission.ConversationsWrite, s.keepDraft),
		core.Get("/v1/conversations/{id}/limits", permission.ConversationsRead, s.getLimits),
		core.Get("/v1/conversations/{id}/notes", permission.ConversationsRead, s.listNotes),
		core.Post("/v1/conversations/{id}/notes", permission.ConversationsWrite, s.createNote),
		core.Patch("/v1/notes/{id}", permission.ConversationsWrite, s.changeNote),
		core.Delete("/v1/notes/{id}", permission.ConversationsWrite, s.deleteNote),
		core.Post("/v1/conversations/{id}/typing", permission.ConversationsWrite, s.agentTyping),
		core.Post("/v1/conversations/{id}/reconnect-link", permission.ConversationsWrite, s.linkToChat),
		core.Put("/v1/conversations/{id}/read", permission.ConversationsWrite, s.agentRead),
	}
}

// participantRoutes say who else takes part in a conversation, and hand it over.
func (s *Server) participantRoutes() []core.Route {
	return []core.Route{
		core.Post("/v1/conversations/{id}/consults", permission.ConversationsWrite, s.consult),
		core.Post("/v1/conversations/{id}/consults/{participant_id}/accept", permission.ConversationsWrite, s.acceptConsult),
		core.Post("/v1/conversations/{id}/consults/{participant_id}/decline", permission.ConversationsWrite, s.declineConsult),
		core.Post("/v1/conversations/{id}/consults/{participant_id}/bring-in", permission.ConversationsWrite, s.bringIn),
		core.Post("/v1/conversations/{id}/consults/{participant_id}/remove", permission.ConversationsWrite, s.removeConsult),
		core.Get("/v1/conversations/{id}/consults/{participant_id}/messages", permission.ConversationsRead, s.listAdvice),
		core.Post("/v1/conversations/{id}/consults/{participant_id}/messages", permission.ConversationsWrite, s.sendAdvice),
		core.Post("/v1/conversations/{id}/leave", permission.ConversationsWrite, s.leave),
		core.Post("/v1/conversations/{id}/transfer", permission.ConversationsWrite, s.transfer),
		core.Get("/v1/conversations/{id}/transfer-targets", permission.ConversationsRead, s.listTransferTargets),
		core.Post("/v1/conversations/{id}/monitor", permission.ConversationsSupervise, s.monitor),
		core.Post("/v1/conversations/{id}/join", permission.ConversationsSupervise, s.join),
		core.Post("/v1/conversations/{id}/assign", permission.ConversationsSupervise, s.assign),
		core.Get("/v1/conversations/{id}/participants", permission.ConversationsRead, s.listParticipants),
	}
}

// workItemRoutes take work from other systems.
func (s *Server) workItemRoutes() []core.Route {
	return []core.Route{
		core.Post("/v1/work-items", permission.WorkItemsWrite, s.createWorkItem),
		core.Get("/v1/work-items/{id}", permission.WorkItemsRead, s.getWorkItem),
	}
}

// contactRoutes serve contacts, and what they agreed to.
func (s *Server) contactRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/contacts", permission.ContactsRead, s.listContacts),
		core.Post("/v1/contacts", permission.ContactsWrite, s.createContact),
		core.Post("/v1/contacts/identify", permission.ContactsRead, s.identifyContact),
		core.Get("/v1/contacts/{id}", permission.ContactsRead, s.getContact),
		core.Patch("/v1/contacts/{id}", permission.ContactsWrite, s.changeContact),
		core.Get("/v1/contacts/{id}/conversations", permission.ContactsRead, s.listTimeline),
		core.Get("/v1/contacts/{id}/preferred-agents", permission.ContactsRead, s.getPreferred),
		core.Put("/v1/contacts/{id}/preferred-agents", permission.ContactsManage, s.setPreferred),
		core.Post("/v1/contacts/{id}/merge", permission.ContactsManage, s.mergeContacts),
		core.Get("/v1/contacts/{id}/merges", permission.ContactsRead, s.listMerges),
		core.Post("/v1/contact-merges/{id}/revert", permission.ContactsManage, s.revertMerge),
		core.Put("/v1/contact-points/{id}/consent", permission.ContactsWrite, s.setConsent),
	}
}
