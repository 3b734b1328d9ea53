package api

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"switchboard/store/configdb"
)

// access says who may use a route. Supervisors may do what agents may, and
// administrators what supervisors may.
type access int

const (
	public         access = iota // no sign-in, or one of its own (webhooks, media links)
	agents                       // everybody who signed in
	supervisors                  // and administrators
	administrators               //
)

// roles are those that pass.
func (a access) roles() []string {
	all := []string{configdb.RoleAgent, configdb.RoleSupervisor, configdb.RoleAdministrator}
	if a == public {
		return nil
	}
	return all[a-agents:]
}

type route struct {
	method, path string
	access       access
	handle       func(*server, echo.Context) error
}

// Paths that other code must know.
const (
	pathUpload         = "/v1/conversations/{id}/attachments"
	pathOutboundEvents = "/webhooks/outbound/{key}/events"
	pathRecipients     = "/v1/campaigns/{id}/recipients"
	pathWebhook        = "/webhooks/{provider}/{key}"
	pathEvents         = "/v1/events"

	pathChatFiles = pathChat + "/files"
)

// routes is the whole interface, with the permission beside each route. Every
// entry is in openapi.yaml and the other way round; a test walks both.
func routes() []route {
	const get, post, put, patch, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
	return []route{
		{get, "/healthz", public, (*server).healthz},
		{get, "/readyz", public, (*server).readyz},
		{get, "/metrics", public, (*server).showMetrics},
		{get, "/openapi.yaml", public, (*server).contract},
		{get, "/docs", public, (*server).readDocs},
		{get, "/media/{id}/{expiry}/{signature}/{name}", public, (*server).media},
		{post, pathWebhook, public, (*server).webhook},
		{get, pathWebhook, public, (*server).webhook},

		{get, pathChat, public, forVisitors((*server).chatSettings)},
		{post, pathChat + "/start", public, forVisitors((*server).startChat)},
		{post, pathChat + "/sign-in", public, byVisitor((*server).signInChat)},
		{del, pathChat + "/session", public, byVisitor((*server).leaveChat)},
		{post, pathChat + "/sign-out", public, forVisitors((*server).signOutChat)},
		{get, pathChat + "/thread", public, byVisitor((*server).chatThread)},
		{get, pathChat + "/messages", public, byVisitor((*server).chatHistory)},
		{post, pathChat + "/messages", public, byVisitor((*server).sendChat)},
		{post, pathChat + "/typing", public, byVisitor((*server).chatTyping)},
		{post, pathChat + "/receipts", public, byVisitor((*server).chatReceipts)},
		{post, pathChatFiles, public, byVisitor((*server).uploadChat)},
		{post, pathChat + "/end", public, byVisitor((*server).endChat)},
		{get, pathChat + "/transcript", public, byVisitor((*server).chatTranscript)},
		{get, pathChat + "/events", public, byVisitor((*server).chatEvents)},

		{post, "/v1/session", public, (*server).signIn},
		{del, "/v1/session", agents, (*server).signOut},
		{get, "/v1/me", agents, (*server).me},
		{put, "/v1/me/presence", agents, (*server).choosePresence},
		{get, pathEvents, agents, (*server).events},

		{get, "/v1/conversations", agents, (*server).listConversations},
		{get, "/v1/conversations/{id}", agents, (*server).getConversation},
		{get, "/v1/conversations/{id}/messages", agents, (*server).listMessages},
		{post, "/v1/conversations/{id}/messages", agents, (*server).sendMessage},
		{post, "/v1/conversations/{id}/internal-messages", agents, (*server).sendInternal},
		{get, "/v1/conversations/{id}/draft", agents, (*server).getDraft},
		{put, "/v1/conversations/{id}/draft", agents, (*server).keepDraft},
		{get, "/v1/conversations/{id}/limits", agents, (*server).getLimits},
		{get, "/v1/conversations/{id}/notes", agents, (*server).listNotes},
		{post, "/v1/conversations/{id}/notes", agents, (*server).createNote},
		{patch, "/v1/notes/{id}", agents, (*server).changeNote},
		{del, "/v1/notes/{id}", agents, (*server).deleteNote},
		{post, "/v1/conversations/{id}/accept", agents, (*server).accept},
		{post, "/v1/conversations/{id}/decline", agents, (*server).decline},
		{post, "/v1/conversations/{id}/pick", agents, (*server).pick},
		{post, "/v1/conversations/{id}/end", agents, (*server).end},
		{post, "/v1/conversations/{id}/close", agents, (*server).close},
		{post, "/v1/conversations/{id}/park", agents, (*server).park},
		{post, "/v1/conversations/{id}/resume", agents, (*server).resume},
		{post, "/v1/conversations/{id}/release", agents, (*server).release},
		{post, "/v1/conversations/{id}/force-close", supervisors, (*server).forceClose},
		{post, "/v1/conversations/{id}/consults", agents, (*server).consult},
		{post, "/v1/conversations/{id}/consults/{participant_id}/accept", agents, (*server).acceptConsult},
		{post, "/v1/conversations/{id}/consults/{participant_id}/decline", agents, (*server).declineConsult},
		{post, "/v1/conversations/{id}/consults/{participant_id}/bring-in", agents, (*server).bringIn},
		{post, "/v1/conversations/{id}/consults/{participant_id}/remove", agents, (*server).removeConsult},
		{get, "/v1/conversations/{id}/consults/{participant_id}/messages", agents, (*server).listAdvice},
		{post, "/v1/conversations/{id}/consults/{participant_id}/messages", agents, (*server).sendAdvice},
		{post, "/v1/conversations/{id}/leave", agents, (*server).leave},
		{post, "/v1/conversations/{id}/transfer", agents, (*server).transfer},
		{get, "/v1/conversations/{id}/transfer-targets", agents, (*server).listTransferTargets},
		{post, "/v1/conversations/{id}/monitor", supervisors, (*server).monitor},
		{post, "/v1/conversations/{id}/join", supervisors, (*server).join},
		{post, "/v1/conversations/{id}/assign", supervisors, (*server).assign},
		{get, "/v1/conversations/{id}/participants", agents, (*server).listParticipants},
		{get, "/v1/conversations/{id}/sessions", agents, (*server).listSessions},
		{get, "/v1/conversations/{id}/decisions", agents, (*server).listDecisions},
		{get, "/v1/conversations/{id}/assignments", agents, (*server).listAssignments},
		{get, "/v1/conversations/{id}/context", agents, (*server).getContext},
		{patch, "/v1/conversations/{id}/context", agents, (*server).patchContext},
		{get, "/v1/conversations/{id}/skills", agents, (*server).getAskedSkills},
		{put, "/v1/conversations/{id}/skills", agents, (*server).putAskedSkills},
		{get, "/v1/conversations/{id}/timers", agents, (*server).listTimers},
		{put, "/v1/conversations/{id}/timeout-rules/{rule_id}", agents, (*server).switchRule},
		{put, "/v1/conversations/{id}/contact", agents, (*server).linkContact},
		{del, "/v1/conversations/{id}/contact", agents, (*server).unlinkContact},
		{post, pathUpload, agents, (*server).upload},
		{post, "/v1/conversations/{id}/typing", agents, (*server).agentTyping},
		{post, "/v1/conversations/{id}/reconnect-link", agents, (*server).linkToChat},
		{put, "/v1/conversations/{id}/read", agents, (*server).agentRead},
		{get, "/v1/attachments/{id}", agents, (*server).getAttachment},
		{get, "/v1/attachments/{id}/preview", agents, (*server).getPreview},

		{post, "/v1/work-items", supervisors, (*server).createWorkItem},
		{get, "/v1/work-items/{id}", agents, (*server).getWorkItem},

		{get, "/v1/contacts", agents, (*server).listContacts},
		{post, "/v1/contacts", agents, (*server).createContact},
		{post, "/v1/contacts/identify", agents, (*server).identifyContact},
		{get, "/v1/contacts/{id}", agents, (*server).getContact},
		{patch, "/v1/contacts/{id}", agents, (*server).changeContact},
		{get, "/v1/contacts/{id}/conversations", agents, (*server).listTimeline},
		{get, "/v1/contacts/{id}/preferred-agents", agents, (*server).getPreferred},
		{put, "/v1/contacts/{id}/preferred-agents", supervisors, (*server).setPreferred},
		{get, "/v1/contacts/{id}/outbound-messages", agents, (*server).listOutboundOf},
		{post, "/v1/contacts/{id}/merge", supervisors, (*server).mergeContacts},
		{get, "/v1/contacts/{id}/merges", agents, (*server).listMerges},
		{post, "/v1/contact-merges/{id}/revert", supervisors, (*server).revertMerge},

		{get, "/v1/queues", supervisors, (*server).listQueues},
		{post, "/v1/queues", administrators, (*server).createQueue},
		{get, "/v1/queues/{id}", supervisors, (*server).getQueue},
		{patch, "/v1/queues/{id}", administrators, (*server).changeQueue},
		{del, "/v1/queues/{id}", administrators, (*server).deleteQueue},
		{get, "/v1/queues/{id}/overflow", supervisors, (*server).getOverflow},
		{put, "/v1/queues/{id}/overflow", administrators, (*server).putOverflow},
		{get, "/v1/queues/{id}/members", supervisors, (*server).listMembers},
		{put, "/v1/queues/{id}/members/{agent_id}", administrators, (*server).addMember},
		{del, "/v1/queues/{id}/members/{agent_id}", administrators, (*server).removeMember},

		{get, "/v1/operating-hours", supervisors, (*server).listHours},
		{post, "/v1/operating-hours", administrators, (*server).createHours},
		{get, "/v1/operating-hours/{id}", supervisors, (*server).getHours},
		{patch, "/v1/operating-hours/{id}", administrators, (*server).changeHours},
		{del, "/v1/operating-hours/{id}", administrators, (*server).deleteHours},
		{get, "/v1/operating-hours/{id}/status", supervisors, (*server).getHoursStatus},

		{get, "/v1/agents", supervisors, (*server).listAgents},
		{post, "/v1/agents", administrators, (*server).createAgent},
		{get, "/v1/agents/{id}", supervisors, (*server).getAgent},
		{patch, "/v1/agents/{id}", administrators, (*server).changeAgent},
		{put, "/v1/agents/{id}/presence", supervisors, (*server).choosePresenceFor},
		{get, "/v1/agents/{id}/skills", supervisors, (*server).getAgentSkills},
		{put, "/v1/agents/{id}/skills", administrators, (*server).setAgentSkills},
		{get, "/v1/agents/{id}/capacity-profiles", supervisors, (*server).getAgentProfiles},
		{put, "/v1/agents/{id}/capacity-profiles", supervisors, (*server).setAgentProfiles},

		{get, "/v1/skills", supervisors, (*server).listSkills},
		{post, "/v1/skills", administrators, (*server).createSkill},
		{get, "/v1/skills/{id}", supervisors, (*server).getSkill},
		{patch, "/v1/skills/{id}", administrators, (*server).changeSkill},
		{del, "/v1/skills/{id}", administrators, (*server).deleteSkill},
		{get, "/v1/capacity-profiles", supervisors, (*server).listProfiles},
		{post, "/v1/capacity-profiles", administrators, (*server).createProfile},
		{get, "/v1/capacity-profiles/{id}", supervisors, (*server).getProfile},
		{patch, "/v1/capacity-profiles/{id}", administrators, (*server).changeProfile},
		{del, "/v1/capacity-profiles/{id}", administrators, (*server).deleteProfile},

		{get, "/v1/presences", agents, (*server).listPresences},
		{post, "/v1/presences", administrators, (*server).createPresence},
		{get, "/v1/presences/{id}", agents, (*server).getPresence},
		{patch, "/v1/presences/{id}", administrators, (*server).changePresence},
		{del, "/v1/presences/{id}", administrators, (*server).deletePresence},

		{get, "/v1/workstreams", supervisors, (*server).listWorkstreams},
		{post, "/v1/workstreams", administrators, (*server).createWorkstream},
		{get, "/v1/workstreams/{id}", supervisors, (*server).getWorkstream},
		{patch, "/v1/workstreams/{id}", administrators, (*server).changeWorkstream},
		{del, "/v1/workstreams/{id}", administrators, (*server).deleteWorkstream},

		{get, "/v1/workstreams/{id}/timeout-rules", supervisors, (*server).listRules},
		{post, "/v1/workstreams/{id}/timeout-rules", administrators, (*server).createRule},
		{patch, "/v1/timeout-rules/{id}", administrators, (*server).changeRule},
		{del, "/v1/timeout-rules/{id}", administrators, (*server).deleteRule},
		{get, "/v1/workstreams/{id}/routing-rules", supervisors, (*server).getRouting},
		{put, "/v1/workstreams/{id}/routing-rules", administrators, (*server).putRouting},
		{get, "/v1/workstreams/{id}/routing-rules/export", supervisors, (*server).exportRouting},
		{post, "/v1/workstreams/{id}/routing-rules/import", administrators, (*server).importRouting},
		{post, "/v1/workstreams/{id}/simulate", supervisors, (*server).simulate},
		{get, "/v1/workstreams/{id}/context-variables", supervisors, (*server).listVariables},
		{post, "/v1/workstreams/{id}/context-variables", administrators, (*server).createVariable},
		{get, "/v1/context-variables/{id}", supervisors, (*server).getVariable},
		{patch, "/v1/context-variables/{id}", administrators, (*server).changeVariable},
		{del, "/v1/context-variables/{id}", administrators, (*server).deleteVariable},
		{get, "/v1/automated-messages", supervisors, (*server).listAutomated},
		{get, "/v1/automated-messages/triggers", supervisors, (*server).listTriggers},
		{put, "/v1/automated-messages", administrators, (*server).setAutomated},
		{del, "/v1/automated-messages/{id}", administrators, (*server).deleteAutomated},
		{get, "/v1/templates", agents, (*server).listTemplates},
		{post, "/v1/templates", administrators, (*server).createTemplate},
		{get, "/v1/templates/{id}", agents, (*server).getTemplate},
		{patch, "/v1/templates/{id}", administrators, (*server).changeTemplate},
		{del, "/v1/templates/{id}", administrators, (*server).deleteTemplate},
		{put, "/v1/templates/{id}/texts/{language}", administrators, (*server).putTemplateText},
		{del, "/v1/templates/{id}/texts/{language}", administrators, (*server).deleteTemplateText},
		{post, "/v1/templates/{id}/preview", agents, (*server).previewTemplate},

		{get, "/v1/outbound-settings", supervisors, (*server).getOutboundSettings},
		{patch, "/v1/outbound-settings", administrators, (*server).changeOutboundSettings},
		{get, "/v1/outbound-configurations", supervisors, (*server).listConfigurations},
		{post, "/v1/outbound-configurations", administrators, (*server).createConfiguration},
		{get, "/v1/outbound-configurations/{id}", supervisors, (*server).getConfiguration},
		{patch, "/v1/outbound-configurations/{id}", administrators, (*server).changeConfiguration},
		{del, "/v1/outbound-configurations/{id}", administrators, (*server).deleteConfiguration},
		{post, "/v1/outbound/{id}/messages", supervisors, (*server).sendOutbound},
		{post, "/v1/outbound/events", supervisors, (*server).tellEvent},
		{post, pathOutboundEvents, public, (*server).takeEvent},
		{get, "/v1/outbound-triggers", supervisors, (*server).listOutboundTriggers},
		{post, "/v1/outbound-triggers", administrators, (*server).createOutboundTrigger},
		{get, "/v1/outbound-triggers/{id}", supervisors, (*server).getOutboundTrigger},
		{patch, "/v1/outbound-triggers/{id}", administrators, (*server).changeOutboundTrigger},
		{del, "/v1/outbound-triggers/{id}", administrators, (*server).deleteOutboundTrigger},
		{post, "/v1/outbound-triggers/{id}/dry-run", supervisors, (*server).dryRunTrigger},
		{post, "/v1/outbound-triggers/{id}/fire", supervisors, (*server).fireTrigger},
		{get, "/v1/outbound-sources", administrators, (*server).listSources},
		{post, "/v1/outbound-sources", administrators, (*server).createSource},
		{del, "/v1/outbound-sources/{id}", administrators, (*server).deleteSource},
		{put, "/v1/contact-points/{id}/consent", agents, (*server).setConsent},
		{get, "/v1/campaigns", supervisors, (*server).listCampaigns},
		{post, "/v1/campaigns", supervisors, (*server).createCampaign},
		{get, "/v1/campaigns/{id}", supervisors, (*server).getCampaign},
		{patch, "/v1/campaigns/{id}", supervisors, (*server).changeCampaign},
		{del, "/v1/campaigns/{id}", supervisors, (*server).deleteCampaign},
		{get, "/v1/campaigns/{id}/recipients", supervisors, (*server).listRecipients},
		{post, pathRecipients, supervisors, (*server).addRecipients},
		{post, "/v1/campaigns/{id}/audience", supervisors, (*server).addAudience},
		{get, "/v1/campaigns/{id}/export", supervisors, (*server).exportCampaign},
		{get, "/v1/campaigns/{id}/send-timeline", supervisors, (*server).sendTimeline},
		{get, "/v1/campaigns/{id}/preview", supervisors, (*server).previewCampaign},
		{post, "/v1/campaigns/{id}/test", supervisors, (*server).testCampaign},
		{post, "/v1/campaigns/{id}/start", supervisors, (*server).startCampaignNow},
		{post, "/v1/campaigns/{id}/pause", supervisors, (*server).pauseCampaign},
		{post, "/v1/campaigns/{id}/resume", supervisors, (*server).resumeCampaign},
		{post, "/v1/campaigns/{id}/cancel", supervisors, (*server).cancelCampaign},

		{get, "/v1/quick-replies", agents, (*server).listQuickReplies},
		{post, "/v1/quick-replies", agents, (*server).createQuickReply},
		{get, "/v1/quick-replies/{id}", agents, (*server).getQuickReply},
		{patch, "/v1/quick-replies/{id}", agents, (*server).changeQuickReply},
		{del, "/v1/quick-replies/{id}", agents, (*server).deleteQuickReply},

		{get, "/v1/providers", administrators, (*server).listProviders},
		{get, "/v1/accounts", administrators, (*server).listAccounts},
		{post, "/v1/accounts", administrators, (*server).createAccount},
		{get, "/v1/accounts/{id}", administrators, (*server).getAccount},
		{patch, "/v1/accounts/{id}", administrators, (*server).changeAccount},
		{del, "/v1/accounts/{id}", administrators, (*server).deleteAccount},
		{post, "/v1/accounts/{id}/test", administrators, (*server).testAccount},
		{post, "/v1/accounts/{id}/sync-templates", administrators, (*server).syncTemplates},
		{post, "/v1/accounts/{id}/rotate-key", administrators, (*server).rotateKey},
		{get, "/v1/accounts/{id}/addresses", administrators, (*server).listAddresses},
		{post, "/v1/accounts/{id}/addresses", administrators, (*server).createAddress},
		{patch, "/v1/accounts/{id}/addresses/{address_id}", administrators, (*server).changeAddress},
		{del, "/v1/accounts/{id}/addresses/{address_id}", administrators, (*server).deleteAddress},

		{get, "/v1/widgets", administrators, (*server).listWidgets},
		{post, "/v1/widgets", administrators, (*server).createWidget},
		{get, "/v1/widgets/{id}", administrators, (*server).getWidget},
		{patch, "/v1/widgets/{id}", administrators, (*server).changeWidget},
		{del, "/v1/widgets/{id}", administrators, (*server).deleteWidget},
		{get, "/v1/webhooks", administrators, (*server).listWebhooks},
		{post, "/v1/webhooks", administrators, (*server).createWebhook},
		{get, "/v1/webhooks/{id}", administrators, (*server).getWebhook},
		{patch, "/v1/webhooks/{id}", administrators, (*server).changeWebhook},
		{del, "/v1/webhooks/{id}", administrators, (*server).deleteWebhook},
		{post, "/v1/webhooks/{id}/test", administrators, (*server).testWebhook},
		{post, "/v1/webhooks/{id}/rotate-secret", administrators, (*server).rotateSecret},
		{get, "/v1/webhooks/{id}/deliveries", administrators, (*server).listDeliveries},
		{post, "/v1/webhooks/{id}/deliveries/{delivery_id}/retry", administrators, (*server).retryDelivery},
		{get, "/v1/tokens", administrators, (*server).listTokens},
		{post, "/v1/tokens", administrators, (*server).createToken},
		{del, "/v1/tokens/{id}", administrators, (*server).revokeToken},
		{get, "/v1/audit", administrators, (*server).listAudit},
	}
}

