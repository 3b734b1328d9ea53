package core

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
	"switchboard/domain/permission"
	"switchboard/secret"
	"switchboard/store"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

// SessionCookie carries a sign-in's token in browsers that come without TLS, and
// secureCookie in others: no other site of the same domain can set that one.
const (
	SessionCookie = "switchboard_session"
	secureCookie  = "__Host-" + SessionCookie
)

const (
	identityKey = "switchboard.identity"
	tokenKey    = "switchboard.token" // its hash
)

// SessionCookieName is the cookie in which browsers keep a sign-in's token.
func (s *Server) SessionCookieName() string {
	if s.Secure {
		return secureCookie
	}
	return SessionCookie
}

const permissionKey = "switchboard.permission"

// Authenticate finds out who asks, by bearer token or cookie, and whether they have
// the permission that the route asks for. Requests with the cookie that change something must come from our
// own pages.
func (s *Server) Authenticate(c echo.Context, asked permission.Permission) error {
	token, byCookie := s.credential(c)
	if token == "" {
		return httpx.NewProblem(http.StatusUnauthorized, httpx.CodeUnauthenticated, "Sign in, or send a token as Authorization: Bearer.")
	}
	hash := secret.HashToken(token)
	who, err := s.tokens.identify(c, s.Store, hash)
	if errors.Is(err, pg.ErrNotFound) {
		return httpx.NewProblem(http.StatusUnauthorized, httpx.CodeUnauthenticated, "The sign-in or token is not valid, or not any more.")
	} else if err != nil {
		return err
	}
	if byCookie {
		if err := s.sameSite(c.Request()); err != nil {
			return err
		}
	}
	c.Set(identityKey, who)
	c.Set(permissionKey, asked)
	c.Set(tokenKey, hash)
	if err := looksOnly(c, who, asked); err != nil {
		return err
	}
	if !who.Permissions.Has(asked) {
		return httpx.NewProblem(http.StatusForbidden, httpx.CodeForbidden, refusal(who, asked))
	}
	if err := settled(c, who); err != nil {
		return err
	}
	s.active(c)
	return nil
}

// settled refuses everything but what helps them to somebody who must do something
// first: choose their own password, or set up their second factor.
func settled(c echo.Context, who configdb.Identity) error {
	switch c.Request().Method + " " + c.Path() {
	case "GET /v1/me", "DELETE /v1/session", "PUT /v1/me/password":
		return nil
	case "GET /v1/me/sign-in", "POST /v1/me/second-factor", "POST /v1/me/second-factor/confirm":
		if who.Needs == configdb.NeedsSecondFactor {
			return nil
		}
	}
	switch who.Needs {
	case configdb.NeedsPassword:
		return httpx.NewProblem(http.StatusForbidden, httpx.CodeMustChangePassword,
			"Choose your own password first, with PUT /v1/me/password: somebody else chose the one that you have.")
	case configdb.NeedsSecondFactor:
		return httpx.NewProblem(http.StatusForbidden, httpx.CodeMustSetUpSecondFactor,
			"Set up two-step verification first, with POST /v1/me/second-factor: your organisation requires it.")
	}
	return nil
}

// TokenHashOf is the hash of the token that an authenticated request carries.
func TokenHashOf(c echo.Context) []byte {
	hash, _ := c.Get(tokenKey).([]byte)
	return hash
}

// credential is the token that a request carries, and whether its cookie does. It is
// "" where there is none, or a scheme other than Bearer.
func (s *Server) credential(c echo.Context) (token string, byCookie bool) {
	if h := c.Request().Header.Get(echo.HeaderAuthorization); h != "" {
		scheme, token, _ := strings.Cut(h, " ")
		if strings.EqualFold(scheme, "Bearer") {
			return strings.TrimSpace(token), false
		}
		return "", false
	}
	if ck, err := c.Request().Cookie(s.SessionCookieName()); err == nil {
		return ck.Value, true
	}
	return "", false
}

