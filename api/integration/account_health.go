package integration

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
	"switchboard/channel"
	"switchboard/store/healthdb"
)

func (s *Server) accountHealth(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	h, err := s.Store.Health.AccountHealth(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h)
}

func (s *Server) listAccountHealth(c echo.Context) error {
	p, err := httpx.PageOf(c, "accounts")
	if err != nil {
		return err
	}
	list, err := s.Store.Health.AccountsHealth(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "accounts", p, list,
		func(h healthdb.AccountHealth) (time.Time, uuid.UUID) { return h.CreatedAt, h.Account }, httpx.Same)
}

// webhookAddress is where the provider sends what comes in, beside ours.
type webhookAddress struct {
	Sender  string `json:"sender"`
	URL     string `json:"url"`
	Active  bool   `json:"active"`
	Matches bool   `json:"matches"`
}

// webhooksAt asks a provider which webhook addresses it has; nil: it cannot say.
// The test of the credentials does not fail with it.
func webhooksAt(ctx context.Context, p channel.Sender, a channel.Account, ours string) []webhookAddress {
	lister, able := p.(channel.WebhookLister)
	if !able {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, testTimeout)
	defer cancel()
	list, err := lister.WebhookAddresses(ctx, a)
	if err != nil {
		return nil
	}
	out := make([]webhookAddress, len(list))
	for i, w := range list {
		out[i] = webhookAddress{Sender: w.Sender, URL: w.URL, Active: w.Active, Matches: channel.SameWebhook(ours, w.URL)}
	}
	return out
}
