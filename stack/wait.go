package stack

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
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
			return fmt.Errorf("%s is not ready: %w; the end of %s:\n%s", p.program.Name, last, p.Log(), tail(p.Log()))
		case <-t.C:
		}
	}
}

// FreePorts finds n consecutive ports that nobody listens on, below 32768:
// Temporal keeps its members' ports in a smallint, and the system hands out
// ports above that to clients.
func FreePorts(n int) (int, error) {
	for range 200 {
		first := 12000 + rand.IntN(20000)
		if PortsTaken(first, n) == 0 {
			return first, nil
		}
	}
	return 0, fmt.Errorf("no %d free ports in a row", n)
}

// PortsTaken returns the first of n ports that somebody listens on, or 0.
func PortsTaken(first, n int) int {
	for p := first; p < first+n; p++ {
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(p))
		if err != nil {
			return p
		}
		_ = l.Close()
	}
	return 0
}
