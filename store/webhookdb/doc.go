// Package webhookdb keeps the outside systems' subscriptions and what is still to
// be delivered to them.
package webhookdb

import (
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// Store reads and writes these tables.
type Store struct {
	*pg.DB
	Outbox *outbox.Store
}

// New returns a store on db and the stores below it.
func New(db *pg.DB, outbox *outbox.Store) *Store {
	return &Store{DB: db, Outbox: outbox}
}
