package core

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Fault is a failure that a provider plays on the product.
//
// Kind is an HTTP status ("429", "500", "503" …), "refuse_auth", "quota", "slow"
// (answers after Delay), "hang_before" (takes nothing and never answers),
// "hang_after_accept" (takes it and never answers) or "drop_after_accept" (takes
// it and cuts the connection). A hang ends with Delay, if there is one, when the
// caller gives up, or when the failures of the account are cleared. With Every the fault hits one call in so many.
type Fault struct {
	Kind       string        `json:"kind"`
	Times      int           `json:"times"` // 0 until cleared
	RetryAfter time.Duration `json:"retry_after_ns,omitempty"`
	Delay      time.Duration `json:"delay_ns,omitempty"`
	Every      int           `json:"every,omitempty"` // one call in so many; 0 is every call
	On         string        `json:"on,omitempty"`    // "" sending, "read" the other calls, "all" both; refuse_auth is always on all

	seen    int           // calls that it was meant for
	cleared chan struct{} // closed when it is
}

// Fault plays a failure on an account, named by channel ID or SID.
func (b *Box) Fault(account string, f Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.account(account)
	f.cleared = make(chan struct{})
	a.faults, a.cleared = append(a.faults, &f), append(a.cleared, f.cleared)
	b.hub.send(notice{Kind: "faults", Account: account, View: a.faults})
}

// ClearFaults ends the failures of an account, hangs that are under way too.
func (b *Box) ClearFaults(account string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.account(account)
	for _, c := range a.cleared {
		close(c)
	}
	a.faults, a.cleared = nil, nil
	b.hub.send(notice{Kind: "faults", Account: account})
}

// Hanging counts the calls of an account that hang now.
func (b *Box) Hanging(account string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a := b.accounts[account]; a != nil {
		return a.hanging
	}
	return 0
}

// hangs counts a call of an account that begins (1) or ends (-1) to hang.
func (b *Box) hangs(a *Account, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a.hanging += n
}

// Faults lists the failures still to be played on an account.
func (b *Box) Faults(account string) []Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.accounts[account]
	if a == nil {
		return nil
	}
	out := make([]Fault, len(a.faults))
	for i, f := range a.faults {
		out[i] = *f
	}
	return out
}

// takeFault picks the first failure that is meant for a call.
func (b *Box) takeFault(a *Account, sends bool) *Fault {
	if a == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, f := range a.faults {
		if f.On != "all" && f.Kind != "refuse_auth" && sends == (f.On == "read") {
			continue
		}
		if f.seen++; f.Every > 1 && f.seen%f.Every != 0 {
			continue
		}
		taken := *f
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				a.faults = slices.Delete(slices.Clone(a.faults), i, i+1)
			}
			b.hub.send(notice{Kind: "faults", Account: a.ID, View: a.faults})
		}
		return &taken
	}
	return nil
}

// before plays what comes before the handler, and tells whether to go on.
func (f *Fault) before(caller context.Context, b *Box, a *Account) bool {
	switch f.Kind {
	case "hang_before":
		b.hang(caller, a, f)
		return false
	case "slow":
		b.hang(caller, a, f)
	}
	return true
}

// after plays what comes after the handler, and tells whether to answer.
func (f *Fault) after(caller context.Context, b *Box, a *Account) bool {
	switch f.Kind {
	case "hang_after_accept":
		b.hang(caller, a, f)
		return false
	case "drop_after_accept":
		return false
	}
	return true
}

// hang waits until the caller gives up, the sandbox ends, the time is over or the
// fault is cleared.
func (b *Box) hang(caller context.Context, a *Account, f *Fault) {
	b.hangs(a, 1)
	defer b.hangs(a, -1)
	limit := f.Delay
	if limit <= 0 {
		limit = time.Hour
	}
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-caller.Done():
	case <-b.ctx.Done():
	case <-f.cleared:
	case <-t.C:
	}
}

// Refuses tells whether the fault is an answer instead of the handler's.
func (f *Fault) Refuses() bool {
	return f.Kind == "refuse_auth" || f.Kind == "quota" || f.status() != 0
}

// status is the HTTP status that the kind names, or 0.
func (f *Fault) status() int {
	n, err := strconv.Atoi(f.Kind)
	if err != nil || n < http.StatusAccepted || n > 599 {
		return 0
	}
	return n
}
