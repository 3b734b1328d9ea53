package agent

import (
	"context"
	"net/http"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/admindb"
	"switchboard/store/assigndb"
)

type transferTargets struct {
	Agents []assigndb.TransferAgent `json:"agents"`
	Queues []assigndb.TransferQueue `json:"queues"`
}

// markOpen says of queues whether somebody is there now, and until when.
func (s *Server) markOpen(ctx context.Context, queues []assigndb.TransferQueue) error {
	list := make([]admindb.Queue, len(queues))
	for i, q := range queues {
		list[i] = admindb.Queue{ID: q.ID, OperatingHours: q.OperatingHours}
	}
	views, err := s.ViewQueues(ctx, list...)
	if err != nil {
		return err
	}
	for i, v := range views {
		queues[i].Open, queues[i].ChangesAt = v.Open, v.ChangesAt
	}
	return nil
}

// listTransferTargets says to whom a conversation can be given, so that agents need not
// know everybody's id.
func (s *Server) listTransferTargets(c echo.Context) error {
	agent, err := core.ActingAgent(c)
	if err != nil {
		return err
	}
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	q := c.QueryParam("q")
	if utf8.RuneCountInString(q) > 100 {
		return httpx.BadParameter("q", "must have at most 100 characters")
	}
	var out transferTargets
	if out.Agents, out.Queues, err = s.Store.Assignment.TransferTargets(c.Request().Context(), conv.ID, agent, q); err != nil {
		return err
	}
	if err := s.markOpen(c.Request().Context(), out.Queues); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, out)
}
