package session

import (
	"net/http"

	"github.com/google/uuid"
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

func (in passwordChange) check() error {
	var k httpx.Checks
	if in.Current == "" || len(in.Current) > 1024 {
		k.Add("current_password", "must have between 1 and 1024 bytes")
	}
	k.NewPassword("new_password", in.New)
	if in.New == in.Current {
		k.Add("new_password", "must be another one")
	}
	return k.Err()
}

// changePassword sets one's own password. It ends every sign-in, because somebody
// else may have one, and answers a new one for who asked. Tries count as those of
// signing in: whoever finds a browser unlocked must not find out the password.
func (s *Server) changePassword(c echo.Context) error {
	who := core.IdentityOf(c)
	if who.Token.Valid {
		return httpx.NewProblem(http.StatusForbidden, httpx.CodeForbidden, "API tokens have no password: sign in to change yours.")
	}
	var in passwordChange
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	ctx := c.Request().Context()
	me, err := s.Store.Admin.AgentByID(ctx, who.Agent.UUID)
	if err != nil {
		return err
	}
	limits := []httpx.Limit{{Key: "password/" + me.ID.String(), Most: pairTries, Every: pairEvery}}
	if wait := s.limiter.Take(limits); wait > 0 {
		return tooManyTries(wait)
	}
	agent, err := s.checkPassword(ctx, credentials{Email: me.Email, Password: in.Current})
	if err != nil || agent == me.ID {
		s.limiter.GiveBack(limits)
	}
	if err != nil {
		return err
	}
	if agent == uuid.Nil {
		return httpx.Invalid(httpx.FieldError{Field: "current_password", Reason: "is not your password"})
	}
	hash := secret.HashPassword(in.New)
	if _, err := s.Store.Admin.ChangeAgent(ctx, who.Actor(), me.ID, admindb.AgentChange{PasswordHash: &hash}); err != nil {
		return err
	}
	return s.openSession(c, me.ID, me.Email, s.knownDevice(c, me.Email))
}
