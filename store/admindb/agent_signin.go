package admindb

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"switchboard/domain/permission"
	"switchboard/store/pg"
)

// CheckSignIn refuses to touch how somebody signs in who may do more than the
// ceiling: whoever sets a person's password or removes their second factor can become
// them. It fails with ErrNotFound or an *Invalid.
func (s *Store) CheckSignIn(ctx context.Context, ceiling permission.Set, id uuid.UUID) error {
	var is Access
	if err := pg.GetOne(ctx, s.SQL, &is, selectAccess, id); err != nil {
		return fmt.Errorf("check sign-in: %w", err)
	}
	return checkAccess(is, is, ceiling)
}
