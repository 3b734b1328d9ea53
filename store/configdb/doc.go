// Package configdb reads and writes what an administrator sets up and everything
// else depends on: accounts, operating hours, context variables, routing programs,
// sign-ins and API tokens.
package configdb

import (
	"sync"

	"switchboard/store/pg"
)

// Store reads and writes these tables.
type Store struct {
	*pg.DB

	programs sync.Map // workstream → compiled routing rules
	compiles sync.Mutex
}

// New returns a store on db.
func New(db *pg.DB) *Store {
	return &Store{DB: db}
}
