// Package ssodb keeps what single sign-on needs: identity providers, sign-ins that
// are under way at one, and who somebody is there.
package ssodb

import (
	"switchboard/store/admindb"
	"switchboard/store/pg"
)

// Store reads and writes these tables.
type Store struct {
	*pg.DB
	Admin *admindb.Store
}

// New returns a store on db and the stores below it.
func New(db *pg.DB, admin *admindb.Store) *Store {
	return &Store{DB: db, Admin: admin}
}
