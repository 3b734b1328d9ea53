package pg

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jmoiron/sqlx"
)

// GetOne reads one row; none is ErrNotFound.
func GetOne(ctx context.Context, q sqlx.QueryerContext, into any, query string, args ...any) error {
	err := sqlx.GetContext(ctx, q, into, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
