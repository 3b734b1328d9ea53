package stack

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
)

// UIOptions say where Temporal's web pages listen and which server they show.
type UIOptions struct {
	Dir      string
	Port     int
	Temporal *Temporal
}

// UI is Temporal's web interface.
type UI struct {
	opts UIOptions
	proc *Process
}

// StartUI starts Temporal's web interface and waits until it answers.
func StartUI(ctx context.Context, opts UIOptions) (*UI, error) {
	u := &UI{opts: opts}
	dir := filepath.Join(opts.Dir, "temporal", "ui")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	config := fmt.Sprintf(`temporalGrpcAddress: %s
host: 127.0.0.1
port: %d
enableUi: true
defaultNamespace: %s
disableNewsFetch: true
cors:
  cookieInsecure: true
`, opts.Temporal.Address(), opts.Port, Namespace)
	if err := os.WriteFile(filepath.Join(dir, "local.yaml"), []byte(config), 0o600); err != nil {
		return nil, err
	}
	return u, u.Restart(ctx)
}

// Restart starts it again after it ended.
func (u *UI) Restart(ctx context.Context) error {
	proc, err := Start(Program{Name: "temporal-ui", Path: filepath.Join(u.opts.Temporal.bin, "temporal-ui-server"), LogDir: filepath.Join(u.opts.Dir, "log"),
		Args: []string{"--root", filepath.Join(u.opts.Dir, "temporal"), "--config", "ui", "--env", "local", "start"}})
	if err != nil {
		return err
	}
	u.proc = proc
	return WaitHTTP(ctx, proc, u.Address()+"/healthz")
}

// Address is where the pages are.
func (u *UI) Address() string { return "http://127.0.0.1:" + strconv.Itoa(u.opts.Port) }

// Process is the running process.
func (u *UI) Process() *Process { return u.proc }

// WaitHTTP waits until a program answers 200 at an address.
func WaitHTTP(ctx context.Context, p *Process, address string) error {
	return waitFor(ctx, p, func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %d", address, resp.StatusCode)
		}
		return nil
	})
}
