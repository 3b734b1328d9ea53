// Package rig runs the whole product on real parts for tests and measurements:
// PostgreSQL, Temporal, the product's own processes, and the providers' stand-ins,
// each on free ports and in a folder of its own.
package rig

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/api/apiclient"
	"switchboard/dev/sandbox"
	"switchboard/dev/stack"
	"switchboard/test/tier"
	"switchboard/web/shop"
)

// Options say what to run.
type Options struct {
	Dir      string    // everything that is kept
	Binary   string    // the product, from Build
	Split    bool      // api and worker as two processes, not one
	Own      bool      // PostgreSQL and Temporal of its own, because the test breaks them; they flush
	Progress io.Writer // nil: silent
	Env      []string  // added to the product's processes
	LongRun  int       // events after which Temporal suggests that a workflow continues as new; 0 is its default. Needs Own
}

// Rig is a running product.
type Rig struct {
	Postgres *stack.Postgres
	Temporal *stack.Temporal
	Sandbox  *sandbox.Sandbox
	Base     string            // of the product's API
	Admin    *apiclient.Client // an administrator
	ShopKey  string            // public key, PEM, with which the demo's shop signs its visitors in

	opts      Options
	database  string
	namespace string
	expected  []string // IDs of workflows whose panics a test makes
	lossy     bool     // nobody asked for servers of its own, so nobody breaks them
	env       []string
	port      int
	phones    *http.Server
	phoneAt   string
	procs     map[string]*stack.Process
	kept      atomic.Pointer[sqlx.DB] // sessions of Look
}

// Administrator of every rig.
const (
	AdminEmail = "admin@example.com"
	Password   = "correct-horse-battery" // of everybody
)

// Build returns the product's program: the one that was built for this run of all
// tests, or one that it compiles into dir. Beside it is switchboard-dev.
func Build(ctx context.Context, dir string) (string, error) {
	if built := os.Getenv(tier.Binary); built != "" {
		return built, nil
	}
	return Compile(ctx, dir)
}

// Compile compiles both programs into dir, with the flags of go build that are
// given, and returns the product's.
func Compile(ctx context.Context, dir string, flags ...string) (string, error) {
	args := slices.Concat([]string{"build", "-o", dir + "/"}, flags, []string{"switchboard/cmd/switchboard", "switchboard/cmd/switchboard-dev"})
	if b, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, b)
	}
	return filepath.Join(dir, "switchboard"), nil
}

// Start runs everything and signs the administrator in. What was started is
// stopped again if something fails.
func Start(ctx context.Context, o Options) (r *Rig, err error) {
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	r = &Rig{opts: o, procs: map[string]*stack.Process{}}
	defer func() {
		if err != nil {
			r.Stop()
		}
	}()
	first, err := stack.FreePorts(1)
	if err != nil {
		return r, err
	}
	r.port = first
	r.Base = "http://127.0.0.1:" + strconv.Itoa(r.port)
	if err := r.startServers(ctx); err != nil {
		return r, err
	}
	if err := r.startSandbox(); err != nil {
		return r, err
	}
	r.env = append(r.environ(), o.Env...)
	if err := r.migrate(ctx); err != nil {
		return r, err
	}
	for _, name := range r.Parts() {
		if err := r.Run(ctx, name); err != nil {
			return r, err
		}
	}
	r.Admin, err = apiclient.SignIn(ctx, r.Base, AdminEmail, Password)
	return r, err
}

// startServers finds PostgreSQL and Temporal, or starts them, and makes a
// database and a namespace there.
func (r *Rig) startServers(ctx context.Context) (err error) {
	dsn, address := os.Getenv(tier.ProductURL), os.Getenv(tier.TemporalAddress)
	if r.lossy = !r.opts.Own; r.opts.Own || dsn == "" || address == "" {
		r.opts.Own = true
		r.database, r.namespace = "switchboard", stack.Namespace
		return r.startOwnServers(ctx)
	}
	id := strings.ReplaceAll(uuid.NewString(), "-", "")
	r.database, r.namespace = "rig_"+id, "rig-"+id
	if r.Postgres, err = stack.AttachPostgres(dsn); err != nil {
		return err
	}
	if r.Temporal, err = stack.AttachTemporal(address); err != nil {
		return err
	}
	return r.Postgres.CreateDatabase(ctx, r.database)
}

func (r *Rig) startOwnServers(ctx context.Context) error {
	first, err := stack.FreePorts(1 + stack.TemporalPorts)
	if err != nil {
		return err
	}
	if r.Postgres, err = stack.StartPostgres(ctx, stack.PostgresOptions{Dir: r.opts.Dir, Port: first, Password: "rig", Lossy: r.lossy, InMemory: !tier.Long(),
		Progress: r.opts.Progress}); err != nil {
		return err
	}
	if err := r.Postgres.CreateDatabase(ctx, r.database); err != nil {
		return err
	}
	server := stack.TemporalOptions{Dir: r.opts.Dir, Port: first + 1, Postgres: r.Postgres, Progress: r.opts.Progress, Revive: true}
	if r.opts.LongRun > 0 {
		server.Dynamic = fmt.Sprintf("limit.historyCount.suggestContinueAsNew:\n  - value: %d\n", r.opts.LongRun)
	}
	r.Temporal, err = stack.StartTemporal(ctx, server)
	return err
}

// DSN is the address of the product's database.
func (r *Rig) DSN() string { return r.Postgres.DSN(r.database) }

