package contactdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/contact"
	"switchboard/store/auditdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// Contact is a customer. One that was merged says into whom, and is kept only
// so that the merge can be reverted.
type Contact struct {
	ID uuid.UUID `db:"id" json:"id"`
	contact.Details
	MergedInto uuid.NullUUID `db:"merged_into" json:"merged_into"`
	CreatedAt  time.Time     `db:"created_at" json:"created_at"`
	UpdatedAt  time.Time     `db:"updated_at" json:"updated_at"`
}

// ContactPoint is one way to reach a contact: their id at one of our accounts.
type ContactPoint struct {
	ID          uuid.UUID  `db:"id" json:"id"`
	Account     uuid.UUID  `db:"account_id" json:"account_id"`
	AccountName string     `db:"account_name" json:"account_name"`
	Channel     string     `db:"channel" json:"channel"`
	ExternalID  string     `db:"external_id" json:"external_id"`
	Name        string     `db:"name" json:"name"` // as the provider tells it
	PictureURL  string     `db:"picture_url" json:"picture_url"`
	Language    string     `db:"language" json:"language"`
	ProfileAt   *time.Time `db:"profile_at" json:"profile_at"`
	OptedOut    bool       `db:"opted_out" json:"opted_out"`
	CreatedAt   time.Time  `db:"created_at" json:"created_at"`
}

// What is said of a contact that was merged into another.
const reasonMerged = "This contact was merged into another one; use that one."

const contactColumns = `k.id, k.name, k.first_name, k.last_name, k.email, k.phone, k.language, k.external_id, k.merged_into, k.created_at, k.updated_at`

const selectContact = `SELECT ` + contactColumns + ` FROM contact k WHERE k.id = $1`

// ContactByID returns a contact, also a merged one, or ErrNotFound.
func (s *Store) ContactByID(ctx context.Context, id uuid.UUID) (Contact, error) {
	var c Contact
	if err := pg.GetOne(ctx, s.SQL, &c, selectContact, id); err != nil {
		return Contact{}, fmt.Errorf("read contact: %w", err)
	}
	return c, nil
}

const selectPoints = `
SELECT p.id, p.account_id, a.name AS account_name, p.channel, p.external_id, p.name, p.picture_url, p.language, p.profile_at,
       p.opted_out_at IS NOT NULL AS opted_out, p.created_at
FROM contact_point p JOIN account a ON a.id = p.account_id
WHERE p.contact_id = $1 ORDER BY p.created_at, p.id LIMIT 200`

// ContactPoints lists how a contact can be reached, the oldest first.
func (s *Store) ContactPoints(ctx context.Context, id uuid.UUID) ([]ContactPoint, error) {
	list := []ContactPoint{}
	if err := s.SQL.SelectContext(ctx, &list, selectPoints, id); err != nil {
		return nil, fmt.Errorf("list contact points: %w", err)
	}
	return list, nil
}

const listContacts = `
SELECT ` + contactColumns + ` FROM contact k
WHERE k.merged_into IS NULL AND (k.created_at, k.id) > ($1, $2) ORDER BY k.created_at, k.id LIMIT $3`

// Each meaning of the text has an index of its own; what is found under several
// is one row.
const searchContacts = `
WITH found AS (
  (SELECT id, created_at FROM contact WHERE words @@ lower($4)::tsquery AND $4 <> '' AND merged_into IS NULL
   AND (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3)
  UNION
  (SELECT id, created_at FROM contact WHERE lower(email) LIKE lower($5) AND email <> '' AND merged_into IS NULL
   AND (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3)
  UNION
  (SELECT id, created_at FROM contact WHERE phone LIKE $6 AND phone <> '' AND merged_into IS NULL
   AND (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3)
  UNION
  (SELECT id, created_at FROM contact WHERE external_id = $7 AND external_id <> '' AND merged_into IS NULL
   AND (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3)
), page AS (SELECT id, created_at FROM found ORDER BY created_at, id LIMIT $3)
SELECT ` + contactColumns + ` FROM page x JOIN contact k ON k.id = x.id ORDER BY x.created_at, x.id`

// Contacts lists contacts that are not merged, the oldest first. A text narrows
// the list to those with it at the beginning of words of their name, of their
// e-mail address or phone number, or as their external id.
func (s *Store) Contacts(ctx context.Context, text string, p auditdb.Page) ([]Contact, error) {
	list := []Contact{}
	q := contact.SearchFor(pg.Clean(text))
	var err error
	if q == (contact.Search{}) {
		err = s.SQL.SelectContext(ctx, &list, listContacts, p.After.At, p.After.ID, p.Limit)
	} else {
		err = s.SQL.SelectContext(ctx, &list, searchContacts, p.After.At, p.After.ID, p.Limit, q.Words, q.Email, q.Phone, q.External)
	}
	if err != nil {
		return nil, fmt.Errorf("list contacts: %w", err)
	}
	return list, nil
}

