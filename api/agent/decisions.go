package agent

import (
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
	"switchboard/store/conversationdb"
)

// listDecisions answers where a conversation was sent, and why.
func (s *Server) listDecisions(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	p, err := httpx.PageOf(c, "decisions")
	if err != nil {
		return err
	}
	list, err := s.Store.Conversation.Decisions(c.Request().Context(), conv.ID, p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "decisions", p, list,
		func(d conversationdb.RoutingDecision) (time.Time, uuid.UUID) { return d.At, d.ID }, httpx.Same)
}
