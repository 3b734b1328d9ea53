// Package configdb reads and writes what an administrator sets up and everything
// else depends on: accounts, operating hours, context variables, routing programs,
// sign-ins and API tokens.
package configdb

import (
	"sync"

	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// Store reads and writes these tables.
type Store struct {
	*pg.DB
	Outbox *outbox.Store

	programs sync.Map // workstream → compiled routing rules
	compiles sync.Mutex
}

// New returns a store on db and the stores below it.
func New(db *pg.DB, outbox *outbox.Store) *Store {
	return &Store{DB: db, Outbox: outbox}
}
