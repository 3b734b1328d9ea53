// Package storetest gives each test a migrated database of its own on a real
// PostgreSQL.
package storetest

import (
	"context"
	"flag"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/dev/stack"
	"switchboard/secret"
	"switchboard/store"
	"switchboard/store/pg"
	"switchboard/test/tier"
)

var (
	once     sync.Once
	server   *stack.Postgres
	template string
	startErr error
	stop     = func() {}
)

// shortChecks is how many cases of a property the short run draws: each here is
// many statements.
const shortChecks = "30"

// Main runs a package's tests and stops the server that they used.
func Main(m *testing.M) {
	if f := flag.Lookup("rapid.checks"); f != nil && !tier.Long() {
		_ = f.Value.Set(shortChecks)
	}
	code := m.Run()
	stop()
	os.Exit(code)
}

// crowd is how many of a test's goroutines look at its database at once. With fewer
// idle sessions than that each look makes a new one, which costs more than the look.
const crowd = 20

// A DB is a test's own database: the store under test, and plain SQL to look at it.
type DB struct {
	*store.Store
	SQL *sqlx.DB
	DSN string
}

// New returns a fresh migrated database that ends with the test.
func New(t testing.TB) *DB {
	t.Helper()
	once.Do(prepare)
	if startErr != nil {
		t.Fatalf("test database: %v", startErr)
	}
	name := "test_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	if err := server.CopyDatabase(t.Context(), name, template); err != nil {
		t.Fatalf("test database: %v", err)
	}
	dsn := server.DSN(name)
	st, err := store.Open(dsn+"&lock_timeout=0", TestSealer()) // a slow machine is no reason to give up
	if err != nil {
		t.Fatal(err)
	}
	db := &DB{Store: st, SQL: sqlx.MustConnect("postgres", dsn), DSN: dsn}
	db.SQL.SetMaxIdleConns(crowd)
	t.Cleanup(func() {
		_ = db.SQL.Close()
		_ = st.Close()
		_ = server.DropDatabase(context.Background(), name) // hundreds would be too much for memory
	})
	return db
}

// TestSealer seals with a fixed key.
func TestSealer() pg.Sealer {
	s, err := secret.NewBox(make([]byte, 32))
	if err != nil {
		panic(err)
	}
	return s
}

func prepare() {
	ctx, cancel := context.WithTimeout(context.Background(), tier.Patience(2*time.Minute))
	defer cancel()
	startErr = start(ctx)
}

// start finds the server and the template of this run, or makes them.
func start(ctx context.Context) (err error) {
	if dsn := os.Getenv(tier.PostgresURL); dsn != "" {
		if server, err = stack.AttachPostgres(dsn); err != nil {
			return err
		}
		if template = os.Getenv(tier.Template); template != "" {
			return nil
		}
	} else if err := startServer(ctx); err != nil {
		return err
	}
	template = "template_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	if err := server.CreateDatabase(ctx, template); err != nil {
		return err
	}
	st, err := store.Open(server.DSN(template), TestSealer())
	if err != nil {
		return err
	}
	defer st.Close()
	return st.Migrate(ctx)
}

// startServer starts a server for this process alone.
func startServer(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "switchboard-test-")
	if err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // PostgreSQL's user passes through
		return err
	}
	port, err := stack.FreePorts(1)
	if err != nil {
		return err
	}
	server, err = stack.StartPostgres(ctx, stack.PostgresOptions{Dir: dir, Port: port, Password: "test", Lossy: true, InMemory: !tier.Long(), Progress: os.Stderr})
	if err != nil {
		return err
	}
	stop = func() {
		server.Stop(context.Background())
		server.Remove()
		_ = os.RemoveAll(dir)
	}
	return nil
}
