// Package presencedb keeps which agents are there.
package presencedb

import (
	"switchboard/store/conversationdb"
	"switchboard/store/pg"
)

// Store reads and writes these tables.
type Store struct {
	*pg.DB
	Conversation *conversationdb.Store
}

// New returns a store on db and the stores below it.
func New(db *pg.DB, conversation *conversationdb.Store) *Store {
	return &Store{DB: db, Conversation: conversation}
}
