package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"switchboard/dev/demo"
	"switchboard/dev/stack"
)

type devCommand struct {
	Dir          string `help:"Folder of everything that is kept." default:".data" env:"SWITCHBOARD_DEV_DIR"`
	Port         int    `help:"Port of the API." default:"8080" env:"SWITCHBOARD_DEV_PORT"`
	SandboxPort  int    `help:"Port of the sandbox, with phones to type on." default:"8090" env:"SWITCHBOARD_DEV_SANDBOX_PORT"`
	UIPort       int    `name:"ui-port" help:"Port of the Temporal UI." default:"8233" env:"SWITCHBOARD_DEV_UI_PORT"`
	TemporalPort int    `help:"First of nine ports of Temporal; below 32768." default:"7233" env:"SWITCHBOARD_DEV_TEMPORAL_PORT"`
	PostgresPort int    `help:"Port of PostgreSQL." default:"5466" env:"SWITCHBOARD_DEV_POSTGRES_PORT"`
}

// Run starts everything in order of need, keeps it running, and stops it in the
// reverse order. What is killed is started again; what was killed together with
// this process recovers at the next start.
func (c *devCommand) Run(ctx context.Context, _ *slog.Logger) error {
	began := time.Now()
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("folder of data: %w", err)
	}
	lock, err := lockDir(dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	d := &dev{devCommand: *c, dir: dir, out: os.Stdout}
	if d.secrets, err = loadSecrets(filepath.Join(dir, "secrets.json")); err != nil {
		return err
	}
	defer d.stop()
	if err := d.start(ctx); err != nil {
		return err
	}
	var filling sync.WaitGroup
	defer filling.Wait()
	fresh := d.fresh()
	d.summary(ctx, fresh, time.Since(began))
	filling.Go(func() { d.fill(ctx, fresh) })
	return d.watch(ctx)
}

// lockDir keeps two of us from using one folder.
func lockDir(dir string) (io.Closer, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("another switchboard-dev runs on %s: stop it, or choose another folder with --dir", dir)
	}
	return f, nil
}

// dev is everything that runs.
type dev struct {
	devCommand
	dir      string
	out      io.Writer
	secrets  *devSecrets
	temporal *stack.Temporal
	company  *demo.Company
	running  []*member // in order of start
}

// member is one running part; restart starts it again after it ended.
type member struct {
	name    string
	process func() *stack.Process
	restart func(context.Context) error
}

func (d *dev) base() string    { return "http://127.0.0.1:" + strconv.Itoa(d.Port) }
func (d *dev) sandbox() string { return "http://127.0.0.1:" + strconv.Itoa(d.SandboxPort) }

func (d *dev) say(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }

func (d *dev) start(ctx context.Context) error {
	if err := d.ports(ctx); err != nil {
		return err
	}
	d.say("[1/6] PostgreSQL on port %d", d.PostgresPort)
	pg, err := stack.StartPostgres(ctx, stack.PostgresOptions{Dir: d.dir, Port: d.PostgresPort, Password: d.secrets.Postgres, Progress: d.out})
	if err != nil {
		return err
	}
	d.running = append(d.running, &member{"postgres", pg.Process, pg.Restart})
	if err := pg.CreateDatabase(ctx, "switchboard"); err != nil {
		return err
	}
	d.say("[2/6] Temporal on port %d", d.TemporalPort)
	d.temporal, err = stack.StartTemporal(ctx, stack.TemporalOptions{Dir: d.dir, Port: d.TemporalPort, Postgres: pg, Progress: d.out})
	if err != nil {
		return err
	}
	d.running = append(d.running, &member{"temporal", d.temporal.Process, d.temporal.Restart})
	d.say("[3/6] Temporal UI on port %d", d.UIPort)
	ui, err := d.startUI(ctx)
	if err != nil {
		return err
	}
	d.running = append(d.running, &member{"temporal-ui", ui.Process, ui.Restart})
	d.say("[4/6] api on port %d, worker", d.Port)
	if err := d.product(ctx, pg.DSN("switchboard")); err != nil {
		return err
	}
	d.say("[5/6] the demo's company")
	if d.company, err = d.configure(ctx); err != nil {
		return fmt.Errorf("the demo's company: %w", err)
	}
	d.say("[6/6] sandbox on port %d", d.SandboxPort)
	a := d.company.Accounts
	return d.startSandbox(ctx, d.sandboxAccounts(a))
}

// stopsWithin is how long the parts of an earlier start may take to end.
const stopsWithin = 30 * time.Second

// ports checks that all ports are free. Those of a start that was killed a
// moment ago free themselves within seconds.
func (d *dev) ports(ctx context.Context) error {
	wanted := []struct {
		first, n  int
		what, how string
	}{
		{d.Port, 1, "the API", "--port or SWITCHBOARD_DEV_PORT"},
		{d.SandboxPort, 1, "the sandbox", "--sandbox-port or SWITCHBOARD_DEV_SANDBOX_PORT"},
		{d.UIPort, 1, "the Temporal UI", "--ui-port or SWITCHBOARD_DEV_UI_PORT"},
		{d.TemporalPort, stack.TemporalPorts, "Temporal", "--temporal-port or SWITCHBOARD_DEV_TEMPORAL_PORT"},
	}
	patience, cancel := context.WithTimeout(ctx, stopsWithin)
	defer cancel()
	said := false
	for _, w := range wanted {
		taken := stack.PortsTaken(w.first, w.n)
		for taken != 0 {
			if patience.Err() != nil {
				return fmt.Errorf("port %d, wanted for %s, is taken: choose another with %s", taken, w.what, w.how)
			}
			if !said {
				said = true
				d.say("port %d, wanted for %s, is taken; waiting up to %s for an earlier start to end …", taken, w.what, stopsWithin)
			}
			select {
			case <-patience.Done():
			case <-time.After(100 * time.Millisecond):
			}
			taken = stack.PortsTaken(w.first, w.n)
		}
	}
	return ctx.Err()
}

