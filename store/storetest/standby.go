package storetest

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"switchboard/dev/stack"
	"switchboard/store"
)

// Pair is a primary and a hot standby behind one address, as a virtual address
// or a name gives it: it leads to the primary until TurnToStandby.
type Pair struct {
	DB      *DB       // through the address; its SQL goes to the primary itself
	Standby *sqlx.DB  // to the standby itself
	front   *frontend // where the address leads
	second  string
}

// NewPair starts both, with a migrated database.
func NewPair(t testing.TB) *Pair {
	t.Helper()
	dir, err := os.MkdirTemp("", "switchboard-pair-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	bin, err := stack.PostgresPrograms(t.Context(), dir, os.Stderr)
	require.NoError(t, err)
	cred, err := stack.PostgresUser()
	require.NoError(t, err)
	if cred != nil {
		require.NoError(t, os.Chown(dir, int(cred.Uid), int(cred.Gid)))
	}
	run := func(name string, args ...string) {
		path := filepath.Join(bin, name)
		if name == "cp" || name == "touch" {
			path = name
		}
		cmd := exec.Command(path, args...)
		cmd.Dir, cmd.SysProcAttr = dir, &syscall.SysProcAttr{Credential: cred}
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", name, out)
	}
	port := func() string {
		n, err := stack.FreePorts(1)
		require.NoError(t, err)
		return strconv.Itoa(n)
	}
	start := func(data, port, more string) {
		options := fmt.Sprintf("-p %s -c listen_addresses=127.0.0.1 -c fsync=off -k %s %s", port, dir, more)
		run("pg_ctl", "-D", data, "-w", "-l", filepath.Join(dir, filepath.Base(data)+".log"), "-o", options, "start")
	}
	stop := func(data, how string) { run("pg_ctl", "-D", data, "-m", how, "-w", "stop") }
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	run("initdb", "-D", first, "-U", "postgres", "-A", "trust", "--no-sync")
	primary, standby := port(), port()
	start(first, primary, "")
	dsn := func(port string) string {
		return "postgres://postgres@127.0.0.1:" + port + "/postgres?sslmode=disable"
	}
	migrated, err := store.Open(dsn(primary), TestSealer())
	require.NoError(t, err)
	require.NoError(t, migrated.Migrate(t.Context()))
	require.NoError(t, migrated.Close())
	stop(first, "fast") // a copy of a server that was stopped in order is a base backup
	run("cp", "-a", first, second)
	run("touch", filepath.Join(second, "standby.signal"))
	start(first, primary, "")
	t.Cleanup(func() { stop(first, "immediate") })
	start(second, standby, "-c primary_conninfo='host=127.0.0.1 port="+primary+" user=postgres'")
	t.Cleanup(func() { stop(second, "immediate") })

	p := &Pair{front: newFrontend(t, "127.0.0.1:"+primary), second: "127.0.0.1:" + standby}
	_, address, err := net.SplitHostPort(p.front.addr)
	require.NoError(t, err)
	st, err := store.Open(dsn(address), TestSealer())
	require.NoError(t, err)
	p.DB = &DB{Store: st, SQL: sqlx.MustConnect("postgres", dsn(primary)), DSN: dsn(address)}
	p.Standby = sqlx.MustConnect("postgres", dsn(standby))
	t.Cleanup(func() { _, _, _ = p.DB.SQL.Close(), p.Standby.Close(), st.Close() })
	return p
}

// TurnToStandby ends all connections; new ones reach the standby.
func (p *Pair) TurnToStandby() { p.front.turn(p.second) }

// frontend passes connections on to where it is turned.
type frontend struct {
	addr string

	mu     sync.Mutex
	target string
	open   map[net.Conn]bool
}

func newFrontend(t testing.TB, target string) *frontend {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f := &frontend{addr: l.Addr().String(), target: target, open: map[net.Conn]bool{}}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { f.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		f.turn("")
		all.Wait()
	})
	return f
}

func (f *frontend) turn(target string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.target = target
	for c := range f.open {
		_ = c.Close()
	}
	clear(f.open)
}

func (f *frontend) serve(client net.Conn) {
	defer client.Close()
	f.mu.Lock()
	server, err := net.Dial("tcp", f.target)
	if err != nil {
		f.mu.Unlock()
		return
	}
	f.open[client], f.open[server] = true, true
	f.mu.Unlock()
	defer server.Close()
	var both sync.WaitGroup
	both.Go(func() { defer client.Close(); _, _ = io.Copy(client, server) })
	_, _ = io.Copy(server, client)
	_ = server.Close()
	both.Wait()
}
