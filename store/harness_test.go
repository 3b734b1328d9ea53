package store_test

import (
	"context"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store"
)

// arrive looks for an agent as for a conversation that comes into its queue.
func arrive(ctx context.Context, db *store.Store, id uuid.UUID) error {
	return db.Tx(ctx, func(tx *sqlx.Tx) error {
		_, err := db.Assignment.AssignTo(ctx, tx, id)
		return err
	})
}
