package admindb

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/pg"
)

// A Resealer tells what was sealed with an earlier key.
type Resealer interface {
	pg.Sealer
	Current(sealed []byte) bool
}

// Everything that is sealed: statements that read it, and replace it unless it was
// changed meanwhile. The tables have a row for each account, webhook, source of
// events, identity provider and person: they are read as a whole.
const (
	sealedAccounts = `SELECT id, secrets AS sealed FROM account WHERE secrets <> '' ORDER BY id`
	resealAccount  = `UPDATE account SET secrets = $3 WHERE id = $1 AND secrets = $2`
	sealedWebhooks = `SELECT id, secrets AS sealed FROM webhook_subscription ORDER BY id`
	resealWebhook  = `UPDATE webhook_subscription SET secrets = $3 WHERE id = $1 AND secrets = $2`
	sealedSources  = `SELECT id, secret AS sealed FROM outbound_source ORDER BY id`
	resealSource   = `UPDATE outbound_source SET secret = $3 WHERE id = $1 AND secret = $2`
	sealedFactors  = `SELECT agent_id AS id, secret AS sealed FROM second_factor WHERE secret IS NOT NULL ORDER BY agent_id`
	resealFactor   = `UPDATE second_factor SET secret = $3 WHERE agent_id = $1 AND secret = $2`
	sealedPending  = `SELECT agent_id AS id, pending AS sealed FROM second_factor WHERE pending IS NOT NULL ORDER BY agent_id`
	resealPending  = `UPDATE second_factor SET pending = $3 WHERE agent_id = $1 AND pending = $2`
	sealedIdentity = `SELECT id, client_secret AS sealed FROM identity_provider WHERE client_secret <> '' ORDER BY id`
	resealIdentity = `UPDATE identity_provider SET client_secret = $3 WHERE id = $1 AND client_secret = $2`
)

// Reseal seals with the current key what an earlier one sealed, and counts it.
// It may run while the product does, and again. What does not open is left as it
// is and is an error, after all others were done.
func (s *Store) Reseal(ctx context.Context, by Resealer) (int, error) {
	accounts, err := resealAll(ctx, s.SQL, by, sealedAccounts, resealAccount)
	webhooks, werr := resealAll(ctx, s.SQL, by, sealedWebhooks, resealWebhook)
	sources, serr := resealAll(ctx, s.SQL, by, sealedSources, resealSource)
	factors, ferr := resealAll(ctx, s.SQL, by, sealedFactors, resealFactor)
	pending, perr := resealAll(ctx, s.SQL, by, sealedPending, resealPending)
	identities, ierr := resealAll(ctx, s.SQL, by, sealedIdentity, resealIdentity)
	return accounts + webhooks + sources + factors + pending + identities, errors.Join(err, werr, serr, ferr, perr, ierr)
}

func resealAll(ctx context.Context, db *sqlx.DB, by Resealer, query, replace string) (done int, err error) {
	var rows []struct {
		ID     uuid.UUID `db:"id"`
		Sealed []byte    `db:"sealed"`
	}
	if err := db.SelectContext(ctx, &rows, query); err != nil {
		return 0, fmt.Errorf("read what is sealed: %w", err)
	}
	for _, r := range rows {
		if by.Current(r.Sealed) {
			continue
		}
		n, rerr := reseal(ctx, db, by, replace, r.ID, r.Sealed)
		if done += n; rerr != nil {
			err = rerr
		}
	}
	return done, err
}

func reseal(ctx context.Context, db *sqlx.DB, by Resealer, query string, id uuid.UUID, old []byte) (int, error) {
	bound := []byte(id.String())
	plain, err := by.Open(old, bound)
	if err != nil {
		return 0, fmt.Errorf("secrets of %s: %w", id, err)
	}
	sealed, err := by.Seal(plain, bound)
	if err != nil {
		return 0, err
	}
	clear(plain)
	res, err := db.ExecContext(ctx, query, id, old, sealed)
	if err != nil {
		return 0, fmt.Errorf("replace secrets of %s: %w", id, err)
	}
	n, err := res.RowsAffected() // none: changed meanwhile, with the current key
	if err != nil {
		return 0, fmt.Errorf("replace secrets of %s: %w", id, err)
	}
	return int(n), nil
}
