package identitydb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// ViewLasts is how long somebody looks at another person's desk.
const ViewLasts = 30 * time.Minute

const beginView = `
UPDATE sign_in i SET view_as = g.id, view_until = date_trunc('second', now()) + $3 * interval '1 second'
FROM agent g WHERE i.token_hash = $1 AND g.id = $2 AND g.disabled_at IS NULL RETURNING i.view_until`

// BeginView has a sign-in, by the hash of its token, show the desk of another person for
// a while. Of one who is disabled or unknown it is ErrNotFound.
func (s *Store) BeginView(ctx context.Context, by auditdb.Actor, from Origin, tokenHash []byte, of uuid.UUID) (until time.Time, err error) {
	err = s.AccessTx(ctx, func(tx *sqlx.Tx) error {
		if err := pg.GetOne(ctx, tx, &until, beginView, tokenHash, of, int(ViewLasts.Seconds())); err != nil {
			return err
		}
		return audit(ctx, tx, by, from, auditdb.AuditSession, "view_as", of, map[string]any{"until": until.UTC()})
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("begin to view as: %w", err)
	}
	return until, nil
}

const endView = `
WITH was AS (SELECT token_hash, view_as FROM sign_in WHERE token_hash = $1 AND view_until > now() FOR UPDATE)
UPDATE sign_in i SET view_as = NULL, view_until = NULL FROM was WHERE i.token_hash = was.token_hash RETURNING was.view_as`

// EndView has a sign-in show its own desk again. ErrNotFound: it did.
func (s *Store) EndView(ctx context.Context, by auditdb.Actor, from Origin, tokenHash []byte) error {
	err := s.AccessTx(ctx, func(tx *sqlx.Tx) error {
		var of uuid.NullUUID
		if err := pg.GetOne(ctx, tx, &of, endView, tokenHash); err != nil {
			return err
		}
		return audit(ctx, tx, by, from, auditdb.AuditSession, "view_as_ended", of.UUID, nil)
	})
	if err != nil {
		return fmt.Errorf("end to view as: %w", err)
	}
	return nil
}
