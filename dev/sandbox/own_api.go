package sandbox

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"
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
	mux.HandleFunc("GET /_sandbox/state", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, s.state()) })
	mux.HandleFunc("GET /_sandbox/events", s.stream)
	mux.HandleFunc("GET /_sandbox/media/{sum}", s.kept)
	mux.HandleFunc("POST /_sandbox/accounts/line", add(s.AddLINE, func(a LINEAccount) bool { return a.ChannelID != "" }))
	mux.HandleFunc("POST /_sandbox/accounts/twilio", add(s.AddTwilio, func(a TwilioAccount) bool { return a.SID != "" }))
	mux.HandleFunc("GET /_sandbox/accounts/{account}/counts", func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusOK, s.Counts(r.PathValue("account")))
	})
	mux.HandleFunc("GET /_sandbox/accounts/{account}/calls", func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusOK, newest(s.Calls(r.PathValue("account"))))
	})
	mux.HandleFunc("GET /_sandbox/accounts/{account}/webhooks", func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusOK, newest(s.Webhooks(r.PathValue("account"))))
	})
	mux.HandleFunc("GET /_sandbox/accounts/{account}/faults", func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusOK, s.Faults(r.PathValue("account")))
	})
	mux.HandleFunc("POST /_sandbox/accounts/{account}/faults", s.setFault)
	mux.HandleFunc("DELETE /_sandbox/accounts/{account}/faults", func(w http.ResponseWriter, r *http.Request) {
		s.ClearFaults(r.PathValue("account"))
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /_sandbox/accounts/{account}/contents", s.listContents)
	mux.HandleFunc("POST /_sandbox/accounts/{account}/contents", s.changeContent)
	mux.HandleFunc("POST /_sandbox/redeliver", s.again)
	mux.HandleFunc("POST /_sandbox/phones", s.addPhone)
	mux.HandleFunc("GET /_sandbox/phones/{phone}", s.onPhone(func(_ context.Context, p *Phone, _ *http.Request) (any, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return p.view(threadSize), nil
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

// add makes the handler that adds an account.
func add[T any](put func(T), whole func(T) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var a T
		if !read(w, r, &a) {
			return
		}
		if !whole(a) {
			answer(w, http.StatusBadRequest, map[string]string{"error": "The account needs its identifier."})
			return
		}
		put(a)
		w.WriteHeader(http.StatusNoContent)
	}
}

func read(w http.ResponseWriter, r *http.Request, into any) bool {
	in := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest))
	in.DisallowUnknownFields()
	if err := in.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		answer(w, http.StatusBadRequest, map[string]string{"error": "The request is not the JSON expected: " + err.Error()})
		return false
	}
	return true
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// accountView is an account as the page shows it, without its secrets.
type accountView struct {
	ID         string   `json:"id"`
	Provider   string   `json:"provider"`
	Name       string   `json:"name"`
	WebhookURL string   `json:"webhook_url"`
	Numbers    []string `json:"numbers,omitempty"`
	WhatsApp   []string `json:"whatsapp,omitempty"`
	Retry      bool     `json:"retry"`
	Held       int      `json:"held_receipts"`
	Counts     Counts   `json:"counts"`
	Faults     []*Fault `json:"faults"`
}

// phoneView is a phone as the page shows it.
type phoneView struct {
	ID       string    `json:"id"`
	Account  string    `json:"account"`
	Channel  string    `json:"channel"`
	Number   string    `json:"number"`
	To       string    `json:"to,omitempty"`
	Name     string    `json:"name"`
	Blocked  bool      `json:"blocked"`
	OptedOut bool      `json:"opted_out"`
	Wrote    bool      `json:"wrote"` // the person has written
	Window   time.Time `json:"window_closes_at,omitzero"`
	Last     *Entry    `json:"last,omitempty"`
	Thread   []*Entry  `json:"thread,omitempty"`
}

func (s *Sandbox) state() any {
	s.mu.Lock()
	defer s.mu.Unlock()
	accounts, phones := []accountView{}, []phoneView{}
	for _, id := range s.order {
		a := s.accounts[id]
		v := accountView{ID: id, WebhookURL: withoutKey(a.webhookURL()), Retry: a.retry, Held: len(a.held), Counts: a.counts, Faults: a.faults}
		if a.line != nil {
			v.Provider, v.Name = "line", a.line.Name
		} else if a.twilio != nil {
			v.Provider, v.Name, v.Numbers, v.WhatsApp = "twilio", a.twilio.Name, a.twilio.Numbers, a.twilio.WhatsApp
		}
		accounts = append(accounts, v)
		for _, p := range a.phones {
			phones = append(phones, p.view(0))
		}
	}
	return map[string]any{"accounts": accounts, "phones": phones, "shop": s.shop != nil}
}

// view shows a phone with the last lines of its thread. s.mu must be held.
func (p *Phone) view(lines int) phoneView {
	v := phoneView{
		ID: p.id, Account: p.account.id, Channel: p.channel, Number: p.number, To: p.to, Name: p.name,
		Blocked: p.blocked, OptedOut: p.optedOut, Last: p.last().clone(),
		Wrote: slices.ContainsFunc(p.thread, func(e *Entry) bool { return e.Mine }),
	}
	if p.channel == chWhatsApp && !p.window.IsZero() {
		v.Window = p.window.Add(window)
	}
	for _, e := range p.thread[max(0, len(p.thread)-lines):] {
		v.Thread = append(v.Thread, e.clone())
	}
	return v
}

// clone is what may be read without the lock.
func (e *Entry) clone() *Entry {
	if e == nil {
		return nil
	}
	c := *e
	return &c
}

// kept serves a file by its SHA-256, so that the page can show what was sent.
func (s *Sandbox) kept(w http.ResponseWriter, r *http.Request) {
	data, ok := s.blobs.get(r.PathValue("sum"))
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
	changes, leave := s.hub.subscribe()
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
	var f Fault
	if !read(w, r, &f) {
		return
	}
	known := f.refuses()
	for _, k := range []string{"slow", "hang_before", "hang_after_accept", "drop_after_accept"} {
		known = known || f.Kind == k
	}
	if !known {
		answer(w, http.StatusBadRequest, map[string]string{"error": "There is no fault of the kind " + strconv.Quote(f.Kind) + "."})
		return
	}
	s.Fault(r.PathValue("account"), f)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Sandbox) again(w http.ResponseWriter, r *http.Request) {
	var in struct {
		EventID string `json:"event_id"`
	}
	if !read(w, r, &in) {
		return
	}
	sent, err := s.Redeliver(r.Context(), in.EventID)
	if err != nil {
		answer(w, http.StatusBadGateway, map[string]any{"error": err.Error(), "sent": sent})
		return
	}
	answer(w, http.StatusOK, sent)
}
