package core

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
)

// Times of event streams, of agents and of visitors.
const (
	FrameTimeout   = 10 * time.Second // for what was written to reach the client's side
	OpenTimeout    = 5 * time.Second  // for what a stream begins with to be read
	ReconnectAfter = time.Second      // when a client may try again
)

// streams counts open event streams.
type streams struct {
	mu   sync.Mutex
	open map[string]int
	all  int
}

// streamRetry is when a place may be free again.
const streamRetry = 10 * time.Second

// OpenStream counts a stream of somebody, of whom at most so many are allowed; ""
// counts elsewhere. The stream's end must be told.
func (s *Server) OpenStream(c echo.Context, whose string, most int) (end func(), err error) {
	limits := map[string]int{}
	if whose != "" {
		limits[whose] = most
	}
	if from := NetworkOf(c); from != "" {
		limits["address/"+from] = s.Streams.Address
	}
	t := &s.streams
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all >= s.Streams.All {
		return nil, httpx.Unavailable("As many event streams as can be served are open.", streamRetry)
	}
	for key, most := range limits {
		if t.open[key] >= most {
			p := httpx.NewProblem(http.StatusTooManyRequests, httpx.CodeTooManyRequests, "Too many event streams are open; close some.")
			p.RetryAfter = streamRetry
			return nil, p
		}
	}
	t.all++
	for key := range limits {
		t.open[key]++
	}
	return sync.OnceFunc(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.all--
		for key := range limits {
			if t.open[key]--; t.open[key] == 0 {
				delete(t.open, key)
			}
		}
	}), nil
}

// NetworkOf is where a request comes from, as one customer of a provider has it: an
// IPv4 address, or an IPv6 /64. "" is this machine: a reverse proxy that is not
// named, and those who try it out.
func NetworkOf(c echo.Context) string {
	a, err := netip.ParseAddr(c.RealIP())
	if a = a.Unmap(); err != nil || a.IsLoopback() {
		return ""
	}
	if a.Is6() {
		p, _ := a.WithZone("").Prefix(64)
		return p.String()
	}
	return a.String()
}
