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
	"switchboard/store/pg"
)

// hashesAtOnce bounds the memory that passwords take: 19 MiB each.
const hashesAtOnce = 4

// Marks of tokens, so that people and secret scanners recognise them.
const sessionMark = "sws_"

// noPassword is the hash that unknown e-mail addresses are checked against, so
// that they take the same time as known ones. No password has it.
const noPassword = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// credentials: {"email": "mia@example.com", "password": "…"}
type credentials struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

type session struct {
	Token     string        `json:"token"`
	ExpiresAt time.Time     `json:"expires_at"`
	Agent     admindb.Agent `json:"agent"`
}

func (s *Server) signIn(c echo.Context) error {
	if err := s.CrossOrigin.Check(c.Request()); err != nil {
		return httpx.NewProblem(http.StatusForbidden, httpx.CodeCrossSite, "Signing in must come from this site's own pages.")
	}
	var in credentials
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	k.Email("email", in.Email)
	if in.Password == "" || len(in.Password) > 1024 {
		k.Add("password", "must have between 1 and 1024 bytes")
	}
	if err := k.Err(); err != nil {
		return err
	}
	email := strings.ToLower(strings.TrimSpace(in.Email))
	device := s.knownDevice(c, email)
	limits := signInLimits(email, c.RealIP(), device)
	if wait := s.limiter.Take(limits); wait > 0 {
		return tooManyTries(wait)
	}
	ctx := c.Request().Context()
	agent, err := s.checkPassword(ctx, in)
	if err != nil || agent != uuid.Nil {
		s.limiter.GiveBack(limits) // only a wrong password counts
	}
	if err != nil {
		return err
	}
	if agent == uuid.Nil {
		return httpx.NewProblem(http.StatusUnauthorized, httpx.CodeBadCredentials, "E-mail address and password do not fit together.")
	}
	return s.openSession(c, agent, email, device)
}

func tooManyTries(wait time.Duration) error {
	p := httpx.NewProblem(http.StatusTooManyRequests, httpx.CodeTooManyTries, "Too many failed tries; wait before the next one.")
	p.RetryAfter = wait
	return p
}

// checkPassword returns whose e-mail address and password these are, or nobody.
func (s *Server) checkPassword(ctx context.Context, in credentials) (uuid.UUID, error) {
	known, err := s.Store.Config.CredentialsOf(ctx, in.Email)
	if err != nil && !errors.Is(err, pg.ErrNotFound) {
		return uuid.Nil, err
	}
	hash := known.Hash
	if hash == "" {
		hash = noPassword
	}
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
	case <-ctx.Done():
		return uuid.Nil, ctx.Err()
	}
	ok, err := secret.CheckPassword(hash, in.Password)
	if err != nil {
		return uuid.Nil, err
	}
	if !ok || known.Hash == "" || known.Disabled {
		return uuid.Nil, nil
	}
	return known.Agent, nil
}

func (s *Server) openSession(c echo.Context, agent uuid.UUID, email, device string) error {
	ctx := c.Request().Context()
	out := session{Token: sessionMark + secret.NewToken(), ExpiresAt: s.Now().Add(s.SessionTTL).UTC().Truncate(time.Second)}
	if err := s.Store.Config.SignIn(ctx, secret.HashToken(out.Token), agent, out.ExpiresAt); err != nil {
		return err
	}
	var err error
	if out.Agent, err = s.Store.Admin.AgentByID(ctx, agent); err != nil {
		return err
	}
	c.SetCookie(s.cookie(out.Token, out.ExpiresAt))
	s.rememberDevice(c, email, device)
	return c.JSON(http.StatusCreated, out)
}

func (s *Server) cookie(value string, expires time.Time) *http.Cookie {
	ck := &http.Cookie{Name: core.SessionCookie, Value: value, Path: "/", Expires: expires, HttpOnly: true, Secure: s.Secure,
		SameSite: http.SameSiteStrictMode}
	if value == "" {
		ck.MaxAge = -1
	}
	return ck
}

func (s *Server) signOut(c echo.Context) error {
	if core.IdentityOf(c).Token.Valid {
		return httpx.NewProblem(http.StatusForbidden, httpx.CodeForbidden,
			"This is an API token and no sign-in; revoke it under /v1/tokens.")
	}
	token, _ := core.Credential(c)
	ctx := context.WithoutCancel(c.Request().Context()) // whoever hangs up signed out all the same
	gone, err := s.Store.Config.SignOut(ctx, secret.HashToken(token))
	if err != nil {
		return err
	}
	if gone.Valid && s.Presence != nil {
		if err := s.Presence.SignedOut(ctx, gone.UUID); err != nil {
			s.Log.Warn("presence was not ended with the sign-in", "agent_id", gone.UUID, "error", err)
		}
	}
	c.SetCookie(s.cookie("", time.Unix(1, 0)))
	c.Response().Header().Set("Clear-Site-Data", `"cache"`) // attachments, which outlive the session otherwise
	return c.NoContent(http.StatusNoContent)
}
