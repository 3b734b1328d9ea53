package core

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// AccountView is an account in the sandbox's own API.
type AccountView struct {
	ID         string   `json:"id"`
	Provider   string   `json:"provider"`
	Name       string   `json:"name"`
	WebhookURL string   `json:"webhook_url"`
	Ways       []Way    `json:"ways"`
	Retry      bool     `json:"retry"`
	Held       int      `json:"held_receipts"`
	Counts     Counts   `json:"counts"`
	Faults     []*Fault `json:"faults"`
}

// PhoneView is a phone in the sandbox's own API.
type PhoneView struct {
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

// Views shows all accounts and phones, without their threads.
func (b *Box) Views() ([]AccountView, []PhoneView) {
	b.mu.Lock()
	defer b.mu.Unlock()
	accounts, phones := []AccountView{}, []PhoneView{}
	for _, a := range b.Accounts() {
		v := AccountView{ID: a.ID, Provider: a.provider, Retry: a.Retry, Counts: a.counts, Faults: a.faults}
		if a.Side != nil {
			own := a.Side.View()
			v.Name, v.WebhookURL, v.Ways, v.Held = own.Name, withoutKey(own.WebhookURL), own.Ways, own.Held
		}
		accounts = append(accounts, v)
		for _, p := range a.phones {
			phones = append(phones, p.View(0))
		}
	}
	return accounts, phones
}

// FindPhone finds a phone by its ID in the sandbox's own API, or nil.
func (b *Box) FindPhone(id string) *Phone {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.phones[id]
}

// View shows a phone with the last lines of its thread. The lock must be held.
func (p *Phone) View(lines int) PhoneView {
	v := PhoneView{
		ID: p.id, Account: p.Account.ID, Channel: p.Channel, Number: p.Number, To: p.To, Name: p.Name,
		Blocked: p.Blocked, OptedOut: p.OptedOut, Last: p.last().clone(),
		Wrote: slices.ContainsFunc(p.thread, func(e *Entry) bool { return e.Mine }),
	}
	if open := p.window(); open > 0 && !p.Wrote.IsZero() {
		v.Window = p.Wrote.Add(open)
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

// withoutKey is a webhook's address as it may be shown: its last part is a secret.
func withoutKey(address string) string {
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return ""
	}
	folder := u.Path[:strings.LastIndexByte(u.Path, '/')+1]
	return u.Scheme + "://" + u.Host + folder + "…"
}

// ReadJSON reads what the sandbox's own API was sent, or refuses it.
func ReadJSON(w http.ResponseWriter, r *http.Request, into any) bool {
	in := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest))
	in.DisallowUnknownFields()
	if err := in.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		Answer(w, http.StatusBadRequest, map[string]string{"error": "The request is not the JSON expected: " + err.Error()})
		return false
	}
	return true
}

// Answer answers for the sandbox's own API.
func Answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
