package core

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// PathEvents is where agents read the event stream.
const PathEvents = "/v1/events"

// Use is recorded once in a while, far more often than choices of presence end.
const (
	activityEvery   = 10 * time.Second
	activityTimeout = time.Second
)

// activity remembers when the use of agents was last recorded.
type activity struct {
	mu   sync.Mutex
	last map[uuid.UUID]time.Time
}

func (a *activity) due(agent uuid.UUID, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Sub(a.last[agent]) < activityEvery {
		return false
	}
	if a.last == nil || len(a.last) >= cacheSize {
		a.last = map[uuid.UUID]time.Time{}
	}
	a.last[agent] = now
	return true
}

// active records that an agent uses the API. The event stream does not count: it
// reconnects by itself. A request never fails for it.
func (s *Server) active(c echo.Context) {
	who := IdentityOf(c)
	agent := who.Agent
	if !agent.Valid || who.Viewer.Valid || s.Presence == nil || c.Path() == PathEvents || !s.used.due(agent.UUID, s.Now()) {
		return
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), activityTimeout)
	defer cancel()
	if err := s.Presence.Active(ctx, agent.UUID); err != nil {
		s.Log.LogAttrs(ctx, slog.LevelDebug, "activity was not recorded", slog.String("agent_id", agent.UUID.String()),
			slog.Any("error", err))
	}
}
