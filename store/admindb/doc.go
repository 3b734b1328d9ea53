// Package admindb changes the configuration and carries the consequences to live
// conversations and agents: queues, workstreams, agents, addresses, widgets,
// routing rules.
package admindb

import (
	"switchboard/store/configdb"
	"switchboard/store/conversationdb"
	"switchboard/store/pg"
)

// Store reads and writes these tables.
type Store struct {
	*pg.DB
	Config       *configdb.Store
	Conversation *conversationdb.Store
}

// New returns a store on db and the stores below it.
func New(db *pg.DB, config *configdb.Store, conversation *conversationdb.Store) *Store {
	return &Store{DB: db, Config: config, Conversation: conversation}
}
