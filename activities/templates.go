package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"switchboard/channel"
	"switchboard/store"
	"switchboard/store/auditdb"
)

// Templates reads anew, from time to time, which texts providers have approved:
// that takes them hours or days, and they tell nobody.
type Templates struct {
	Store    *store.Store
	Accounts Accounts
	Registry *channel.Registry
}

const (
	templatesTurn = "templates"
	readTemplates = 25 * time.Second // of one account
)

// Reread reads the templates of each account of which some were read before, in
// one process at a time, and not again for that long. An account that cannot be
// read does not keep the others from it.
func (a *Templates) Reread(ctx context.Context, every time.Duration) error {
	mine, err := a.Store.TakeTurn(ctx, templatesTurn, uuid.NewString(), every) // not prolonged: the next turn is a new one
	if err != nil || !mine {
		return err
	}
	accounts, err := a.Store.Template.SyncedAccounts(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range accounts {
		if err := a.reread(ctx, id); err != nil {
			errs = append(errs, fmt.Errorf("templates of account %s: %w", id, err))
		}
	}
	return errors.Join(errs...)
}

func (a *Templates) reread(ctx context.Context, id uuid.UUID) error {
	ctx, cancel := context.WithTimeout(ctx, readTemplates)
	defer cancel()
	account, err := a.Accounts.AccountForSend(ctx, id)
	if err != nil {
		return err
	}
	p, err := a.Registry.Get(account.Provider)
	if err != nil {
		return err
	}
	t, ok := p.(channel.Templater)
	if !ok || account.Paused() {
		return nil
	}
	list, err := t.Templates(ctx, account.Channel())
	if err != nil {
		return err
	}
	_, err = a.Store.Template.SyncTemplates(ctx, auditdb.Actor{}, id, list)
	return err
}
