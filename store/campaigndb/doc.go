// Package campaigndb keeps outbound messages, campaigns with their recipients,
// replies and reports, and the triggers that send by themselves.
package campaigndb

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
