// Package webchatdb keeps the visitors of web chat: who they are, their threads,
// files and links.
package webchatdb

import (
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// Store reads and writes these tables.
type Store struct {
	*pg.DB
	Outbox *outbox.Store
}

// New returns a store on db and the stores below it.
func New(db *pg.DB, outbox *outbox.Store) *Store {
	return &Store{DB: db, Outbox: outbox}
}
