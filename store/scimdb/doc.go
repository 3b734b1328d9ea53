// Package scimdb keeps what an identity provider says over SCIM 2.0 (RFC 7643): its
// users, who are agents, and its groups, which give their members roles.
package scimdb

import (
	"context"

	"github.com/jmoiron/sqlx"

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

// What a provider changes it changes alone: two changes that give the same people roles
// would wait for each other, and names are compared with those of all agents.
const lockSCIM = `SELECT pg_advisory_xact_lock(hashtextextended('scim', 157))`

func lock(ctx context.Context, tx *sqlx.Tx) error {
	_, err := tx.ExecContext(ctx, lockSCIM)
	return err
}

// Part is which part of a list is asked for: Count of it after the first Skip.
type Part struct{ Skip, Count int }
