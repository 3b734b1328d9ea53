package web

import (
	"net"
	"sync"
)

// network is a way from a browser to the product that can be cut as real ones
// are: with a word (connections are reset and refused), or without (they stay
// open and carry nothing).
type network struct {
	listener net.Listener
	to       string

	mu     sync.Mutex
	state  string // "", "cut" or "silent"
	conns  map[net.Conn]struct{}
	change chan struct{} // closed with every change
}

func openNetwork(to string) (*network, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	n := &network{listener: l, to: to, conns: map[net.Conn]struct{}{}, change: make(chan struct{})}
	go n.accept()
	return n, nil
}

func (n *network) base() string { return "http://" + n.listener.Addr().String() }

// set changes the network's state. What was carried before a cut, or by a silent
// connection, does not come back: it is closed.
func (n *network) set(state string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.state = state
	close(n.change)
	n.change = make(chan struct{})
	if state == "silent" {
		return
	}
	for c := range n.conns {
		_ = c.Close()
	}
	clear(n.conns)
}

func (n *network) accept() {
	for {
		c, err := n.listener.Accept()
		if err != nil {
			return // the test has ended
		}
		if !n.keep(c) {
			_ = c.Close()
			continue
		}
		go n.carry(c)
	}
}

// keep adds a connection, unless the network is cut.
func (n *network) keep(c net.Conn) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.state == "cut" {
		return false
	}
	n.conns[c] = struct{}{}
	return true
}

func (n *network) carry(c net.Conn) {
	defer c.Close()
	out, err := net.Dial("tcp", n.to)
	if err != nil {
		return
	}
	defer out.Close()
	if !n.keep(out) {
		return
	}
	go n.pump(out, c)
	n.pump(c, out)
}

// pump copies one way, and holds back everything while the network is silent.
func (n *network) pump(to, from net.Conn) {
	defer to.Close()
	buf := make([]byte, 32<<10)
	for {
		size, err := from.Read(buf)
		n.wait()
		if size > 0 {
			if _, err := to.Write(buf[:size]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (n *network) wait() {
	for {
		n.mu.Lock()
		silent, change := n.state == "silent", n.change
		n.mu.Unlock()
		if !silent {
			return
		}
		<-change
	}
}
