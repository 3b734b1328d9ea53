// Package factdb reads the facts of what happened: visits of queues, sessions of
// agents, and their presence. Triggers of the schema write them.
package factdb

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
