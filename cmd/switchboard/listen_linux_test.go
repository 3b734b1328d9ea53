package main

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Whoever connects to the HTTP side is given up once they acknowledge nothing:
// well within the grace in which an agent's offers are kept.
func TestSeed_R3_TheListenerNoticesDeadConnections(t *testing.T) {
	t.Parallel()
	l, err := listen("127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	conn, err := l.Accept()
	require.NoError(t, err)
	defer conn.Close()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	require.NoError(t, err)
	var millis int
	require.NoError(t, raw.Control(func(fd uintptr) {
		millis, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
	}))
	require.NoError(t, err)
	limit := time.Duration(millis) * time.Millisecond
	require.Positive(t, limit)
	require.LessOrEqual(t, limit, 45*time.Second)
}
