package agentstream

import (
	"net"
	"time"
)

// unacknowledged is how long a peer may leave what it was sent without an answer:
// longer than any hiccup, shorter than the grace in which offers are kept.
const unacknowledged = 30 * time.Second

// Listener wraps a TCP listener so that a peer that vanished without a word is
// found: what it does not acknowledge within 30 seconds ends the connection.
// The pings of the event stream see to it that there is always something.
func Listener(l net.Listener) net.Listener { return timeoutListener{l, unacknowledged} }

type timeoutListener struct {
	net.Listener
	timeout time.Duration
}

func (l timeoutListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		setUserTimeout(tcp, l.timeout) // best effort: a write deadline catches the rest
	}
	return conn, nil
}
