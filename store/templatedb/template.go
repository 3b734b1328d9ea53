package templatedb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// Template is a wording to send on one channel, with a text per language. One
// that was read from a provider belongs to an account, and its texts are the
// provider's to change.
type Template struct {
	ID              uuid.UUID      `db:"id" json:"id"`
	Name            string         `db:"name" json:"name"`
	Channel         string         `db:"channel" json:"channel"`
	Account         uuid.NullUUID  `db:"account_id" json:"account_id"`
	ProviderName    *string        `db:"provider_name" json:"provider_name"`
	DefaultLanguage string         `db:"default_language" json:"default_language"`
	CreatedAt       time.Time      `db:"created_at" json:"created_at"`
	UpdatedAt       time.Time      `db:"updated_at" json:"updated_at"`
	Texts           []TemplateText `db:"-" json:"texts"` // by language
}

const templateColumns = `id, name, channel, account_id, provider_name, default_language, created_at, updated_at`

const selectTemplates = `
SELECT ` + templateColumns + ` FROM message_template t
WHERE (created_at, id) > ($1, $2) AND NOT EXISTS (SELECT FROM account a WHERE a.id = t.account_id AND a.deleted_at IS NOT NULL)
ORDER BY created_at, id LIMIT $3`

const selectTemplatesOf = `
SELECT ` + templateColumns + ` FROM message_template t
WHERE channel = $4 AND (created_at, id) > ($1, $2) AND NOT EXISTS (SELECT FROM account a WHERE a.id = t.account_id AND a.deleted_at IS NOT NULL)
ORDER BY created_at, id LIMIT $3`

// Templates lists the templates of a channel, or of all for "", the oldest
// first. Those of deleted accounts are left out.
func (s *Store) Templates(ctx context.Context, channel string, p auditdb.Page) ([]Template, error) {
	list := []Template{}
	var err error
	if channel == "" {
		err = s.SQL.SelectContext(ctx, &list, selectTemplates, p.After.At, p.After.ID, p.Limit)
	} else {
		err = s.SQL.SelectContext(ctx, &list, selectTemplatesOf, p.After.At, p.After.ID, p.Limit, pg.Clean(channel))
	}
	if err == nil {
		err = withTexts(ctx, s.SQL, list)
	}
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	return list, nil
}

const selectTexts = `SELECT ` + textColumns + ` FROM message_template_text WHERE template_id = ANY($1::uuid[]) ORDER BY template_id, language`

// withTexts gives templates their texts.
func withTexts(ctx context.Context, q sqlx.QueryerContext, list []Template) error {
	ids, at := make([]string, len(list)), make(map[uuid.UUID]int, len(list))
	for i := range list {
		ids[i], at[list[i].ID] = list[i].ID.String(), i
		list[i].Texts = []TemplateText{}
	}
	var texts []TemplateText
	if err := sqlx.SelectContext(ctx, q, &texts, selectTexts, pq.Array(ids)); err != nil {
		return err
	}
	for _, x := range texts {
		t := &list[at[x.Template]]
		t.Texts = append(t.Texts, x.whole())
	}
	return nil
}

// SelectTemplate reads the template $1.
const SelectTemplate = `SELECT ` + templateColumns + ` FROM message_template WHERE id = $1`

// TemplateByID returns a template with its texts, or ErrNotFound.
func (s *Store) TemplateByID(ctx context.Context, id uuid.UUID) (Template, error) {
	t, err := OneTemplate(ctx, s.SQL, SelectTemplate, id)
	if err != nil {
		return Template{}, fmt.Errorf("read template: %w", err)
	}
	return t, nil
}

// OneTemplate reads the template that a statement selects.
func OneTemplate(ctx context.Context, q sqlx.QueryerContext, query string, args ...any) (Template, error) {
	list := make([]Template, 1)
	if err := pg.GetOne(ctx, q, &list[0], query, args...); err != nil {
		return Template{}, templateConstraint(err)
	}
	return list[0], withTexts(ctx, q, list)
}

