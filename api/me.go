package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"switchboard/store/admindb"
)

type me struct {
	Role      string         `json:"role"`
	Agent     *admindb.Agent `json:"agent"` // null: a token that acts as nobody
	Queues    []queueView    `json:"queues"`
	TokenID   *string        `json:"token_id"` // null: a sign-in
	ExpiresAt *time.Time     `json:"expires_at"`
}

func (s *server) me(c echo.Context) error {
	id, ctx := IdentityOf(c), c.Request().Context()
	out := me{Role: id.Role, Queues: []queueView{}, ExpiresAt: id.ExpiresAt}
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
		if out.Queues, err = s.viewQueues(ctx, queues...); err != nil {
			return err
		}
	}
	return c.JSON(http.StatusOK, out)
}
