// Package api is the product's HTTP interface: openapi.yaml is the contract, and
// routes.go puts the route table together. Handlers live below: agent, admin,
// integration, outbound, template, session and visitor, on what core and httpx give
// to all of them.
package api

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/api/scim"
	"switchboard/api/visitor"
)

// Config is what the API is made of. Store, Workflows, Ringer, Providers, Files,
// PublicURL and Log are required.
type Config = core.Config

// server is what surrounds the handlers: middleware, metrics and the contract.
type server struct {
	*core.Server
	metrics *metrics
	inputs  inputs

	versioned map[string]bool // paths of what has an ETag
	proxied   atomic.Bool     // a proxy is in front, and none is trusted
}

// New returns the API as an Echo that is ready to serve: e.Server has its
// timeouts set. It fails for a Config or a contract that is not valid.
func New(cfg Config) (*echo.Echo, error) {
	s, err := newServer(cfg)
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.answerError
	e.IPExtractor = echo.ExtractIPDirect()
	if len(cfg.TrustedProxies) > 0 {
		e.IPExtractor = echo.ExtractIPFromXFFHeader(trusting(cfg.TrustedProxies)...)
	}
	for _, hs := range []*http.Server{e.Server, e.TLSServer} {
		hs.ReadHeaderTimeout, hs.ReadTimeout, hs.WriteTimeout, hs.IdleTimeout = 10*time.Second, 2*time.Minute, 2*time.Minute, 2*time.Minute
		hs.MaxHeaderBytes = 64 << 10
		hs.ErrorLog = slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug)
	}
	chat := visitor.New(s.Server)
	recoverPanics := middleware.RecoverWithConfig(middleware.RecoverConfig{LogErrorFunc: s.logPanic, DisableErrorHandler: true})
	e.Use(s.observe, recoverPanics, s.protect, readable, s.watchProxies, chat.Preflight)
	all := s.routes(chat)
	s.versioned = versioned(all)
	for _, r := range all {
		e.Add(r.Method, echoPath(r.Path), s.handler(r))
		if r.Method == http.MethodGet && (r.Path == "/healthz" || r.Path == "/readyz") { // as some load balancers ask
			e.Add(http.MethodHead, echoPath(r.Path), s.handler(r))
		}
	}
	servePages(e)
	return e, nil
}

func newServer(cfg Config) (*server, error) {
	shared, err := core.New(cfg)
	if err != nil {
		return nil, err
	}
	s := &server{Server: shared}
	if s.metrics, err = newMetrics(s.Metrics); err != nil {
		return nil, err
	}
	if s.inputs, err = contractInputs(); err != nil {
		return nil, err
	}
	if len(cfg.TrustedProxies) == 0 && s.Secure {
		s.warnOfProxy("the public URL is https, which this process does not speak")
	}
	return s, nil
}

func trusting(prefixes []netip.Prefix) []echo.TrustOption {
	opts := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range prefixes {
		opts = append(opts, echo.TrustIPRange(ipNet(p)))
	}
	return opts
}

// protect sets what every answer carries and bounds JSON bodies. Uploads and
// webhooks have limits of their own.
func (s *server) protect(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		if s.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if strings.HasPrefix(c.Path(), "/v1/") || strings.HasPrefix(c.Path(), scim.Path) {
			h.Set("Cache-Control", "no-store")
		}
		switch c.Path() {
		case routeUpload, routeWebhook, routeChatFiles, routeRecipients, routeConfigPlan, routeConfigFile:
		default:
			c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, httpx.MaxJSON)
		}
		return next(c)
	}
}

func (s *server) logPanic(c echo.Context, err error, stack []byte) error {
	s.Log.LogAttrs(c.Request().Context(), slog.LevelError, "panic",
		slog.String("request_id", c.Response().Header().Get(echo.HeaderXRequestID)), slog.String("route", c.Path()),
		slog.Any("error", err), slog.String("stack", string(stack)))
	return err
}

func requestID() string {
	b := make([]byte, 12)
	rand.Read(b)
	return hex.EncodeToString(b)
}
