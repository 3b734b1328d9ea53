// Package bench measures the product on real parts: PostgreSQL that flushes,
// Temporal, the product's own process and the providers' stand-ins, with the
// load coming in over HTTP. What depends on the machine is given as a ratio to
// something bare, measured in the same run.
package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/sdk/client"

	"switchboard/test/rig"
)

// Options say how to measure.
type Options struct {
	Binary   string        // the product
	Self     string        // this program, which serves what ingest is compared with
	Out      string        // file for the figures, "" prints them only
	Only     []string      // names of steps; all if empty
	Time     time.Duration // of each load
	Parked   int           // conversations that wait
	Progress io.Writer
}

// Results is the file's content: one run of all steps and, where steps were
// measured again alone, when and on what that was. A ratio is always of one run.
type Results struct {
	Machine string              `json:"machine"`
	At      time.Time           `json:"at"`
	Again   map[string]Measured `json:"again,omitempty"` // by step
	Metrics map[string]float64  `json:"metrics"`
}

// Measured is when and on what a step was measured.
type Measured struct {
	Machine string    `json:"machine"`
	At      time.Time `json:"at"`
}

// run is one measurement under way.
type run struct {
	Options
	*rig.Rig
	temporal client.Client
	sites    int
	metrics  map[string]float64
}

// step is a part of the measurement that can be run alone.
type step struct {
	name string
	do   func(context.Context) error
}

// Run measures everything in turn on one running product.
func Run(ctx context.Context, o Options) error {
	dir, err := os.MkdirTemp("", "switchboard-bench-")
	if err != nil {
		return err
	}
	r := &run{Options: o, metrics: map[string]float64{}}
	r.say("starting PostgreSQL, Temporal and the product")
	if r.Rig, err = rig.Start(ctx, rig.Options{Dir: dir, Binary: o.Binary, Own: true, Progress: o.Progress}); err != nil {
		return err
	}
	defer r.Stop()
	r.temporal, err = client.DialContext(ctx, client.Options{HostPort: r.Temporal.Address(), Namespace: r.Namespace(), Logger: quiet{}})
	if err != nil {
		return fmt.Errorf("connect to Temporal: %w", err)
	}
	defer r.temporal.Close()
	for _, s := range r.steps() {
		if len(o.Only) > 0 && !slices.Contains(o.Only, s.name) {
			continue
		}
		r.say(s.name)
		if err := within(ctx, s.do); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return r.write()
}

// within ends a step that does not come to its end.
func within(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Minute)
	defer cancel()
	return do(ctx)
}

// steps go from quiet to loud, so that none measures the other's leftovers.
func (r *run) steps() []step {
	return []step{
		{"idle", r.idle},
		{"history", r.history},
		{"latency", r.latency},
		{"workflow", r.workflow},
		{"ingest", r.ingest},
		{"assign", r.assign},
		{"freed", r.freed},
		{"routing", r.routing},
		{"waiting", r.waiting},
		{"campaign", r.campaign},
		{"webchat", r.webchat},
	}
}

func (r *run) say(what string) { fmt.Fprintf(r.Progress, "bench: %s …\n", what) }

// set notes a figure, to three digits.
func (r *run) set(name string, v float64) {
	if v != 0 && !math.IsInf(v, 0) && !math.IsNaN(v) {
		digits := math.Pow(10, 3-math.Ceil(math.Log10(math.Abs(v))))
		v = math.Round(v*math.Max(digits, 1)) / math.Max(digits, 1)
	}
	r.metrics[name] = v
	fmt.Fprintf(r.Progress, "  %-28s %v\n", name, v)
}

// site makes an organisation of its own for a step.
func (r *run) site(ctx context.Context, settings map[string]any) (*rig.Site, error) {
	r.sites++
	return r.NewSite(ctx, r.sites, settings)
}

func (r *run) idle(ctx context.Context) error {
	if err := rest(ctx, 10*time.Second); err != nil {
		return err
	}
	return r.memory("idle_rss_mb")
}

func (r *run) memory(name string) error {
	mb, err := residentMB(r.Process("serve").PID())
	if err == nil {
		r.set(name, mb)
	}
	return err
}

// residentMB is a process's resident memory.
func residentMB(pid int) (float64, error) {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			return kb / 1024, err
		}
	}
	return 0, fmt.Errorf("process %d does not tell its memory", pid)
}

func (r *run) write() error {
	if r.Out == "" {
		return nil
	}
	res := Results{Machine: machine(), At: time.Now().UTC().Truncate(time.Second), Metrics: r.metrics}
	if len(r.Only) > 0 {
		var err error
		if res, err = r.over(res); err != nil {
			return err
		}
	}
	b, err := json.MarshalIndent(res, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(r.Out), 0o755); err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(r.metrics))
	fmt.Fprintf(r.Progress, "bench: %d figures written to %s\n", len(names), r.Out)
	return os.WriteFile(r.Out, append(b, '\n'), 0o644)
}

// over puts the figures of some steps in place of those in the file.
func (r *run) over(now Results) (Results, error) {
	b, err := os.ReadFile(r.Out)
	if err != nil {
		return Results{}, fmt.Errorf("some steps alone are written over a whole run: %w", err)
	}
	var whole Results
	if err := json.Unmarshal(b, &whole); err != nil {
		return Results{}, fmt.Errorf("read %s: %w", r.Out, err)
	}
	if whole.Again == nil {
		whole.Again = map[string]Measured{}
	}
	for _, step := range r.Only {
		whole.Again[step] = Measured{now.Machine, now.At}
	}
	maps.Copy(whole.Metrics, now.Metrics)
	return whole, nil
}

// machine describes what the figures were measured on.
func machine() string {
	cpu := "unknown processor"
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				cpu = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%d × %s, %s/%s, %s", runtime.NumCPU(), cpu, runtime.GOOS, runtime.GOARCH, runtime.Version())
}

func rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// quantile is the value below which a share of all lies, in milliseconds.
func quantile(all []time.Duration, share float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return float64(sorted[int(float64(len(sorted)-1)*share)].Microseconds()) / 1000
}

// quiet keeps the client's log out of the figures.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
