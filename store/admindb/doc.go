// Package admindb changes the configuration and carries the consequences to live
// conversations and agents: queues, workstreams, agents, addresses, widgets,
// routing rules.
package admindb

import (
	"switchboard/store/assigndb"
	"switchboard/store/configdb"
	"switchboard/store/conversationdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// Store reads and writes these tables.
type Store struct {
	*pg.DB
	Assignment   *assigndb.Store
	Config       *configdb.Store
	Conversation *conversationdb.Store
	Outbox       *outbox.Store
}

// New returns a store on db and the stores below it.
func New(db *pg.DB, assignment *assigndb.Store, config *configdb.Store, conversation *conversationdb.Store, outbox *outbox.Store) *Store {
	return &Store{DB: db, Assignment: assignment, Config: config, Conversation: conversation, Outbox: outbox}
}
