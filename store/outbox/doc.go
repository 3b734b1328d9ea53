// Package outbox appends what others must hear of, in the transaction of the
// facts themselves: rows of event for people who watch, bells for workflows.
package outbox

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
