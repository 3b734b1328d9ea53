package ingest_test

import (
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

type proxyMode int

const (
	up     proxyMode = iota
	refuse           // connections are closed, new ones at once
	hang             // connections stay, nothing passes
)

// proxy stands between a store and PostgreSQL and can be told to fail.
type proxy struct {
	addr, target string
	mu           sync.Mutex
	mode         proxyMode
	changed      chan struct{}
	conns        map[net.Conn]bool
}

func newProxy(t testing.TB, target string) *proxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{addr: l.Addr().String(), target: target, changed: make(chan struct{}), conns: map[net.Conn]bool{}}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.set(refuse)
		wg.Wait()
	})
	return p
}

// set changes how the proxy behaves; refuse also ends what is open.
func (p *proxy) set(m proxyMode) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode = m
	close(p.changed)
	p.changed = make(chan struct{})
	if m == refuse {
		for c := range p.conns {
			_ = c.Close()
		}
	}
}

// pass waits while nothing may pass.
func (p *proxy) pass() bool {
	for {
		p.mu.Lock()
		m, changed := p.mode, p.changed
		p.mu.Unlock()
		if m != hang {
			return m == up
		}
		<-changed
	}
}

func (p *proxy) track(c net.Conn, open bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if open {
		p.conns[c] = true
		return
	}
	delete(p.conns, c)
	_ = c.Close()
}

func (p *proxy) serve(client net.Conn) {
	p.track(client, true)
	defer p.track(client, false)
	if !p.pass() {
		return
	}
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	p.track(server, true)
	defer p.track(server, false)
	var wg sync.WaitGroup
	wg.Go(func() { p.pump(server, client) })
	p.pump(client, server)
	wg.Wait()
}

func (p *proxy) pump(to, from net.Conn) {
	defer to.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if err != nil || !p.pass() {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}