// cleaned are details as they are stored, or an *Invalid.
func cleaned(d contact.Details) (contact.Details, error) {
	d, err := d.Clean()
	if errors.Is(err, contact.ErrPhone) {
		return d, &pg.Invalid{Field: "phone", Reason: err.Error()}
	} else if err != nil {
		return d, err
	}
	if d.Empty() {
		return d, &pg.Invalid{Field: "name", Reason: "must be given, or another field that tells who it is"}
	}
	return d, nil
}

const insertContact = `
INSERT INTO contact AS k (name, first_name, last_name, email, phone, language, external_id)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ` + contactColumns

// CreateContact adds a contact and, if a conversation is given, links its
// contact point to it. It fails with an *Invalid, or ErrNotFound for the
// conversation.
func (s *Store) CreateContact(ctx context.Context, by auditdb.Actor, d contact.Details, conversation uuid.NullUUID) (Contact, error) {
	var c Contact
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		d, err := cleaned(d)
		if err != nil {
			return err
		}
		if err := ownExternalID(ctx, tx, d.ExternalID, uuid.Nil); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &c, insertContact, d.Name, d.FirstName, d.LastName, d.Email, d.Phone, d.Language, d.ExternalID); err != nil {
			return err
		}
		if err := auditContact(ctx, tx, by, "create", contact.Details{}, c, nil); err != nil || !conversation.Valid {
			return err
		}
		return setContact(ctx, tx, by, conversation.UUID, outbox.NullUUID(c.ID))
	})
	if err != nil {
		return Contact{}, fmt.Errorf("create contact: %w", err)
	}
	return c, nil
}

const lockExternalID = `SELECT pg_advisory_xact_lock(hashtextextended('contact/' || $1::text, 0))`

const othersExternalID = `
SELECT EXISTS (SELECT FROM contact WHERE external_id = $1 AND external_id <> '' AND merged_into IS NULL AND id <> $2)`

// ownExternalID refuses an external id that another contact has: whoever signed in
// under it would be neither of the two.
func ownExternalID(ctx context.Context, tx *sqlx.Tx, external string, id uuid.UUID) error {
	if external == "" {
		return nil
	}
	if _, err := tx.ExecContext(ctx, lockExternalID, external); err != nil {
		return err
	}
	var taken bool
	if err := tx.GetContext(ctx, &taken, othersExternalID, external, id); err != nil {
		return err
	}
	if taken {
		return &pg.Invalid{Field: "external_id", Reason: "is another contact's; merge the two if they are one person"}
	}
	return nil
}

const lockContact = selectContact + ` FOR UPDATE`

const updateContact = `
UPDATE contact AS k SET name = $2, first_name = $3, last_name = $4, email = $5, phone = $6, language = $7, external_id = $8,
  merged_into = $9, updated_at = now()
WHERE k.id = $1 RETURNING ` + contactColumns

// writeContact writes what may change of a contact and reads it back.
func writeContact(ctx context.Context, tx *sqlx.Tx, c *Contact) error {
	return pg.GetOne(ctx, tx, c, updateContact, c.ID, c.Name, c.FirstName, c.LastName, c.Email, c.Phone, c.Language, c.ExternalID, c.MergedInto)
}

// ChangeContact lets change edit a locked contact's details and writes what it
// left. It fails with ErrNotFound, an *Invalid, or a *Conflict for one that was
// merged.
func (s *Store) ChangeContact(ctx context.Context, by auditdb.Actor, id uuid.UUID, change func(*contact.Details)) (Contact, error) {
	var c Contact
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if err := pg.GetOne(ctx, tx, &c, lockContact, id); err != nil {
			return err
		}
		if c.MergedInto.Valid {
			return &pg.Conflict{Reason: reasonMerged}
		}
		if err := auditdb.UnlessMatching(ctx, c); err != nil {
			return err
		}
		before := c.Details
		change(&c.Details)
		var err error
		if c.Details, err = cleaned(c.Details); err != nil || c.Details == before {
			return err
		}
		if c.ExternalID != before.ExternalID {
			if err := ownExternalID(ctx, tx, c.ExternalID, id); err != nil {
				return err
			}
		}
		if err := writeContact(ctx, tx, &c); err != nil {
			return err
		}
		return auditContact(ctx, tx, by, "update", before, c, nil)
	})
	if err != nil {
		return Contact{}, fmt.Errorf("change contact: %w", err)
	}
	return c, nil
}

// auditContact records which fields of a contact changed, not what to: the audit
// log outlives the customer's wish to be forgotten.
func auditContact(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, action string, before contact.Details, after Contact, extra map[string]any) error {
	changes, err := auditdb.Diff(before, after.Details)
	if err != nil {
		return err
	}
	for field := range changes {
		changes[field] = auditdb.ChangedSecret()
	}
	for field, v := range extra {
		changes[field] = v
	}
	return auditdb.WriteAudit(ctx, tx, by, action, auditdb.AuditContact, after.ID.String(), changes)
}
