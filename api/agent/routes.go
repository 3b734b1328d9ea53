package agent

import (
	"slices"

	"switchboard/api/core"
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
		core.Post(PathUpload, core.Agents, s.upload),
		core.Get("/v1/attachments/{id}", core.Agents, s.getAttachment),
		core.Get("/v1/attachments/{id}/preview", core.Agents, s.getPreview),
	}
}

// ownRoutes serve the agent who asks: who they are, and what happens.
func (s *Server) ownRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/me", core.Agents, s.me),
		core.Put("/v1/me/presence", core.Agents, s.choosePresence),
		core.Get(core.PathEvents, core.Agents, s.events),
	}
}

// conversationRoutes show conversations and take commands to them.
func (s *Server) conversationRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/conversations", core.Agents, s.listConversations),
		core.Get("/v1/conversations/{id}", core.Agents, s.getConversation),
		core.Post("/v1/conversations/{id}/accept", core.Agents, s.accept),
		core.Post("/v1/conversations/{id}/decline", core.Agents, s.decline),
		core.Post("/v1/conversations/{id}/pick", core.Agents, s.pick),
		core.Post("/v1/conversations/{id}/end", core.Agents, s.end),
		core.Post("/v1/conversations/{id}/close", core.Agents, s.close),
		core.Post("/v1/conversations/{id}/park", core.Agents, s.park),
		core.Post("/v1/conversations/{id}/resume", core.Agents, s.resume),
		core.Post("/v1/conversations/{id}/release", core.Agents, s.release),
		core.Post("/v1/conversations/{id}/force-close", core.Supervisors, s.forceClose),
		core.Get("/v1/conversations/{id}/sessions", core.Agents, s.listSessions),
		core.Get("/v1/conversations/{id}/decisions", core.Agents, s.listDecisions),
		core.Get("/v1/conversations/{id}/assignments", core.Agents, s.listAssignments),
		core.Get("/v1/conversations/{id}/context", core.Agents, s.getContext),
		core.Patch("/v1/conversations/{id}/context", core.Agents, s.patchContext),
		core.Get("/v1/conversations/{id}/skills", core.Agents, s.getAskedSkills),
		core.Put("/v1/conversations/{id}/skills", core.Agents, s.putAskedSkills),
		core.Get("/v1/conversations/{id}/timers", core.Agents, s.listTimers),
		core.Put("/v1/conversations/{id}/timeout-rules/{rule_id}", core.Agents, s.switchRule),
		core.Put("/v1/conversations/{id}/contact", core.Agents, s.linkContact),
		core.Delete("/v1/conversations/{id}/contact", core.Agents, s.unlinkContact),
	}
}

// messageRoutes serve what is written in a conversation, to the customer and among colleagues.
func (s *Server) messageRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/conversations/{id}/messages", core.Agents, s.listMessages),
		core.Post("/v1/conversations/{id}/messages", core.Agents, s.sendMessage),
		core.Post("/v1/conversations/{id}/internal-messages", core.Agents, s.sendInternal),
		core.Get("/v1/conversations/{id}/draft", core.Agents, s.getDraft),
		core.Put("/v1/conversations/{id}/draft", core.Agents, s.keepDraft),
		core.Get("/v1/conversations/{id}/limits", core.Agents, s.getLimits),
		core.Get("/v1/conversations/{id}/notes", core.Agents, s.listNotes),
		core.Post("/v1/conversations/{id}/notes", core.Agents, s.createNote),
		core.Patch("/v1/notes/{id}", core.Agents, s.changeNote),
		core.Delete("/v1/notes/{id}", core.Agents, s.deleteNote),
		core.Post("/v1/conversations/{id}/typing", core.Agents, s.agentTyping),
		core.Post("/v1/conversations/{id}/reconnect-link", core.Agents, s.linkToChat),
		core.Put("/v1/conversations/{id}/read", core.Agents, s.agentRead),
	}
}

// participantRoutes say who else takes part in a conversation, and hand it over.
func (s *Server) participantRoutes() []core.Route {
	return []core.Route{
		core.Post("/v1/conversations/{id}/consults", core.Agents, s.consult),
		core.Post("/v1/conversations/{id}/consults/{participant_id}/accept", core.Agents, s.acceptConsult),
		core.Post("/v1/conversations/{id}/consults/{participant_id}/decline", core.Agents, s.declineConsult),
		core.Post("/v1/conversations/{id}/consults/{participant_id}/bring-in", core.Agents, s.bringIn),
		core.Post("/v1/conversations/{id}/consults/{participant_id}/remove", core.Agents, s.removeConsult),
		core.Get("/v1/conversations/{id}/consults/{participant_id}/messages", core.Agents, s.listAdvice),
		core.Post("/v1/conversations/{id}/consults/{participant_id}/messages", core.Agents, s.sendAdvice),
		core.Post("/v1/conversations/{id}/leave", core.Agents, s.leave),
		core.Post("/v1/conversations/{id}/transfer", core.Agents, s.transfer),
		core.Get("/v1/conversations/{id}/transfer-targets", core.Agents, s.listTransferTargets),
		core.Post("/v1/conversations/{id}/monitor", core.Supervisors, s.monitor),
		core.Post("/v1/conversations/{id}/join", core.Supervisors, s.join),
		core.Post("/v1/conversations/{id}/assign", core.Supervisors, s.assign),
		core.Get("/v1/conversations/{id}/participants", core.Agents, s.listParticipants),
	}
}

// workItemRoutes take work from other systems.
func (s *Server) workItemRoutes() []core.Route {
	return []core.Route{
		core.Post("/v1/work-items", core.Supervisors, s.createWorkItem),
		core.Get("/v1/work-items/{id}", core.Agents, s.getWorkItem),
	}
}

// contactRoutes serve contacts, and what they agreed to.
func (s *Server) contactRoutes() []core.Route {
	return []core.Route{
		core.Get("/v1/contacts", core.Agents, s.listContacts),
		core.Post("/v1/contacts", core.Agents, s.createContact),
		core.Post("/v1/contacts/identify", core.Agents, s.identifyContact),
		core.Get("/v1/contacts/{id}", core.Agents, s.getContact),
		core.Patch("/v1/contacts/{id}", core.Agents, s.changeContact),
		core.Get("/v1/contacts/{id}/conversations", core.Agents, s.listTimeline),
		core.Get("/v1/contacts/{id}/preferred-agents", core.Agents, s.getPreferred),
		core.Put("/v1/contacts/{id}/preferred-agents", core.Supervisors, s.setPreferred),
		core.Post("/v1/contacts/{id}/merge", core.Supervisors, s.mergeContacts),
		core.Get("/v1/contacts/{id}/merges", core.Agents, s.listMerges),
		core.Post("/v1/contact-merges/{id}/revert", core.Supervisors, s.revertMerge),
		core.Put("/v1/contact-points/{id}/consent", core.Agents, s.setConsent),
	}
}
