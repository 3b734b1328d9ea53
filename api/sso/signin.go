package sso

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"golang.org/x/oauth2"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/secret"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
	"switchboard/store/ssodb"
)

// browserCookie ties a sign-in at a provider to the browser that began it. It is
// Lax, because the browser comes back from another site.
const browserCookie = "switchboard_sso"

// start sends the browser to the provider.
func (s *Server) start(c echo.Context) error {
	limit := []httpx.Limit{{Key: "sso/" + c.RealIP(), Most: mostBegun, Every: begunEvery}}
	if wait := s.limiter.Take(limit); wait > 0 {
		p := httpx.NewProblem(http.StatusTooManyRequests, httpx.CodeTooManyTries, "Too many sign-ins were begun; wait before the next one.")
		p.RetryAfter = wait
		return p
	}
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	p, err := s.Store.SSO.Provider(ctx, id)
	if err != nil {
		return err
	}
	if !p.Enabled {
		return s.refuse(c, refusedNoProvider)
	}
	at, err := s.clients.of(p)
	if err != nil {
		return s.refuse(c, refusalOf(err))
	}
	state, browser := secret.NewToken(), s.browser(c)
	r := ssodb.Request{State: secret.HashToken(state), Browser: secret.HashToken(browser), Provider: id, Nonce: secret.NewToken(),
		Verifier: oauth2.GenerateVerifier(), ReturnTo: pathWithin(c.QueryParam("return_to")), Expires: s.Now().Add(ssodb.RequestLasts)}
	if err := s.Store.SSO.Begin(ctx, r); err != nil {
		return err
	}
	c.SetCookie(&http.Cookie{Name: browserCookie, Value: browser, Path: "/v1/sso", MaxAge: int(ssodb.RequestLasts.Seconds()), HttpOnly: true,
		Secure: s.Secure, SameSite: http.SameSiteLaxMode})
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	return c.Redirect(http.StatusSeeOther, at.oauth(s.redirectURL()).AuthCodeURL(state, oidc.Nonce(r.Nonce), oauth2.S256ChallengeOption(r.Verifier)))
}

// browser is the secret that the browser has, or a new one. It is kept, so that two
// tabs may sign in at the same time.
func (s *Server) browser(c echo.Context) string {
	if ck, err := c.Request().Cookie(browserCookie); err == nil && len(ck.Value) >= 40 && len(ck.Value) <= 100 {
		return ck.Value
	}
	return secret.NewToken()
}

// deskPage is where people come back to.
const deskPage = "/desk/"

// pathWithin is where to go afterwards: a page of the desk.
func pathWithin(to string) string {
	u, err := url.Parse(to)
	if err != nil || len(to) > 500 || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(u.Path, deskPage) || strings.Contains(u.Path, "..") ||
		strings.ContainsAny(to, "\\\r\n\t") {
		return deskPage
	}
	return to
}

// callback takes the browser back from the provider, and signs it in.
func (s *Server) callback(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	c.Response().Header().Set("Referrer-Policy", "no-referrer") // the address holds the code
	r, p, err := s.begun(c)
	if err != nil {
		return s.refuse(c, refusalOf(err))
	}
	who, session, err := s.redeem(c, r, p)
	if err != nil {
		return s.refuse(c, refusalOf(err))
	}
	ctx := c.Request().Context()
	agent, err := s.admit(ctx, p, who)
	if err != nil {
		return s.refuse(c, refusalOf(err))
	}
	if err := s.open(c, agent, p.ID, session); err != nil {
		return s.refuse(c, refusalOf(err))
	}
	return c.Redirect(http.StatusSeeOther, r.ReturnTo)
}

