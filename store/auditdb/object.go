package auditdb

// AuditTypes are all objects that the audit log names, by name.
func AuditTypes() []string {
	return []string{
		AuditAccount, AuditAddress, AuditAgent, AuditLog, AuditAutomated, AuditCampaign, AuditCapacity,
		AuditConfiguration, AuditConsent, AuditContact, AuditVariable, AuditConversation, AuditIdentity, AuditNote,
		AuditHours, AuditOutbound,
		AuditPresence, AuditQueue, AuditQuickReply, AuditRole, AuditRouting, AuditSkill, AuditTemplate,
		AuditTimeoutRule, AuditToken, AuditWebhook, AuditWidget, AuditWorkstream,
	}
}
