package api

import (
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/labstack/echo/v4"

	"switchboard/store/configdb"
)

// StreamLimits are how many event streams may be open at once in one process. A
// zero limit stands for its default.
type StreamLimits struct {
	Agent   int // of one agent or API token; 20
	Address int // of one network address, agents and visitors together; 100
	All     int // three quarters of the files that the process may open
}

func (l StreamLimits) withDefaults() StreamLimits {
	if l.Agent == 0 {
		l.Agent = 20
	}
	if l.Address == 0 {
		l.Address = 100
	}
	if l.All == 0 {
		l.All = openFiles() / 4 * 3
	}
	return l
}

// openFiles is how many files the process may open.
func openFiles() int {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil || l.Cur > 1<<20 {
		return 1 << 20
	}
	return int(l.Cur)
}

// streams counts open event streams.
type streams struct {
	mu   sync.Mutex
	open map[string]int
	all  int
}

// streamRetry is when a place may be free again.
const streamRetry = 10 * time.Second

// openStream counts a stream of somebody, of whom at most so many are allowed; ""
// counts elsewhere. The stream's end must be told.
func (s *server) openStream(c echo.Context, whose string, most int) (end func(), err error) {
	limits := map[string]int{}
	if whose != "" {
		limits[whose] = most
	}
	if from := networkOf(c); from != "" {
		limits["address/"+from] = s.Streams.Address
	}
	t := &s.streams
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all >= s.Streams.All {
		return nil, unavailable("As many event streams as can be served are open.", streamRetry)
	}
	for key, most := range limits {
		if t.open[key] >= most {
			p := newProblem(http.StatusTooManyRequests, codeTooManyRequests, "Too many event streams are open; close some.")
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

// networkOf is where a request comes from, as one customer of a provider has it: an
// IPv4 address, or an IPv6 /64. "" is this machine: a reverse proxy that is not
// named, and those who try it out.
func networkOf(c echo.Context) string {
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

// streamOf is whose a stream is.
func streamOf(id configdb.Identity) string {
	if id.Token.Valid {
		return "token/" + id.Token.UUID.String()
	}
	return "agent/" + id.Agent.UUID.String()
}
