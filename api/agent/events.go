package agent

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/live/agentstream"
	"switchboard/store/configdb"
)

// Times of the event stream.
const pingEvery = 10 * time.Second

// EventStream serves GET /v1/events: what the reader may see, while it happens,
// as server-sent events. Hub and Log are required.
type EventStream struct {
	Hub    *agentstream.Hub
	Roster *agentstream.ConnRegistry // keeps readers present; nil: reading does not make present
	Log    *slog.Logger

	Identify     func(echo.Context) configdb.Identity // nil: IdentityOf
	Ping         time.Duration                        // 0: 10 s
	FrameTimeout time.Duration                        // 0: 10 s
}

// Events answers with the stream until the client leaves. The cursor comes from
// Last-Event-ID or, for clients that cannot set it, from ?after=.
func (s *EventStream) Events(c echo.Context) error {
	identify := s.Identify
	if identify == nil {
		identify = core.IdentityOf
	}
	id := identify(c)
	after := c.Request().Header.Get("Last-Event-ID")
	if after == "" {
		after = c.QueryParam("after")
	}
	opening, cancel := context.WithTimeout(c.Request().Context(), core.OpenTimeout)
	defer cancel()
	viewer := agentstream.ViewerOf(id)
	viewer.Token = core.TokenHashOf(c)
	sub, err := s.Hub.Subscribe(opening, viewer, after)
	switch {
	case errors.Is(err, agentstream.ErrRevoked):
		return httpx.NewProblem(http.StatusUnauthorized, httpx.CodeUnauthenticated, "The sign-in or token is not valid, or not any more.")
	case err != nil:
		s.Log.Warn("event stream was not opened", "error", err)
		return httpx.Unavailable("Events cannot be read at this moment.", core.ReconnectAfter)
	}
	defer sub.Close()
	r := &reader{EventStream: s, c: c, sub: sub, id: uuid.New(), agent: present(id), control: http.NewResponseController(c.Response())}
	s.follow(r)
	return nil
}

// reader is one client's stream.
type reader struct {
	*EventStream
	c       echo.Context
	sub     *agentstream.Subscription
	id      uuid.UUID
	agent   uuid.NullUUID
	control *http.ResponseController
}

// present is whom a stream keeps present: not somebody whose desk another looks at.
func present(id configdb.Identity) uuid.NullUUID {
	if id.Viewer.Valid {
		return uuid.NullUUID{}
	}
	return id.Agent
}

func (s *EventStream) follow(r *reader) {
	if err := r.greet(); err != nil {
		return
	}
	ctx := r.c.Request().Context()
	if s.Roster != nil && r.agent.Valid {
		// Only now: an agent is present once their client was answered.
		s.Roster.Open(ctx, r.agent.UUID, r.id)
		defer s.Roster.Close(ctx, r.id)
	}
	if err := r.run(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, agentstream.ErrClosed) {
		s.Log.Info("event stream ended", "connection_id", r.id, "reason", err)
	}
}

func (r *reader) greet() error {
	// The server's limit is for requests; a stream that reached it would end.
	if err := r.control.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	h := r.c.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream; charset=utf-8")
	h.Set(echo.HeaderCacheControl, "no-store, no-transform") // nor compressed on the way
	h.Set("X-Accel-Buffering", "no")
	r.c.Response().WriteHeader(http.StatusOK)
	hello, err := r.frame(agentstream.KindHello, map[string]any{"connection_id": r.id, "cursor": r.sub.Cursor().String()})
	if err != nil {
		return err
	}
	retry := []byte("retry: 1000\n\n")
	return r.write(retry, hello)
}

// frame is an event of the stream itself. Its id is the place the reader is at,
// so that a reader for whom nothing happens does not fall behind the log.
func (r *reader) frame(kind string, data map[string]any) ([]byte, error) {
	b, err := json.Marshal(data)
	return agentstream.Frame(r.sub.Cursor().String(), kind, b), err
}

func (r *reader) run(ctx context.Context) error {
	ping := time.NewTicker(or(r.Ping, pingEvery))
	defer ping.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-r.sub.Ready():
			if err := r.deliver(ctx); err != nil {
				return err
			}
		case now := <-ping.C:
			b, err := r.frame(agentstream.KindPing, map[string]any{"at": now.UTC(), "cursor": r.sub.Cursor().String()})
			if err != nil {
				return err
			}
			if err := r.write(b); err != nil {
				return err
			}
		}
	}
}

func (r *reader) deliver(ctx context.Context) error {
	events, err := r.sub.Take(ctx)
	if err != nil || len(events) == 0 {
		return err
	}
	frames := make([][]byte, len(events))
	for i, e := range events {
		frames[i] = e.Frame
	}
	return r.write(frames...)
}

// write sends frames at once. A client that does not take them in time is left;
// it comes back by itself.
func (r *reader) write(frames ...[]byte) error {
	if err := r.control.SetWriteDeadline(time.Now().Add(or(r.FrameTimeout, core.FrameTimeout))); err != nil &&
		!errors.Is(err, http.ErrNotSupported) {
		return err
	}
	for _, f := range frames {
		if _, err := r.c.Response().Write(f); err != nil {
			return err
		}
	}
	return r.control.Flush()
}

func or(d, fallback time.Duration) time.Duration {
	if d == 0 {
		return fallback
	}
	return d
}

// events runs without deadlines: the server's would cut every stream.
func (s *Server) events(c echo.Context) error {
	end, err := s.OpenStream(c, streamOf(core.IdentityOf(c)), s.Streams.Agent)
	if err != nil {
		return err
	}
	defer end()
	rc := http.NewResponseController(c.Response())
	_ = rc.SetReadDeadline(time.Time{}) // a writer without deadlines, as in tests, has none to lift
	_ = rc.SetWriteDeadline(time.Time{})
	return httpx.Delegate(s.Events, c)
}

// streamOf is whose a stream is.
func streamOf(id configdb.Identity) string {
	if id.Token.Valid {
		return "token/" + id.Token.UUID.String()
	}
	return "agent/" + id.Agent.UUID.String()
}
