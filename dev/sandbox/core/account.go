package core

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Account is what accounts of all providers have in common. The box's lock guards it.
type Account struct {
	Box   *Box
	ID    string
	Side  Side // nil before the account was added
	Retry bool // webhooks are repeated as the provider does

	provider string
	phones   []*Phone
	faults   []*Fault
	cleared  []chan struct{} // to be closed when the faults are cleared, used up ones too
	hanging  int             // calls
	calls    []Call
	hooks    []Webhook
	counts   Counts
	seen     map[string]int // text and recipient → times accepted
}

// errProvider is what settings get that are for no provider of the box.
var errProvider = errors.New("there is no such provider")

// AddAccount adds an account of a provider, or changes the settings of the one
// with its identifier.
func (b *Box) AddAccount(provider string, settings any) error {
	raw, err := json.Marshal(settings)
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	p := b.provider(provider)
	if p == nil {
		return fmt.Errorf("%s: %w", provider, errProvider)
	}
	id, err := p.AccountID(raw)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.append(record{Kind: recAccount, Account: id, Provider: provider, Own: raw})
	return nil
}

func (b *Box) provider(name string) Provider {
	for _, p := range b.providers {
		if p.Name() == name {
			return p
		}
	}
	return nil
}

// Account finds an account, or nil. The lock must be held.
func (b *Box) Account(id string) *Account { return b.accounts[id] }

// Accounts lists all accounts in the order in which they were added. The lock must be held.
func (b *Box) Accounts() []*Account {
	out := make([]*Account, len(b.order))
	for i, id := range b.order {
		out[i] = b.accounts[id]
	}
	return out
}

// account finds an account or makes one, whose provider may come later. The lock
// must be held.
func (b *Box) account(id string) *Account {
	a := b.accounts[id]
	if a == nil {
		a = &Account{Box: b, ID: id, seen: map[string]int{}}
		b.accounts[id] = a
		b.order = append(b.order, id)
	}
	return a
}

func (b *Box) applyAccount(id, provider string, settings json.RawMessage) {
	a, p := b.account(id), b.provider(provider)
	if p == nil {
		b.log.Error("account of an unknown provider", "provider", provider, "account", id)
		return
	}
	if a.provider != provider {
		a.provider, a.Side = provider, p.Open(a)
	}
	if err := a.Side.Set(settings); err != nil {
		b.log.Error("settings not read", "provider", provider, "account", id, "error", err)
	}
}

// SetRetry says whether webhooks are repeated as the provider does.
func (a *Account) SetRetry(on bool) {
	a.Box.mu.Lock()
	defer a.Box.mu.Unlock()
	a.Retry = on
}

// Own journals something that only the provider knows, which its OwnKeeper gets.
// The lock must be held.
func (a *Account) Own(kind string, own any) {
	raw, err := json.Marshal(own)
	if err != nil {
		a.Box.log.Error("not journalled", "kind", kind, "account", a.ID, "error", err)
		return
	}
	a.Box.append(record{Kind: kind, Account: a.ID, Own: raw})
}

func (a *Account) applyOwn(kind string, own json.RawMessage) {
	k, ok := a.Side.(OwnKeeper)
	if !ok {
		return
	}
	if err := k.KeepOwn(kind, own); err != nil {
		a.Box.log.Error("not read", "kind", kind, "account", a.ID, "error", err)
	}
}

// SideOf finds the provider's side of an account; false when there is none of the
// type. The lock must be held.
func SideOf[T Side](b *Box, id string) (T, bool) {
	var none T
	a := b.accounts[id]
	if a == nil {
		return none, false
	}
	side, ok := a.Side.(T)
	return side, ok
}
