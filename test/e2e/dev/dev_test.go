// Package dev uses `switchboard dev` as somebody who has just cloned the
// project: start it, write as a customer, pull the plug, start it again.
package dev

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/dev/stack"
	"switchboard/test/rig"
)

// started is what dev prints last.
const started = "Ctrl-C stops everything"

type dev struct {
	binary, dir string
	port        int
	proc        *stack.Process
}

// start runs dev until everything runs, and returns what it printed.
func (d *dev) start(t *testing.T) string {
	t.Helper()
	logs := filepath.Join(d.dir, "printed")
	require.NoError(t, os.RemoveAll(logs))
	var err error
	d.proc, err = stack.Start(stack.Program{Name: "dev", Path: d.binary, Args: []string{"dev"}, LogDir: logs, Env: []string{
		"SWITCHBOARD_DEV_DIR=" + filepath.Join(d.dir, "data"),
		"SWITCHBOARD_DEV_PORT=" + strconv.Itoa(d.port), "SWITCHBOARD_DEV_SANDBOX_PORT=" + strconv.Itoa(d.port+1),
		"SWITCHBOARD_DEV_UI_PORT=" + strconv.Itoa(d.port+2), "SWITCHBOARD_DEV_POSTGRES_PORT=" + strconv.Itoa(d.port+3),
		"SWITCHBOARD_DEV_TEMPORAL_PORT=" + strconv.Itoa(d.port+4)}})
	require.NoError(t, err)
	var printed []byte
	require.Eventually(t, func() bool {
		printed, _ = os.ReadFile(d.proc.Log())
		select {
		case <-d.proc.Done():
			return true
		default:
			return bytes.Contains(printed, []byte(started))
		}
	}, 5*time.Minute, 50*time.Millisecond)
	require.Contains(t, string(printed), started)
	return string(printed)
}

func (d *dev) base() string  { return "http://127.0.0.1:" + strconv.Itoa(d.port) }
func (d *dev) phone() string { return "http://127.0.0.1:" + strconv.Itoa(d.port+1) + "/_sandbox/" }

// customers asks the sandbox.
func (d *dev) customers(t *testing.T, method, path, body string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, d.phone()+path, bytes.NewReader([]byte(body)))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Less(t, resp.StatusCode, 300)
	require.NoError(t, json.NewDecoder(resp.Body).Decode(into))
}

func TestDev_SurvivesKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for d := dir; d != "/" && d != os.TempDir(); d = filepath.Dir(d) { // PostgreSQL's user passes through
		require.NoError(t, os.Chmod(d, 0o755))
	}
	binary, err := rig.Build(t.Context(), dir)
	require.NoError(t, err)
	port, err := stack.FreePorts(4 + stack.TemporalPorts)
	require.NoError(t, err)
	d := &dev{binary: binary, dir: dir, port: port}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		d.proc.Stop(ctx)
	})
	printed := d.start(t)
	password := regexp.MustCompile(`password\s+(\S+)`).FindStringSubmatch(printed)
	require.Len(t, password, 2, printed)
	var state struct {
		Accounts []struct{ ID, Provider string }
	}
	d.customers(t, http.MethodGet, "state", "", &state)
	require.Len(t, state.Accounts, 3, "LINE, WhatsApp and SMS")
	for i, a := range state.Accounts {
		for _, channel := range []string{"sms", "whatsapp"} {
			var made struct{ ID string }
			body := fmt.Sprintf(`{"account":%q,"channel":%q}`, a.ID, channel)
			if resp, err := http.Post(d.phone()+"phones", "application/json", bytes.NewReader([]byte(body))); err == nil {
				require.NoError(t, json.NewDecoder(resp.Body).Decode(&made))
				require.NoError(t, resp.Body.Close())
			}
			if made.ID != "" { // each Twilio account has one of the two
				var sent struct{ Status int }
				d.customers(t, http.MethodPost, "phones/"+made.ID+"/says", fmt.Sprintf(`{"text":"question %d"}`, i), &sent)
				require.Equal(t, http.StatusOK, sent.Status)
				break
			}
		}
	}
	d.proc.Kill()
	<-d.proc.Done()

	d.start(t)
	admin, err := apiclient.SignIn(t.Context(), d.base(), "admin@example.com", password[1])
	require.NoError(t, err)
	open, err := admin.Conversations(t.Context(), "open")
	require.NoError(t, err)
	require.Len(t, open, 3)
	for _, c := range open {
		thread, err := admin.Messages(t.Context(), c.ID, 0)
		require.NoError(t, err)
		require.Len(t, thread, 1)
	}
	var after struct{ Phones []json.RawMessage }
	d.customers(t, http.MethodGet, "state", "", &after)
	require.Len(t, after.Phones, 3, "the phones know their threads as well")
}
