package session

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/permission"
	"switchboard/store/identitydb"
)

// Limits of the settings, in seconds.
const (
	leastSession = 5 * 60
	mostSession  = 30 * 24 * 60 * 60
)

// settingsInput: {"second_factor_roles": ["administrator"], "idle_seconds": 43200}
type settingsInput struct {
	Roles   *[]string `json:"second_factor_roles"`
	Idle    *int      `json:"idle_seconds"`
	Session *int      `json:"session_seconds"`
}

func (in settingsInput) check() error {
	var k httpx.Checks
	if in.Roles != nil {
		for _, r := range *in.Roles {
			k.OneOf("second_factor_roles", r, permission.Roles()...)
		}
	}
	for field, v := range map[string]*int{"idle_seconds": in.Idle, "session_seconds": in.Session} {
		if v != nil {
			k.Number(field, *v, leastSession, mostSession)
		}
	}
	return k.Err()
}

func (s *Server) getSettings(c echo.Context) error {
	out, err := s.Store.Identity.Settings(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) changeSettings(c echo.Context) error {
	var in settingsInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	change := identitydb.SettingsChange{IdleSeconds: in.Idle, SessionSeconds: in.Session}
	if in.Roles != nil {
		change.SecondFactorRoles = append([]string{}, *in.Roles...)
	}
	out, err := s.Store.Identity.ChangeSettings(c.Request().Context(), core.IdentityOf(c).Actor(), change)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, out)
}
