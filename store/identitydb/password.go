package identitydb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

const updatePassword = `UPDATE agent SET password_hash = $2, must_change_password = false, updated_at = now() WHERE id = $1`

// lingers is how long the sign-in of a browser is good for that has just been given
// another one: what it sent before it knew must not sign the person out.
const lingers = 10 // seconds

const expireSession = `UPDATE sign_in SET expires_at = LEAST(expires_at, now() + $3 * interval '1 second') WHERE agent_id = $1 AND token_hash = $2`

// setPassword sets a password that its person chose. linger is the hash of the token
// of a browser that is given another one; empty: of none.
func setPassword(ctx context.Context, tx *sqlx.Tx, from Origin, agent uuid.UUID, hash string, linger []byte, more map[string]any) error {
	if err := DropLink(ctx, tx, agent); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, deleteOtherSessions, agent, linger); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, expireSession, agent, linger, lingers); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, updatePassword, agent, hash); err != nil {
		return err
	}
	return audit(ctx, tx, self(agent), from, auditdb.AuditPassword, "changed", agent, more)
}

// SetPassword sets the password that a person chose. It ends their sign-ins, and a
// link that was to set it. The sign-in with the hash of its token in linger, if there
// is one, ends a moment later: its browser is about to be given another.
func (s *Store) SetPassword(ctx context.Context, from Origin, agent uuid.UUID, hash string, linger []byte) error {
	if linger == nil {
		linger = []byte{}
	}
	err := s.AccessTx(ctx, func(tx *sqlx.Tx) error {
		var locked uuid.UUID
		if err := pg.GetOne(ctx, tx, &locked, lockPerson, agent); err != nil {
			return err
		}
		return setPassword(ctx, tx, from, agent, hash, linger, nil)
	})
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return nil
}

const rehash = `UPDATE agent SET password_hash = $3 WHERE id = $1 AND password_hash = $2`

// Rehash replaces the hash of a password with a costlier one of the same password,
// unless it was changed meanwhile.
func (s *Store) Rehash(ctx context.Context, agent uuid.UUID, old, fresh string) error {
	if _, err := s.SQL.ExecContext(ctx, rehash, agent, old, fresh); err != nil {
		return fmt.Errorf("rehash password: %w", err)
	}
	return nil
}
