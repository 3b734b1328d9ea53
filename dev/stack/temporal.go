package stack

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"text/template"
	"time"

	"switchboard/schema/namespace"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
)

// Namespace is where the product's workflows live.
const Namespace = "switchboard"

//go:embed temporal.yaml
var temporalConfig string

//go:embed dynamic.yaml
var dynamicConfig []byte

// TemporalPorts is how many consecutive ports a Temporal server takes from
// TemporalOptions.Port on: one for clients, the rest among its services.
const TemporalPorts = 9

// TemporalOptions say where a Temporal server keeps its files and listens.
type TemporalOptions struct {
	Dir      string
	Port     int // of its frontend
	Postgres *Postgres
	Progress io.Writer
	Dynamic  string // more of Temporal's dynamic configuration, as YAML
	Revive   bool   // started again when it ends by itself; otherwise that is left to the caller
}

// Temporal is a running server.
type Temporal struct {
	opts TemporalOptions
	bin  string

	mu     sync.Mutex
	proc   *Process
	wanted bool // not stopped or killed by the caller

	revived sync.Once // is said once: while the database is away it happens every few seconds
}

// StartTemporal brings the schema up to date, starts the server and waits until
// its namespace and search attributes are there.
func StartTemporal(ctx context.Context, opts TemporalOptions) (*Temporal, error) {
	var err error
	if opts.Dir, err = filepath.Abs(opts.Dir); err != nil {
		return nil, err
	}
	if opts.Progress == nil {
		opts.Progress = io.Discard
	}
	t := &Temporal{opts: opts}
	if t.bin, err = TemporalPrograms(ctx, opts.Progress); err != nil {
		return nil, err
	}
	if err := t.schemas(ctx); err != nil {
		return nil, err
	}
	if err := t.writeConfig(); err != nil {
		return nil, err
	}
	if err := t.Restart(ctx); err != nil {
		if proc := t.unwanted(); proc != nil {
			proc.Kill()
		}
		return nil, err
	}
	return t, namespace.Prepare(ctx, client.Options{HostPort: t.Address(), Namespace: Namespace})
}

// schemas makes and updates both databases, once per version of the programs.
func (t *Temporal) schemas(ctx context.Context) error {
	mark := filepath.Join(t.opts.Dir, "temporal", "schema-"+filepath.Base(t.bin))
	if _, err := os.Stat(mark); err == nil {
		return nil
	}
	fmt.Fprintln(t.opts.Progress, "bringing Temporal's schema up to date …")
	for database, schema := range map[string]string{"temporal": "postgresql/v12/temporal", "temporal_visibility": "postgresql/v12/visibility"} {
		if err := t.opts.Postgres.CreateDatabase(ctx, database); err != nil {
			return err
		}
		fresh, err := t.opts.Postgres.empty(ctx, database)
		if err != nil {
			return err
		}
		if fresh {
			if err := t.sql(ctx, database, "setup-schema", "-v", "0.0"); err != nil {
				return err
			}
		}
		if err := t.sql(ctx, database, "update-schema", "--schema-name", schema); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(mark), 0o755); err != nil {
		return err
	}
	return os.WriteFile(mark, nil, 0o600)
}

func (t *Temporal) sql(ctx context.Context, database string, args ...string) error {
	all := append([]string{"--plugin", "postgres12", "--endpoint", "127.0.0.1", "--port", strconv.Itoa(t.opts.Postgres.opts.Port),
		"--user", "postgres", "--database", database}, args...)
	cmd := exec.CommandContext(ctx, filepath.Join(t.bin, "temporal-sql-tool"), all...)
	cmd.Env = append(os.Environ(), "SQL_PASSWORD="+t.opts.Postgres.opts.Password)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("schema of %s: %w: %s", database, err, out)
	}
	return nil
}

