package configdb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/auditdb"
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
		var more bool
		if err := pg.GetOne(ctx, tx, &more, stillSignedIn, agent); err != nil || more {
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

// Identity is who a request comes from. Agent is whom it acts as in
// conversations; a token may act as nobody. Token is null for a sign-in.
type Identity struct {
	Agent     uuid.NullUUID `db:"agent_id"`
	Token     uuid.NullUUID `db:"token_id"`
	Role      string        `db:"role"`
	ExpiresAt *time.Time    `db:"expires_at"`
	LastUsed  *time.Time    `db:"last_used_at"` // to the minute; of a token: null if never
	Needs     string        `db:"needs"`        // what they must do before anything else, or ""
}

// What somebody must do after signing in before they may do anything else.
const (
	NeedsPassword     = "password"      // choose their own
	NeedsSecondFactor = "second_factor" // set it up
)

// Actor is the identity as the audit log names it.
func (i Identity) Actor() auditdb.Actor { return auditdb.Actor{Agent: i.Agent, Token: i.Token} }

// A token ends with who made it and with whom it acts as, and may never do more
// than either of them may now.
const identify = `
SELECT i.token_hash, g.id AS agent_id, NULL::uuid AS token_id, g.role, i.expires_at, i.last_used_at,
       CASE WHEN g.must_change_password THEN 'password'
            WHEN g.role = ANY (p.second_factor_roles)
             AND NOT EXISTS (SELECT FROM second_factor f WHERE f.agent_id = g.id AND f.secret IS NOT NULL) THEN 'second_factor'
            ELSE '' END AS needs
FROM sign_in i JOIN agent g ON g.id = i.agent_id CROSS JOIN sign_in_settings p
WHERE i.token_hash = ANY($1) AND i.expires_at > now() AND i.last_used_at > now() - p.idle_seconds * interval '1 second'
  AND g.disabled_at IS NULL
UNION ALL
SELECT t.token_hash, t.agent_id, t.id, r.names[LEAST(array_position(r.names, t.role), array_position(r.names, m.role), array_position(r.names, g.role))],
       t.expires_at, t.last_used_at, '' AS needs
FROM api_token t JOIN agent m ON m.id = t.created_by LEFT JOIN agent g ON g.id = t.agent_id
CROSS JOIN (VALUES (ARRAY['agent', 'supervisor', 'administrator'])) r (names)
WHERE t.token_hash = ANY($1) AND t.revoked_at IS NULL AND t.expires_at > now()
  AND m.disabled_at IS NULL AND (t.agent_id IS NULL OR g.disabled_at IS NULL)`

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
	var found []struct {
		Hash []byte `db:"token_hash"`
		Identity
	}
	if err := s.SQL.SelectContext(ctx, &found, identify, pq.ByteaArray(tokenHashes)); err != nil {
		return nil, fmt.Errorf("identify: %w", err)
	}
	out := make(map[string]Identity, len(found))
	for _, f := range found {
		out[string(f.Hash)] = f.Identity
	}
	return out, nil
}
