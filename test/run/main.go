// Command run runs Go tests on one PostgreSQL, one Temporal and one build of the
// product, which all packages of the run share; each test takes a database, each
// end-to-end package a database and a namespace of its own. What is not shared,
// because a test breaks it, the test starts itself.
//
//	go run ./test/run [-faults] [-race] [-p N] PACKAGE … [-- FLAG OF GO TEST …]
//
// Packages run in the order in which they are given, -p of them at a time; those
// behind the word "then" when the others have ended.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"switchboard/dev/stack"
	"switchboard/store"
	"switchboard/store/storetest"
	"switchboard/test/rig"
	"switchboard/test/tier"
)

type options struct {
	faults, race, light bool
	together            int
	packages, flags     []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o options
	flag.BoolVar(&o.faults, "faults", false, "the long form of tests: crowds, kills, soaks")
	flag.BoolVar(&o.race, "race", false, "look for data races")
	flag.BoolVar(&o.light, "light", false, "PostgreSQL alone: no Temporal, no build of the product")
	flag.IntVar(&o.together, "p", atOnce(), "packages at a time")
	flag.Parse()
	o.packages = flag.Args()
	if i := slices.Index(o.packages, "--"); i >= 0 {
		o.packages, o.flags = o.packages[:i], o.packages[i+1:]
	}
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "tests:", err)
		os.Exit(1)
	}
}

// mostAtOnce is for how many packages the shared servers have sessions, and a machine memory.
const mostAtOnce = 3

// atOnce is one package more than there are cores: those that break what they run
// on mostly wait until somebody notices.
func atOnce() int { return min(runtime.NumCPU()+1, mostAtOnce) }

// groups are the packages between one "then" and the next.
func (o options) groups() (all [][]string) {
	rest := o.packages
	for {
		i := slices.Index(rest, "then")
		if i < 0 {
			return append(all, rest)
		}
		all, rest = append(all, rest[:i]), rest[i+1:]
	}
}

func run(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "switchboard-tests-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // PostgreSQL's user passes through
		return err
	}
	slow := tier.MeasureSlowness()
	fmt.Printf("this machine takes %.1f times as long as the one for which limits are written\n", slow)
	env := []string{tier.Slowness + "=" + strconv.FormatFloat(slow, 'f', 2, 64)}
	if o.faults {
		env = append(env, tier.Faults+"=1")
	}
	shared := servers{faults: o.faults}
	defer shared.close()
	if err := shared.start(ctx, dir, o); err != nil {
		return err
	}
	for _, group := range o.groups() {
		if err := test(ctx, append(env, shared.env...), o, group); err != nil {
			return err
		}
	}
	return nil
}

// servers are what all packages of the run share.
type servers struct {
	faults bool
	env    []string
	stop   []func()
}

func (s *servers) close() {
	for _, f := range slices.Backward(s.stop) {
		f()
	}
}

// start starts them. Whole products have a server beside that of the other
// tests: their events become visible when every transaction of their server
// that began earlier has ended, and tests hold some open.
func (s *servers) start(ctx context.Context, dir string, o options) error {
	first, err := stack.FreePorts(2 + stack.TemporalPorts)
	if err != nil {
		return err
	}
	pg, err := s.postgres(ctx, filepath.Join(dir, "store"), first)
	if err != nil {
		return err
	}
	if err := prepareTemplate(ctx, pg); err != nil {
		return err
	}
	s.env = append(s.env, tier.PostgresURL+"="+pg.DSN("postgres"), tier.Template+"="+template)
	if o.light {
		return nil
	}
	product, err := s.postgres(ctx, filepath.Join(dir, "product"), first+1)
	if err != nil {
		return err
	}
	temporal, err := stack.StartTemporal(ctx, stack.TemporalOptions{Dir: filepath.Join(dir, "product"), Port: first + 2, Postgres: product,
		Progress: os.Stdout, Revive: true})
	if err != nil {
		return err
	}
	s.stop = append(s.stop, temporal.Kill)
	binary, err := build(ctx, dir, o.race)
	s.env = append(s.env, tier.ProductURL+"="+product.DSN("postgres"), tier.TemporalAddress+"="+temporal.Address(), tier.Binary+"="+binary)
	return err
}

func (s *servers) postgres(ctx context.Context, dir string, port int) (*stack.Postgres, error) {
	pg, err := stack.StartPostgres(ctx, stack.PostgresOptions{Dir: dir, Port: port, Password: "tests", Lossy: true, InMemory: !s.faults, Sessions: 600, Progress: os.Stdout})
	if err == nil {
		s.stop = append(s.stop, func() { pg.Stop(context.WithoutCancel(ctx)); pg.Remove() })
	}
	return pg, err
}

const template = "migrated"

func prepareTemplate(ctx context.Context, pg *stack.Postgres) error {
	if err := pg.CreateDatabase(ctx, template); err != nil {
		return err
	}
	st, err := store.Open(pg.DSN(template), storetest.TestSealer())
	if err != nil {
		return err
	}
	defer st.Close()
	return st.Migrate(ctx)
}

func build(ctx context.Context, dir string, race bool) (string, error) {
	fmt.Println("building the product …")
	if race {
		return rig.Compile(ctx, dir, "-race")
	}
	return rig.Build(ctx, dir)
}

// timeout is against a test without an end.
func timeout(faults bool) time.Duration {
	if faults {
		return 4 * time.Hour
	}
	return 40 * time.Minute
}

// test runs the packages. The shared servers are stopped only when go test has
// ended and with it every test.
func test(ctx context.Context, env []string, o options, packages []string) error {
	// Never from the cache: much of it drives programs that the cache does not know.
	// make check vets, and nobody debugs these binaries: a third of what it takes to link them.
	args := []string{"test", "-count=1", "-vet=off", "-ldflags=-s -w", "-p", strconv.Itoa(o.together)}
	if o.race {
		args = append(args, "-race")
	}
	if slices.Contains(packages, "./test/e2e/web") {
		args = append(args, "-v") // a line for each of the browsers' tests as it ends
	}
	if !slices.ContainsFunc(o.flags, func(f string) bool { return strings.HasPrefix(f, "-timeout") }) {
		args = append(args, "-timeout", timeout(o.faults).String())
	}
	cmd := exec.CommandContext(ctx, "go", slices.Concat(args, o.flags, packages)...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	began := time.Now()
	err := cmd.Run()
	fmt.Printf("%d packages in %s\n", len(packages), time.Since(began).Round(time.Second))
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return errors.New("some failed, see above; docs/develop.md says how to look at one")
	}
	return err
}