func (t *Temporal) writeConfig() error {
	dir := filepath.Join(t.opts.Dir, "temporal")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	dynamic := filepath.Join(dir, "dynamic.yaml")
	if err := os.WriteFile(dynamic, append(slices.Clone(dynamicConfig), t.opts.Dynamic...), 0o600); err != nil {
		return err
	}
	var b bytes.Buffer
	ports := make([]int, TemporalPorts)
	for i := range ports {
		ports[i] = t.opts.Port + i
	}
	err := template.Must(template.New("temporal.yaml").Parse(temporalConfig)).Execute(&b, map[string]any{
		"Ports": ports, "Postgres": t.opts.Postgres.opts.Port, "Password": t.opts.Postgres.opts.Password, "Dynamic": dynamic})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "server.yaml"), b.Bytes(), 0o600)
}

// starts is how often a server is started until it answers. One that does not
// reach its own services in time, because the machine or the database is slow,
// ends with a fatal error and counts on being started again.
const starts = 3

// Restart starts a server that was stopped or killed, and waits until it answers.
func (t *Temporal) Restart(ctx context.Context) error {
	t.mu.Lock()
	t.wanted = true
	t.mu.Unlock()
	var err error
	for range starts {
		if err = t.run(ctx); !errors.Is(err, errEnded) {
			return err
		}
	}
	return err
}

// run starts the server, unless it runs or is not wanted any more, and waits
// until it answers.
func (t *Temporal) run(ctx context.Context) error {
	proc, err := t.launch()
	if err != nil || proc == nil {
		return err
	}
	return waitFor(ctx, proc, func(ctx context.Context) error {
		c, err := t.dial(ctx, Namespace)
		if err != nil {
			return err
		}
		c.Close()
		return nil
	})
}

func (t *Temporal) launch() (*Process, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.wanted {
		return nil, nil
	}
	if t.proc != nil && !t.proc.over() {
		return t.proc, nil
	}
	proc, err := Start(Program{Name: "temporal", Path: filepath.Join(t.bin, "temporal-server"), LogDir: filepath.Join(t.opts.Dir, "log"),
		Env: garbage(), Args: []string{"--allow-no-auth", "--config-file", filepath.Join(t.opts.Dir, "temporal", "server.yaml"), "start"}})
	if err != nil {
		return nil, err
	}
	t.proc = proc
	if t.opts.Revive {
		go t.revive(proc)
	}
	return proc, nil
}

// garbage lets the server's heap, small as it is here, grow further between
// collections, unless the environment says how far.
func garbage() []string {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	return []string{"GOGC=300"}
}

// revive starts the server again after it ended and was still wanted, as systemd
// or a container's restart policy does.
func (t *Temporal) revive(proc *Process) {
	<-proc.Done()
	next, err := proc, errEnded
	for err != nil {
		time.Sleep(time.Second) // not in a tight circle
		next, err = t.launch()
	}
	if next != nil && next != proc {
		t.revived.Do(func() {
			fmt.Fprintf(t.opts.Progress, "Temporal had ended by itself and is started again whenever it does; its log is %s\n", next.Log())
		})
	}
}

func (t *Temporal) dial(ctx context.Context, namespace string) (client.Client, error) {
	return client.DialContext(ctx, client.Options{HostPort: t.Address(), Namespace: namespace, Logger: quiet{}})
}

// Address is where clients reach the server.
func (t *Temporal) Address() string { return "127.0.0.1:" + strconv.Itoa(t.opts.Port) }

// Stop ends the server in order.
func (t *Temporal) Stop(ctx context.Context) { t.unwanted().Stop(ctx) }

// Kill ends the server at once, as a crash would.
func (t *Temporal) Kill() { t.unwanted().Kill() }

func (t *Temporal) unwanted() *Process {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wanted = false
	return t.proc
}

// Process is the server's process.
func (t *Temporal) Process() *Process {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.proc
}

// quiet drops the client's own log lines while a server is being waited for.
type quiet struct{}

var _ log.Logger = quiet{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
