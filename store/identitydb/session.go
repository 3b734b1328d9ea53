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

// Session is a sign-in as people see it.
type Session struct {
	ID        uuid.UUID `db:"id" json:"id"`
	UserAgent string    `db:"user_agent" json:"user_agent"`
	Address   string    `db:"address" json:"address"` // truncated
	CreatedAt time.Time `db:"created_at" json:"created_at"`
	LastUsed  time.Time `db:"last_used_at" json:"last_used_at"` // to the minute
	ExpiresAt time.Time `db:"expires_at" json:"expires_at"`
	Current   bool      `db:"current" json:"current"` // the one that asks
}

// Those that nobody used for long are over too.
const dropExpired = `
DELETE FROM sign_in i USING sign_in_settings p
WHERE i.agent_id = $1 AND (i.expires_at < now() OR i.last_used_at < now() - p.idle_seconds * interval '1 second')`

const insertSession = `
INSERT INTO sign_in (token_hash, agent_id, user_agent, address, expires_at)
SELECT $1, $2, $3, $4, date_trunc('second', now()) + p.session_seconds * interval '1 second' FROM sign_in_settings p RETURNING expires_at`

// OpenSession keeps a sign-in by the hash of its token, until when the settings say,
// and forgets those of the agent that are over.
func (s *Store) OpenSession(ctx context.Context, from Origin, tokenHash []byte, agent uuid.UUID) (expires time.Time, err error) {
	err = s.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, dropExpired, agent); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &expires, insertSession, tokenHash, agent, pg.Clean(from.UserAgent), from.Address); err != nil {
			return err
		}
		return audit(ctx, tx, self(agent), from, auditdb.AuditSession, "created", agent, nil)
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("sign in: %w", err)
	}
	return expires.UTC(), nil
}

const selectSessions = `
SELECT i.id, i.user_agent, i.address, i.created_at, i.last_used_at, i.expires_at, i.token_hash = $2 AS current
FROM sign_in i CROSS JOIN sign_in_settings p
WHERE i.agent_id = $1 AND i.expires_at > now() AND i.last_used_at > now() - p.idle_seconds * interval '1 second'
ORDER BY i.last_used_at DESC, i.id`

// Sessions lists the sign-ins of a person, that used last first. current is the hash
// of the token that asks.
func (s *Store) Sessions(ctx context.Context, agent uuid.UUID, current []byte) ([]Session, error) {
	list := []Session{}
	if current == nil {
		current = []byte{}
	}
	if err := s.SQL.SelectContext(ctx, &list, selectSessions, agent, current); err != nil {
		return nil, fmt.Errorf("list sign-ins: %w", err)
	}
	return list, nil
}

const deleteSession = `DELETE FROM sign_in WHERE agent_id = $1 AND id = $2 RETURNING id`

// EndSession ends one sign-in of a person, or fails with ErrNotFound.
func (s *Store) EndSession(ctx context.Context, by auditdb.Actor, from Origin, agent, id uuid.UUID) error {
	err := s.AccessTx(ctx, func(tx *sqlx.Tx) error {
		var gone uuid.UUID
		if err := pg.GetOne(ctx, tx, &gone, deleteSession, agent, id); err != nil {
			return err
		}
		return audit(ctx, tx, by, from, auditdb.AuditSession, "ended", agent, nil)
	})
	if err != nil {
		return fmt.Errorf("end sign-in: %w", err)
	}
	return nil
}

const deleteOtherSessions = `DELETE FROM sign_in WHERE agent_id = $1 AND token_hash <> $2`

// EndSessions ends the sign-ins of a person, but for that with the hash of its token
// in keep; empty: all of them.
func (s *Store) EndSessions(ctx context.Context, by auditdb.Actor, from Origin, agent uuid.UUID, keep []byte) error {
	if keep == nil {
		keep = []byte{}
	}
	err := s.AccessTx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, deleteOtherSessions, agent, keep)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil || n == 0 {
			return err
		}
		return audit(ctx, tx, by, from, auditdb.AuditSession, "ended", agent, map[string]any{"count": n})
	})
	if err != nil {
		return fmt.Errorf("end sign-ins: %w", err)
	}
	return nil
}

const touchSession = `
UPDATE sign_in SET last_used_at = now(), address = $2 WHERE token_hash = $1 AND last_used_at < now() - interval '1 minute'`

// SessionUsed records that a sign-in is used, to the minute, and from where.
func (s *Store) SessionUsed(ctx context.Context, from Origin, tokenHash []byte) error {
	if _, err := s.SQL.ExecContext(ctx, touchSession, tokenHash, from.Address); err != nil {
		return fmt.Errorf("record use of a sign-in: %w", err)
	}
	return nil
}