// sameSite refuses what another site made a browser send. A browser always says
// where an unsafe request comes from, so silence is refused too.
func (s *Server) sameSite(r *http.Request) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	silent := r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Site") == ""
	if silent || s.CrossOrigin.Check(r) != nil {
		return httpx.NewProblem(http.StatusForbidden, httpx.CodeCrossSite,
			"Requests with the session cookie must come from this site's own pages.")
	}
	return nil
}

// refusal says what is missing, and where it would come from.
func refusal(who configdb.Identity, asked permission.Permission) string {
	if who.Token.Valid {
		return "This API token does not have the permission " + string(asked) + "."
	}
	return "Your role does not allow this; it needs the permission " + string(asked) + "."
}

// ViewerOf says what the sender of an authenticated request may see. An API token
// that acts as nobody sees what its scope has, if that is anything. Whoever may see
// more than their own conversations supervises only those of their scope.
func ViewerOf(c echo.Context) auditdb.Viewer {
	id := IdentityOf(c)
	if c.Get(permissionKey) == permission.ConversationsSupervise && id.Permissions.Has(permission.ConversationsReadAll) {
		return auditdb.Viewer{Scope: id.Scope}
	}
	return auditdb.Viewer{Scope: id.Scope, Agent: id.Agent.UUID}
}

// May reports whether the sender of an authenticated request has a permission.
func May(c echo.Context, p permission.Permission) bool { return IdentityOf(c).Permissions.Has(p) }

// IdentityOf is who sent an authenticated request; of another it is the zero
// Identity, which may do nothing.
func IdentityOf(c echo.Context) configdb.Identity {
	id, _ := c.Get(identityKey).(configdb.Identity)
	return id
}

// ActingAgent is the agent in whose name a request acts.
func ActingAgent(c echo.Context) (uuid.UUID, error) {
	id := IdentityOf(c)
	if !id.Agent.Valid {
		return uuid.Nil, httpx.NewProblem(http.StatusForbidden, httpx.CodeForbidden,
			"This token acts as no agent; create one with an agent_id.")
	}
	return id.Agent.UUID, nil
}

// cacheFor is how long a token is believed without asking the database. Changes
// take effect at once, those of other processes when they are heard of, and
// within this time if that was lost.
const cacheFor = 5 * time.Second

const cacheSize = 10_000

type cached struct {
	id configdb.Identity
	at time.Time
}

// tokenCache remembers who tokens belong to.
type tokenCache struct {
	mu      sync.Mutex
	now     func() time.Time
	byHash  map[string]cached
	version uint64 // of Store.AccessVersion, of all that is kept
}

// before reports whether now is before a time, if there is one.
func before(now time.Time, end *time.Time) bool { return end == nil || now.Before(*end) }

func newTokenCache(now func() time.Time) *tokenCache {
	return &tokenCache{now: now, byHash: map[string]cached{}}
}

func (t *tokenCache) identify(c echo.Context, st *store.Store, hash []byte) (configdb.Identity, error) {
	ctx := c.Request().Context()
	version := st.AccessVersion() // an answer read before a change is not kept after it
	t.mu.Lock()
	if t.version != version {
		clear(t.byHash)
		t.version = version
	}
	hit, ok := t.byHash[string(hash)]
	t.mu.Unlock()
	now := t.now()
	if ok && now.Sub(hit.at) < cacheFor && before(now, hit.id.ExpiresAt) && before(now, hit.id.ViewUntil) {
		return hit.id, nil
	}
	id, err := st.Config.Identify(ctx, hash)
	if err != nil {
		return configdb.Identity{}, err
	}
	if id.LastUsed == nil || now.Sub(*id.LastUsed) > time.Minute { // a request does not fail for it
		if id.Token.Valid {
			_ = st.Config.TokenUsed(ctx, id.Token.UUID)
		} else if c.Path() != PathEvents { // which reconnects by itself
			_ = st.Identity.SessionUsed(ctx, OriginOf(c), hash)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.version == version {
		if len(t.byHash) >= cacheSize {
			clear(t.byHash)
		}
		t.byHash[string(hash)] = cached{id: id, at: now}
	}
	return id, nil
}
