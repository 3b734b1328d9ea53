package configfile

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/domain/configfile"
	"switchboard/store"
	"switchboard/store/campaigndb"
)

// session is one transaction in which the routes of the API are used from within.
type session struct {
	*core.Server // on the transaction
	ctx          context.Context
	sender       echo.Context
	echo         *echo.Echo
	failed       error // of the route that was used last

	ids   map[configfile.ID]string
	names map[string]map[string]string // by kind and id
	used  map[configfile.ID]string     // what pruning leaves, with the reason

	later []func(context.Context) // what is done once it is committed
}

// together runs f in a session. An error of f takes back everything.
func (s *Server) together(c echo.Context, f func(*session) error) error {
	var x *session
	err := s.Store.Together(c.Request().Context(), func(st *store.Store) error {
		var err error
		if x, err = s.session(c, st); err != nil {
			return err
		}
		return f(x)
	})
	if err != nil {
		return err
	}
	s.Widgets.Forget()
	for _, do := range x.later {
		do(context.WithoutCancel(c.Request().Context()))
	}
	return nil
}

func (s *Server) session(c echo.Context, st *store.Store) (*session, error) {
	x := &session{ctx: c.Request().Context(), sender: c, ids: map[configfile.ID]string{}, names: map[string]map[string]string{},
		used: map[configfile.ID]string{}}
	cfg := s.Config
	cfg.Store = st
	cfg.CapacityChanged = func(_ context.Context, agent uuid.UUID) {
		x.later = append(x.later, func(ctx context.Context) { s.NotifyCapacityChanged(ctx, agent) })
	}
	if s.Campaigns != nil {
		cfg.Campaigns = placedLater{s, x}
	}
	var err error
	if x.Server, err = core.New(cfg); err != nil {
		return nil, err
	}
	x.echo = echo.New()
	x.echo.HTTPErrorHandler = func(err error, _ echo.Context) { x.failed = err }
	x.echo.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			core.InNameOf(c, x.sender)
			return next(c)
		}
	})
	path := strings.NewReplacer("{", ":", "}", "")
	for _, r := range s.routes(x.Server) {
		x.echo.Add(r.Method, path.Replace(r.Path), r.Handle)
	}
	return x, nil
}

// placedLater keeps what is to become of schedules until it is committed.
type placedLater struct {
	real *Server
	x    *session
}

// Start implements core.CampaignStarter; no campaign is started here.
func (placedLater) Start(context.Context, uuid.UUID) error { return nil }

// Place implements core.CampaignStarter.
func (p placedLater) Place(_ context.Context, t campaigndb.Trigger) error {
	p.x.later = append(p.x.later, func(ctx context.Context) {
		if err := p.real.Campaigns.Place(ctx, t); err != nil { // the sweep does it
			p.real.Log.WarnContext(ctx, "schedule waits to be placed", "trigger_id", t.ID, "error", err)
		}
	})
	return nil
}

// heldAnswer keeps the answer of a route.
type heldAnswer struct {
	header http.Header
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (h *heldAnswer) Header() http.Header { return h.header }

// WriteHeader implements http.ResponseWriter. Refusals are errors, see session.failed.
func (h *heldAnswer) WriteHeader(int) {}

// Write implements http.ResponseWriter.
func (h *heldAnswer) Write(b []byte) (int, error) { return h.body.Write(b) }

// call uses a route and reads its answer into out, which may be nil.
func (x *session) call(method, path string, in, out any) error {
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
	}
	r, err := http.NewRequestWithContext(x.ctx, method, path, &body)
	if err != nil {
		return err
	}
	r.Header.Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
	w := &heldAnswer{header: http.Header{}}
	x.failed = nil
	x.echo.ServeHTTP(w, r)
	if x.failed != nil {
		return x.failed
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(w.body.Bytes(), out); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// all reads a list to its end.
func (x *session) all(path string, each func(map[string]any) error) error {
	sep, next := "?", ""
	if strings.Contains(path, sep) {
		sep = "&"
	}
	for {
		var page struct {
			Items []map[string]any `json:"items"`
			Next  *string          `json:"next"`
		}
		if err := x.call(http.MethodGet, path+sep+"limit=200"+next, nil, &page); err != nil {
			return err
		}
		for _, row := range page.Items {
			if err := each(row); err != nil {
				return err
			}
		}
		if page.Next == nil {
			return nil
		}
		next = "&cursor=" + *page.Next
	}
}

// learn remembers what a thing is called.
func (x *session) learn(kind, name, id string) {
	x.ids[configfile.ID{Kind: kind, Name: name}] = id
	if x.names[kind] == nil {
		x.names[kind] = map[string]string{}
	}
	x.names[kind][id] = name
}

func (x *session) nameOf(kind, id string) (string, bool) {
	name, known := x.names[kind][id]
	return name, known
}

func (x *session) idOf(kind, name string) (string, bool) {
	id, known := x.ids[configfile.ID{Kind: kind, Name: name}]
	return id, known
}
