// Package api is the product's HTTP interface: openapi.yaml is the contract,
// routes.go says who may do what, and one file per resource does it.
package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"

	"switchboard/attachment"
	"switchboard/channel"
	"switchboard/channel/safehttp"
	"switchboard/live/visitorchat"
	"switchboard/store"
	"switchboard/store/auditdb"
	"switchboard/store/presencedb"
)

// Workflows is what the API needs of a Temporal client.
type Workflows interface {
	UpdateWorkflow(context.Context, client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error)
	CheckHealth(context.Context, *client.CheckHealthRequest) (*client.CheckHealthResponse, error)
}

// A Ringer starts or wakes the workflow of a conversation at once. It is asked
// when a command finds no workflow.
type Ringer interface {
	Ring(ctx context.Context, conversation uuid.UUID) error
}

// A PresenceKeeper keeps how agents stand: what they, or somebody for them, chose
// by hand, that they signed out, and that they use something.
type PresenceKeeper interface {
	Choose(ctx context.Context, agent uuid.UUID, c presencedb.Choice) error
	ChooseFor(ctx context.Context, by auditdb.Actor, agent uuid.UUID, c presencedb.Choice) error
	SignedOut(ctx context.Context, agent uuid.UUID) error
	Active(ctx context.Context, agent uuid.UUID) error
}

// Config is what the API is made of. Store, Workflows, Ringer, Providers, Files,
// PublicURL and Log are required.
type Config struct {
	Store     *store.Store
	Workflows Workflows
	Ringer    Ringer
	Providers *channel.Registry
	Files     *attachment.Files
	PublicURL string // where customers' providers and browsers reach us, without a path
	Log       *slog.Logger

	Campaigns       CampaignStarter                              // nil: campaigns wait for the sweep
	Presence        PresenceKeeper                               // nil: presence is not served
	CapacityChanged func(ctx context.Context, agentID uuid.UUID) // called after the commit of what may make room for work; may be nil
	Chat            *visitorchat.Hub                             // nil: web chat is not served
	ChatKeys        *visitorchat.Keys                            // verifies sites' tokens; nil: keys are fetched from the internet
	ChatLimits      ChatLimits                                   //
	Streams         StreamLimits                                 // of open event streams
	Uploads         UploadLimits                                 // of what visitors upload
	Webhooks        echo.HandlerFunc                             // takes /webhooks/:provider/:key; nil: 503
	Events          echo.HandlerFunc                             // takes GET /v1/events, for ViewerOf; nil: 503
	Metrics         *prometheus.Registry                         // nil: one of its own
	UploadLimit     int64                                        // bytes of one attachment; 0: 5 MiB
	SessionTTL      time.Duration                                // of a sign-in; 0: 24 hours
	Location        *time.Location                               // whose midnight begins "today"; nil: the machine's
	TrustedProxies  []netip.Prefix                               // whose X-Forwarded-For is believed
	DeviceKey       []byte                                       // signs the cookies of browsers that were signed in; nil: one until the process ends
	PrivateHosts    []string                                     // in private networks that accounts and webhooks may name
	Now             func() time.Time                             // nil: time.Now
}

// Limits of requests and of time.
const (
	jsonLimit      = 1 << 20
	uploadLimit    = 5 << 20
	sessionTTL     = 24 * time.Hour
	commandTimeout = 10 * time.Second
	testTimeout    = 15 * time.Second
	healthTimeout  = 2 * time.Second
)

