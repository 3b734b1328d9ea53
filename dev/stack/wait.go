package stack

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"time"
)

// waitFor calls ready until it succeeds, the process ends or ctx does.
func waitFor(ctx context.Context, p *Process, ready func(context.Context) error) error {
	t := time.NewTicker(50 * time.Millisecond)
	defer t.Stop()
	var last error
	for {
		try, cancel := context.WithTimeout(ctx, 5*time.Second)
		last = ready(try)
		cancel()
		if last == nil {
			return nil
		}
		select {
		case <-p.done:
			return p.ended()
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w; the end of %s:\n%s", p.program.Name, last, p.Log(), Tail(p.Log()))
		case <-t.C:
		}
	}
}

// portBlock is how many ports lie between two that FreePorts may begin behind.
const portBlock = 32

// guards are listeners on the ports before those that were given out. They are
// never closed: they end with the process.
var guards struct {
	sync.Mutex
	held []net.Listener
}

// FreePorts finds n consecutive ports that nobody listens on, below 32768:
// Temporal keeps its members' ports in a smallint, and the system hands out
// ports above that to clients. Minutes may pass until they are used; until this
// process ends no other call finds them free.
func FreePorts(n int) (int, error) {
	if n >= portBlock {
		return 0, fmt.Errorf("%d ports in a row are more than %d", n, portBlock-1)
	}
	for range 200 {
		guarded := 12000 + portBlock*rand.IntN(20000/portBlock)
		guard, err := listen(guarded)
		if err != nil {
			continue
		}
		if PortsTaken(guarded+1, n) == 0 {
			guards.Lock()
			guards.held = append(guards.held, guard)
			guards.Unlock()
			return guarded + 1, nil
		}
		_ = guard.Close()
	}
	return 0, fmt.Errorf("no %d free ports in a row", n)
}

func listen(port int) (net.Listener, error) {
	return net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
}

// PortsTaken returns the first of n ports that somebody listens on, or 0.
func PortsTaken(first, n int) int {
	for p := first; p < first+n; p++ {
		l, err := listen(p)
		if err != nil {
			return p
		}
		_ = l.Close()
	}
	return 0
}
