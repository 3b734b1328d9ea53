package api

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"switchboard/domain/conversation"
	"switchboard/live/visitorchat"
	"switchboard/secret"
	"switchboard/store"
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

// UploadLimits are how much visitors may have uploaded and not sent. A zero limit
// stands for its default.
type UploadLimits struct {
	Visitor int64 // bytes of one visitor; as much as a message may have, or 20 MB
	Files   int   // of one visitor; 10
	Network int64 // bytes from one network address; 100 MB
	Widget  int64 // bytes for one widget; 1 GB
	Floor   int64 // bytes that must stay free on the disk, also for agents' files; 1 GB
}

func (l UploadLimits) withDefaults() UploadLimits {
	for limit, fallback := range map[*int64]int64{&l.Network: 100_000_000, &l.Widget: 1_000_000_000, &l.Floor: 1_000_000_000} {
		if *limit == 0 {
			*limit = fallback
		}
	}
	if l.Files == 0 {
		l.Files = 10
	}
	return l
}

// ChatLimits are how much a visitor or a site may do: Burst at once, and one more
// every Every. A zero limit stands for its default.
type ChatLimits struct {
	Starts   ChatLimit // of one network address
	Origin   ChatLimit // starts from one site
	Messages ChatLimit // of one visitor
	Requests ChatLimit // of one visitor, all kinds together
	Unknown  ChatLimit // keys of widgets, of one network address, that have to be looked up and are none
}

// ChatLimit is one limit.
type ChatLimit struct {
	Burst int
	Every time.Duration
}

func (l ChatLimits) withDefaults() ChatLimits {
	for _, d := range []struct {
		limit    *ChatLimit
		fallback ChatLimit
	}{{&l.Starts, ChatLimit{60, time.Second}}, {&l.Origin, ChatLimit{1000, 20 * time.Millisecond}},
		{&l.Messages, ChatLimit{30, time.Second}}, {&l.Requests, ChatLimit{200, 100 * time.Millisecond}},
		{&l.Unknown, ChatLimit{60, time.Second}}} {
		if *d.limit == (ChatLimit{}) {
			*d.limit = d.fallback
		}
	}
	return l
}

func (l ChatLimit) of(key string) limit {
	return limit{key: key, most: float64(l.Burst), every: l.Every}
}

// visit is a request of a widget's visitor.
type visit struct {
	echo.Context
	widget  configdb.Widget
	visitor contactdb.Visitor // zero: no token was sent, or none is needed
	hash    []byte            // of the token
}

func (v visit) ctx() context.Context { return v.Request().Context() }

