package session

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/secret"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

// hashesAtOnce bounds the memory that passwords take: 19 MiB each.
const hashesAtOnce = 4

// noPassword is the hash that unknown e-mail addresses are checked against, so
// that they take the same time as known ones. No password has it.
const noPassword = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// credentials: {"email": "mia@example.com", "password": "…", "code": "287082"}
type credentials struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Code     string `json:"code"` // of the second factor, or a recovery code
}

// session is a sign-in. Browsers have the token in a cookie, which scripts cannot
// read: the answer to them has none.
type session struct {
	Token     string        `json:"token,omitempty"`
	ExpiresAt time.Time     `json:"expires_at"`
	Agent     admindb.Agent `json:"agent"`
}

func (in credentials) check() error {
	var k httpx.Checks
	k.Email("email", in.Email)
	if in.Password == "" || len(in.Password) > 1024 {
		k.Add("password", "must have between 1 and 1024 bytes")
	}
	if len(in.Code) > 100 {
		k.Add("code", "must have at most 100 bytes")
	}
	return k.Err()
}

func (s *Server) signIn(c echo.Context) error {
	if err := s.fromPages(c); err != nil {
		return err
	}
	var in credentials
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	email := strings.ToLower(strings.TrimSpace(in.Email))
	device := s.knownDevice(c, email)
	limits := signInLimits(email, c.RealIP(), device)
	if wait := s.limiter.Take(limits); wait > 0 {
		s.recordLocked(c, email)
		return tooManyTries(wait)
	}
	ctx := c.Request().Context()
	known, ok, err := s.checkPassword(ctx, in.Email, in.Password)
	if err != nil {
		s.limiter.GiveBack(limits)
		return err
	}
	if !ok {
		s.record(c, "failed", known.Agent, map[string]any{"reason": "password"})
		return httpx.NewProblem(http.StatusUnauthorized, httpx.CodeBadCredentials, "E-mail address and password do not fit together.")
	}
	right, err := s.checkCode(c, known.Agent, in.Code)
	if err != nil || right {
		s.limiter.GiveBack(limits) // only a wrong password or code counts
	}
	if err != nil {
		return err
	}
	if !right {
		s.record(c, "failed", known.Agent, map[string]any{"reason": "code"})
		return badCode()
	}
	return s.openSession(c, known.Agent, email, device)
}

func tooManyTries(wait time.Duration) error {
	p := httpx.NewProblem(http.StatusTooManyRequests, httpx.CodeTooManyTries, "Too many failed tries; wait before the next one.")
	p.RetryAfter = wait
	return p
}

// record writes what happened at signing in to the audit log. Nobody is kept out
// because that failed.
func (s *Server) record(c echo.Context, action string, agent uuid.UUID, more map[string]any) {
	ctx := context.WithoutCancel(c.Request().Context())
	if err := s.Store.Identity.Record(ctx, core.OriginOf(c), auditdb.AuditSession, action, agent, more); err != nil {
		s.Log.Warn("a sign-in is not in the audit log", "action", action, "error", err)
	}
}

// lockedEvery is how often the audit log says that tries for an address are refused:
// whoever is refused must not fill it.
const lockedEvery = 10 * time.Minute

func (s *Server) recordLocked(c echo.Context, email string) {
	from := network(c.RealIP())
	if s.limiter.Take([]httpx.Limit{{Key: "locked/" + from + "/" + email, Most: 1, Every: lockedEvery},
		{Key: "locked/" + from, Most: pairTries, Every: lockedEvery}}) > 0 {
		return
	}
	known, err := s.Store.Config.CredentialsOf(c.Request().Context(), email)
	if err != nil && !errors.Is(err, pg.ErrNotFound) {
		return
	}
	s.record(c, "locked", known.Agent, nil)
}

// checkPassword says whether e-mail address and password fit together, and whose the
// address is: nobody's is uuid.Nil. A hash that costs less than new ones is replaced.
func (s *Server) checkPassword(ctx context.Context, email, password string) (known configdb.Credentials, ok bool, err error) {
	known, err = s.Store.Config.CredentialsOf(ctx, email)
	if err != nil && !errors.Is(err, pg.ErrNotFound) {
		return known, false, err
	}
	hash := known.Hash
	if hash == "" {
		hash = noPassword
	}
	done, err := s.hashSlot(ctx)
	if err != nil {
		return known, false, err
	}
	defer done()
	if ok, err = secret.CheckPassword(hash, password); err != nil {
		return known, false, err
	}
	if !ok || known.Hash == "" || known.Disabled {
		return known, false, nil
	}
	if secret.Costlier(known.Hash) {
		err = s.Store.Identity.Rehash(ctx, known.Agent, known.Hash, secret.HashPassword(password))
	}
	return known, err == nil, err
}

// hashSlot waits until a password may be hashed. The slot is given back by done.
func (s *Server) hashSlot(ctx context.Context) (done func(), err error) {
	select {
	case s.hashing <- struct{}{}:
		return func() { <-s.hashing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *Server) hash(ctx context.Context, password string) (string, error) {
	done, err := s.hashSlot(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	return secret.HashPassword(password), nil
}

func (s *Server) openSession(c echo.Context, agent uuid.UUID, email, device string) error {
	ctx, token := c.Request().Context(), core.NewSessionToken()
	expires, err := s.Store.Identity.OpenSession(ctx, core.OriginOf(c), secret.HashToken(token), agent)
	if err != nil {
		return err
	}
	out := session{ExpiresAt: expires}
	if c.Request().Header.Get("Sec-Fetch-Site") == "" { // no browser
		out.Token = token
	}
	if out.Agent, err = s.Store.Admin.AgentByID(ctx, agent); err != nil {
		return err
	}
	c.SetCookie(s.SessionCookieFor(token, expires))
	s.rememberDevice(c, email, device)
	return c.JSON(http.StatusCreated, out)
}

func (s *Server) signOut(c echo.Context) error {
	if core.IdentityOf(c).Token.Valid {
		return httpx.NewProblem(http.StatusForbidden, httpx.CodeForbidden,
			"This is an API token and no sign-in; revoke it under /v1/tokens.")
	}
	ctx := context.WithoutCancel(c.Request().Context()) // whoever hangs up signed out all the same
	gone, err := s.Store.Config.SignOut(ctx, core.TokenHashOf(c))
	if err != nil {
		return err
	}
	s.record(c, "ended", person(core.IdentityOf(c)), nil)
	if gone.Valid && s.Presence != nil {
		if err := s.Presence.SignedOut(ctx, gone.UUID); err != nil {
			s.Log.Warn("presence was not ended with the sign-in", "agent_id", gone.UUID, "error", err)
		}
	}
	c.SetCookie(s.SessionCookieFor("", time.Unix(1, 0)))
	c.Response().Header().Set("Clear-Site-Data", `"cache"`) // attachments, which outlive the session otherwise
	return c.NoContent(http.StatusNoContent)
}
