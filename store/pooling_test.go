package store_test

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/store"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
	"switchboard/store/storetest"
)

// pooler stands before PostgreSQL and speaks its protocol: like PgBouncer it
// gives clients its own sessions, for as long as they stay or for a transaction.
type pooler struct {
	addr, target, database string
	transactions           bool

	mu   sync.Mutex
	idle []*backend
	open []net.Conn
}

type backend struct {
	net.Conn
	r        *bufio.Reader
	greeting []byte // what it told of itself
}

func startPooler(t *testing.T, dsn string, transactions bool) (*pooler, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &pooler{addr: l.Addr().String(), target: u.Host, database: u.Path[1:], transactions: transactions}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.track(c)
			all.Go(func() { defer c.Close(); p.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.mu.Lock()
		for _, c := range p.open {
			_ = c.Close()
		}
		p.mu.Unlock()
		all.Wait()
	})
	u.Host = p.addr
	return p, u.String()
}

func (p *pooler) track(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = append(p.open, c)
}

// serve passes on what a client says, to a session that it has or is given.
func (p *pooler) serve(client net.Conn) {
	r := bufio.NewReader(client)
	if !welcome(client, r) {
		return
	}
	server := p.take()
	if server == nil {
		return
	}
	if _, err := client.Write(server.greeting); err != nil {
		return
	}
	for {
		if server != nil && p.transactions {
			p.give(server)
			server = nil
		}
		for status := byte(0); status != 'I' || !p.transactions; {
			kind, message, err := readMessage(r)
			if err != nil || kind == 'X' {
				if server != nil {
					_ = server.Close()
				}
				return
			}
			if server == nil {
				if server = p.take(); server == nil {
					return
				}
			}
			_, _ = server.Write(message)
			if kind != 'Q' && kind != 'S' {
				continue
			}
			if status, err = answer(client, server.r); err != nil {
				_ = server.Close()
				return
			}
		}
	}
}

// answer passes on what the server says until it waits for the client, and
// returns whether it is in a transaction.
func answer(client net.Conn, server *bufio.Reader) (byte, error) {
	for {
		kind, message, err := readMessage(server)
		if err != nil {
			return 0, err
		}
		if _, err := client.Write(message); err != nil {
			return 0, err
		}
		if kind == 'Z' {
			return message[5], nil
		}
	}
}

// welcome reads how a client begins.
func welcome(client net.Conn, r *bufio.Reader) bool {
	for {
		head := make([]byte, 8)
		if _, err := io.ReadFull(r, head); err != nil {
			return false
		}
		if _, err := io.CopyN(io.Discard, r, int64(binary.BigEndian.Uint32(head))-8); err != nil {
			return false
		}
		switch binary.BigEndian.Uint32(head[4:]) {
		case 80877103: // TLS?
			_, _ = client.Write([]byte("N"))
		case 80877102: // cancel
			return false
		default:
			return true
		}
	}
}

func (p *pooler) give(b *backend) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, b)
}

// take returns the session used last, or a new one.
func (p *pooler) take() *backend {
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		b := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return b
	}
	p.mu.Unlock()
	c, err := net.Dial("tcp", p.target)
	if err != nil {
		return nil
	}
	p.track(c)
	start := "\x00\x03\x00\x00user\x00postgres\x00database\x00" + p.database + "\x00\x00"
	_, _ = c.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(start)+4)), start...))
	b := &backend{Conn: c, r: bufio.NewReader(c)}
	for {
		kind, message, err := readMessage(b.r)
		if err != nil || kind == 'E' {
			return nil
		}
		b.greeting = append(b.greeting, message...)
		if kind == 'Z' {
			return b
		}
	}
}

func readMessage(r *bufio.Reader) (kind byte, message []byte, err error) {
	head := make([]byte, 5)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, nil, err
	}
	message = append(head, make([]byte, binary.BigEndian.Uint32(head[1:])-4)...)
	_, err = io.ReadFull(r, message[5:])
	return head[0], message, err
}

// A pooler that pools transactions is found at the start and refused; one that
// pools sessions serves.
func TestField_F13_APoolerMustPoolSessions(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	require.NoError(t, db.CheckSessions(t.Context()), "PostgreSQL itself")
	for _, transactions := range []bool{false, true} {
		_, dsn := startPooler(t, db.DSN, transactions)
		st, err := store.Open(dsn, storetest.TestSealer())
		require.NoError(t, err)
		defer st.Close()
		require.NoError(t, st.Ping(t.Context()), "it passes everything on")
		err = st.CheckSessions(t.Context())
		if transactions {
			require.ErrorIs(t, err, pg.ErrSharedSessions)
			require.ErrorContains(t, err, "pool_mode = session")
			continue
		}
		require.NoError(t, err)
		for range 3 { // prepared, too
			_, err := st.Admin.Agents(t.Context(), auditdb.Page{Limit: 1})
			require.NoError(t, err)
		}
	}
}
