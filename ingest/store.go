package ingest

import (
	"context"

	"github.com/google/uuid"

	"switchboard/store"
	"switchboard/store/configdb"
	"switchboard/store/contactdb"
)

// Database is the store as the receiver needs it.
func Database(st *store.Store) Store { return database{st} }

type database struct{ *store.Store }

func (d database) Accounts(ctx context.Context) ([]configdb.Account, error) {
	return d.Config.Accounts(ctx)
}

func (d database) WebhookAccount(ctx context.Context, provider, key string) (configdb.Account, error) {
	return d.Config.WebhookAccount(ctx, provider, key)
}

func (d database) EnsureAddress(ctx context.Context, account uuid.UUID, channel, address string) (uuid.UUID, error) {
	return d.Contact.EnsureAddress(ctx, account, channel, address)
}

func (d database) StoreMessages(ctx context.Context, batch []contactdb.Inbound) (int, error) {
	return d.Message.StoreMessages(ctx, batch)
}

func (d database) StoreReports(ctx context.Context, batch []contactdb.Inbound) error {
	return d.Message.StoreReports(ctx, batch)
}

func (d database) SettleChanges(ctx context.Context) error { return d.Message.SettleChanges(ctx) }
