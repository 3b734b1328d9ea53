// Package dispositiondb keeps the dispositions of workstreams and which conversations
// ended with them.
package dispositiondb

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
