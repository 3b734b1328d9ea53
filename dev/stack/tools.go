package stack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// TemporalBin names the environment variable with the folder of Temporal's
// programs: temporal-server, temporal-sql-tool, temporal-ui-server.
const TemporalBin = "SWITCHBOARD_TEMPORAL_BIN"

// programs are built from the module in tools/.
func programs() map[string]string {
	return map[string]string{
		"temporal-server":    "go.temporal.io/server/cmd/server",
		"temporal-sql-tool":  "go.temporal.io/server/cmd/tools/sql",
		"temporal-ui-server": "github.com/temporalio/ui-server/v2/cmd/server",
	}
}

// TemporalPrograms returns the folder with Temporal's programs, building them
// once per version from the source tree's tools module. Several processes may
// call it at the same time.
func TemporalPrograms(ctx context.Context, progress io.Writer) (string, error) {
	if bin := os.Getenv(TemporalBin); bin != "" {
		return bin, nil
	}
	root, err := sourceTree()
	if err != nil {
		return "", fmt.Errorf("programs of Temporal are built from the source tree: %w; or set %s", err, TemporalBin)
	}
	tools := filepath.Join(root, "tools")
	sums, err := os.ReadFile(filepath.Join(tools, "go.sum"))
	if err != nil {
		return "", fmt.Errorf("programs of Temporal: %w", err)
	}
	sum := sha256.Sum256(sums)
	dir := filepath.Join(root, ".cache", "bin", hex.EncodeToString(sum[:8]))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("programs of Temporal: %w", err)
	}
	lock, err := os.OpenFile(dir+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", fmt.Errorf("programs of Temporal: %w", err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("programs of Temporal: lock: %w", err)
	}
	for name, pkg := range programs() {
		if err := build(ctx, tools, filepath.Join(dir, name), pkg, progress); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// build makes one program and says that it is still at it.
func build(ctx context.Context, tools, out, pkg string, progress io.Writer) error {
	if _, err := os.Stat(out); err == nil {
		return nil
	}
	began := time.Now()
	fmt.Fprintf(progress, "building %s (once; minutes on a new machine) …\n", filepath.Base(out))
	cmd := exec.CommandContext(ctx, "go", "build", "-o", out+".new", pkg)
	cmd.Dir = tools
	tick := time.NewTicker(15 * time.Second)
	defer tick.Stop()
	done := make(chan error, 1)
	var said []byte
	go func() {
		var err error
		said, err = cmd.CombinedOutput()
		done <- err
	}()
	for {
		select {
		case err := <-done:
			if err != nil {
				return fmt.Errorf("build %s: %w: %s", pkg, err, said)
			}
			fmt.Fprintf(progress, "built %s in %s\n", filepath.Base(out), time.Since(began).Round(time.Second))
			return os.Rename(out+".new", out)
		case <-tick.C:
			fmt.Fprintf(progress, "  … %s so far\n", time.Since(began).Round(time.Second))
		}
	}
}

// sourceTree finds the folder with tools/go.mod above the working directory or
// above the program itself.
func sourceTree() (string, error) {
	var starts []string
	if wd, err := os.Getwd(); err == nil {
		starts = append(starts, wd)
	}
	if exe, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(exe))
	}
	for _, dir := range starts {
		for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "tools", "go.mod")); err == nil {
				return dir, nil
			}
		}
	}
	return "", errors.New("no tools/go.mod above the working directory")
}
