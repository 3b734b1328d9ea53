package webchatdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/configdb"
	"switchboard/store/contactdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// NewVisitor is somebody who begins to chat. TokenHash is how they will be known.
// Client is the start's, the same on every try; zero: it is never repeated.
type NewVisitor struct {
	Widget    configdb.Widget
	Client    uuid.UUID
	TokenHash []byte
	Expires   time.Time
	Language  string
	Name      string
	Context   map[string]any
	SignIn    *SignIn // nil: anonymous
}

// SignIn is what a site's token says.
type SignIn struct {
	Subject string
	Until   time.Time
	Name    string
	Context map[string]any
}

const insertVisitor = `
WITH point AS (
  INSERT INTO contact_point (account_id, channel, external_id, name, language) VALUES ($2, '` + configdb.ProviderWebchat + `', $1::uuid::text, $4, $5) RETURNING id
)
INSERT INTO visitor (id, widget_id, contact_point_id, language, context, client_id) SELECT $1, $3, id, $5, $6, $7 FROM point`

// A token is that of who its visitor is by now.
const insertVisitorToken = `
INSERT INTO visitor_token (token_hash, visitor_id, writes_as, expires_at, signed_in_until)
SELECT $1, COALESCE(v.merged_into, v.id), $3, $4, $5 FROM visitor v WHERE v.id = $2`

// CreateVisitor adds a visitor with a token, signed in or anonymous. A start that
// is repeated gives the visitor of the first a further token.
func (s *Store) CreateVisitor(ctx context.Context, n NewVisitor) (contactdb.Visitor, error) {
	var v contactdb.Visitor
	var err error
	for range 2 { // of two at once one finds on the second look what the other made
		if v, err = s.createVisitor(ctx, n); err == nil {
			return v, nil
		}
		if name, _ := pg.Constraint(err); name != "visitor_client" {
			break
		}
	}
	return contactdb.Visitor{}, fmt.Errorf("create visitor: %w", err)
}

func (s *Store) createVisitor(ctx context.Context, n NewVisitor) (v contactdb.Visitor, err error) {
	err = s.Tx(ctx, func(tx *sqlx.Tx) error {
		client := uuid.NullUUID{UUID: n.Client, Valid: n.Client != uuid.Nil}
		id, repeated, err := startedBefore(ctx, tx, n, &client)
		if err != nil {
			return err
		}
		if !repeated {
			id = uuid.New()
			values, err := contextJSON(n.Context)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, insertVisitor, id, n.Widget.Account, n.Widget.ID, pg.Clean(n.Name), pg.Clean(n.Language), values, client); err != nil {
				return err
			}
			if n.SignIn != nil {
				if err := signIn(ctx, tx, n.Widget, id, *n.SignIn); err != nil {
					return err
				}
			}
		}
		if _, err := tx.ExecContext(ctx, insertVisitorToken, n.TokenHash, id, id, n.Expires, n.SignIn.until()); err != nil {
			return err
		}
		return pg.GetOne(ctx, tx, &v, selectVisitorByToken, n.TokenHash)
	})
	return v, err
}

func (in *SignIn) until() sql.NullTime {
	if in == nil {
		return sql.NullTime{}
	}
	return pg.NullTime(in.Until)
}

const lockStarted = `SELECT id FROM visitor WHERE widget_id = $1 AND client_id = $2 FOR NO KEY UPDATE`

// A client's id stands in for a token only for as long as a start is tried again.
const selectStarted = `
SELECT t.subject, v.created_at > now() - interval '10 minutes' AS fresh
FROM visitor v JOIN visitor t ON t.id = COALESCE(v.merged_into, v.id) WHERE v.id = $1`

// startedBefore finds the visitor whom the same start made. It is theirs only as
// who began: whoever signed in since is not given to who has no sign-in. Where it
// is another's, client is cleared.
func startedBefore(ctx context.Context, tx *sqlx.Tx, n NewVisitor, client *uuid.NullUUID) (uuid.UUID, bool, error) {
	if !client.Valid {
		return uuid.Nil, false, nil
	}
	var id uuid.UUID
	err := pg.GetOne(ctx, tx, &id, lockStarted, n.Widget.ID, client.UUID)
	if errors.Is(err, pg.ErrNotFound) {
		return uuid.Nil, false, nil
	} else if err != nil {
		return uuid.Nil, false, err
	}
	var was struct {
		Subject *string `db:"subject"`
		Fresh   bool    `db:"fresh"`
	}
	if err := pg.GetOne(ctx, tx, &was, selectStarted, id); err != nil { // as it is under the lock
		return uuid.Nil, false, err
	}
	same := was.Subject == nil && n.SignIn == nil || was.Subject != nil && n.SignIn != nil && *was.Subject == n.SignIn.Subject
	if !was.Fresh || !same {
		*client = uuid.NullUUID{}
		return uuid.Nil, false, nil
	}
	return id, true, nil
}

// contextJSON never holds a NUL, which PostgreSQL does not take.
func contextJSON(values map[string]any) (string, error) {
	if values == nil {
		values = map[string]any{}
	}
	b, err := json.Marshal(values)
	return pg.CleanJSON(string(b)), err
}

