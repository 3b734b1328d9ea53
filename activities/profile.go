package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"switchboard/channel"
	"switchboard/store"
	"switchboard/store/contactdb"
	"switchboard/store/pg"
)

// Profiles learns from providers who customers are.
type Profiles struct {
	Store    *store.Store
	Accounts Accounts
	Registry *channel.Registry

	first firstAsked
}

const profileTimeout = 10 * time.Second

// Profile fetches the profile of a conversation's customer, unless that is known
// well enough or the provider has none to give. A customer who does not want to
// be known is a result, not an error; anything that may pass is tried again.
func (a *Profiles) Profile(ctx context.Context, conversation uuid.UUID) error {
	ref, err := a.Store.Contact.CustomerProfile(ctx, conversation)
	if err != nil || !ref.Stale {
		return err
	}
	p, err := a.Registry.Get(ref.Provider)
	if err != nil {
		return err
	}
	profiler, ok := p.(channel.Profiler)
	if !ok {
		return nil
	}
	acct, err := a.Accounts.AccountForSend(ctx, ref.Account)
	if errors.Is(err, pg.ErrNotFound) {
		return nil // the account was deleted: nobody can be asked
	} else if err != nil {
		return fmt.Errorf("read account: %w", err)
	}
	if acct.Paused() {
		return nil // its credentials are refused; the next conversation asks again
	}
	pctx, cancel := context.WithTimeout(ctx, profileTimeout)
	defer cancel()
	profile, err := profiler.Profile(pctx, acct.Channel(), ref.ExternalID)
	if err == nil {
		return a.Store.Contact.StoreProfile(ctx, ref.Point, &profile)
	}
	return a.noProfile(ctx, ref, err)
}

// noProfile acts on the class of a failed request. One about the account is for
// those who send to find out; no profile is worth pausing it.
func (a *Profiles) noProfile(ctx context.Context, ref contactdb.ProfileRef, err error) error {
	var e *channel.Error
	if !errors.As(err, &e) {
		return errors.New("the provider did not give the profile")
	}
	switch e.Class {
	case channel.Refused:
		return a.Store.Contact.StoreProfile(ctx, ref.Point, nil)
	case channel.Config:
		return nil
	}
	return again(e)
}
