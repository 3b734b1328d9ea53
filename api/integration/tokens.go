package integration

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/permission"
	"switchboard/secret"
	"switchboard/store/configdb"
)

const tokenMark = "swt_"

func (s *Server) listTokens(c echo.Context) error {
	p, err := httpx.PageOf(c, "tokens")
	if err != nil {
		return err
	}
	list, err := s.Store.Config.Tokens(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "tokens", p, list, func(t configdb.Token) (time.Time, uuid.UUID) { return t.CreatedAt, t.ID }, httpx.Same)
}

// How long tokens last: unless something else is asked for, and at most.
const (
	tokenDays   = 90
	tokenMonths = 12
)

// newToken: {"name": "CRM", "permissions": ["work-items:write"], "agent_id": "…", "expires_at": "2027-01-01T00:00:00Z"}
type newToken struct {
	Name        string        `json:"name"`
	Role        string        `json:"role"`        // "": the first that has the permissions
	Permissions *[]string     `json:"permissions"` // null: all of the role
	AgentID     uuid.NullUUID `json:"agent_id"`
	ExpiresAt   *time.Time    `json:"expires_at"`
}

// check also fills in the role.
func (in *newToken) check(now time.Time) (expires time.Time, err error) {
	var k httpx.Checks
	k.Text("name", in.Name, 1, 100)
	if in.Permissions != nil {
		core.CheckPermissions(&k, "permissions", *in.Permissions)
		if in.Role == "" {
			in.Role = permission.Of(*in.Permissions...).LeastRole()
		}
	}
	k.OneOf("role", in.Role, permission.Roles()...)
	expires = now.AddDate(0, 0, tokenDays)
	if in.ExpiresAt != nil {
		expires = *in.ExpiresAt
		if !expires.After(now) || expires.After(now.AddDate(0, tokenMonths, 1)) {
			k.Add("expires_at", "must be in the future, within one year")
		}
	}
	return expires, k.Err()
}

type createdToken struct {
	configdb.Token
	Secret string `json:"token"` // shown this once
}

func (s *Server) createToken(c echo.Context) error {
	if core.IdentityOf(c).Token.Valid { // it would outlive the one that made it
		return httpx.NewProblem(http.StatusForbidden, httpx.CodeForbidden, "An API token cannot make others; sign in as an administrator.")
	}
	var in newToken
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	expires, err := in.check(s.Now().UTC().Truncate(time.Second))
	if err != nil {
		return err
	}
	out := createdToken{Secret: tokenMark + secret.NewToken()}
	n := configdb.NewToken{Name: in.Name, Role: in.Role, Agent: in.AgentID, ExpiresAt: expires, Hash: secret.HashToken(out.Secret)}
	if in.Permissions != nil {
		n.Permissions = *in.Permissions
	}
	out.Token, err = s.Store.Config.CreateToken(c.Request().Context(), core.IdentityOf(c).Actor(), n)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, out)
}

func (s *Server) revokeToken(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	err = s.Store.Config.RevokeToken(c.Request().Context(), core.IdentityOf(c).Actor(), id)
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
