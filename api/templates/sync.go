package templates

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/channel"
)

const (
	codeProviderRefused = "provider_refused"

	syncTimeout = 25 * time.Second
)

// syncTemplates reads an account's templates at its provider.
func (s *Server) syncTemplates(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), syncTimeout)
	defer cancel()
	a, err := s.Store.Config.AccountByID(ctx, id)
	if err != nil {
		return err
	}
	p, err := s.Providers.Get(a.Provider)
	if err != nil {
		return httpx.Unavailable("This provider is not served here.", 0)
	}
	t, ok := p.(channel.Templater)
	if !ok {
		return httpx.NewProblem(http.StatusConflict, httpx.CodeConflict, "This account's provider keeps no templates; make them here.")
	}
	list, err := t.Templates(ctx, a.Channel())
	if err != nil {
		return providerProblem(err)
	}
	done, err := s.Store.Template.SyncTemplates(ctx, core.IdentityOf(c).Actor(), id, list)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, done)
}

// providerProblem words why a provider could not be asked.
func providerProblem(err error) error {
	var e *channel.Error
	switch {
	case !errors.As(err, &e):
		return httpx.Unavailable("The provider could not be asked.", 0)
	case e.Class == channel.Config || e.Class == channel.Refused:
		return httpx.NewProblem(http.StatusConflict, codeProviderRefused, e.Detail)
	}
	return httpx.Unavailable(e.Detail, max(e.RetryAfter, 5*time.Second))
}
