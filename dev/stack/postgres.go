package stack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// PostgresOptions say where a private cluster lives.
type PostgresOptions struct {
	Dir      string // data, logs
	Port     int
	Password string    // of its superuser, "postgres"
	Progress io.Writer // nil: silent
	Lossy    bool      // for tests that never crash it: not flushed to disk, no password asked for
	InMemory bool      // for tests: its files are in memory where there is room, and gone with the machine's next boot
	Sessions int       // at a time; 300 if 0
}

// Postgres is a running private cluster.
type Postgres struct {
	opts PostgresOptions
	bin  string
	data string
	home string // the folder that was made for data alone, or empty
	cred *syscall.Credential
	proc *Process

	admin func() (*sqlx.DB, error)
}

// StartPostgres makes the cluster if it is not there, starts it and waits until
// it has recovered. PostgreSQL refuses to run as root; then it runs as an
// unprivileged user.
func StartPostgres(ctx context.Context, opts PostgresOptions) (*Postgres, error) {
	dir, err := filepath.Abs(opts.Dir)
	if err != nil {
		return nil, err
	}
	opts.Dir = dir
	if opts.Progress == nil {
		opts.Progress = io.Discard
	}
	p := newPostgres(opts)
	if p.bin, err = PostgresPrograms(ctx, opts.Dir, opts.Progress); err != nil {
		return nil, err
	}
	if err := p.place(); err != nil {
		return nil, err
	}
	if err := p.create(ctx); err != nil {
		return nil, err
	}
	return p, p.Restart(ctx)
}

func newPostgres(opts PostgresOptions) *Postgres {
	p := &Postgres{opts: opts}
	p.admin = sync.OnceValues(func() (*sqlx.DB, error) { return sqlx.Open("postgres", p.DSN("postgres")) })
	return p
}

// create makes a new cluster beside its place and moves it there when it is
// whole, so that one that was cut off leaves nothing half-made.
func (p *Postgres) create(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(p.data, "PG_VERSION")); err == nil {
		return nil
	}
	fmt.Fprintln(p.opts.Progress, "making a PostgreSQL cluster …")
	half, password := p.data+".new", p.data+".password"
	if err := os.RemoveAll(half); err != nil {
		return fmt.Errorf("make cluster: %w", err)
	}
	if err := os.WriteFile(password, []byte(p.opts.Password+"\n"), 0o600); err != nil {
		return fmt.Errorf("make cluster: %w", err)
	}
	defer os.Remove(password)
	if p.cred != nil {
		if err := os.Chown(password, int(p.cred.Uid), int(p.cred.Gid)); err != nil {
			return fmt.Errorf("make cluster: %w", err)
		}
	}
	method := "scram-sha-256"
	if p.opts.Lossy {
		method = "trust"
	}
	args := []string{"-D", half, "-U", "postgres", "-A", method, "--pwfile", password, "-E", "UTF8", "--locale", "C.UTF-8"}
	if p.opts.Lossy {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, "initdb"), args...)
	cmd.Dir = filepath.Dir(p.data)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.cred}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make cluster: %w: %s", err, out)
	}
	return os.Rename(half, p.data)
}

