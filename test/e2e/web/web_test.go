// Package web uses the product as people do who have a browser: it starts the
// whole product once and lets Playwright run the tests of web/e2e against it in
// Chromium. Pictures and, of tests that failed, traces are kept in test-results.
package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/test/rig"
	"switchboard/test/tier"
)

// signIn is what a browser's tests need to be somebody.
type signIn struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

func TestBrowsers(t *testing.T) {
	root, err := filepath.Abs("../../..")
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(root, "web/node_modules/.bin/playwright"), "the pages' packages are not installed: run make web")
	ctx := t.Context()
	browser, err := chromium(ctx, filepath.Join(root, ".cache"), os.Stdout)
	require.NoError(t, err)
	slow := headroom * tier.Slowdown()
	t.Logf("%s; limits times %.1f", browser, slow)
	dir, err := os.MkdirTemp("", "switchboard-web-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755)) // PostgreSQL's user passes through
	binary, err := rig.Build(ctx, dir)
	require.NoError(t, err)
	r, err := rig.Start(ctx, rig.Options{Dir: dir + "/rig", Binary: binary, Progress: os.Stdout,
		Env: []string{"SWITCHBOARD_WHATSAPP_WINDOW=" + window(slow).String()}})
	require.NoError(t, err)
	t.Cleanup(r.Stop)

	where, err := json.Marshal(map[string]any{"base": r.Base, "phones": r.PhonesAt(), "control": serveControl(t, r, dir, binary), "identity": serveIdentity(t, r.Base),
		"shopKey": r.ShopKey, "admin": signIn{rig.AdminEmail, rig.Password}})
	require.NoError(t, err)
	env := []string{"SWITCHBOARD_E2E=" + string(where), chromiumPath + "=" + browser, fmt.Sprintf("%s=%.2f", testSpeed, slow)}
	if file := os.Getenv("BROWSER_HOLD"); file != "" {
		hold(t, file, env, binary)
		return
	}
	args := []string{"test"}
	if only := os.Getenv("BROWSER_TESTS"); only != "" {
		// Parts of files' paths, to run fewer while one works on them.
		args = append(append(args, "--no-deps"), strings.Fields(only)...)
	}
	run := exec.CommandContext(ctx, filepath.Join(root, "web/node_modules/.bin/playwright"), args...)
	run.Dir = filepath.Join(root, "web/e2e")
	reportAt := filepath.Join(dir, "browsers.json")
	run.Env = append(append(os.Environ(), env...), "PLAYWRIGHT_JSON_OUTPUT_FILE="+reportAt)
	run.Stdout, run.Stderr = os.Stdout, os.Stderr
	run.Cancel = func() error { return run.Process.Signal(os.Interrupt) }
	run.WaitDelay = 20 * time.Second
	if err := run.Run(); err != nil {
		t.Fatalf("browsers: %v; traces and pictures are in %s\n%s", err, filepath.Join(root, "test-results/browser"), failures(reportAt))
	}
	conversations, err := r.Count(ctx, `SELECT count(*) FROM conversation`)
	require.NoError(t, err)
	if conversations == 0 && os.Getenv("BROWSER_TESTS") != "" {
		return // the chosen files leave no history here to be searched
	}
	histories, err := r.SearchForMarks(ctx)
	require.NoError(t, err)
	t.Logf("no mark in %d histories and all logs", histories)
}

const (
	// testSpeed tells Playwright's configuration what its limits are multiplied with.
	testSpeed = "SWITCHBOARD_TEST_SPEED"
	// headroom is for what else a browser's test starts on a machine.
	headroom = 1.5
)

// window is WhatsApp's reply window: as short as a test that sees it close can
// bear, which first has to be seen while it is open.
func window(slow float64) time.Duration {
	return time.Duration(20 * slow * float64(time.Second)).Round(time.Second)
}

// hold keeps the product running while somebody writes tests: it says in a file
// where it is, one variable for Playwright's environment on each line, and ends
// when the file is removed. The program may be built anew and restarted meanwhile.
func hold(t *testing.T, file string, env []string, binary string) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, []byte(strings.Join(env, "\n")), 0o600))
	t.Logf("%s is running until %s is removed", binary, file)
	require.Eventually(t, func() bool { _, err := os.Stat(file); return err != nil }, 5*time.Hour, time.Second)
}

// serveControl serves what tests in browsers cannot do over the product's API.
func serveControl(t *testing.T, r *rig.Rig, dir, binary string) string {
	t.Helper()
	c := newControl(r, func(ctx context.Context) (*rig.Rig, error) {
		own, err := os.MkdirTemp(dir, "rig-")
		if err == nil {
			err = os.Chmod(own, 0o755) // PostgreSQL's user passes through
		}
		if err != nil {
			return nil, err
		}
		return rig.Start(ctx, rig.Options{Dir: own, Binary: binary})
	})
	t.Cleanup(c.stop)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{Handler: c.handler(), ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(t.Context()) }}
	go func() { _ = server.Serve(l) }() // ends with the test
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + l.Addr().String()
}
