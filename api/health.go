package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"go.temporal.io/sdk/client"
)

const healthTimeout = 2 * time.Second

type health struct {
	Status string                `json:"status"`
	Parts  map[string]partHealth `json:"parts,omitempty"`

	Warnings []string `json:"warnings,omitempty"` // about settings
}

type partHealth struct {
	OK bool `json:"ok"`
}

// healthz says that the process runs and answers, whatever it depends on.
func (s *server) healthz(c echo.Context) error {
	return c.JSON(http.StatusOK, health{Status: "ok"})
}

// readyz says whether everything is there that commands need. Webhooks are taken
// also when it is not.
func (s *server) readyz(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), healthTimeout)
	defer cancel()
	checks := map[string]func(context.Context) error{
		"database": s.Store.Ping,
		"temporal": func(ctx context.Context) error {
			_, err := s.Workflows.CheckHealth(ctx, &client.CheckHealthRequest{})
			return err
		},
	}
	out, status := health{Status: "ready", Parts: map[string]partHealth{}, Warnings: s.warnings()}, http.StatusOK
	var mu sync.Mutex
	var all sync.WaitGroup
	for name, check := range checks {
		all.Go(func() {
			err := check(ctx)
			mu.Lock()
			defer mu.Unlock()
			out.Parts[name] = partHealth{OK: err == nil}
			if err != nil {
				out.Status, status = "not ready", http.StatusServiceUnavailable
			}
		})
	}
	all.Wait()
	return c.JSON(status, out)
}
