// Package contactdb keeps customers: contacts, their points of contact and other
// names, consent, and merges.
package contactdb

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
