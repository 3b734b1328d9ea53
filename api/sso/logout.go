package sso

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/pg"
	"switchboard/store/ssodb"
)

// singleSignOut answers where to end the session at the provider as well; null after
// signing in with a password, and where the provider offers nothing.
func (s *Server) singleSignOut(c echo.Context) error {
	var out struct {
		URL *string `json:"url"`
	}
	p, err := s.Store.SSO.ProviderOfSignIn(c.Request().Context(), core.TokenHashOf(c))
	if errors.Is(err, pg.ErrNotFound) {
		return c.JSON(http.StatusOK, out)
	} else if err != nil {
		return err
	}
	// One that is away must not keep anybody from signing out here.
	if at, err := s.clients.of(p); err == nil && at.endSession != "" {
		out.URL = endSessionURL(at.endSession, p.ClientID, s.PublicURL+"/")
	}
	return c.JSON(http.StatusOK, out)
}

// endSessionURL is an RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0).
func endSessionURL(endpoint, clientID, after string) *string {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil
	}
	q := u.Query()
	q.Set("client_id", clientID)
	q.Set("post_logout_redirect_uri", after)
	u.RawQuery = q.Encode()
	to := u.String()
	return &to
}

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// logoutClaims are those of a logout token (OpenID Connect Back-Channel Logout 1.0,
// section 2.4).
type logoutClaims struct {
	Session string         `json:"sid"`
	Nonce   *string        `json:"nonce"`
	Events  map[string]any `json:"events"`
}

const logoutTokenLasts = 10 * time.Minute // from when it was issued, clocks that differ included

// backChannelLogout ends sign-ins when their provider says so.
func (s *Server) backChannelLogout(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	p, err := s.Store.SSO.Provider(ctx, id)
	if err != nil {
		return err
	}
	session, subject, err := s.logoutOf(ctx, p, c.FormValue("logout_token"))
	if err != nil {
		return httpx.NewProblem(http.StatusBadRequest, httpx.CodeInvalid, "This is no logout token of the identity provider for us.")
	}
	agents, err := s.Store.SSO.EndSessions(ctx, p.ID, session, subject)
	if err != nil {
		return err
	}
	for _, agent := range agents {
		s.signedOut(context.WithoutCancel(ctx), agent)
	}
	return c.NoContent(http.StatusOK)
}

// signedOut tells presence of somebody who may have no sign-in left.
func (s *Server) signedOut(ctx context.Context, agent uuid.UUID) {
	if s.Presence == nil {
		return
	}
	last, err := s.Store.SSO.SignedOut(ctx, agent)
	if err == nil && last {
		err = s.Presence.SignedOut(ctx, agent)
	}
	if err != nil {
		s.Log.Warn("presence was not ended with the sign-in", "agent_id", agent, "error", err)
	}
}

func (s *Server) logoutOf(ctx context.Context, p ssodb.Provider, raw string) (session, subject string, err error) {
	at, err := s.clients.of(p)
	if err != nil {
		return "", "", err
	}
	// These tokens need not say when they end.
	verifier := at.provider.Verifier(&oidc.Config{ClientID: p.ClientID, Now: s.Now, SupportedSigningAlgs: algorithms, SkipExpiryCheck: true})
	token, err := verifier.Verify(s.clients.with(ctx), raw)
	if err != nil {
		return "", "", errors.Join(refusedToken, err)
	}
	var said logoutClaims
	if err := token.Claims(&said); err != nil {
		return "", "", errors.Join(refusedToken, err)
	}
	now := s.Now()
	_, logout := said.Events[logoutEvent]
	switch {
	case !logout, said.Nonce != nil, said.Session == "" && token.Subject == "",
		token.IssuedAt.IsZero(), now.Sub(token.IssuedAt).Abs() > logoutTokenLasts,
		!token.Expiry.IsZero() && token.Expiry.Before(now):
		return "", "", refusedToken
	}
	return said.Session, token.Subject, nil
}
