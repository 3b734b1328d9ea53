package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"switchboard/channel"
	"switchboard/domain/autotext"
)

const (
	codeProviderRefused = "provider_refused"

	syncTimeout = 25 * time.Second
)

// syncTemplates reads an account's templates at its provider.
func (s *server) syncTemplates(c echo.Context) error {
	id, err := pathID(c, "id")
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
		return unavailable("This provider is not served here.", 0)
	}
	t, ok := p.(channel.Templater)
	if !ok {
		return newProblem(http.StatusConflict, codeConflict, "This account's provider keeps no templates; make them here.")
	}
	list, err := t.Templates(ctx, a.Channel())
	if err != nil {
		return providerProblem(err)
	}
	done, err := s.Store.Template.SyncTemplates(ctx, IdentityOf(c).Actor(), id, list)
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
		return unavailable("The provider could not be asked.", 0)
	case e.Class == channel.Config || e.Class == channel.Refused:
		return newProblem(http.StatusConflict, codeProviderRefused, e.Detail)
	}
	return unavailable(e.Detail, max(e.RetryAfter, 5*time.Second))
}

// sameValues compares stored values of placeholders with given ones, whose names
// may be spelled in another case.
func sameValues(stored json.RawMessage, given map[string]string) bool {
	var have map[string]string
	return json.Unmarshal(stored, &have) == nil && within(have, given) && within(given, have)
}

func within(some, all map[string]string) bool {
	for name, v := range some {
		if got, ok := autotext.Value(all, name); !ok || got != v {
			return false
		}
	}
	return true
}
