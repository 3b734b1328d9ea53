package webchatdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/configdb"
	"switchboard/store/contactdb"
	"switchboard/store/pg"
)

// VisitorToken is what is kept of a token that a visitor is given.
type VisitorToken struct {
	Hash    []byte
	Expires time.Time
}

const lockVisitorToken = selectVisitorByToken + ` FOR NO KEY UPDATE OF t, v`

// Tokens that a sign-in replaces are kept for an hour, so that open streams can
// say why they end. $2: this one, or null: all of the visitor.
const replaceVisitorTokens = `
UPDATE visitor_token SET replaced = true, expires_at = LEAST(expires_at, now() + interval '1 hour')
WHERE visitor_id = $1 AND ($2::bytea IS NULL OR token_hash = $2)`

// SignInVisitor says who an anonymous visitor is, or that they still are who
// they were. It replaces the token that was used by a new one, and ends all others
// that the anonymous visitor had: whoever else held one is not signed in by it.
// Somebody who is known under the subject already gets the anonymous one's thread
// besides their own. Another subject than before is a *Conflict.
func (s *Store) SignInVisitor(ctx context.Context, w configdb.Widget, hash []byte, in SignIn, fresh VisitorToken) (contactdb.Visitor, error) {
	var v contactdb.Visitor
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		if err := pg.GetOne(ctx, tx, &v, lockVisitorToken, hash); err != nil {
			return err
		}
		if v.Subject != nil && *v.Subject != in.Subject {
			return &pg.Conflict{Reason: "This chat is somebody else's; begin another one."}
		}
		used := hash
		if v.Subject == nil {
			used = nil
		}
		return signInWith(ctx, tx, w, &v, used, in, fresh)
	})
	if err != nil {
		return contactdb.Visitor{}, fmt.Errorf("sign in visitor: %w", err)
	}
	return v, nil
}

// signInWith signs a locked visitor in with a fresh token and ends the used one;
// nil: all of theirs.
func signInWith(ctx context.Context, tx *sqlx.Tx, w configdb.Widget, v *contactdb.Visitor, used []byte, in SignIn, fresh VisitorToken) error {
	if _, err := tx.ExecContext(ctx, replaceVisitorTokens, v.ID, used); err != nil {
		return err
	}
	if err := signIn(ctx, tx, w, v.ID, in); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, insertVisitorToken, fresh.Hash, v.ID, v.WritesAs, fresh.Expires, in.until()); err != nil {
		return err
	}
	return pg.GetOne(ctx, tx, v, selectVisitorByToken, fresh.Hash)
}

const visitorTokenReplaced = `SELECT EXISTS (SELECT FROM visitor_token WHERE token_hash = $1 AND replaced)`

// VisitorTokenReplaced reports whether a token is nobody's because a sign-in gave
// its browser another.
func (s *Store) VisitorTokenReplaced(ctx context.Context, hash []byte) (bool, error) {
	var replaced bool
	if err := s.SQL.GetContext(ctx, &replaced, visitorTokenReplaced, hash); err != nil {
		return false, fmt.Errorf("read visitor's token: %w", err)
	}
	return replaced, nil
}

// Who left is not come back to by the start that made them.
const deleteVisitorToken = `
WITH gone AS (DELETE FROM visitor_token WHERE token_hash = $1 RETURNING visitor_id, writes_as)
UPDATE visitor v SET client_id = NULL FROM gone g WHERE v.id = g.writes_as AND v.client_id IS NOT NULL`

// RevokeVisitorToken makes a token nobody's. One that is nobody's is no error.
func (s *Store) RevokeVisitorToken(ctx context.Context, hash []byte) error {
	if _, err := s.SQL.ExecContext(ctx, deleteVisitorToken, hash); err != nil {
		return fmt.Errorf("revoke visitor's token: %w", err)
	}
	return nil
}

const revokeVisitor = `
WITH who AS (SELECT id FROM visitor WHERE id = $1 OR merged_into = $1),
     tokens AS (DELETE FROM visitor_token t USING who WHERE t.visitor_id = who.id),
     links AS (DELETE FROM visitor_link l USING who WHERE l.visitor_id = who.id)
UPDATE visitor v SET client_id = NULL FROM who WHERE v.id = who.id AND v.client_id IS NOT NULL`

// RevokeVisitor ends a visitor's tokens and links in all browsers.
func (s *Store) RevokeVisitor(ctx context.Context, visitor uuid.UUID) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var locked uuid.UUID
		if err := pg.GetOne(ctx, tx, &locked, lockVisitor, visitor); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, revokeVisitor, visitor)
		return err
	})
	if err != nil {
		return fmt.Errorf("revoke visitor's tokens: %w", err)
	}
	return nil
}

// VisitorBySubject returns the id of whom a widget knows under a subject, or ErrNotFound.
func (s *Store) VisitorBySubject(ctx context.Context, widget uuid.UUID, subject string) (uuid.UUID, error) {
	var id uuid.UUID
	if err := pg.GetOne(ctx, s.SQL, &id, selectSubject, widget, subject); err != nil {
		return uuid.Nil, fmt.Errorf("read visitor: %w", err)
	}
	return id, nil
}

// ErrSignInFirst says that a chat is somebody's who must sign in as themselves.
var ErrSignInFirst = errors.New("the visitor must sign in first")

// A repeat of the start that used a link is the same use.
const useVisitorLink = `
UPDATE visitor_link l SET used_at = now(), used_as = $2 FROM conversation c
WHERE l.token_hash = $1 AND c.id = l.conversation_id AND l.expires_at > now() AND c.state IN ('open', 'active')
  AND (l.used_at IS NULL OR l.used_as = $2 AND l.used_at > now() - interval '10 minutes')
RETURNING l.visitor_id`

// Who was merged since is who they are now.
const selectLinkedVisitor = `
SELECT t.id, t.widget_id, t.contact_point_id, t.subject, NULL::timestamptz AS signed_in_until, t.language, v.id AS writes_as
FROM visitor v JOIN visitor t ON t.id = COALESCE(v.merged_into, v.id) WHERE v.id = $1 AND t.widget_id = $2 FOR NO KEY UPDATE OF t`

// UseVisitorLink goes on with a live chat by a link, once: client is the start's,
// the same on every try. A link that is used up, of another widget or to a chat
// that is over is ErrNotFound; a chat of somebody whose site says who they are
// needs the same sign-in, or it is ErrSignInFirst. Who signs in on the way to an
// anonymous chat has it alone from then on.
func (s *Store) UseVisitorLink(ctx context.Context, w configdb.Widget, hash []byte, client uuid.UUID, in *SignIn, fresh VisitorToken) (contactdb.Visitor, error) {
	var v contactdb.Visitor
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		var id, locked uuid.UUID
		if err := pg.GetOne(ctx, tx, &id, useVisitorLink, hash, client); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &locked, lockVisitor, id); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &v, selectLinkedVisitor, id, w.ID); err != nil {
			return err
		}
		switch {
		case v.Subject != nil && (in == nil || in.Subject != *v.Subject):
			return ErrSignInFirst
		case v.Subject == nil && in != nil:
			return signInWith(ctx, tx, w, &v, nil, *in, fresh)
		}
		if _, err := tx.ExecContext(ctx, insertVisitorToken, fresh.Hash, v.ID, v.ID, fresh.Expires, in.until()); err != nil {
			return err
		}
		return pg.GetOne(ctx, tx, &v, selectVisitorByToken, fresh.Hash)
	})
	if err != nil {
		return contactdb.Visitor{}, fmt.Errorf("use link to a chat: %w", err)
	}
	return v, nil
}
