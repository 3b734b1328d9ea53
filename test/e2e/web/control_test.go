package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"switchboard/test/rig"
)

// control lets tests in browsers make organisations and break things.
type control struct {
	rig *rig.Rig

	mu    sync.Mutex // sites are made, and the product restarted, one at a time
	sites []*rig.Site

	networks []*network

	start func(context.Context) (*rig.Rig, error) // a product of a test's own
	own   map[int]*rig.Rig
}

func newControl(r *rig.Rig, start func(context.Context) (*rig.Rig, error)) *control {
	return &control{rig: r, start: start, own: map[int]*rig.Rig{}}
}

func (c *control) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sites", answering(c.makeSite))
	mux.HandleFunc("POST /sites/{n}/agents", answering(c.makeAgent))
	mux.HandleFunc("POST /restart", answering(c.restart))
	mux.HandleFunc("POST /installations", answering(c.makeInstallation))
	mux.HandleFunc("DELETE /installations/{n}", answering(c.endInstallation))
	mux.HandleFunc("POST /networks", answering(c.makeNetwork))
	mux.HandleFunc("PUT /networks/{n}", answering(c.setNetwork))
	mux.HandleFunc("GET /diagnosis", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, c.rig.Diagnose()) })
	return mux
}

func answering(do func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out, err := do(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(out)
	}
}

func (c *control) makeSite(r *http.Request) (any, error) {
	var settings map[string]any
	if err := json.NewDecoder(r.Body).Decode(&settings); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.sites) + 1
	s, err := c.rig.NewSite(r.Context(), n, settings)
	if err != nil {
		return nil, err
	}
	c.sites = append(c.sites, s)
	return map[string]any{"n": n, "queue": s.Queue, "workstream": s.Workstream, "line": s.LINEID, "twilio": s.TwilioID, "twilioAccount": s.TwilioAcct, "sms": s.SMS}, nil
}

func (c *control) makeAgent(r *http.Request) (any, error) {
	var in struct {
		Name     string
		Capacity int
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err == nil {
		err = json.NewDecoder(r.Body).Decode(&in)
	}
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if n < 1 || n > len(c.sites) {
		return nil, fmt.Errorf("there is no site %d", n)
	}
	email, id, err := c.sites[n-1].AddAgent(r.Context(), in.Name, in.Capacity)
	if err != nil {
		return nil, err
	}
	return map[string]any{"id": id, "name": in.Name, "email": email, "password": rig.Password}, nil
}

// makeInstallation starts another product, where nothing is set up yet.
func (c *control) makeInstallation(r *http.Request) (any, error) {
	started, err := c.start(context.WithoutCancel(r.Context()))
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.own) + 1
	c.own[n] = started
	return map[string]any{"n": n, "base": started.Base, "phones": started.PhonesAt()}, nil
}

func (c *control) endInstallation(r *http.Request) (any, error) {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	started := c.own[n]
	if started == nil {
		return nil, fmt.Errorf("there is no installation %d", n)
	}
	_, err = started.SearchForMarks(r.Context())
	started.Stop() // once more at the end does no harm
	return struct{}{}, err
}

// stop ends the products that tests started.
func (c *control) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, started := range c.own {
		started.Stop()
	}
}

func (c *control) makeNetwork(*http.Request) (any, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := openNetwork(strings.TrimPrefix(c.rig.Base, "http://"))
	if err != nil {
		return nil, err
	}
	c.networks = append(c.networks, n)
	return map[string]any{"n": len(c.networks), "base": n.base()}, nil
}

// setNetwork cuts a network, silences it or, with "", mends it.
func (c *control) setNetwork(r *http.Request) (any, error) {
	var in struct{ State string }
	n, err := strconv.Atoi(r.PathValue("n"))
	if err == nil {
		err = json.NewDecoder(r.Body).Decode(&in)
	}
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if n < 1 || n > len(c.networks) {
		return nil, fmt.Errorf("there is no network %d", n)
	}
	c.networks[n-1].set(in.State)
	return struct{}{}, nil
}

// restart pulls the product's plug and starts it again.
func (c *control) restart(r *http.Request) (any, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range c.rig.Parts() {
		p := c.rig.Process(name)
		p.Kill()
		<-p.Done()
		if err := c.rig.Run(r.Context(), name); err != nil {
			return nil, err
		}
	}
	return struct{}{}, nil
}