func templateConstraint(err error) error {
	if name, _ := pg.Constraint(err); name == "message_template_name" {
		return &pg.Conflict{Reason: "Another template of this channel has this name."}
	}
	return err
}

const insertTemplate = `
INSERT INTO message_template (name, channel, default_language) VALUES ($1, $2, $3) RETURNING ` + templateColumns

// CreateTemplate adds a template of our own, with the texts that it has. A name
// that is taken is a *Conflict.
func (s *Store) CreateTemplate(ctx context.Context, by auditdb.Actor, t Template) (Template, error) {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		made, err := OneTemplate(ctx, tx, insertTemplate, t.Name, t.Channel, t.DefaultLanguage)
		if err != nil {
			return err
		}
		for _, x := range t.Texts {
			if err := pg.GetOne(ctx, tx, &x, putText, made.ID, x.Language, pg.Clean(x.Text)); err != nil {
				return err
			}
			made.Texts = append(made.Texts, x.whole())
		}
		t = made
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditTemplate, t.ID.String(), nil, t, nil)
	})
	if err != nil {
		return Template{}, fmt.Errorf("create template: %w", err)
	}
	return t, nil
}

const lockTemplate = SelectTemplate + ` FOR NO KEY UPDATE`

const updateTemplate = `
UPDATE message_template SET name = $1, default_language = $2, updated_at = now() WHERE id = $3 RETURNING ` + templateColumns

// ChangeTemplate lets change edit a locked template and writes what it left of
// name and default language. An error of change is returned and nothing is written.
func (s *Store) ChangeTemplate(ctx context.Context, by auditdb.Actor, id uuid.UUID, change func(*Template) error) (Template, error) {
	var after Template
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		before, err := OneTemplate(ctx, tx, lockTemplate, id)
		if err != nil {
			return err
		}
		t := before
		if err := change(&t); err != nil {
			return err
		}
		if after, err = OneTemplate(ctx, tx, updateTemplate, t.Name, t.DefaultLanguage, id); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditTemplate, id.String(), before, after, nil)
	})
	if err != nil {
		return Template{}, fmt.Errorf("change template: %w", err)
	}
	return after, nil
}

const deleteTemplate = `DELETE FROM message_template WHERE id = $1`

// DeleteTemplate removes a template and its texts. Messages that were sent by it
// keep what was sent. One that the provider still has comes back with the next
// synchronization.
func (s *Store) DeleteTemplate(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		before, err := OneTemplate(ctx, tx, lockTemplate, id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteTemplate, id); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditTemplate, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete template: %w", err)
	}
	return nil
}

const selectApproved = `
SELECT t.id, t.name FROM message_template t
WHERE t.channel = $2 AND (t.account_id = $1 OR t.account_id IS NULL)
  AND EXISTS (SELECT FROM message_template_text x WHERE x.template_id = t.id AND x.approval = 'approved' AND x.content_sid IS NOT NULL)
ORDER BY t.name, t.id LIMIT $3`

// ApprovedTemplates lists templates that can be sent through an account when a
// reply window is closed, with id and name only.
func (s *Store) ApprovedTemplates(ctx context.Context, account uuid.UUID, channel string, limit int) ([]Template, error) {
	list := []Template{}
	if err := s.SQL.SelectContext(ctx, &list, selectApproved, account, channel, limit); err != nil {
		return nil, fmt.Errorf("list approved templates: %w", err)
	}
	return list, nil
}

// SentTemplate is a template as it goes into one message.
type SentTemplate struct {
	ID         uuid.UUID
	ContentSID string            // "" if the provider does not know it
	Variables  map[string]string // by placeholder; personal, as the text is
}

// Approved reports whether the provider knows the template, which is what may be
// sent after the reply window.
func (t *SentTemplate) Approved() bool { return t != nil && t.ContentSID != "" }