// Namespace is where the product's workflows are at Temporal.
func (r *Rig) Namespace() string { return r.namespace }

// Parts names the product's processes.
func (r *Rig) Parts() []string {
	if r.opts.Split {
		return []string{"api", "worker"}
	}
	return []string{"serve"}
}

func (r *Rig) startSandbox() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	r.phoneAt = "http://" + l.Addr().String()
	private, public, err := shopKey()
	if err != nil {
		return err
	}
	r.ShopKey = public
	if r.Sandbox, err = sandbox.New(sandbox.Config{PublicURL: r.phoneAt}); err != nil {
		return err
	}
	if err := r.Sandbox.OpenShop(private); err != nil {
		return err
	}
	pages, err := shop.Handler(shop.Config{API: r.Base})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", r.Sandbox.Handler())
	mux.Handle("GET /shop/", pages)
	mux.Handle("GET /shop/auth/", r.Sandbox.Handler())
	r.phones = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = r.phones.Serve(l) }() // ends with Stop
	return nil
}

// shopKey makes a pair of keys, PEM.
func shopKey() (private, public string, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", "", err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", "", err
	}
	known, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	text := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	return text("PRIVATE KEY", secret), text("PUBLIC KEY", known), err
}

func (r *Rig) environ() []string {
	key := make([]byte, 32)
	rand.Read(key)
	return []string{
		"SWITCHBOARD_DATABASE_URL=" + r.DSN(), "SWITCHBOARD_TEMPORAL_ADDRESS=" + r.Temporal.Address(), "SWITCHBOARD_TEMPORAL_NAMESPACE=" + r.namespace,
		"SWITCHBOARD_KEY=" + base64.StdEncoding.EncodeToString(key), "SWITCHBOARD_PUBLIC_URL=" + r.Base,
		"SWITCHBOARD_LISTEN=127.0.0.1:" + strconv.Itoa(r.port), "SWITCHBOARD_FILES_URL=" + filepath.Join(r.opts.Dir, "files"),
		"SWITCHBOARD_JOURNAL_DIR=" + filepath.Join(r.opts.Dir, "journal"),
		"SWITCHBOARD_ALLOW_PRIVATE_HOSTS=127.0.0.1,localhost",
	}
}

func (r *Rig) program(name string) stack.Program {
	return stack.Program{Name: name, Path: r.opts.Binary, Args: []string{name}, Env: r.env, LogDir: r.LogDir()}
}

func (r *Rig) migrate(ctx context.Context) error {
	p := r.program("migrate")
	p.Env = append(p.Env, "SWITCHBOARD_ADMIN_EMAIL="+AdminEmail, "SWITCHBOARD_ADMIN_PASSWORD="+Password)
	proc, err := stack.Start(p)
	if err != nil {
		return err
	}
	return proc.Wait(ctx)
}

// Launch starts one of the product's processes and does not wait for it.
func (r *Rig) Launch(name string) error {
	proc, err := stack.Start(r.program(name))
	if err != nil {
		return err
	}
	r.procs[name] = proc
	return nil
}

// Run starts one of the product's processes and waits until it is ready.
func (r *Rig) Run(ctx context.Context, name string) error {
	if err := r.Launch(name); err != nil || name == "worker" {
		return err
	}
	return stack.WaitHTTP(ctx, r.procs[name], r.Base+"/readyz")
}

// Process is one of the product's processes.
func (r *Rig) Process(name string) *stack.Process { return r.procs[name] }

// LogDir is where all processes write.
func (r *Rig) LogDir() string { return filepath.Join(r.opts.Dir, "log") }

// PhonesAt is where the sandbox is reached.
func (r *Rig) PhonesAt() string { return r.phoneAt }

// Stop ends everything, in order.
func (r *Rig) Stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	r.EndLooks()
	for _, p := range r.procs {
		p.Stop(ctx)
	}
	if r.phones != nil {
		_ = r.phones.Close()
		_ = r.Sandbox.Close()
	}
	if r.opts.Own && r.Temporal != nil {
		r.Temporal.Stop(ctx)
	}
	if r.opts.Own && r.Postgres != nil {
		r.Postgres.Stop(ctx)
		r.Postgres.Remove()
	}
	_ = os.RemoveAll(r.opts.Dir)
}

// Count answers a question to the product's database that has one number as its
// answer.
func (r *Rig) Count(ctx context.Context, query string, args ...any) (n int, err error) {
	err = r.Look(ctx, func(db *sqlx.DB) error { return db.GetContext(ctx, &n, query, args...) })
	return n, err
}

// sessionsKept is how many tests of a package look at the same moment.
const sessionsKept = 8

// Look has do read the product's database, once more when a session that was kept
// has ended meanwhile with its server. Tests look many times each second, and to
// begin a session costs more than most of what they ask.
func (r *Rig) Look(ctx context.Context, do func(*sqlx.DB) error) error {
	if db := r.kept.Load(); db != nil && do(db) == nil {
		return nil
	}
	r.EndLooks()
	db, err := sqlx.ConnectContext(ctx, "postgres", r.DSN())
	if err != nil {
		return err
	}
	db.SetMaxIdleConns(sessionsKept)
	if err := do(db); err != nil {
		_ = db.Close()
		return err
	}
	if !r.kept.CompareAndSwap(nil, db) {
		_ = db.Close()
	}
	return nil
}

// EndLooks ends the sessions that are kept, for what needs the database to itself.
func (r *Rig) EndLooks() {
	if db := r.kept.Swap(nil); db != nil {
		_ = db.Close()
	}
}