// Restart starts a cluster that was stopped or killed, and waits until it
// answers.
func (p *Postgres) Restart(ctx context.Context) error {
	if err := p.stopLeftover(ctx); err != nil {
		return err
	}
	settings := []string{
		"listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=" + strconv.Itoa(cmp.Or(p.opts.Sessions, 300)), "shared_buffers=256MB",
		"max_wal_size=2GB", "checkpoint_timeout=10min", "random_page_cost=1.1", "jit=off", "log_min_duration_statement=-1",
		"log_min_error_statement=panic", "log_parameter_max_length_on_error=0", "log_error_verbosity=terse", // no customer's text, address or number in a log
	}
	if p.opts.Lossy {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0")
	}
	if p.opts.InMemory {
		// With the cluster's other files, so that a server that was killed leaves nothing in memory.
		settings = append(settings, "dynamic_shared_memory_type=mmap")
	}
	args := []string{"-D", p.data, "-p", strconv.Itoa(p.opts.Port)}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	for {
		err := p.start(ctx, args)
		// After a crash its sessions may live a moment longer than the server and
		// keep the shared memory that the next one needs.
		if err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "shared memory") {
			return err
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

func (p *Postgres) start(ctx context.Context, args []string) error {
	proc, err := Start(Program{Name: "postgres", Path: filepath.Join(p.bin, "postgres"), Args: args, Dir: filepath.Dir(p.data),
		LogDir: filepath.Join(p.opts.Dir, "log"), Credential: p.cred, StopSignal: syscall.SIGINT})
	if err != nil {
		return err
	}
	p.proc = proc
	return waitFor(ctx, proc, func(ctx context.Context) error {
		db, err := sqlx.ConnectContext(ctx, "postgres", p.DSN("postgres"))
		if err != nil {
			return err
		}
		return db.Close()
	})
}

// stopLeftover stops a server that still runs on this cluster, left by a start
// that was killed.
func (p *Postgres) stopLeftover(ctx context.Context) error {
	b, err := os.ReadFile(filepath.Join(p.data, "postmaster.pid"))
	if err != nil {
		return nil //nolint:nilerr // no file: nothing was left
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || !isPostgres(pid) {
		return nil //nolint:nilerr // PostgreSQL removes a stale file itself
	}
	_ = syscall.Kill(pid, syscall.SIGINT)
	for isPostgres(pid) {
		if err := pause(ctx); err != nil {
			return fmt.Errorf("a PostgreSQL server (process %d) runs on %s and does not stop: %w", pid, p.data, err)
		}
	}
	return nil
}

func isPostgres(pid int) bool {
	if syscall.Kill(pid, 0) != nil && !errors.Is(syscall.Kill(pid, 0), syscall.EPERM) {
		return false
	}
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	return err != nil && !os.IsNotExist(err) || strings.Contains(string(b), "postgres")
}

// DSN is the address of one of the cluster's databases.
func (p *Postgres) DSN(database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword("postgres", p.opts.Password),
		Host: "127.0.0.1:" + strconv.Itoa(p.opts.Port), Path: "/" + database, RawQuery: "sslmode=disable"}
	return u.String()
}

// CreateDatabase makes a database unless it is there.
func (p *Postgres) CreateDatabase(ctx context.Context, name string) error {
	db, err := sqlx.ConnectContext(ctx, "postgres", p.DSN("postgres"))
	if err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	defer db.Close()
	var there bool
	if err := db.GetContext(ctx, &there, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name); err != nil || there {
		return err
	}
	if _, err := db.ExecContext(ctx, `CREATE DATABASE `+name); err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	return nil
}

// Stop ends the cluster in order, Kill as a crash would.
func (p *Postgres) Stop(ctx context.Context) { p.proc.Stop(ctx) }

// Kill ends the server and all its sessions at once.
func (p *Postgres) Kill() { p.proc.Kill() }

// CopyDatabase makes a database that is a copy of another, which nobody uses. Its
// files are copied, which costs less than half of what it does through the log.
func (p *Postgres) CopyDatabase(ctx context.Context, name, of string) error {
	return p.administer(ctx, `CREATE DATABASE `+pq.QuoteIdentifier(name)+` TEMPLATE `+pq.QuoteIdentifier(of)+` STRATEGY file_copy`)
}

// DropDatabase ends a database with all its sessions.
func (p *Postgres) DropDatabase(ctx context.Context, name string) error {
	return p.administer(ctx, `DROP DATABASE IF EXISTS `+pq.QuoteIdentifier(name)+` WITH (FORCE)`)
}

// administer uses sessions that stay: a new one costs more than most of what it
// is for.
func (p *Postgres) administer(ctx context.Context, statement string) error {
	db, err := p.admin()
	if err == nil {
		_, err = db.ExecContext(ctx, statement)
	}
	if err != nil {
		return fmt.Errorf("databases: %w", err)
	}
	return nil
}

// Remove deletes the cluster of a server that was stopped, and the folder that
// was made for it alone.
func (p *Postgres) Remove() {
	_ = os.RemoveAll(p.data)
	if p.home != "" {
		_ = os.Remove(p.home)
	}
}

// Process is the server's process.
func (p *Postgres) Process() *Process { return p.proc }

// empty says whether a database has no tables yet.
func (p *Postgres) empty(ctx context.Context, database string) (bool, error) {
	db, err := sqlx.ConnectContext(ctx, "postgres", p.DSN(database))
	if err != nil {
		return false, err
	}
	defer db.Close()
	var n int
	err = db.GetContext(ctx, &n, `SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind = 'r'`)
	return n == 0, err
}
