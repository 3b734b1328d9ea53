package auditdb

// AuditTypes are all objects that the audit log names, by name.
func AuditTypes() []string {
	return []string{
		AuditAccount, AuditAddress, AuditAgent, AuditLog, AuditAutomated, AuditCampaign, AuditCapacity,
		AuditConfiguration, AuditConsent, AuditContact, AuditVariable, AuditConversation, AuditDisposition, AuditIdentity, AuditInvitation,
		AuditNote, AuditHours, AuditOutbound, AuditPassword,
		AuditPresence, AuditQueue, AuditQuickReply, AuditRole, AuditRouting, AuditSecondFactor, AuditSession, AuditSignIn,
		AuditSkill, AuditTag, AuditTemplate, AuditTimeoutRule, AuditToken, AuditWebhook, AuditWidget, AuditWorkstream,
	}
}
