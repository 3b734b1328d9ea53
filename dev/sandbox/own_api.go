package sandbox

import (
	"context"
	_ "embed"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"switchboard/dev/sandbox/core"
)

//go:embed page.html
var page []byte

//go:embed page.js
var pageScript []byte

const (
	maxUpload  = 32 << 20
	threadSize = 200 // lines of a thread that a page gets
	callsSize  = 200
)

// ownRoutes is the sandbox's own API, with which people and tests play customers.
func (s *Sandbox) ownRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page)
	})
	mux.HandleFunc("GET /_sandbox/page.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = w.Write(pageScript)
	})
	mux.HandleFunc("GET /_sandbox/state", func(w http.ResponseWriter, _ *http.Request) { core.Answer(w, http.StatusOK, s.state()) })
	mux.HandleFunc("GET /_sandbox/events", s.stream)
	mux.HandleFunc("GET /_sandbox/media/{sum}", s.kept)
	mux.HandleFunc("POST /_sandbox/accounts/{provider}", s.addAccount)
	mux.HandleFunc("GET /_sandbox/accounts/{account}/counts", func(w http.ResponseWriter, r *http.Request) {
		core.Answer(w, http.StatusOK, s.Counts(r.PathValue("account")))
	})
	mux.HandleFunc("GET /_sandbox/accounts/{account}/calls", func(w http.ResponseWriter, r *http.Request) {
		core.Answer(w, http.StatusOK, newest(s.Calls(r.PathValue("account"))))
	})
	mux.HandleFunc("GET /_sandbox/accounts/{account}/webhooks", func(w http.ResponseWriter, r *http.Request) {
		core.Answer(w, http.StatusOK, newest(s.Webhooks(r.PathValue("account"))))
	})
	mux.HandleFunc("GET /_sandbox/accounts/{account}/faults", func(w http.ResponseWriter, r *http.Request) {
		core.Answer(w, http.StatusOK, s.Faults(r.PathValue("account")))
	})
	mux.HandleFunc("POST /_sandbox/accounts/{account}/faults", s.setFault)
	mux.HandleFunc("DELETE /_sandbox/accounts/{account}/faults", func(w http.ResponseWriter, r *http.Request) {
		s.ClearFaults(r.PathValue("account"))
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /_sandbox/redeliver", s.again)
	mux.HandleFunc("POST /_sandbox/phones", s.addPhone)
	mux.HandleFunc("GET /_sandbox/phones/{phone}", s.onPhone(func(ctx context.Context, p *core.Phone, r *http.Request) (any, error) {
		if n, err := strconv.Atoi(r.URL.Query().Get("received")); err == nil { // waits for so many
			if err := p.AwaitReceived(ctx, n); err != nil {
				return nil, err
			}
		}
		s.Lock()
		defer s.Unlock()
		return p.View(threadSize), nil
	}))
	s.phoneRoutes(mux)
}

// newest keeps the last entries of a list, oldest first.
func newest[T any](all []T) []T {
	if len(all) > callsSize {
		return all[len(all)-callsSize:]
	}
	return append([]T{}, all...)
}

// addAccount adds an account of a provider, or changes its settings.
func (s *Sandbox) addAccount(w http.ResponseWriter, r *http.Request) {
	var settings json.RawMessage
	if !core.ReadJSON(w, r, &settings) {
		return
	}
	if err := s.AddAccount(r.PathValue("provider"), settings); err != nil {
		core.Answer(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Sandbox) state() any {
	accounts, phones := s.Views()
	return map[string]any{"accounts": accounts, "phones": phones, "shop": s.shop != nil}
}

// kept serves a file by its SHA-256, so that the page can show what was sent.
func (s *Sandbox) kept(w http.ResponseWriter, r *http.Request) {
	data, ok := s.Blob(r.PathValue("sum"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'")
	if t := r.URL.Query().Get("type"); t != "" {
		w.Header().Set("Content-Type", t)
	}
	_, _ = w.Write(data)
}

// stream tells a page of every change.
func (s *Sandbox) stream(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	changes, leave := s.Subscribe()
	defer leave()
	_, _ = io.WriteString(w, ": hello\n\n")
	beat := time.NewTicker(15 * time.Second)
	defer beat.Stop()
	for out.Flush() == nil {
		select {
		case c, ok := <-changes:
			if !ok {
				return
			}
			_, _ = io.WriteString(w, "data: "+string(c)+"\n\n")
		case <-beat.C:
			_, _ = io.WriteString(w, ": still here\n\n")
		case <-r.Context().Done():
			return
		}
	}
}

func (s *Sandbox) setFault(w http.ResponseWriter, r *http.Request) {
	var f core.Fault
	if !core.ReadJSON(w, r, &f) {
		return
	}
	known := f.Refuses()
	for _, k := range []string{"slow", "hang_before", "hang_after_accept", "drop_after_accept"} {
		known = known || f.Kind == k
	}
	if !known {
		core.Answer(w, http.StatusBadRequest, map[string]string{"error": "There is no fault of the kind " + strconv.Quote(f.Kind) + "."})
		return
	}
	s.Fault(r.PathValue("account"), f)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Sandbox) again(w http.ResponseWriter, r *http.Request) {
	var in struct {
		EventID string `json:"event_id"`
	}
	if !core.ReadJSON(w, r, &in) {
		return
	}
	sent, err := s.Redeliver(r.Context(), in.EventID)
	if err != nil {
		core.Answer(w, http.StatusBadGateway, map[string]any{"error": err.Error(), "sent": sent})
		return
	}
	core.Answer(w, http.StatusOK, sent)
}
