// Package configfiledb keeps what was applied of configuration files, and does for
// them what no other change of the configuration does.
package configfiledb

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
