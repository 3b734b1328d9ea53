// Package webchatdb keeps the visitors of web chat: who they are, their threads,
// files and links.
package webchatdb

import (
	"switchboard/store/pg"
)

// Store reads and writes these tables.
type Store struct {
	*pg.DB
}

// New returns a store on db.
func New(db *pg.DB) *Store {
	return &Store{DB: db}
}
