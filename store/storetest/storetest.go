// Package storetest gives each test a migrated database of its own on a real
// PostgreSQL.
package storetest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/secret"
	"switchboard/store"
)

// ServerURL names the environment variable with a PostgreSQL server to use, as
// a superuser. Without it a private server is started for the test run.
const ServerURL = "SWITCHBOARD_TEST_DATABASE_URL"

var (
	once     sync.Once
	server   string
	template string
	startErr error
	stop     = func() {}
)

// Main runs a package's tests and stops the server that they used.
func Main(m *testing.M) {
	code := m.Run()
	stop()
	os.Exit(code)
}

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
	admin := sqlx.MustConnect("postgres", server)
	defer admin.Close()
	mu.Lock() // a template must have no other user while it is copied
	_, err := admin.Exec(`CREATE DATABASE ` + name + ` TEMPLATE ` + template)
	mu.Unlock()
	if err != nil {
		t.Fatalf("test database: %v", err)
	}
	dsn := withDatabase(server, name)
	st, err := store.Open(dsn+"&lock_timeout=0", TestSealer()) // a slow machine is no reason to give up
	if err != nil {
		t.Fatal(err)
	}
	db := &DB{Store: st, SQL: sqlx.MustConnect("postgres", dsn), DSN: dsn}
	t.Cleanup(func() {
		_ = db.SQL.Close()
		_ = st.Close()
		a := sqlx.MustConnect("postgres", server)
		defer a.Close()
		_, _ = a.Exec(`DROP DATABASE ` + name + ` WITH (FORCE)`)
	})
	return db
}

var mu sync.Mutex

// TestSealer seals with a fixed key.
func TestSealer() store.Sealer {
	s, err := secret.NewBox(make([]byte, 32))
	if err != nil {
		panic(err)
	}
	return s
}

func prepare() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	server = os.Getenv(ServerURL)
	if server == "" {
		server, stop, startErr = startServer(ctx)
		if startErr != nil {
			return
		}
	}
	if !strings.Contains(server, "?") {
		server += "?"
	}
	admin, err := sqlx.ConnectContext(ctx, "postgres", server)
	if err != nil {
		startErr = err
		return
	}
	defer admin.Close()
	template = "template_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	if _, err := admin.ExecContext(ctx, `CREATE DATABASE `+template); err != nil {
		startErr = err
		return
	}
	stopServer := stop
	stop = func() {
		if a, err := sqlx.Connect("postgres", server); err == nil {
			_, _ = a.Exec(`DROP DATABASE IF EXISTS ` + template + ` WITH (FORCE)`)
			_ = a.Close()
		}
		stopServer()
	}
	st, err := store.Open(withDatabase(server, template), TestSealer())
	if err != nil {
		startErr = err
		return
	}
	defer st.Close()
	startErr = st.Migrate(ctx)
}

func withDatabase(dsn, name string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", ServerURL, err))
	}
	u.Path = "/" + name
	return u.String()
}
