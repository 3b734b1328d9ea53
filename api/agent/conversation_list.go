package agent

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/conversation"
	"switchboard/store/auditdb"
	"switchboard/store/conversationdb"
)

// viewAll is the view of supervisors' in which every conversation is.
const viewAll = "all"

// conversationFilters are the parameters that narrow it.
var conversationFilters = []string{"state", "queue_id", "agent_id", "workstream_id", "channel", "contact_id", "contact_point_id",
	"tag_id", "created_from", "created_before"}

// filterOf reads the filters of the view "all".
func filterOf(c echo.Context) (conversationdb.ConversationFilter, error) {
	f := conversationdb.ConversationFilter{Channel: c.QueryParam("channel")}
	if raw := c.QueryParam("state"); raw != "" {
		f.States = strings.Split(raw, ",")
		for _, state := range f.States {
			if !slices.Contains(conversation.Phases(), conversation.Phase(state)) {
				return f, httpx.BadParameter("state",
					"must be one or more of open, active, waiting, wrap-up, closed, with commas between them")
			}
		}
	}
	for name, into := range map[string]*uuid.NullUUID{"queue_id": &f.Queue, "agent_id": &f.Agent, "workstream_id": &f.Workstream,
		"contact_id": &f.Contact, "contact_point_id": &f.ContactPoint, "tag_id": &f.Tag} {
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
	for name, into := range map[string]*time.Time{"created_from": &f.From, "created_before": &f.Before} {
		raw := c.QueryParam(name)
		if raw == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, raw)
		if err != nil {
			return f, httpx.BadParameter(name, "must be a moment such as 2026-11-30T08:00:00Z")
		}
		*into = at
	}
	return f, nil
}

// listAllConversations answers supervisors with what anybody has or had.
func (s *Server) listAllConversations(c echo.Context, p auditdb.Page) error {
	f, err := filterOf(c)
	if err != nil {
		return err
	}
	list, err := s.Store.Conversation.ConversationsBy(c.Request().Context(), core.ViewerOf(c).Scope, f, p)
	if err != nil {
		return err
	}
	place := func(r conversationdb.Conversation) (time.Time, uuid.UUID) { return r.CreatedAt, r.ID }
	return httpx.AnswerList(c, viewAll, p, list, place, s.showConversation)
}

// noFilters refuses filters where a view has none, rather than ignore them.
func noFilters(c echo.Context) error {
	for _, name := range conversationFilters {
		if c.QueryParams().Has(name) {
			return httpx.BadParameter(name, "can only be given with view=all, which supervisors have")
		}
	}
	return nil
}
