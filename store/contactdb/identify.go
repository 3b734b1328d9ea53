package contactdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/contact"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// MostMatches is where IdentifyContact stops to count.
const MostMatches = 10

// Identified says who has all the given keys. Contact is nil unless exactly one has.
type Identified struct {
	Contact *Contact
	Matches int
}

// It is planned with its values, so keys that are not given cost nothing.
const identifyContact = `
SELECT ` + contactColumns + ` FROM contact k
WHERE k.merged_into IS NULL AND ($1 <> '' OR $2 <> '' OR $3 <> '' OR $4 <> '')
  AND ($1 = '' OR k.phone = $1 AND k.phone <> '') AND ($2 = '' OR lower(k.email) = lower($2) AND k.email <> '')
  AND ($3 = '' OR k.name = $3 AND k.name <> '') AND ($4 = '' OR k.external_id = $4 AND k.external_id <> '')
LIMIT $5`

// IdentifyContact finds the active contact that has every given key exactly. More than
// one is nobody, and so is no key. A phone that is none is an *Invalid.
func (s *Store) IdentifyContact(ctx context.Context, k contact.Keys) (Identified, error) {
	k, err := k.Clean()
	if errors.Is(err, contact.ErrPhone) {
		return Identified{}, &pg.Invalid{Field: "phone", Reason: err.Error()}
	} else if err != nil {
		return Identified{}, err
	}
	var found []Contact
	if err := s.SQL.SelectContext(ctx, &found, identifyContact, k.Phone, k.Email, k.Name, k.ExternalID, MostMatches); err != nil {
		return Identified{}, fmt.Errorf("identify contact: %w", err)
	}
	out := Identified{Matches: len(found)}
	if len(found) == 1 {
		out.Contact = &found[0]
	}
	return out, nil
}

// HasPhone says of a contact point p that it has no contact and one of its ids
// is a phone number, so that it is worth to look for whose it is.
const HasPhone = `SELECT p.contact_id IS NULL AND (p.external_id ~ ` + phoneForm + ` OR EXISTS (
    SELECT FROM contact_point_alias l WHERE l.account_id = p.account_id AND l.channel = p.channel AND l.external_id = p.external_id
      AND l.alias ~ ` + phoneForm + `))
  FROM contact_point p`

// phoneForm is contact.IsPhone in SQL.
const phoneForm = `'^\+[1-9][0-9]{6,14}$'`

// All phone numbers of a conversation's contact point, found once each: two that
// are of two contacts tell nothing. The contact is locked before the contact
// point, as merges do, and looked at again if a merge was faster.
const findByPhone = `
SELECT k.id FROM contact k
WHERE k.merged_into IS NULL AND k.phone <> '' AND k.phone IN (
  SELECT p.external_id FROM conversation c JOIN contact_point p ON p.id = c.contact_point_id
  WHERE c.id = $1 AND p.external_id ~ ` + phoneForm + `
  UNION
  SELECT l.alias FROM conversation c JOIN contact_point p ON p.id = c.contact_point_id
  JOIN contact_point_alias l ON l.account_id = p.account_id AND l.channel = p.channel AND l.external_id = p.external_id
  WHERE c.id = $1 AND l.alias ~ ` + phoneForm + `)
LIMIT 2 FOR SHARE OF k`

// A message of the same customer may hold the contact point while it waits for
// this conversation, so this does not wait for it: beginning is tried again.
const lockPointAtOnce = `
SELECT p.id FROM contact_point p WHERE p.id = (SELECT c.contact_point_id FROM conversation c WHERE c.id = $1) AND p.contact_id IS NULL
FOR NO KEY UPDATE NOWAIT`

const claimPoint = `UPDATE contact_point SET contact_id = $2 WHERE id = $1 AND contact_id IS NULL`

// LinkByPhone links the contact point of a conversation that begins to the only
// contact with its phone number. That it begins is told anyhow, so no event.
func LinkByPhone(ctx context.Context, tx *sqlx.Tx, conversation uuid.UUID) error {
	var found []uuid.UUID
	if err := tx.SelectContext(ctx, &found, findByPhone, conversation); err != nil {
		return fmt.Errorf("identify customer: %w", err)
	}
	if len(found) != 1 {
		return nil
	}
	var point uuid.UUID
	err := tx.GetContext(ctx, &point, lockPointAtOnce, conversation)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // somebody linked it meanwhile
	} else if err != nil {
		return fmt.Errorf("identify customer: %w", err)
	}
	if _, err := tx.ExecContext(ctx, claimPoint, point, found[0]); err != nil {
		return fmt.Errorf("link customer: %w", err)
	}
	return auditdb.WriteAudit(ctx, tx, auditdb.Actor{}, "link", auditdb.AuditContact, found[0].String(),
		map[string]any{"contact_point_id": point, "conversation_id": conversation, "by": "phone"})
}

// Its keys are all given, or empty; two contacts tell nothing. The contact is locked
// before the contact point, as merges do.
const identifyForVisitor = `
SELECT k.id FROM contact k
WHERE k.merged_into IS NULL AND ($1 <> '' OR $2 <> '')
  AND ($1 = '' OR k.phone = $1 AND k.phone <> '') AND ($2 = '' OR lower(k.email) = lower($2) AND k.email <> '')
  AND ($3 = '' OR k.name = $3 AND k.name <> '')
LIMIT 2 FOR SHARE OF k`

// IdentifyVisitor links a visitor who said who they are, and is nobody's yet, to the
// only contact that has all they said exactly. A phone that is none fits nobody.
func (s *Store) IdentifyVisitor(ctx context.Context, v Visitor, k contact.Keys) error {
	k, err := k.Clean()
	if errors.Is(err, contact.ErrPhone) {
		return nil
	}
	err = s.EventTx(ctx, func(tx *sqlx.Tx) error {
		var found []uuid.UUID
		if err := tx.SelectContext(ctx, &found, identifyForVisitor, pg.Clean(k.Phone), pg.Clean(k.Email),
			pg.Clean(k.Name)); err != nil || len(found) != 1 {
			return err
		}
		done, err := tx.ExecContext(ctx, claimPoint, v.Point, found[0])
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if err := tellPoints(ctx, tx, ChangeLinked, []uuid.UUID{v.Point}, uuid.Nil); err != nil {
			return err
		}
		return auditdb.WriteAudit(ctx, tx, auditdb.Actor{}, "link", auditdb.AuditContact, found[0].String(),
			map[string]any{"contact_point_id": v.Point, "by": "pre_chat"})
	})
	if err != nil {
		return fmt.Errorf("identify visitor: %w", err)
	}
	return nil
}
