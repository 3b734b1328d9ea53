// Package conversationdb keeps conversations: their state as the workflow decided
// it, participants, routing and automatic messages.
package conversationdb

import (
	"switchboard/store/assigndb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

// Store reads and writes these tables.
type Store struct {
	*pg.DB
	Assignment *assigndb.Store
	Config     *configdb.Store
}

// New returns a store on db and the stores below it.
func New(db *pg.DB, assignment *assigndb.Store, config *configdb.Store) *Store {
	return &Store{DB: db, Assignment: assignment, Config: config}
}
