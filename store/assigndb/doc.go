// Package assigndb gives work to agents: which conversation is offered to whom
// next, in one statement each.
package assigndb

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
