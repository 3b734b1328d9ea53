// Package dev uses `switchboard-dev dev` as somebody who has just cloned the
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
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/dev/stack"
	"switchboard/test/rig"
	"switchboard/test/tier"
)

// What dev prints when everything runs, and when the demo's company is there.
const (
	started  = "Ctrl-C stops everything"
	complete = "The company is complete"
)

type dev struct {
	binary, dir string
	port        int
	proc        *stack.Process
}

// start runs dev until everything runs, and returns what it printed.
func (d *dev) start(t *testing.T) string {
	t.Helper()
	return d.startUntil(t, func(printed string) bool { return strings.Contains(printed, started) })
}

// startUntil runs dev until there is enough of what it prints, and returns that.
func (d *dev) startUntil(t *testing.T, enough func(printed string) bool) string {
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
			return enough(string(printed))
		}
	}, tier.Patience(5*time.Minute), 50*time.Millisecond)
	require.True(t, enough(string(printed)), string(printed))
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

// newDev is a dev that has not been started, with ports and a folder of its own.
func newDev(t *testing.T) *dev {
	t.Helper()
	dir := t.TempDir()
	for d := dir; d != "/" && d != os.TempDir(); d = filepath.Dir(d) { // PostgreSQL's user passes through
		require.NoError(t, os.Chmod(d, 0o755))
	}
	binary, err := rig.Build(t.Context(), dir)
	require.NoError(t, err)
	port, err := stack.FreePorts(4 + stack.TemporalPorts)
	require.NoError(t, err)
	d := &dev{binary: binary + "-dev", dir: dir, port: port}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), tier.Patience(time.Minute))
		defer cancel()
		d.proc.Stop(ctx)
	})
	return d
}

// written counts the messages that the customers have written on their phones.
func (d *dev) written() (n int) {
	resp, err := http.Get(d.phone() + "state")
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	var state struct{ Phones []struct{ Wrote bool } }
	if json.NewDecoder(resp.Body).Decode(&state) != nil {
		return 0
	}
	for _, p := range state.Phones {
		if p.Wrote {
			n++
		}
	}
	return n
}

func TestDev_SurvivesKill(t *testing.T) {
	t.Parallel()
	d := newDev(t)
	// Killed while the demo's company is being filled.
	d.startUntil(t, func(string) bool { return d.written() > 5 })
	d.proc.Kill()
	<-d.proc.Done()
	printed := d.startUntil(t, func(printed string) bool { return strings.Contains(printed, complete) })
	password := regexp.MustCompile(`password\s+(\S+)`).FindStringSubmatch(printed)
	require.Len(t, password, 2, printed)
	admin, err := apiclient.SignIn(t.Context(), d.base(), "admin@example.com", password[1])
	require.NoError(t, err)
	company := lookAt(t, admin)
	company.isComplete(t)
	wrote := d.customersWrite(t)
	d.proc.Kill()
	<-d.proc.Done()

	d.start(t)
	again := lookAt(t, admin)
	require.Equal(t, company.things, again.things, "a second start doubles nothing")
	require.Len(t, again.threads, len(company.threads)+wrote)
	for id, thread := range again.threads {
		if before, old := company.threads[id]; old {
			require.Equal(t, before, thread)
		} else {
			require.Len(t, thread, 1)
		}
	}
}

// customersWrite lets a new customer of each account but those of Messenger and WeChat ask something,
// and returns how many did.
func (d *dev) customersWrite(t *testing.T) (wrote int) {
	t.Helper()
	var state struct {
		Accounts []struct{ ID, Provider string }
	}
	d.customers(t, http.MethodGet, "state", "", &state)
	require.Len(t, state.Accounts, 6, "LINE, Messenger, WeChat, WhatsApp twice and SMS")
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
				wrote++
				break
			}
		}
	}
	require.Equal(t, 4, wrote, "LINE, WhatsApp twice and SMS")
	return wrote
}

// company is what the demo has made.
type company struct {
	things    map[string][]string // names by list
	states    map[string]int      // conversations
	campaigns map[string]string   // states by name
	replied   int                 // to campaigns
	threads   map[uuid.UUID][]string
}

func lookAt(t *testing.T, admin *apiclient.Client) company {
	t.Helper()
	c := company{things: map[string][]string{}, states: map[string]int{}, campaigns: map[string]string{}, threads: map[uuid.UUID][]string{}}
	for _, list := range []string{"agents", "queues", "workstreams", "accounts", "widgets", "presences", "quick-replies", "templates",
		"outbound-configurations", "outbound-triggers", "campaigns", "contacts"} {
		var page struct {
			Items []struct {
				Name, Title, State string
				Progress           struct{ Replied int }
			}
		}
		_, err := admin.Do(t.Context(), http.MethodGet, "/v1/"+list+"?limit=200", nil, &page)
		require.NoError(t, err)
		for _, it := range page.Items {
			c.things[list] = append(c.things[list], it.Name+it.Title)
			if list == "campaigns" {
				c.campaigns[it.Name] = it.State
				c.replied += it.Progress.Replied
			}
		}
	}
	all, err := admin.Conversations(t.Context(), "all")
	require.NoError(t, err)
	for _, conv := range all {
		c.states[conv.State]++
		thread, err := admin.Messages(t.Context(), conv.ID, 0)
		require.NoError(t, err)
		for _, m := range thread {
			c.threads[conv.ID] = append(c.threads[conv.ID], m.Direction+" "+m.Type+" "+m.Text)
		}
	}
	return c
}

// isComplete looks for what the README promises, and for anything that is there twice.
func (c company) isComplete(t *testing.T) {
	t.Helper()
	require.Len(t, c.things["agents"], 7, "five agents, a supervisor, the administrator")
	require.Len(t, c.things["queues"], 3)
	require.NotEmpty(t, c.things["quick-replies"])
	require.NotEmpty(t, c.things["outbound-triggers"])
	campaigns := map[string]string{"First flush is here": "finished", "Tea club points": "running", "Tasting evening": "draft"}
	require.Equal(t, campaigns, c.campaigns)
	require.Equal(t, 3, c.replied)
	require.Equal(t, map[string]int{"open": 3, "active": 6, "waiting": 1, "wrap-up": 1, "closed": 7}, c.states)
	for list, names := range c.things {
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(names))), len(names), list)
	}
	for _, thread := range c.threads {
		require.NotEmpty(t, thread)
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(thread))), len(thread), "%q", thread)
	}
}
