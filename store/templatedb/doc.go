// Package templatedb keeps message templates, their approval by the provider,
// and quick replies.
package templatedb

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
