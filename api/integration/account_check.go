package integration

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

const testTimeout = 15 * time.Second

type testResult struct {
	OK     bool          `json:"ok"`
	Class  channel.Class `json:"class,omitempty"`
	Code   string        `json:"code,omitempty"`
	Detail string        `json:"detail,omitempty"`
}

// testAccount proves an account's credentials with the provider. One that was
// paused sends again after a test that succeeded.
func (s *Server) testAccount(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	a, err := s.Store.Config.AccountByID(ctx, id)
	if err != nil {
		return err
	}
	p, err := s.Providers.Get(a.Provider)
	if err != nil {
		return httpx.Unavailable("This provider is not served here.", 0)
	}
	out := callTest(ctx, p, a.Channel())
	if err := s.Store.Config.AccountTested(ctx, core.IdentityOf(c).Actor(), id, out.OK, out.Code); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, out)
}

func callTest(ctx context.Context, p channel.Sender, a channel.Account) testResult {
	ctx, cancel := context.WithTimeout(ctx, testTimeout)
	defer cancel()
	c, ok := p.(channel.Connector)
	if !ok { // nobody is asked, so nothing can be wrong
		return testResult{OK: true}
	}
	err := c.Test(ctx, a)
	var ce *channel.Error
	switch {
	case err == nil:
		return testResult{OK: true}
	case errors.As(err, &ce):
		return testResult{Class: ce.Class, Code: ce.Code, Detail: ce.Detail}
	case errors.Is(err, context.DeadlineExceeded):
		return testResult{Class: channel.Unavailable, Code: httpx.CodeTimeout, Detail: "The provider did not answer in time."}
	}
	return testResult{Class: channel.Unavailable, Code: httpx.CodeInternal, Detail: "The provider could not be asked."}
}
