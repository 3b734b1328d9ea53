// Package livedb reads how the work stands at this moment, for those who supervise
// it: figures, ongoing conversations and agents.
package livedb

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
