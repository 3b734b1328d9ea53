package identitydb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// Kinds of links.
const (
	Invitation = "invitation" // to a person who was added
	Reset      = "reset"      // to one who forgot their password
)

// How long links are good for.
const (
	invitationFor = 7 * 24 * time.Hour
	resetFor      = time.Hour
)

// LinkFor is how long a link of a kind is good for.
func LinkFor(kind string) time.Duration {
	if kind == Invitation {
		return invitationFor
	}
	return resetFor
}

// typeOf is the object of the audit log that a link of a kind is about.
func typeOf(kind string) string {
	if kind == Reset {
		return auditdb.AuditPassword
	}
	return auditdb.AuditInvitation
}

// Link is one by which a person sets their own password.
type Link struct {
	Agent     uuid.UUID `db:"agent_id"`
	Kind      string    `db:"kind"`
	Name      string    `db:"name"`
	Email     string    `db:"email"`
	ExpiresAt time.Time `db:"expires_at"`
}

// What a link and a person's password follow from is read under this lock, so that
// nobody who is disabled in this moment gets in.
const lockPerson = `SELECT id FROM agent WHERE id = $1 AND disabled_at IS NULL FOR NO KEY UPDATE`

const upsertLink = `
INSERT INTO sign_in_link (agent_id, kind, token_hash, expires_at) VALUES ($1, $2, $3, now() + $4 * interval '1 second')
ON CONFLICT (agent_id) DO UPDATE SET kind = EXCLUDED.kind, token_hash = EXCLUDED.token_hash, created_at = now(), expires_at = EXCLUDED.expires_at
RETURNING expires_at`

// CreateLink keeps a new link by the hash of its token; the one before ends. Of a
// person who is disabled or unknown it is ErrNotFound.
func (s *Store) CreateLink(ctx context.Context, by auditdb.Actor, from Origin, agent uuid.UUID, kind string, tokenHash []byte) (expires time.Time, err error) {
	err = s.Tx(ctx, func(tx *sqlx.Tx) error {
		var locked uuid.UUID
		if err := pg.GetOne(ctx, tx, &locked, lockPerson, agent); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &expires, upsertLink, agent, kind, tokenHash, int(LinkFor(kind).Seconds())); err != nil {
			return err
		}
		action := "created"
		if kind == Reset {
			action = "reset"
		}
		return audit(ctx, tx, by, from, typeOf(kind), action, agent, nil)
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("create link: %w", err)
	}
	return expires, nil
}

const selectLink = `
SELECT l.agent_id, l.kind, g.name, g.email, l.expires_at FROM sign_in_link l JOIN agent g ON g.id = l.agent_id
WHERE l.token_hash = $1 AND l.expires_at > now() AND g.disabled_at IS NULL`

// LinkByToken returns the link with the hash of its token, or ErrNotFound when it is
// unknown, used, replaced or expired, or its person disabled.
func (s *Store) LinkByToken(ctx context.Context, tokenHash []byte) (Link, error) {
	var l Link
	if err := pg.GetOne(ctx, s.SQL, &l, selectLink, tokenHash); err != nil {
		return Link{}, fmt.Errorf("read link: %w", err)
	}
	return l, nil
}

const useLink = `DELETE FROM sign_in_link WHERE agent_id = $1 AND token_hash = $2 AND expires_at > now() RETURNING kind`

// UseLink sets the password of the person whom the link was for, and ends the link
// and all their sign-ins. It is good once: ErrNotFound from then on.
func (s *Store) UseLink(ctx context.Context, from Origin, tokenHash []byte, passwordHash string) error {
	l, err := s.LinkByToken(ctx, tokenHash)
	if err != nil {
		return err
	}
	err = s.AccessTx(ctx, func(tx *sqlx.Tx) error {
		var locked uuid.UUID
		if err := pg.GetOne(ctx, tx, &locked, lockPerson, l.Agent); err != nil {
			return err
		}
		var kind string
		if err := pg.GetOne(ctx, tx, &kind, useLink, l.Agent, tokenHash); err != nil {
			return err
		}
		return setPassword(ctx, tx, from, l.Agent, passwordHash, []byte{}, map[string]any{"by": kind})
	})
	if err != nil {
		return fmt.Errorf("use link: %w", err)
	}
	return nil
}

const dropLink = `DELETE FROM sign_in_link WHERE agent_id = $1`

// DropLink ends the link of a person, if there is one.
func DropLink(ctx context.Context, tx sqlx.ExecerContext, agent uuid.UUID) error {
	_, err := tx.ExecContext(ctx, dropLink, agent)
	return err
}

const selectPendingLink = `SELECT kind, expires_at FROM sign_in_link WHERE agent_id = $1 AND expires_at > now()`

// PendingLink is a link that was not used yet.
type PendingLink struct {
	Kind      string    `db:"kind" json:"kind"`
	ExpiresAt time.Time `db:"expires_at" json:"expires_at"`
}

// LinkOf returns the link of a person that was not used yet, or nil.
func (s *Store) LinkOf(ctx context.Context, agent uuid.UUID) (*PendingLink, error) {
	var l PendingLink
	if err := pg.GetOne(ctx, s.SQL, &l, selectPendingLink, agent); errors.Is(err, pg.ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("read link: %w", err)
	}
	return &l, nil
}
