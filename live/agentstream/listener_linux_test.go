package agentstream

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A peer whose network is gone says nothing, not even that it leaves: every
// packet to it is dropped here. What it does not acknowledge ends the connection.
func TestSeed_R3_AVanishedPeerIsNoticed(t *testing.T) {
	t.Parallel()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := timeoutListener{tcp, 300 * time.Millisecond}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	conn, err := l.Accept()
	require.NoError(t, err)
	defer conn.Close()

	raw, err := client.(*net.TCPConn).SyscallConn()
	require.NoError(t, err)
	drop := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: 0}
	require.NoError(t, raw.Control(func(fd uintptr) {
		err = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: 1, Filter: &drop})
	}))
	require.NoError(t, err)
	_, err = conn.Write([]byte("ping")) // which only reaches the buffer
	require.NoError(t, err)
	_, err = conn.Read(make([]byte, 1)) // ends when the kernel gives up; without the limit after a quarter of an hour
	require.ErrorIs(t, err, unix.ETIMEDOUT)
	require.NotErrorIs(t, err, io.EOF)
}
