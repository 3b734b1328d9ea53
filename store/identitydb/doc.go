// Package identitydb reads and writes how people sign in: links by which they set
// their own password, sign-ins, second factors, e-mail about them, and the settings
// that hold for all.
package identitydb

import "switchboard/store/pg"

// Store reads and writes these tables.
type Store struct {
	*pg.DB
}

// New returns a store on db.
func New(db *pg.DB) *Store {
	return &Store{DB: db}
}
