package core

import (
	"encoding/json"
	"sync"
)

// hub tells open pages what changed. A page that is too slow is told to load
// everything again instead of slowing the sandbox down.
type hub struct {
	mu   sync.Mutex
	subs map[chan []byte]*bool // whether the page missed something
	gone bool
}

// notice is one change, as pages get it.
type notice struct {
	Kind    string `json:"kind"`
	Account string `json:"account,omitempty"`
	Phone   string `json:"phone,omitempty"`
	Entry   *Entry `json:"entry,omitempty"`
	View    any    `json:"view,omitempty"`
}

func newHub() *hub { return &hub{subs: map[chan []byte]*bool{}} }

// Subscribe opens a stream of changes, as JSON, and returns how to leave it.
func (b *Box) Subscribe() (<-chan []byte, func()) { return b.hub.subscribe() }

func (h *hub) subscribe() (<-chan []byte, func()) {
	ch, missed := make(chan []byte, 256), false
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.gone {
		close(ch)
		return ch, func() {}
	}
	h.subs[ch] = &missed
	return ch, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.subs, ch)
	}
}

func (h *hub) watched() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.subs) > 0
}

func (h *hub) send(n notice) {
	data, err := json.Marshal(n)
	if err != nil {
		return
	}
	reset := []byte(`{"kind":"reset"}`)
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch, missed := range h.subs {
		out := data
		if *missed {
			out = reset
		}
		select {
		case ch <- out:
			*missed = false
		default:
			*missed = true
		}
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.gone = true
	for ch := range h.subs {
		close(ch)
		delete(h.subs, ch)
	}
}

// publish tells the pages of a record. The lock must be held.
func (b *Box) publish(r record, p *Phone) {
	if !b.hub.watched() {
		return
	}
	n := notice{Kind: r.Kind, Account: r.Account}
	switch {
	case r.Kind == recCall:
		n.View = r.Call
	case r.Kind == recHook:
		n.View = r.Hook
	case r.Kind == recPhone:
		p = b.phones[r.Person.ID]
	}
	if p != nil {
		n.Account, n.Phone, n.View = p.Account.ID, p.id, p.View(0)
		switch r.Kind {
		case recMessage:
			n.Entry = p.last()
		case recChange:
			n.Entry = p.byID[r.Change.ID]
		case recHook:
			n.Entry = p.byEvent[r.Hook.EventID]
		}
	}
	b.hub.send(n)
}
