package contactdb

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"switchboard/domain/contact"
	"switchboard/domain/phone"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// ofVisible is the rule of which contacts k a viewer ($1 scope, $2 agent) sees: all
// where the scope is everywhere; else those with a conversation that they may see,
// also one that is closed, on whichever channel. One that was merged is seen as the
// one it was merged into.
const ofVisible = `($1::uuid[] IS NULL OR EXISTS (
    SELECT FROM contact_point vn JOIN conversation c ON c.contact_point_id = vn.id
    WHERE vn.contact_id IN (k.id, k.merged_into) AND ` + auditdb.Visible + `))`

const selectContactFor = `SELECT ` + contactColumns + ` FROM contact k WHERE k.id = $3 AND ` + ofVisible

// ContactFor returns a contact that the viewer may see, also a merged one, or
// ErrNotFound.
func (s *Store) ContactFor(ctx context.Context, v auditdb.Viewer, id uuid.UUID) (Contact, error) {
	var c Contact
	if err := pg.GetOne(ctx, s.SQL, &c, selectContactFor, v.Scope, v.Agent, id); err != nil {
		return Contact{}, fmt.Errorf("read contact: %w", err)
	}
	return c, nil
}

const selectPointFor = `
SELECT n.id FROM contact_point n
WHERE n.id = $3 AND ($1::uuid[] IS NULL OR EXISTS (
    SELECT FROM contact_point vn JOIN conversation c ON c.contact_point_id = vn.id
    WHERE (vn.id = n.id OR vn.contact_id = n.contact_id) AND ` + auditdb.Visible + `))`

// CheckPoint is ErrNotFound for a contact point that the viewer may not see: neither
// it nor another one of its contact has a conversation that they see.
func (s *Store) CheckPoint(ctx context.Context, v auditdb.Viewer, point uuid.UUID) error {
	var id uuid.UUID
	if err := pg.GetOne(ctx, s.SQL, &id, selectPointFor, v.Scope, v.Agent, point); err != nil {
		return fmt.Errorf("read contact point: %w", err)
	}
	return nil
}

const listContactsFor = `
SELECT ` + contactColumns + ` FROM contact k
WHERE k.merged_into IS NULL AND (k.created_at, k.id) > ($3, $4) AND ` + ofVisible + ` ORDER BY k.created_at, k.id LIMIT $5`

// What is given as a whole (an address, a number, an id) finds also who is not
// seen otherwise: whoever has it may find whose it is.
const searchContactsFor = `
WITH found AS (
  (SELECT k.id, k.created_at FROM contact k WHERE k.words @@ lower($6)::tsquery AND $6 <> '' AND k.merged_into IS NULL
   AND (k.created_at, k.id) > ($3, $4) AND ` + ofVisible + ` ORDER BY k.created_at, k.id LIMIT $5)
  UNION
  (SELECT k.id, k.created_at FROM contact k WHERE lower(k.email) LIKE lower($7) AND k.email <> '' AND k.merged_into IS NULL
   AND (k.created_at, k.id) > ($3, $4) AND (lower(k.email) = lower($10) OR ` + ofVisible + `) ORDER BY k.created_at, k.id LIMIT $5)
  UNION
  (SELECT k.id, k.created_at FROM contact k WHERE k.phone LIKE $8 AND k.phone <> '' AND k.merged_into IS NULL
   AND (k.created_at, k.id) > ($3, $4) AND (k.phone = $11 OR ` + ofVisible + `) ORDER BY k.created_at, k.id LIMIT $5)
  UNION
  (SELECT k.id, k.created_at FROM contact k WHERE k.external_id = $9 AND k.external_id <> '' AND k.merged_into IS NULL
   AND (k.created_at, k.id) > ($3, $4) ORDER BY k.created_at, k.id LIMIT $5)
), page AS (SELECT id, created_at FROM found ORDER BY created_at, id LIMIT $5)
SELECT ` + contactColumns + ` FROM page x JOIN contact k ON k.id = x.id ORDER BY x.created_at, x.id`

// ContactsFor is Contacts for a viewer: those they see, and of the others those whose
// whole e-mail address, phone number or external id the text is.
func (s *Store) ContactsFor(ctx context.Context, v auditdb.Viewer, text string, p auditdb.Page) ([]Contact, error) {
	if v.Scope.All() {
		return s.Contacts(ctx, text, p)
	}
	list := []Contact{}
	text = pg.Clean(text)
	q := contact.SearchFor(text)
	var err error
	if q == (contact.Search{}) {
		err = s.SQL.SelectContext(ctx, &list, listContactsFor, v.Scope, v.Agent, p.After.At, p.After.ID, p.Limit)
	} else {
		number, none := phone.Parse(text, "")
		if none != nil {
			number = ""
		}
		err = s.SQL.SelectContext(ctx, &list, searchContactsFor, v.Scope, v.Agent, p.After.At, p.After.ID, p.Limit,
			q.Words, q.Email, q.Phone, q.External, q.External, number)
	}
	if err != nil {
		return nil, fmt.Errorf("list contacts: %w", err)
	}
	return list, nil
}