// forVisitors serves a route below pathChat to anybody from an allowed site.
func forVisitors(handle func(*server, visit) error) func(*server, echo.Context) error {
	return func(s *server, c echo.Context) error {
		if s.Chat == nil {
			return unavailable("Web chat is not served here.", 0)
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
		return handle(s, v)
	}
}

// byVisitor serves it to visitors with a token only.
func byVisitor(handle func(*server, visit) error) func(*server, echo.Context) error {
	return forVisitors(func(s *server, v visit) error {
		if v.hash == nil {
			return noVisitor()
		}
		if err := s.notTooMany(s.ChatLimits.Requests.of("requests/" + v.visitor.ID.String())); err != nil {
			return err
		}
		return handle(s, v)
	})
}

func noVisitor() *Problem {
	return newProblem(http.StatusUnauthorized, codeUnauthenticated, "The visitor's token is missing, not valid, or not any more; start anew.")
}

// identifyVisitor finds out whose token was sent. A token of another widget is
// nobody's here.
func (s *server) identifyVisitor(v *visit) error {
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
		if err := s.notTooMany(s.ChatLimits.Starts.of("guess/" + v.RealIP())); err != nil {
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
func (s *server) stillSignedIn(v visit) error {
	until := v.visitor.SignedInUntil
	if !v.visitor.SignedIn() || until.Valid && !s.Now().After(until.Time.Add(visitorchat.Skew)) {
		return nil
	}
	if v.widget.Style == string(conversation.Live) {
		if c, err := s.Store.Webchat.ChatOf(v.ctx(), v.visitor.ID); err != nil || c.Open() {
			return err
		}
	}
	return newProblem(http.StatusUnauthorized, codeSignInExpired, "The sign-in has ended; sign in again.")
}

func (s *server) notTooMany(limits ...limit) error {
	if wait := s.chatTries.take(limits); wait > 0 {
		p := newProblem(http.StatusTooManyRequests, codeTooManyRequests, "That is too much at once; wait a moment.")
		p.RetryAfter = wait
		return p
	}
	return nil
}

// maxOrigin is longer than any name of a site can be.
const maxOrigin = 300

// allowOrigin refuses other sites than the widget's, and lets browsers show the
// answer to those.
func (s *server) allowOrigin(c echo.Context, w configdb.Widget) error {
	origin := c.Request().Header.Get("Origin")
	if origin == "" {
		return nil // no browser, or a page of this very server that reads
	}
	c.Response().Header().Add("Vary", "Origin")
	if len(origin) > maxOrigin || origin != s.origin && !originAllowed(w.Origins, origin) {
		return newProblem(http.StatusForbidden, codeOrigin, "This site may not use this widget.")
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

// preflight answers browsers that ask what a site may do with a widget.
func (s *server) preflight(next echo.HandlerFunc) echo.HandlerFunc {
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

// widgetCache remembers widgets by key for a moment, and that there is none.
type widgetCache struct {
	mu   sync.Mutex
	now  func() time.Time
	keys map[string]cachedWidget

	swept time.Time // when what is old was dropped last
}

type cachedWidget struct {
	widget configdb.Widget
	err    error
	at     time.Time
}

// maxWidgets is how many keys are remembered, of widgets and of none.
const maxWidgets = 1000

func newWidgetCache(now func() time.Time) *widgetCache {
	return &widgetCache{now: now, keys: map[string]cachedWidget{}}
}

// widgetOf finds the widget that a request names. Who asks for many that are none
// waits.
func (s *server) widgetOf(c echo.Context, key string) (configdb.Widget, error) {
	limits := []limit{s.ChatLimits.Unknown.of("unknown/" + c.RealIP())}
	asked := false
	w, err := s.widgets.get(c.Request().Context(), s.Store, key, func() error {
		asked = true
		return s.notTooMany(limits...)
	})
	if asked && err == nil {
		s.chatTries.giveBack(limits)
	}
	return w, err
}

// get returns a widget or ErrNotFound. What cannot be a key is asked of nobody,
// and allow is asked before the database is.
func (c *widgetCache) get(ctx context.Context, st *store.Store, key string, allow func() error) (configdb.Widget, error) {
	if !widgetKeyForm.MatchString(key) {
		return configdb.Widget{}, pg.ErrNotFound
	}
	now := c.now()
	c.mu.Lock()
	hit, known := c.keys[key]
	c.mu.Unlock()
	if known && now.Sub(hit.at) < cacheFor {
		return hit.widget, hit.err
	}
	if !known || hit.err != nil { // a widget is looked up again however much else is asked for
		if err := allow(); err != nil {
			return configdb.Widget{}, err
		}
	}
	w, err := st.Admin.WidgetByKey(ctx, key)
	if err != nil && !errors.Is(err, pg.ErrNotFound) {
		return w, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.makeRoom(now)
	c.keys[key] = cachedWidget{w, err, now}
	return w, err
}

// makeRoom drops keys that are none after a while, and before those of widgets.
func (c *widgetCache) makeRoom(now time.Time) {
	if now.Sub(c.swept) >= cacheFor {
		c.swept = now
		maps.DeleteFunc(c.keys, func(_ string, k cachedWidget) bool { return k.err != nil && now.Sub(k.at) >= cacheFor })
	}
	if len(c.keys) >= maxWidgets {
		maps.DeleteFunc(c.keys, func(_ string, k cachedWidget) bool { return k.err != nil })
	}
	if len(c.keys) >= maxWidgets {
		clear(c.keys)
	}
}

// forget has all widgets looked up again: one, or a workstream, changed.
func (c *widgetCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.keys, func(_ string, k cachedWidget) bool { return k.err != nil })
	for key, k := range c.keys {
		k.at = time.Time{}
		c.keys[key] = k
	}
}
