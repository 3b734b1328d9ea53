// Package contactdb keeps customers: contacts, their points of contact and other
// names, consent, and merges.
package contactdb

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