type server struct {
	Config
	log     *slog.Logger
	origin  string // scheme and host of PublicURL
	secure  bool
	cross   *http.CrossOriginProtection
	tokens  *tokenCache
	tries   *rateLimiter
	used    activity
	hashing chan struct{}
	metrics *metrics
	inputs  inputs

	versioned map[string]bool // paths of what has an ETag
	proxied   atomic.Bool     // a proxy is in front, and none is trusted

	widgets   *widgetCache
	chatTries *rateLimiter
	streams   streams
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
	e.Use(s.observe, middleware.RecoverWithConfig(middleware.RecoverConfig{LogErrorFunc: s.logPanic, DisableErrorHandler: true}), s.protect, readable, s.watchProxies, s.preflight)
	for _, r := range routes() {
		e.Add(r.method, echoPath(r.path), r.handler(s))
		if r.method == http.MethodGet && (r.path == "/healthz" || r.path == "/readyz") { // as some load balancers ask
			e.Add(http.MethodHead, echoPath(r.path), r.handler(s))
		}
	}
	servePages(e)
	return e, nil
}

func newServer(cfg Config) (*server, error) {
	if cfg.Store == nil || cfg.Workflows == nil || cfg.Ringer == nil || cfg.Providers == nil || cfg.Files == nil || cfg.Log == nil {
		return nil, errors.New("store, workflows, ringer, providers, files and log are required")
	}
	u, err := url.Parse(cfg.PublicURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("public URL %q is not an http or https URL", cfg.PublicURL)
	}
	cfg.PublicURL = strings.TrimRight(cfg.PublicURL, "/")
	if cfg.UploadLimit == 0 {
		cfg.UploadLimit = uploadLimit
	}
	if cfg.SessionTTL == 0 {
		cfg.SessionTTL = sessionTTL
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Location == nil {
		cfg.Location = time.Local
	}
	if cfg.Metrics == nil {
		cfg.Metrics = prometheus.NewRegistry()
	}
	if cfg.DeviceKey == nil {
		cfg.DeviceKey = make([]byte, 32)
		rand.Read(cfg.DeviceKey)
	}
	if cfg.ChatKeys == nil {
		cfg.ChatKeys = visitorchat.NewKeys(safehttp.New(cfg.PrivateHosts...), cfg.Now)
	}
	cfg.ChatLimits, cfg.Streams, cfg.Uploads = cfg.ChatLimits.withDefaults(), cfg.Streams.withDefaults(), cfg.Uploads.withDefaults()
	s := &server{Config: cfg, log: cfg.Log, origin: u.Scheme + "://" + u.Host, secure: u.Scheme == "https",
		cross: http.NewCrossOriginProtection(), tokens: newTokenCache(cfg.Now), tries: newTries(cfg.Now), hashing: make(chan struct{}, hashesAtOnce),
		widgets: newWidgetCache(cfg.Now), chatTries: newTries(cfg.Now), streams: streams{open: map[string]int{}}, versioned: versioned(routes())}
	if err := s.cross.AddTrustedOrigin(s.origin); err != nil {
		return nil, fmt.Errorf("public URL: %w", err)
	}
	if s.metrics, err = newMetrics(cfg.Metrics); err != nil {
		return nil, err
	}
	if s.inputs, err = contractInputs(); err != nil {
		return nil, err
	}
	if len(cfg.TrustedProxies) == 0 && s.secure {
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
		if strings.HasPrefix(c.Path(), "/v1/") {
			h.Set("Cache-Control", "no-store")
		}
		switch c.Path() {
		case routeUpload, routeWebhook, routeChatFiles, routeRecipients:
		default:
			c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, jsonLimit)
		}
		return next(c)
	}
}

func (s *server) logPanic(c echo.Context, err error, stack []byte) error {
	s.log.LogAttrs(c.Request().Context(), slog.LevelError, "panic", slog.String("request_id", c.Response().Header().Get(echo.HeaderXRequestID)),
		slog.String("route", c.Path()), slog.Any("error", err), slog.String("stack", string(stack)))
	return err
}

func requestID() string {
	b := make([]byte, 12)
	rand.Read(b)
	return hex.EncodeToString(b)
}

func (s *server) capacityChanged(ctx context.Context, agent uuid.UUID) {
	if s.CapacityChanged != nil {
		s.CapacityChanged(context.WithoutCancel(ctx), agent) // it is committed, whether the client waits or not
	}
}
