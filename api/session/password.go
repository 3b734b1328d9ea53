package session

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/secret"
	"switchboard/store/admindb"
)

// passwordChange: {"current_password": "…", "new_password": "…"}
type passwordChange struct {
	Current string `json:"current_password"`
	New     string `json:"new_password"`
}

// changePassword sets one's own password. It ends every sign-in, because somebody
// else may have one, and answers a new one for who asked. Tries count as those of
// signing in: whoever finds a browser unlocked must not find out the password.
func (s *Server) changePassword(c echo.Context) error {
	var in passwordChange
	me, err := s.readOwn(c, &in)
	if err != nil {
		return err
	}
	var k httpx.Checks
	if why := secret.Weakness(in.New, me.Name, me.Email); why != "" {
		k.Add("new_password", why)
	}
	if in.New == in.Current {
		k.Add("new_password", "must be another one")
	}
	if err := k.Err(); err != nil {
		return err
	}
	if err := s.checkOwnPassword(c, me, in.Current); err != nil {
		return err
	}
	ctx := c.Request().Context()
	hash, err := s.hash(ctx, in.New)
	if err != nil {
		return err
	}
	var linger []byte
	if c.Request().Header.Get(echo.HeaderAuthorization) == "" { // a browser, whose event stream does not know the new one yet
		linger = core.TokenHashOf(c)
	}
	if err := s.Store.Identity.SetPassword(ctx, core.OriginOf(c), me.ID, hash, linger); err != nil {
		return err
	}
	return s.openSession(c, me.ID, me.Email, s.knownDevice(c, strings.ToLower(me.Email)))
}

// readOwn reads what a person asks for themselves. API tokens cannot: they end with
// the person and have neither password nor second factor.
func (s *Server) readOwn(c echo.Context, in any) (admindb.Agent, error) {
	who := core.IdentityOf(c)
	if who.Token.Valid {
		return admindb.Agent{}, httpx.NewProblem(http.StatusForbidden, httpx.CodeForbidden, "API tokens have no password: sign in to change yours.")
	}
	if in != nil {
		if err := httpx.Decode(c, in); err != nil {
			return admindb.Agent{}, err
		}
	}
	return s.Store.Admin.AgentByID(c.Request().Context(), who.Agent.UUID)
}

// checkOwnPassword wants a person's own password again.
func (s *Server) checkOwnPassword(c echo.Context, me admindb.Agent, current string) error {
	if current == "" || len(current) > 1024 {
		return httpx.Invalid(httpx.FieldError{Field: "current_password", Reason: "must have between 1 and 1024 bytes"})
	}
	limits := []httpx.Limit{{Key: "password/" + me.ID.String(), Most: pairTries, Every: pairEvery}}
	if wait := s.limiter.Take(limits); wait > 0 {
		return tooManyTries(wait)
	}
	_, ok, err := s.checkPassword(c.Request().Context(), me.Email, current)
	if err != nil || ok {
		s.limiter.GiveBack(limits)
	}
	if err != nil {
		return err
	}
	if !ok {
		s.record(c, "failed", me.ID, map[string]any{"reason": "password"})
		return httpx.Invalid(httpx.FieldError{Field: "current_password", Reason: "is not your password"})
	}
	return nil
}