// handler checks the route's permission before anything else is read.
func (r route) handler(s *server) echo.HandlerFunc {
	handle := r.handle
	if s.versioned[r.path] && r.method != http.MethodDelete {
		handle = conditional(handle)
	}
	name := r.method + " " + r.path
	query, body, ours := s.inputs.query[name], s.inputs.bodies[name], strings.HasPrefix(r.path, "/v1/")
	if r.access == public {
		body = nil // visitors' browsers may have an older widget
	}
	return func(c echo.Context) error {
		if r.access != public {
			if err := s.authenticate(c, r.access); err != nil {
				return err
			}
		}
		if ours { // providers add to the addresses of their webhooks what they like
			if err := checkQuery(c, query); err != nil {
				return err
			}
		}
		withSchema(c, body)
		return handle(s, c)
	}
}

// Patterns that middleware compares with. Echo builds its chain of middleware
// anew for each request, so they are not worked out there.
var (
	routeUpload     = echoPath(pathUpload)
	routeWebhook    = echoPath(pathWebhook)
	routeChatFiles  = echoPath(pathChatFiles)
	routeRecipients = echoPath(pathRecipients)
)

// echoPath turns {id} into :id.
func echoPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Masked().Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

// webhook and events are other parts' handlers, under this table's permissions.
func (s *server) webhook(c echo.Context) error { return delegate(s.Webhooks, c) }

// events runs without deadlines: the server's would cut every stream.
func (s *server) events(c echo.Context) error {
	end, err := s.openStream(c, streamOf(IdentityOf(c)), s.Streams.Agent)
	if err != nil {
		return err
	}
	defer end()
	rc := http.NewResponseController(c.Response())
	_ = rc.SetReadDeadline(time.Time{}) // a writer without deadlines, as in tests, has none to lift
	_ = rc.SetWriteDeadline(time.Time{})
	return delegate(s.Events, c)
}

func delegate(h echo.HandlerFunc, c echo.Context) error {
	if h == nil {
		return unavailable("This part is not served here.", 0)
	}
	return h(c)
}
