// Package assigndb gives work to agents: which conversation is offered to whom
// next, in one statement each.
package assigndb

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
