package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// Arrive looks for an agent as for a conversation that comes into its queue.
func (s *Store) Arrive(ctx context.Context, id uuid.UUID) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		_, err := s.assignTo(ctx, tx, id)
		return err
	})
}

// RankOf is the SQL that orders a status, for the test that compares it.
func RankOf(expression string) string { return "COALESCE(" + fmt.Sprintf(rank, expression) + ", 0)" }

// Composed names the statements that are put together when the program starts,
// for the test that prepares all.
func Composed() map[string]string {
	return map[string]string{"updateStatus": updateStatus, "reportStatuses": reportStatuses}
}

// OpenDB is a database as the store opens it, which keeps that many statements
// prepared on each connection.
var (
	OpenDB         = openDB
	KeptStatements = keptStatements
)
