package visitor

import (
	"switchboard/api/core"
)

// Routes are the routes of this package, with the permission beside each.
func (s *Server) Routes() []core.Route {
	return []core.Route{
		core.Get(pathChat, core.Public, s.forVisitors(s.chatSettings)),
		core.Post(pathChat+"/start", core.Public, s.forVisitors(s.startChat)),
		core.Post(pathChat+"/sign-in", core.Public, s.byVisitor(s.signInChat)),
		core.Delete(pathChat+"/session", core.Public, s.byVisitor(s.leaveChat)),
		core.Post(pathChat+"/sign-out", core.Public, s.forVisitors(s.signOutChat)),
		core.Get(pathChat+"/thread", core.Public, s.byVisitor(s.chatThread)),
		core.Get(pathChat+"/messages", core.Public, s.byVisitor(s.chatHistory)),
		core.Post(pathChat+"/messages", core.Public, s.byVisitor(s.sendChat)),
		core.Post(pathChat+"/typing", core.Public, s.byVisitor(s.chatTyping)),
		core.Post(pathChat+"/receipts", core.Public, s.byVisitor(s.chatReceipts)),
		core.Post(PathChatFiles, core.Public, s.byVisitor(s.uploadChat)),
		core.Post(pathChat+"/end", core.Public, s.byVisitor(s.endChat)),
		core.Get(pathChat+"/transcript", core.Public, s.byVisitor(s.chatTranscript)),
		core.Get(pathChat+"/events", core.Public, s.byVisitor(s.chatEvents)),
	}
}
