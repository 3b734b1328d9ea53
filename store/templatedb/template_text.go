package templatedb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/channel"
	"switchboard/domain/autotext"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// TemplateText is a template's text in one language. ContentSID and what follows
// are of texts that a provider keeps.
type TemplateText struct {
	Template     uuid.UUID        `db:"template_id" json:"-"`
	Language     string           `db:"language" json:"language"`
	Text         string           `db:"text" json:"text"`
	Kind         string           `db:"kind" json:"kind"`
	Placeholders []string         `db:"-" json:"placeholders"`
	ContentSID   *string          `db:"content_sid" json:"content_sid"`
	Variables    json.RawMessage  `db:"variables" json:"variables"` // the provider's samples by placeholder
	Approval     channel.Approval `db:"approval" json:"approval"`
	Reason       string           `db:"approval_reason" json:"approval_reason"`
	SyncedAt     *time.Time       `db:"synced_at" json:"synced_at"`
}

// Gone reports that the provider has the text no more.
func (x TemplateText) Gone() bool { return x.Approval == channel.ApprovalGone }

// style is how the text's placeholders are written, by us or by the provider.
func (x TemplateText) style() autotext.Style {
	if x.ContentSID != nil {
		return autotext.Doubled()
	}
	return autotext.Any()
}

// Unapproved reports that the text is its provider's, who does not send it (now).
func (x TemplateText) Unapproved() bool {
	return x.ContentSID != nil && x.Approval != channel.ApprovalApproved
}

// Given returns the values that the text asks for, by the names of its
// placeholders. In the names of values upper and lower case are the same.
func (x TemplateText) Given(values map[string]string) map[string]string {
	out := make(map[string]string, len(x.Placeholders))
	for _, name := range x.Placeholders {
		if v, given := autotext.Value(values, name); given {
			out[name] = v
		}
	}
	return out
}

// Fill puts the text together; see autotext.Fill.
func (x TemplateText) Fill(values map[string]string) string { return x.style().Fill(x.Text, values) }

// Check returns a *autotext.Mismatch unless the values are those that the text
// asks for.
func (x TemplateText) Check(values map[string]string) error {
	return x.style().Check(values, x.Text)
}

func (x TemplateText) whole() TemplateText {
	x.Placeholders = append([]string{}, x.style().Placeholders(x.Text)...)
	return x
}

const textColumns = `template_id, language, text, kind, content_sid, variables, approval, approval_reason, synced_at`

const selectText = `SELECT ` + textColumns + ` FROM message_template_text WHERE template_id = $1 AND language = $2`

const putText = `
INSERT INTO message_template_text (template_id, language, text) VALUES ($1, $2, $3)
ON CONFLICT (template_id, language) DO UPDATE SET text = $3 RETURNING ` + textColumns

// PutTemplateText sets a template's text in a language. A text of a provider's
// template is a *Conflict.
func (s *Store) PutTemplateText(ctx context.Context, by auditdb.Actor, template uuid.UUID, language, text string) (TemplateText, error) {
	var after TemplateText
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		before, err := lockText(ctx, tx, template, language)
		if err != nil && !errors.Is(err, errNoText) {
			return err
		}
		if err := pg.GetOne(ctx, tx, &after, putText, template, language, pg.Clean(text)); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditTemplate, template.String(), textChange(before), textChange(&after), nil)
	})
	if err != nil {
		return TemplateText{}, fmt.Errorf("write template text: %w", err)
	}
	return after.whole(), nil
}

const deleteText = `DELETE FROM message_template_text WHERE template_id = $1 AND language = $2`

// DeleteTemplateText removes a template's text in a language, or fails with
// ErrNotFound. Of a provider's template only a text that is gone can be removed.
func (s *Store) DeleteTemplateText(ctx context.Context, by auditdb.Actor, template uuid.UUID, language string) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		before, err := lockText(ctx, tx, template, language)
		if err != nil && (before == nil || !before.Gone()) {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteText, template, language); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditTemplate, template.String(), textChange(before), map[string]any{}, nil)
	})
	if err != nil {
		return fmt.Errorf("delete template text: %w", err)
	}
	return nil
}

var errNoText = fmt.Errorf("text: %w", pg.ErrNotFound)

// lockText locks a template and reads one of its texts. It fails with errNoText
// if there is none, and with a *Conflict, besides the text, if it is a provider's.
func lockText(ctx context.Context, tx *sqlx.Tx, template uuid.UUID, language string) (*TemplateText, error) {
	var t Template
	if err := pg.GetOne(ctx, tx, &t, lockTemplate, template); err != nil {
		return nil, err
	}
	var found *TemplateText
	var x TemplateText
	err := tx.GetContext(ctx, &x, selectText, template, language)
	if err == nil {
		found = &x
	} else if !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	switch {
	case t.Account.Valid:
		return found, &pg.Conflict{Reason: "The texts of this template are kept at its provider; change them there and synchronize."}
	case found == nil:
		return nil, errNoText
	}
	return found, nil
}

// textChange is a text as the audit log of its template shows it.
func textChange(x *TemplateText) map[string]any {
	if x == nil {
		return map[string]any{}
	}
	return map[string]any{"texts." + x.Language: x.Text}
}

// ResolveTemplate returns a template and its text in the first of the languages
// that it has, by autotext.Match, else in its default language. It fails with
// ErrNotFound, and with a *Conflict if the template has no such text.
func (s *Store) ResolveTemplate(ctx context.Context, id uuid.UUID, languages []string) (Template, TemplateText, error) {
	t, err := s.TemplateByID(ctx, id)
	if err != nil {
		return Template{}, TemplateText{}, err
	}
	have := make([]string, len(t.Texts))
	for i, x := range t.Texts {
		have[i] = x.Language
	}
	chosen, ok := autotext.Choose(append(append([]string{}, languages...), t.DefaultLanguage), have)
	for _, x := range t.Texts {
		if ok && x.Language == chosen {
			return t, x, nil
		}
	}
	return Template{}, TemplateText{}, &pg.Conflict{Reason: "The template has no text in the language asked for, nor in its default language."}
}

// Columns are what a message's row keeps of its template: nulls without one.
func (t *SentTemplate) Columns() (id uuid.NullUUID, sid, variables sql.NullString) {
	if t == nil {
		return id, sid, variables
	}
	values := t.Variables
	if values == nil {
		values = map[string]string{}
	}
	data, _ := json.Marshal(values) // strings always marshal
	return uuid.NullUUID{UUID: t.ID, Valid: true}, sql.NullString{String: t.ContentSID, Valid: t.ContentSID != ""},
		sql.NullString{String: pg.CleanJSON(string(data)), Valid: true}
}

// TemplateGone words what happens when a template is deleted while it is sent.
func TemplateGone(err error) error {
	if name, _ := pg.Constraint(err); name == "message_template_id_fkey" {
		return &pg.Invalid{Field: "template.id", Reason: "is no template"}
	}
	return err
}
