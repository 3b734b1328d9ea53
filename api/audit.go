package api

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"switchboard/store"
)

func (s *server) listAudit(c echo.Context) error {
	limit, err := limitOf(c)
	if err != nil {
		return err
	}
	f := store.AuditFilter{ObjectType: c.QueryParam("object_type"), ObjectID: c.QueryParam("object_id"), Limit: limit + 1}
	if f.ObjectType != "" {
		var k checks
		k.oneOf("object_type", f.ObjectType, store.AuditAccount, store.AuditAddress, store.AuditAgent, store.AuditAutomated, store.AuditCampaign,
			store.AuditCapacity, store.AuditConsent, store.AuditContact, store.AuditConversation, store.AuditHours, store.AuditNote, store.AuditOutbound,
			store.AuditPresence, store.AuditQueue, store.AuditQuickReply, store.AuditRouting, store.AuditSkill, store.AuditTemplate,
			store.AuditTimeoutRule, store.AuditToken, store.AuditVariable, store.AuditWebhook, store.AuditWorkstream)
		if k.errs != nil {
			return badParameter("object_type", k.errs[0].Reason)
		}
	}
	if f.ObjectID != "" {
		var k checks
		if k.text("object_id", f.ObjectID, 1, 100); k.errs != nil {
			return badParameter("object_id", k.errs[0].Reason)
		}
	}
	if raw := c.QueryParam("cursor"); raw != "" {
		if f.Before, err = strconv.ParseInt(raw, 10, 64); err != nil || f.Before < 1 {
			return badParameter("cursor", "is not one of this list")
		}
	}
	entries, err := s.Store.Audit(c.Request().Context(), f)
	if err != nil {
		return err
	}
	out := List[store.AuditEntry]{Items: entries}
	if len(entries) > limit {
		out.Items = entries[:limit]
		next := strconv.FormatInt(entries[limit-1].ID, 10)
		out.Next = &next
	}
	return c.JSON(http.StatusOK, out)
}
