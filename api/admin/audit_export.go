package admin

import (
	"encoding/csv"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/store/auditdb"
)

const (
	auditBatch     = 500
	auditExportFor = 10 * time.Minute
)

// exportAudit writes what of the audit log is asked for as CSV, a page at a time, the
// newest first.
func (s *Server) exportAudit(c echo.Context) error {
	f, err := auditFilter(c)
	if err != nil {
		return err
	}
	f.Limit = auditBatch
	ctx := c.Request().Context()
	list, err := s.Store.Audit.Audit(ctx, f)
	if err != nil {
		return err
	}
	if err := s.Store.Audit.Record(ctx, core.IdentityOf(c).Actor(), "export", auditdb.AuditLog, "", nil); err != nil {
		return err
	}
	_ = http.NewResponseController(c.Response()).SetWriteDeadline(time.Now().Add(auditExportFor))
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	h.Set(echo.HeaderContentDisposition, `attachment; filename="audit-log.csv"`)
	c.Response().WriteHeader(http.StatusOK)
	w := csv.NewWriter(c.Response())
	_ = w.Write([]string{"at", "agent_id", "agent_name", "token_id", "token_name", "action", "object_type", "object_id", "changes"})
	for {
		for _, e := range list {
			_ = w.Write(auditRow(e))
		}
		w.Flush()
		if len(list) < auditBatch || w.Error() != nil {
			return w.Error()
		}
		f.Before = list[len(list)-1].ID
		if list, err = s.Store.Audit.Audit(ctx, f); err != nil {
			return err
		}
	}
}

func auditRow(e auditdb.AuditEntry) []string {
	id := func(id uuid.NullUUID) string {
		if !id.Valid {
			return ""
		}
		return id.UUID.String()
	}
	row := []string{e.At.UTC().Format(time.RFC3339), id(e.Agent), e.AgentName, id(e.Token), e.TokenName, e.Action, e.ObjectType, e.ObjectID,
		string(e.Changes)}
	for i, v := range row {
		row[i] = spreadsheetText(v)
	}
	return row
}

// spreadsheetText keeps a spreadsheet from taking a text for a formula.
func spreadsheetText(v string) string {
	first, _ := utf8.DecodeRuneInString(v)
	if v != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + v
	}
	return v
}
