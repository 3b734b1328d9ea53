package agent

import (
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
	"switchboard/store/messagedb"
)

// earlierView is an earlier conversation of a customer; null: one of another team,
// which the sender may not see.
type earlierView struct {
	Conversation *conversationView `json:"conversation"`
}

// listEarlier is what the customer had before the conversation, on all channels,
// whether a contact is linked or not.
func (s *Server) listEarlier(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	p, err := httpx.PageOf(c, "earlier")
	if err != nil {
		return err
	}
	if p.After.At.IsZero() {
		p.After = auditdb.Cursor{At: conv.CreatedAt, ID: conv.ID}
	}
	list, err := s.Store.Message.Earlier(c.Request().Context(), core.ViewerOf(c), conv.ID, p)
	if err != nil {
		return err
	}
	place := func(e messagedb.EarlierConversation) (time.Time, uuid.UUID) { return e.At, e.ID }
	return httpx.AnswerList(c, "earlier", p, list, place, func(e messagedb.EarlierConversation) earlierView {
		if !e.Visible {
			return earlierView{}
		}
		v := s.showConversation(e.Conversation)
		return earlierView{&v}
	})
}

// listThreadOutbound is what campaigns, requests and triggers sent to the customer.
func (s *Server) listThreadOutbound(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	p, err := httpx.PageOf(c, "thread-outbound")
	if err != nil {
		return err
	}
	list, err := s.Store.Campaign.OutboundInThread(c.Request().Context(), conv.ID, p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "thread-outbound", p, list,
		func(m campaigndb.OutboundMessage) (time.Time, uuid.UUID) { return m.At, m.ID }, httpx.Same)
}
