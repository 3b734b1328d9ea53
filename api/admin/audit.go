package admin

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
	"switchboard/store/auditdb"
)

func (s *Server) listAudit(c echo.Context) error {
	limit, err := httpx.PageSize(c)
	if err != nil {
		return err
	}
	f := auditdb.AuditFilter{ObjectType: c.QueryParam("object_type"), ObjectID: c.QueryParam("object_id"), Limit: limit + 1}
	if f.ObjectType != "" {
		var k httpx.Checks
		k.OneOf("object_type", f.ObjectType, auditdb.AuditAccount, auditdb.AuditAddress, auditdb.AuditAgent, auditdb.AuditAutomated,
			auditdb.AuditCampaign, auditdb.AuditCapacity, auditdb.AuditConsent, auditdb.AuditContact, auditdb.AuditConversation,
			auditdb.AuditHours, auditdb.AuditIdentity, auditdb.AuditInvitation, auditdb.AuditNote, auditdb.AuditOutbound, auditdb.AuditPassword,
			auditdb.AuditPresence, auditdb.AuditQueue,
			auditdb.AuditQuickReply, auditdb.AuditRouting, auditdb.AuditSecondFactor,
			auditdb.AuditSession, auditdb.AuditSignIn, auditdb.AuditSkill, auditdb.AuditTemplate,
			auditdb.AuditTimeoutRule, auditdb.AuditToken, auditdb.AuditVariable, auditdb.AuditWebhook, auditdb.AuditWorkstream)
		if k.Errs != nil {
			return httpx.BadParameter("object_type", k.Errs[0].Reason)
		}
	}
	if f.ObjectID != "" {
		var k httpx.Checks
		if k.Text("object_id", f.ObjectID, 1, 100); k.Errs != nil {
			return httpx.BadParameter("object_id", k.Errs[0].Reason)
		}
	}
	if raw := c.QueryParam("cursor"); raw != "" {
		if f.Before, err = strconv.ParseInt(raw, 10, 64); err != nil || f.Before < 1 {
			return httpx.BadParameter("cursor", "is not one of this list")
		}
	}
	entries, err := s.Store.Audit.Audit(c.Request().Context(), f)
	if err != nil {
		return err
	}
	out := httpx.List[auditdb.AuditEntry]{Items: entries}
	if len(entries) > limit {
		out.Items = entries[:limit]
		next := strconv.FormatInt(entries[limit-1].ID, 10)
		out.Next = &next
	}
	return c.JSON(http.StatusOK, out)
}
