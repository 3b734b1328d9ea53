// Package workitemdb keeps work items: pieces of work from outside that are routed
// like conversations.
package workitemdb

import (
	"switchboard/store/conversationdb"
	"switchboard/store/pg"
	"switchboard/store/webhookdb"
)

// Store reads and writes these tables.
type Store struct {
	*pg.DB
	Conversation *conversationdb.Store
	Webhook      *webhookdb.Store
}

// New returns a store on db and the stores below it.
func New(db *pg.DB, conversation *conversationdb.Store, webhook *webhookdb.Store) *Store {
	return &Store{DB: db, Conversation: conversation, Webhook: webhook}
}