// begun finds the request that the browser comes back with, and its provider.
func (s *Server) begun(c echo.Context) (ssodb.Request, ssodb.Provider, error) {
	ctx := c.Request().Context()
	state := c.QueryParam("state")
	ck, err := c.Request().Cookie(browserCookie)
	if state == "" || len(state) > 200 || err != nil {
		return ssodb.Request{}, ssodb.Provider{}, refusedExpired
	}
	r, err := s.Store.SSO.Take(ctx, secret.HashToken(state))
	if errors.Is(err, pg.ErrNotFound) {
		return r, ssodb.Provider{}, refusedExpired
	} else if err != nil {
		return r, ssodb.Provider{}, err
	}
	if subtle.ConstantTimeCompare(r.Browser, secret.HashToken(ck.Value)) != 1 || !s.Now().Before(r.Expires) {
		return r, ssodb.Provider{}, refusedExpired
	}
	p, err := s.Store.SSO.Provider(ctx, r.Provider)
	if err == nil && !p.Enabled {
		err = refusedNoProvider
	}
	return r, p, err
}

// redeem asks the provider who the code is of, and checks its answer.
func (s *Server) redeem(c echo.Context, r ssodb.Request, p ssodb.Provider) (who ssodb.Person, session string, err error) {
	if code := c.QueryParam("error"); code != "" {
		return who, "", refusedByProvider
	}
	// Another provider's answer must not be taken for this one's (RFC 9207).
	if iss := c.QueryParam("iss"); iss != "" && iss != p.Issuer {
		return who, "", refusedToken
	}
	at, err := s.clients.of(p)
	if err != nil {
		return who, "", err
	}
	ctx := s.clients.with(c.Request().Context())
	answer, err := at.oauth(s.redirectURL()).Exchange(ctx, c.QueryParam("code"), oauth2.VerifierOption(r.Verifier))
	if err != nil {
		return who, "", errors.Join(refusedExchange, err)
	}
	raw, _ := answer.Extra("id_token").(string)
	token, err := at.verifier(s.Now).Verify(ctx, raw)
	if err != nil {
		return who, "", errors.Join(refusedToken, err)
	}
	claims, err := claimsOf(token, p.ClientID, r.Nonce)
	if err != nil {
		return who, "", err
	}
	if claims.needsMore(p) {
		if err := claims.addUserInfo(ctx, at, answer); err != nil {
			return who, "", err
		}
	}
	sets, err := s.Store.SSO.RoleSets(ctx, p)
	if err != nil {
		return who, "", err
	}
	return claims.person(p, sets), claims.text("sid"), nil
}

// admit returns the agent that somebody is, with the role that their provider gives
// them today.
func (s *Server) admit(ctx context.Context, p ssodb.Provider, who ssodb.Person) (uuid.UUID, error) {
	if who.Role == "" {
		return uuid.Nil, refusedNoRole
	}
	id, err := s.Store.SSO.PersonOf(ctx, p, who)
	if err != nil || p.RoleClaim == "" {
		return id, err
	}
	role := admindb.RoleNamed(who.Role)
	now, err := s.Store.Admin.AccessOf(ctx, id)
	if err != nil || now.HasRole(role) {
		return id, err
	}
	err = s.Store.Admin.GiveRole(ctx, auditdb.Actor{}, id, role)
	var last *pg.Conflict
	if errors.As(err, &last) { // of the last administrator, who stays one
		s.Log.Warn("the role of an identity provider was not taken over", "agent_id", id, "reason", last.Reason)
		return id, nil
	}
	return id, err
}

// open signs an agent in.
func (s *Server) open(c echo.Context, agent, provider uuid.UUID, session string) error {
	ctx := c.Request().Context()
	token := core.NewSessionToken()
	hash := secret.HashToken(token)
	expires, err := s.Store.Identity.OpenSession(ctx, core.OriginOf(c), hash, agent)
	if err != nil {
		return err
	}
	if err := s.Store.SSO.MarkSignIn(ctx, hash, provider, session); errors.Is(err, pg.ErrNotFound) {
		return refusedNoProvider // disabled in this moment; the token is given to nobody
	} else if err != nil {
		return err
	}
	c.SetCookie(s.SessionCookieFor(token, expires))
	return nil
}
