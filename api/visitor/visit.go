package visitor

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
	"switchboard/domain/conversation"
	"switchboard/live/visitorchat"
	"switchboard/secret"
	"switchboard/store/configdb"
	"switchboard/store/contactdb"
	"switchboard/store/pg"
)

// Visitors of chat widgets have routes of their own below this, with a token of
// their own: nothing there is for agents, and no agent's sign-in passes.
const pathChat = "/v1/chat/{key}"

// Codes of problems that only visitors meet.
const (
	codeOrigin        = "origin_not_allowed"
	codeBadToken      = "bad_token"
	codeSignIn        = "sign_in_required"
	codeSignInExpired = "sign_in_expired"
	codeClosed        = "closed"
	codeEnded         = "ended"
	codeWriteFirst    = "write_first"
)

// visit is a request of a widget's visitor.
type visit struct {
	echo.Context
	widget  configdb.Widget
	visitor contactdb.Visitor // zero: no token was sent, or none is needed
	hash    []byte            // of the token
}

func (v visit) ctx() context.Context { return v.Request().Context() }

// forVisitors serves a route below pathChat to anybody from an allowed site.
func (s *Server) forVisitors(handle func(visit) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		if s.Chat == nil {
			return httpx.Unavailable("Web chat is not served here.", 0)
		}
		w, err := s.widgetOf(c, c.Param("key"))
		if err != nil {
			return err
		}
		if err := s.allowOrigin(c, w); err != nil {
			return err
		}
		v := visit{Context: c, widget: w}
		if err := s.identifyVisitor(&v); err != nil {
			return err
		}
		return handle(v)
	}
}

// byVisitor serves it to visitors with a token only.
func (s *Server) byVisitor(handle func(visit) error) echo.HandlerFunc {
	return s.forVisitors(func(v visit) error {
		if v.hash == nil {
			return noVisitor()
		}
		if err := s.notTooMany(s.ChatLimits.Requests.Of("requests/" + v.visitor.ID.String())); err != nil {
			return err
		}
		return handle(v)
	})
}

func noVisitor() *httpx.Problem {
	return httpx.NewProblem(http.StatusUnauthorized, httpx.CodeUnauthenticated,
		"The visitor's token is missing, not valid, or not any more; start anew.")
}

// identifyVisitor finds out whose token was sent. A token of another widget is
// nobody's here.
func (s *Server) identifyVisitor(v *visit) error {
	scheme, token, _ := strings.Cut(v.Request().Header.Get(echo.HeaderAuthorization), " ")
	if scheme == "" && token == "" {
		return nil
	}
	if !strings.EqualFold(scheme, "Bearer") {
		return noVisitor()
	}
	hash := secret.HashToken(strings.TrimSpace(token))
	found, err := s.Store.Webchat.VisitorByToken(v.ctx(), hash)
	if errors.Is(err, pg.ErrNotFound) || err == nil && found.Widget != v.widget.ID {
		if err := s.notTooMany(s.ChatLimits.Starts.Of("guess/" + v.RealIP())); err != nil {
			return err
		}
		return noVisitor()
	} else if err != nil {
		return err
	}
	v.visitor, v.hash = found, hash
	return nil
}

// stillSignedIn refuses a signed-in visitor whose site's token has ended; their
// widget asks for another. A live chat that is open is gone on with to its end.
func (s *Server) stillSignedIn(v visit) error {
	until := v.visitor.SignedInUntil
	if !v.visitor.SignedIn() || until.Valid && !s.Now().After(until.Time.Add(visitorchat.Skew)) {
		return nil
	}
	if v.widget.Style == string(conversation.Live) {
		if c, err := s.Store.Webchat.ChatOf(v.ctx(), v.visitor.ID); err != nil || c.Open() {
			return err
		}
	}
	return httpx.NewProblem(http.StatusUnauthorized, codeSignInExpired, "The sign-in has ended; sign in again.")
}

func (s *Server) notTooMany(limits ...httpx.Limit) error {
	if wait := s.limiter.Take(limits); wait > 0 {
		p := httpx.NewProblem(http.StatusTooManyRequests, httpx.CodeTooManyRequests, "That is too much at once; wait a moment.")
		p.RetryAfter = wait
		return p
	}
	return nil
}

// maxOrigin is longer than any name of a site can be.
const maxOrigin = 300

// allowOrigin refuses other sites than the widget's, and lets browsers show the
// answer to those.
func (s *Server) allowOrigin(c echo.Context, w configdb.Widget) error {
	origin := c.Request().Header.Get("Origin")
	if origin == "" {
		return nil // no browser, or a page of this very server that reads
	}
	c.Response().Header().Add("Vary", "Origin")
	if len(origin) > maxOrigin || origin != s.Origin && !originAllowed(w.Origins, origin) {
		return httpx.NewProblem(http.StatusForbidden, codeOrigin, "This site may not use this widget.")
	}
	h := c.Response().Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "Retry-After, X-Request-Id, Content-Disposition")
	return nil
}

// originAllowed compares whole origins. "https://*.example.com" stands for the
// sites below it, "*" for any.
func originAllowed(allowed []string, origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Path != "" {
		return slices.Contains(allowed, "*") && origin == "null"
	}
	return slices.ContainsFunc(allowed, func(a string) bool {
		if a == "*" || a == origin {
			return true
		}
		scheme, below, wild := strings.Cut(a, "://*.")
		return wild && u.Scheme == scheme && strings.HasSuffix(u.Host, "."+below)
	})
}

// Preflight answers browsers that ask what a site may do with a widget.
func (s *Server) Preflight(next echo.HandlerFunc) echo.HandlerFunc {
	prefix, _, _ := strings.Cut(pathChat, "{")
	return func(c echo.Context) error {
		rest, ours := strings.CutPrefix(c.Request().URL.Path, prefix)
		if !ours || c.Request().Method != http.MethodOptions {
			return next(c)
		}
		key, _, _ := strings.Cut(rest, "/")
		w, err := s.widgetOf(c, key)
		if err != nil {
			return err
		}
		if err := s.allowOrigin(c, w); err != nil {
			return err
		}
		h := c.Response().Header()
		h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Content-Disposition, Last-Event-ID")
		h.Set("Access-Control-Max-Age", "7200")
		return c.NoContent(http.StatusNoContent)
	}
}

// widgetOf finds the widget that a request names. Who asks for many that are none
// waits.
func (s *Server) widgetOf(c echo.Context, key string) (configdb.Widget, error) {
	limits := []httpx.Limit{s.ChatLimits.Unknown.Of("unknown/" + c.RealIP())}
	asked := false
	w, err := s.Widgets.Get(c.Request().Context(), s.Store, key, func() error {
		asked = true
		return s.notTooMany(limits...)
	})
	if asked && err == nil {
		s.limiter.GiveBack(limits)
	}
	return w, err
}
