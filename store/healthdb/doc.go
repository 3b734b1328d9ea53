// Package healthdb says how the accounts of providers do, and what uses them. It
// writes nothing.
package healthdb

import (
	"switchboard/store/pg"
)

// Store reads these tables.
type Store struct {
	*pg.DB
}

// New returns a store on db.
func New(db *pg.DB) *Store {
	return &Store{DB: db}
}