// product starts the product's own processes.
func (d *dev) product(ctx context.Context, database string) error {
	path, err := productBinary()
	if err != nil {
		return err
	}
	env := d.environ(database)
	migrate, err := stack.Start(stack.Program{Name: "migrate", Path: path, Args: []string{"migrate"}, LogDir: filepath.Join(d.dir, "log"),
		Env: append(env, "SWITCHBOARD_ADMIN_EMAIL="+adminEmail, "SWITCHBOARD_ADMIN_PASSWORD="+d.secrets.Password)})
	if err != nil {
		return err
	}
	if err := migrate.Wait(ctx); err != nil {
		return err
	}
	for _, name := range []string{"api", "worker"} {
		m := &member{name: name}
		var proc *stack.Process
		m.process = func() *stack.Process { return proc }
		m.restart = func(ctx context.Context) error {
			var err error
			proc, err = stack.Start(stack.Program{Name: name, Path: path, Args: []string{name}, Env: env, LogDir: filepath.Join(d.dir, "log")})
			if err != nil || name != "api" {
				return err
			}
			return stack.WaitHTTP(ctx, proc, d.base()+"/readyz")
		}
		if err := m.restart(ctx); err != nil {
			return err
		}
		d.running = append(d.running, m)
	}
	return nil
}

// environ is how the product's processes find what they need.
func (d *dev) environ(database string) []string {
	return []string{"SWITCHBOARD_DATABASE_URL=" + database, "SWITCHBOARD_TEMPORAL_ADDRESS=" + d.temporal.Address(),
		"SWITCHBOARD_TEMPORAL_NAMESPACE=" + stack.Namespace, "SWITCHBOARD_KEY=" + d.secrets.Key,
		"SWITCHBOARD_ALLOW_PRIVATE_HOSTS=127.0.0.1,localhost", // the sandbox, and what one tries out
		"SWITCHBOARD_PUBLIC_URL=" + d.base(), "SWITCHBOARD_LISTEN=127.0.0.1:" + strconv.Itoa(d.Port),
		"SWITCHBOARD_FILES_URL=" + filepath.Join(d.dir, "files"), "SWITCHBOARD_JOURNAL_DIR=" + filepath.Join(d.dir, "journal"),
		// What whoever runs this set for another Temporal does not concern this one.
		"TEMPORAL_TLS=false", "TEMPORAL_API_KEY=", "TEMPORAL_CONFIG_FILE=", "TEMPORAL_PROFILE="}
}

func (d *dev) startSandbox(ctx context.Context, accounts sandboxAccounts) error {
	file := filepath.Join(d.dir, "sandbox.json")
	b, err := json.Marshal(accounts)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		return fmt.Errorf("sandbox's accounts: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	m := &member{name: "sandbox"}
	var proc *stack.Process
	m.process = func() *stack.Process { return proc }
	m.restart = func(ctx context.Context) error {
		var err error
		proc, err = stack.Start(stack.Program{Name: "sandbox", Path: self, LogDir: filepath.Join(d.dir, "log"),
			Args: []string{"sandbox", "--api", d.base(), "--accounts", file, "--listen", "127.0.0.1:" + strconv.Itoa(d.SandboxPort), "--journal", filepath.Join(d.dir, "sandbox.jsonl")}})
		if err != nil {
			return err
		}
		return stack.WaitHTTP(ctx, proc, d.sandbox()+"/_sandbox/state")
	}
	if err := m.restart(ctx); err != nil {
		return err
	}
	d.running = append(d.running, m)
	return nil
}

// watch starts again what ends, until ctx does.
func (d *dev) watch(ctx context.Context) error {
	ended := make(chan *member)
	follow := func(m *member) {
		select {
		case <-m.process().Done():
			select {
			case ended <- m:
			case <-ctx.Done():
			}
		case <-ctx.Done():
		}
	}
	for _, m := range d.running {
		go follow(m)
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case m := <-ended:
			d.say("%s ended and is started again; its log is %s", m.name, m.process().Log())
			if err := m.restart(ctx); err != nil && ctx.Err() == nil {
				d.say("%s does not start: %v", m.name, err)
				select {
				case <-ctx.Done():
					return nil
				case <-time.After(time.Second): // not in a tight circle
				}
			}
			go follow(m)
		}
	}
}

// stop ends everything, the last started first.
func (d *dev) stop() {
	d.say("stopping …")
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	for i := len(d.running) - 1; i >= 0; i-- {
		if p := d.running[i].process(); p != nil {
			p.Stop(ctx)
		}
	}
}
