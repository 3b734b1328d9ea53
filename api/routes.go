package api

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"switchboard/api/admin"
	"switchboard/api/agent"
	"switchboard/api/configfile"
	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/api/integration"
	"switchboard/api/labels"
	"switchboard/api/outbound"
	"switchboard/api/session"
	"switchboard/api/sso"
	"switchboard/api/supervise"
	"switchboard/api/templates"
	"switchboard/api/visitor"
)

// routes is the whole interface, with the permission beside each route. Every
// entry is in openapi.yaml and the other way round; a test walks both.
func (s *server) routes(chat *visitor.Server) []core.Route {
	return slices.Concat(
		s.ownRoutes(),
		session.New(s.Server).Routes(),
		sso.New(s.Server).Routes(),
		agent.New(s.Server).Routes(),
		admin.New(s.Server).Routes(),
		integration.New(s.Server).Routes(),
		templates.New(s.Server).Routes(),
		labels.New(s.Server).Routes(),
		supervise.New(s.Server).Routes(),
		outbound.New(s.Server).Routes(),
		configfile.New(s.Server, settings).Routes(),
		chat.Routes(),
	)
}

// settings are the routes of everything that a configuration file can change.
func settings(s *core.Server) []core.Route {
	return slices.Concat(admin.New(s).Routes(), integration.New(s).Routes(), templates.New(s).Routes(), labels.New(s).Routes(), outbound.New(s).Routes())
}

// ownRoutes serve the process itself, the contract, and providers.
func (s *server) ownRoutes() []core.Route {
	return []core.Route{
		core.Get("/healthz", core.Public, s.healthz),
		core.Get("/readyz", core.Public, s.readyz),
		core.Get("/metrics", core.Public, s.showMetrics),
		core.Get("/openapi.yaml", core.Public, s.contract),
		core.Get("/docs", core.Public, s.readDocs),
		core.Post(pathWebhook, core.Public, s.webhook),
		core.Get(pathWebhook, core.Public, s.webhook),
	}
}

// handler checks the route's permission before anything else is read.
func (s *server) handler(r core.Route) echo.HandlerFunc {
	handle := r.Handle
	if s.versioned[r.Path] && r.Method != http.MethodDelete {
		handle = httpx.Conditional(handle)
	}
	name := r.Method + " " + r.Path
	query, body, ours := s.inputs.query[name], s.inputs.bodies[name], strings.HasPrefix(r.Path, "/v1/")
	if r.Permission == core.Public {
		body = nil // visitors' browsers may have an older widget
	}
	return func(c echo.Context) error {
		if r.Permission != core.Public {
			if err := s.Authenticate(c, r.Permission); err != nil {
				return err
			}
		}
		if ours { // providers add to the addresses of their webhooks what they like
			if err := httpx.CheckQuery(c, query); err != nil {
				return err
			}
		}
		httpx.WithSchema(c, body)
		return handle(c)
	}
}

const pathWebhook = "/webhooks/{provider}/{key}"

// Patterns that middleware compares with. Echo builds its chain of middleware
// anew for each request, so they are not worked out there.
var (
	routeUpload     = echoPath(agent.PathUpload)
	routeWebhook    = echoPath(pathWebhook)
	routeChatFiles  = echoPath(visitor.PathChatFiles)
	routeRecipients = echoPath(outbound.PathRecipients)
	routeConfigPlan = echoPath(configfile.PathPlan)
	routeConfigFile = echoPath(configfile.PathApply)
)

// echoPath turns {id} into :id.
func echoPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Masked().Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

// webhook is another part's handler, under this table's permissions.
func (s *server) webhook(c echo.Context) error { return httpx.Delegate(s.Webhooks, c) }
