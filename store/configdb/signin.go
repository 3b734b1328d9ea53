package configdb

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// Credentials is what a password is checked against. An empty Hash never matches.
type Credentials struct {
	Agent    uuid.UUID `db:"id"`
	Hash     string    `db:"hash"`
	Disabled bool      `db:"disabled"`
}

const selectCredentials = `
SELECT id, COALESCE(password_hash, '') AS hash, disabled_at IS NOT NULL AS disabled FROM agent WHERE lower(email) = lower($1)`

// CredentialsOf returns what the password of an e-mail address is checked
// against, or ErrNotFound.
func (s *Store) CredentialsOf(ctx context.Context, email string) (Credentials, error) {
	var c Credentials
	if err := pg.GetOne(ctx, s.SQL, &c, selectCredentials, pg.Clean(email)); err != nil {
		return Credentials{}, fmt.Errorf("read credentials: %w", err)
	}
	return c, nil
}

const deleteSignIn = `DELETE FROM sign_in WHERE token_hash = $1 RETURNING agent_id`

// The sign-in that this transaction deleted is not seen any more.
const stillSignedIn = `
SELECT EXISTS (SELECT FROM sign_in WHERE agent_id = $1 AND expires_at > now())
    OR EXISTS (SELECT FROM api_token t JOIN agent m ON m.id = t.created_by
               WHERE t.agent_id = $1 AND t.revoked_at IS NULL AND t.expires_at > now() AND m.disabled_at IS NULL)`

// StillSignedIn reports whether an agent has a sign-in, or an API token that acts as them.
func StillSignedIn(ctx context.Context, q sqlx.QueryerContext, agent uuid.UUID) (still bool, err error) {
	if err := pg.GetOne(ctx, q, &still, stillSignedIn, agent); err != nil {
		return false, fmt.Errorf("find sign-ins: %w", err)
	}
	return still, nil
}

// SignOut ends a sign-in. One that is over already is no error. It returns the
// agent if that was their last, and they have no API token either.
func (s *Store) SignOut(ctx context.Context, tokenHash []byte) (gone uuid.NullUUID, err error) {
	err = s.AccessTx(ctx, func(tx *sqlx.Tx) error {
		var agent uuid.UUID
		if err := pg.GetOne(ctx, tx, &agent, deleteSignIn, tokenHash); errors.Is(err, pg.ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
		if more, err := StillSignedIn(ctx, tx, agent); err != nil || more {
			return err
		}
		gone = outbox.NullUUID(agent)
		return nil
	})
	if err != nil {
		return uuid.NullUUID{}, fmt.Errorf("sign out: %w", err)
	}
	return gone, nil
}

// Identify returns whose token has the hash, sign-in or API token, or ErrNotFound
// when it is unknown, expired, revoked, or its agent or maker is disabled.
func (s *Store) Identify(ctx context.Context, tokenHash []byte) (Identity, error) {
	all, err := s.identify(ctx, [][]byte{tokenHash})
	if err != nil {
		return Identity{}, err
	}
	i, ok := all[string(tokenHash)]
	if !ok {
		return Identity{}, fmt.Errorf("identify: %w", pg.ErrNotFound)
	}
	return i, nil
}

// IdentifyAll is Identify for many tokens at once, by their hashes. Those that are no
// good, or not until their person did what they must, are not in the answer.
func (s *Store) IdentifyAll(ctx context.Context, tokenHashes [][]byte) (map[string]Identity, error) {
	all, err := s.identify(ctx, tokenHashes)
	maps.DeleteFunc(all, func(_ string, i Identity) bool { return i.Needs != "" })
	return all, err
}

func (s *Store) identify(ctx context.Context, tokenHashes [][]byte) (map[string]Identity, error) {
	var found []identityRow
	if err := s.SQL.SelectContext(ctx, &found, identify, pq.ByteaArray(tokenHashes)); err != nil {
		return nil, fmt.Errorf("identify: %w", err)
	}
	out := make(map[string]Identity, len(found))
	for _, f := range found {
		out[string(f.Hash)] = f.identity()
	}
	return out, nil
}
