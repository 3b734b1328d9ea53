package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"switchboard/api/core"
)

// metrics counts requests by route pattern, never by id.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	handler  http.Handler
}

func newMetrics(reg *prometheus.Registry) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "switchboard_http_requests_total", Help: "HTTP requests by route and status."}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "switchboard_http_request_duration_seconds", Help: "Time to answer, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}, []string{"method", "route"}),
		handler: promhttp.HandlerFor(reg, promhttp.HandlerOpts{}),
	}
	all := []prometheus.Collector{m.requests, m.seconds, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})}
	for _, c := range all {
		var twice prometheus.AlreadyRegisteredError
		if err := reg.Register(c); err != nil && !errors.As(err, &twice) {
			return nil, fmt.Errorf("metrics: %w", err)
		}
	}
	return m, nil
}

func (s *server) showMetrics(c echo.Context) error {
	s.metrics.handler.ServeHTTP(c.Response(), c.Request())
	return nil
}

// observe gives each request an id, and counts and logs it by its route pattern.
// What could name a person is in none of them: no path, query, header or body.
func (s *server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := time.Now()
		id := requestID()
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		route, method, status := c.Path(), c.Request().Method, c.Response().Status
		if route == "" || status == http.StatusNotFound && !s.known(c) {
			route = "none"
		}
		if !knownMethod(method) {
			method = "other"
		}
		took := time.Since(began)
		s.metrics.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
		s.metrics.seconds.WithLabelValues(method, route).Observe(took.Seconds())
		level := slog.LevelInfo
		if route == routeWebhook && status < http.StatusBadRequest {
			level = slog.LevelDebug // thousands a second; they are counted
		}
		attrs := append(asker(c), slog.String("request_id", id), slog.String("method", method),
			slog.String("route", route), slog.Int("status", status), slog.Duration("duration", took))
		s.Log.LogAttrs(c.Request().Context(), level, "request", attrs...)
		return nil
	}
}

// asker is who asked, by ids: of a person, of an API token, or of both.
func asker(c echo.Context) []slog.Attr {
	var attrs []slog.Attr
	id := core.IdentityOf(c)
	if id.Agent.Valid {
		attrs = append(attrs, slog.String("actor_id", id.Agent.UUID.String()))
	}
	if id.Token.Valid {
		attrs = append(attrs, slog.String("token_id", id.Token.UUID.String()))
	}
	return attrs
}

// known reports whether the router found a route: a path that nobody serves must
// not become a label.
func (s *server) known(c echo.Context) bool {
	for _, r := range c.Echo().Routes() {
		if r.Path == c.Path() {
			return true
		}
	}
	return false
}

func knownMethod(m string) bool {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return true
	}
	return false
}
