// Package webhookdb keeps the outside systems' subscriptions and what is still to
// be delivered to them.
package webhookdb

import (
	"switchboard/store/pg"
)

// Store reads and writes these tables.
type Store struct {
	*pg.DB
}

// New returns a store on db.
func New(db *pg.DB) *Store {
	return &Store{DB: db}
}
