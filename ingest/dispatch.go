package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"switchboard/channel"
	"switchboard/store/configdb"
)

// addressed is an event and the account that it goes to.
type addressed struct {
	to    account
	event channel.Event
}

// dispatch says which accounts the events of a verified webhook go to: nearly
// always the one whose address was called. Where several accounts share an
// address, an event goes to those that own it and that accept the request's
// signature, too. What is nobody's is kept as unknown, so that somebody who looks
// for it finds it.
func (r *Receiver) dispatch(ctx context.Context, p channel.Webhook, acc account, req channel.Request, events []channel.Event) ([]addressed, error) {
	out := make([]addressed, 0, len(events))
	d, shared := p.(channel.Dispatcher)
	for _, e := range events {
		if !shared || e.Owner == "" || e.Kind != channel.KindTemplate && d.Owns(acc.channel, e.Owner) {
			out = append(out, addressed{acc, e})
			continue
		}
		all, err := r.accounts.served(context.WithoutCancel(ctx), acc.provider)
		if err != nil {
			return nil, err
		}
		found := false
		for _, other := range all {
			if d.Owns(other.channel, e.Owner) && p.Verify(other.channel, req) == nil {
				out = append(out, addressed{other, e})
				found = true
			}
		}
		if !found {
			e.Kind, e.Type = channel.KindUnknown, "unowned"
			out = append(out, addressed{acc, e})
		}
	}
	return out, nil
}

// served lists the accounts of a provider. While the database is away, those that
// are known are all.
func (a *accounts) served(ctx context.Context, provider string) ([]account, error) {
	a.mu.Lock()
	list, read := a.list, a.listed
	a.mu.Unlock()
	if time.Since(read) > a.fresh {
		err := a.call(ctx, func(ctx context.Context) (err error) {
			var rows []configdb.Account
			if rows, err = a.db.Accounts(ctx); err != nil {
				return err
			}
			list = make([]account, 0, len(rows))
			for _, s := range rows {
				list = append(list, account{id: s.ID, provider: s.Provider, channel: s.Channel(), read: time.Now()})
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("list accounts: %w", err)
		}
		a.mu.Lock()
		a.list, a.listed = list, time.Now()
		a.mu.Unlock()
	}
	out := make([]account, 0, len(list))
	for _, acc := range list {
		if acc.provider == provider {
			out = append(out, acc)
		}
	}
	return out, nil
}

// Handshake answers a request that asks whether an address is ours. Handled is
// false for one that asks no such thing. The error is ErrUnknownAccount,
// ErrUnavailable or channel.ErrSignature.
func (r *Receiver) Handshake(ctx context.Context, provider, key string, req channel.Request) (a channel.Answer, handled bool, err error) {
	p, err := r.cfg.Registry.Get(provider)
	if err != nil {
		return a, false, ErrUnknownAccount
	}
	h, ok := p.(channel.Handshaker)
	if !ok {
		return a, false, nil
	}
	acc, err := r.account(ctx, provider, key)
	switch {
	case errors.Is(err, ErrUnknownAccount):
		r.Counts.Unknown.Add(1)
		return a, false, err
	case err != nil: // the provider's console asks again when somebody presses its button
		return a, false, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	a, handled, err = h.Handshake(acc.channel, req)
	if err != nil && time.Since(acc.read) >= secretAge {
		if again, readErr := r.accounts.again(context.WithoutCancel(ctx), provider, acc); readErr == nil {
			a, handled, err = h.Handshake(again.channel, req)
		}
	}
	if err != nil {
		r.Counts.Refused.Add(1)
	}
	return a, handled, err
}
