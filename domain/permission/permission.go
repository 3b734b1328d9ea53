// Package permission names what people and tokens may be allowed to do. The route
// table of the API asks for one of these, and roles and tokens are sets of them.
package permission

import (
	"slices"
)

// Permission is what one route asks for, such as "conversations:read".
type Permission string

// The permissions, in the order in which they are shown.
const (
	ProfileRead  Permission = "profile:read"
	ProfileWrite Permission = "profile:write"

	ConversationsRead      Permission = "conversations:read"
	ConversationsWrite     Permission = "conversations:write"
	ConversationsReadAll   Permission = "conversations:read-all"
	ConversationsSupervise Permission = "conversations:supervise"
	LiveRead               Permission = "live:read"
	WorkItemsRead          Permission = "work-items:read"
	WorkItemsWrite         Permission = "work-items:write"

	ContactsRead   Permission = "contacts:read"
	ContactsWrite  Permission = "contacts:write"
	ContactsManage Permission = "contacts:manage"

	TemplatesRead     Permission = "templates:read"
	QuickRepliesWrite Permission = "quick-replies:write"
	TemplatesWrite    Permission = "templates:write"

	CampaignsRead   Permission = "campaigns:read"
	CampaignsWrite  Permission = "campaigns:write"
	CampaignsExport Permission = "campaigns:export"
	OutboundSend    Permission = "outbound:send"
	EventsWrite     Permission = "events:write"
	OutboundWrite   Permission = "outbound:write"

	PeopleRead    Permission = "people:read"
	PresenceWrite Permission = "presence:write"
	PeopleWrite   Permission = "people:write"

	SettingsRead       Permission = "settings:read"
	SettingsWrite      Permission = "settings:write"
	ConnectionsRead    Permission = "connections:read"
	ConnectionsWrite   Permission = "connections:write"
	TokensRead         Permission = "tokens:read"
	TokensWrite        Permission = "tokens:write"
	ConfigurationRead  Permission = "configuration:read"
	ConfigurationWrite Permission = "configuration:write"
	SignInWrite        Permission = "sign-in:write"
	AuditRead          Permission = "audit:read"
)

// The built-in roles. Each may do what the one before it may.
const (
	Agent         = "agent"
	Supervisor    = "supervisor"
	Administrator = "administrator"
)

// An Entry describes a permission: the group that it is shown in, what it allows,
// and the first of the built-in roles that has it. Everywhere: it concerns what
// belongs to no queue, so that nobody has it who is limited to queues.
type Entry struct {
	Name       Permission
	Group      string
	Text       string
	Role       string
	Everywhere bool
}

var catalogue = []Entry{
	{ProfileRead, "Own profile", "See who one is, and one's queues", Agent, false},
	{ProfileWrite, "Own profile", "Set one's own presence and password", Agent, false},
	{ConversationsRead, "Conversations", "Read the conversations one is part of, and those of one's queues", Agent, false},
	{ConversationsWrite, "Conversations", "Take, answer, transfer and close conversations, and write notes", Agent, false},
	{ConversationsReadAll, "Conversations", "Read everybody's conversations", Supervisor, false},
	{ConversationsSupervise, "Conversations", "Monitor, join, assign and force-close conversations", Supervisor, false},
	{LiveRead, "Conversations", "See queues, agents and ongoing conversations live, and reports on them", Supervisor, false},
	{WorkItemsRead, "Conversations", "Read work items", Agent, false},
	{WorkItemsWrite, "Conversations", "Create work items", Supervisor, false},
	{ContactsRead, "Contacts", "Find and read contacts", Agent, false},
	{ContactsWrite, "Contacts", "Add and change contacts, and record consent", Agent, false},
	{ContactsManage, "Contacts", "Change every contact, merge contacts and set preferred agents", Supervisor, true},
	{TemplatesRead, "Templates", "Read templates and quick replies", Agent, false},
	{QuickRepliesWrite, "Templates", "Write one's own quick replies", Agent, false},
	{TemplatesWrite, "Templates", "Change templates and shared quick replies", Administrator, true},
	{CampaignsRead, "Outbound", "See campaigns, their recipients, and how messages are sent", Supervisor, true},
	{CampaignsWrite, "Outbound", "Make, start, pause and cancel campaigns, and fire triggers", Supervisor, true},
	{CampaignsExport, "Outbound", "Export the results of campaigns", Supervisor, true},
	{OutboundSend, "Outbound", "Send outbound messages to single recipients", Supervisor, true},
	{EventsWrite, "Outbound", "Report events, which fire triggers", Supervisor, true},
	{OutboundWrite, "Outbound", "Change outbound configurations, triggers, sources and limits", Administrator, true},
	{PeopleRead, "People", "See people, their skills and their presence", Supervisor, false},
	{PresenceWrite, "People", "Set the presence and the capacity of others", Supervisor, false},
	{PeopleWrite, "People", "Add and change people, their roles and their queues", Administrator, true},
	{SettingsRead, "Setup", "See queues, hours, workstreams and their rules", Supervisor, false},
	{SettingsWrite, "Setup", "Change queues, hours, workstreams and their rules", Administrator, true},
	{ConnectionsRead, "Setup", "See accounts, addresses, widgets and webhooks", Administrator, true},
	{ConnectionsWrite, "Setup", "Change accounts, addresses, widgets and webhooks", Administrator, true},
	{TokensRead, "Setup", "See API tokens", Administrator, true},
	{TokensWrite, "Setup", "Create and revoke API tokens", Administrator, true},
	{ConfigurationRead, "Setup", "Export the whole configuration as a file, and see its versions", Administrator, true},
	{ConfigurationWrite, "Setup", "Import the whole configuration from a file", Administrator, true},
	{SignInWrite, "Setup", "Change how people sign in: identity providers and second factors", Administrator, true},
	{AuditRead, "Setup", "Read the audit log", Administrator, true},
}

// Catalogue describes all permissions, in the order in which they are shown.
func Catalogue() []Entry { return slices.Clone(catalogue) }

// All are the names of all permissions.
func All() []string {
	names := make([]string, len(catalogue))
	for i, e := range catalogue {
		names[i] = string(e.Name)
	}
	return names
}

// Roles are the built-in roles, from the one that may least.
func Roles() []string { return []string{Agent, Supervisor, Administrator} }

func rank(role string) int { return slices.Index(Roles(), role) }
