// Package messagedb keeps threads: messages in and out, their delivery, files,
// notes and drafts.
package messagedb

import (
	"sync/atomic"

	"switchboard/store/campaigndb"
	"switchboard/store/contactdb"
	"switchboard/store/conversationdb"
	"switchboard/store/pg"
)

// Store reads and writes these tables.
type Store struct {
	*pg.DB
	Campaign     *campaigndb.Store
	Contact      *contactdb.Store
	Conversation *conversationdb.Store

	campaigns atomic.Bool // there was one, or a number with words of its own: customers may answer to it
}

// New returns a store on db and the stores below it.
func New(db *pg.DB, campaign *campaigndb.Store, contact *contactdb.Store, conversation *conversationdb.Store) *Store {
	return &Store{DB: db, Campaign: campaign, Contact: contact, Conversation: conversation}
}