const selectVisitorByToken = `
SELECT v.id, v.widget_id, v.contact_point_id, v.subject, t.signed_in_until, v.language, t.writes_as
FROM visitor_token t JOIN visitor v ON v.id = t.visitor_id WHERE t.token_hash = $1 AND t.expires_at > now() AND NOT t.replaced`

// VisitorByToken returns who holds a token, or ErrNotFound.
func (s *Store) VisitorByToken(ctx context.Context, hash []byte) (contactdb.Visitor, error) {
	var v contactdb.Visitor
	if err := pg.GetOne(ctx, s.SQL, &v, selectVisitorByToken, hash); err != nil {
		return contactdb.Visitor{}, fmt.Errorf("read visitor: %w", err)
	}
	return v, nil
}

// Two who sign in under one subject at once are put in order by the widget's row.
const lockWidgetRow = `SELECT id FROM widget WHERE id = $1 FOR NO KEY UPDATE`

const selectSubject = `SELECT id FROM visitor WHERE widget_id = $1 AND subject = $2 AND merged_into IS NULL`

const setSubject = `
UPDATE visitor SET subject = $2, context = CASE WHEN $3::jsonb = '{}' THEN context ELSE $3::jsonb END WHERE id = $1`

// Whoever was merged into the one who is merged goes along, and no token does.
const mergeVisitor = `
WITH conns AS (UPDATE visitor_connection SET visitor_id = $2 WHERE visitor_id = $1),
     files AS (UPDATE visitor_file SET visitor_id = $2 WHERE visitor_id = $1)
UPDATE visitor SET merged_into = $2 WHERE id = $1 OR merged_into = $1`

const contactOfSubject = `
SELECT k.id FROM contact k WHERE k.merged_into IS NULL AND k.external_id = $1 AND k.external_id <> '' LIMIT 2 FOR SHARE OF k`

const contactByID = `SELECT k.id FROM contact k WHERE k.id = $1 AND k.merged_into IS NULL FOR SHARE OF k`

const linkVisitor = `
UPDATE contact_point p SET contact_id = COALESCE(p.contact_id, $2), name = CASE WHEN $3 <> '' THEN $3 ELSE p.name END
FROM visitor v WHERE p.id = v.contact_point_id AND (v.id = $1 OR v.merged_into = $1)`

func signIn(ctx context.Context, tx *sqlx.Tx, w configdb.Widget, visitor uuid.UUID, in SignIn) error {
	values, err := contextJSON(in.Context)
	if err != nil {
		return err
	}
	contact, err := findContact(ctx, tx, in.Subject)
	if err != nil {
		return err
	}
	var widget, known uuid.UUID
	if err := pg.GetOne(ctx, tx, &widget, lockWidgetRow, w.ID); err != nil {
		return err
	}
	err = pg.GetOne(ctx, tx, &known, selectSubject, w.ID, in.Subject)
	if err != nil && !errors.Is(err, pg.ErrNotFound) {
		return err
	}
	if err == nil && known != visitor {
		if _, err := tx.ExecContext(ctx, mergeVisitor, visitor, known); err != nil {
			return err
		}
		visitor = known
	}
	if _, err := tx.ExecContext(ctx, setSubject, visitor, in.Subject, values); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, linkVisitor, visitor, contact, pg.Clean(in.Name))
	return err
}

// findContact looks for the contact that a subject is: by its id, or by the id
// under which the contact signs in elsewhere. Two are nobody.
func findContact(ctx context.Context, tx *sqlx.Tx, subject string) (uuid.NullUUID, error) {
	var found []uuid.UUID
	if id, err := uuid.Parse(subject); err == nil {
		if err := tx.SelectContext(ctx, &found, contactByID, id); err != nil {
			return uuid.NullUUID{}, err
		}
	}
	if len(found) == 0 {
		if err := tx.SelectContext(ctx, &found, contactOfSubject, subject); err != nil {
			return uuid.NullUUID{}, err
		}
	}
	if len(found) != 1 {
		return uuid.NullUUID{}, nil
	}
	return outbox.NullUUID(found[0]), nil
}

const setVisitorContext = `UPDATE visitor SET context = $2, language = CASE WHEN $3 <> '' THEN $3 ELSE language END WHERE id = $1`

const setPointProfile = `
UPDATE contact_point SET name = CASE WHEN $2 <> '' THEN $2 ELSE name END, language = CASE WHEN $3 <> '' THEN $3 ELSE language END WHERE id = $1`

// PrepareVisitor keeps what a visitor said before their next conversation.
func (s *Store) PrepareVisitor(ctx context.Context, v contactdb.Visitor, name, language string, values map[string]any) error {
	data, err := contextJSON(values)
	if err != nil {
		return err
	}
	err = s.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, setVisitorContext, v.ID, data, pg.Clean(language)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, setPointProfile, v.Point, pg.Clean(name), pg.Clean(language))
		return err
	})
	if err != nil {
		return fmt.Errorf("prepare visitor: %w", err)
	}
	return nil
}
