package admin

import (
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/auditdb"
)

// auditFilter reads what of the audit log is asked for.
func auditFilter(c echo.Context) (auditdb.AuditFilter, error) {
	f := auditdb.AuditFilter{ObjectType: c.QueryParam("object_type"), ObjectID: c.QueryParam("object_id"), Action: c.QueryParam("action")}
	var k httpx.Checks
	if f.ObjectType != "" {
		k.OneOf("object_type", f.ObjectType, auditdb.AuditTypes()...)
	}
	for name, value := range map[string]string{"object_id": f.ObjectID, "action": f.Action} {
		k.Text(name, value, 0, 100)
	}
	if k.Errs != nil {
		return f, httpx.BadParameter(k.Errs[0].Field, k.Errs[0].Reason)
	}
	for name, into := range map[string]*uuid.NullUUID{"agent_id": &f.Agent, "token_id": &f.Token} {
		raw := c.QueryParam(name)
		if raw == "" {
			continue
		}
		id, err := uuid.Parse(raw)
		if err != nil || len(raw) != 36 {
			return f, httpx.BadParameter(name, "must be an id")
		}
		*into = uuid.NullUUID{UUID: id, Valid: true}
	}
	for name, into := range map[string]**time.Time{"from": &f.From, "before": &f.Until} {
		raw := c.QueryParam(name)
		if raw == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, raw)
		if err != nil {
			return f, httpx.BadParameter(name, "must be a moment such as 2026-11-30T08:00:00Z")
		}
		*into = &at
	}
	if raw := c.QueryParam("cursor"); raw != "" {
		var err error
		if f.Before, err = strconv.ParseInt(raw, 10, 64); err != nil || f.Before < 1 {
			return f, httpx.BadParameter("cursor", "is not one of this list")
		}
	}
	return f, nil
}

// listAudit is itself in the audit log, once for all its pages.
func (s *Server) listAudit(c echo.Context) error {
	limit, err := httpx.PageSize(c)
	if err != nil {
		return err
	}
	f, err := auditFilter(c)
	if err != nil {
		return err
	}
	f.Limit = limit + 1
	ctx := c.Request().Context()
	entries, err := s.Store.Audit.Audit(ctx, f)
	if err != nil {
		return err
	}
	if f.Before == 0 {
		by := core.IdentityOf(c).Actor()
		if err := s.Store.Audit.Record(ctx, by, "read", auditdb.AuditLog, "", nil); err != nil {
			return err
		}
	}
	out := httpx.List[auditdb.AuditEntry]{Items: entries}
	if len(entries) > limit {
		out.Items = entries[:limit]
		next := strconv.FormatInt(entries[limit-1].ID, 10)
		out.Next = &next
	}
	return c.JSON(http.StatusOK, out)
}
