package pg

import (
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const unacknowledgedMillis = 30_000

// boundUnacknowledged ends a connection whose other side does not acknowledge.
func boundUnacknowledged(network, _ string, c syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	return c.Control(func(fd uintptr) { // best effort: keepalives find the rest
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, unacknowledgedMillis)
	})
}
