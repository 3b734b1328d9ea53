package agent

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/store/admindb"
)

type me struct {
	Role      string           `json:"role"`
	May       []string         `json:"permissions"`
	Limit     []uuid.UUID      `json:"queue_limit"` // null: none
	Agent     *admindb.Agent   `json:"agent"`       // null: a token that acts as nobody
	Queues    []core.QueueView `json:"queues"`
	TokenID   *string          `json:"token_id"` // null: a sign-in
	ExpiresAt *time.Time       `json:"expires_at"`
	Needs     *string          `json:"needs"`      // null: nothing
	ViewUntil *time.Time       `json:"view_until"` // of an administrator who views as agent; null: agent themselves
}

func (s *Server) me(c echo.Context) error {
	id, ctx := core.IdentityOf(c), c.Request().Context()
	out := me{Role: id.Role, May: id.Permissions.Names(), Queues: []core.QueueView{}, ExpiresAt: id.ExpiresAt}
	if id.ViewUntil != nil {
		until := id.ViewUntil.UTC()
		out.ViewUntil = &until
	}
	if id.Needs != "" {
		out.Needs = &id.Needs
	}
	if !id.Limit.All() {
		out.Limit = id.Limit.Queues()
	}
	if id.Token.Valid {
		text := id.Token.UUID.String()
		out.TokenID = &text
	}
	if id.Agent.Valid {
		a, err := s.Store.Admin.AgentByID(ctx, id.Agent.UUID)
		if err != nil {
			return err
		}
		out.Agent = &a
		queues, err := s.Store.Admin.QueuesOf(ctx, id.Agent.UUID)
		if err != nil {
			return err
		}
		if out.Queues, err = s.ViewQueues(ctx, queues...); err != nil {
			return err
		}
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) choosePresence(c echo.Context) error {
	agent, err := core.ActingAgent(c)
	if err != nil {
		return err
	}
	choice, err := s.ReadChoice(c)
	if err != nil {
		return err
	}
	if err := s.Presence.Choose(c.Request().Context(), agent, choice); err != nil {
		return err
	}
	s.NotifyCapacityChanged(c.Request().Context(), agent)
	return s.me(c)
}
