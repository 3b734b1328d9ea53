// Package tagdb keeps the organisation's tags and which conversations have them.
package tagdb

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
