package templatedb

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/channel"
	"switchboard/domain/autotext"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// Synced counts the texts that a synchronization found.
type Synced struct {
	Added     int `json:"added"`
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
	Gone      int `json:"gone"`
}

type templateKey struct{ channel, name string }

// heldTemplate is what we have of a provider's template.
type heldTemplate struct {
	id    uuid.UUID
	texts map[string]TemplateText
}

// Synchronizations of one account wait for each other; messages do not wait for them.
const lockTemplatesOf = `SELECT id FROM account WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE`

// SyncTemplates brings an account's templates in line with what its provider
// has. Names and default languages that were changed here stay; a text that the
// provider has no more is kept as gone. A repeat changes nothing.
func (s *Store) SyncTemplates(ctx context.Context, by auditdb.Actor, account uuid.UUID, list []channel.ProviderTemplate) (Synced, error) {
	var done Synced
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		done = Synced{}
		var locked uuid.UUID
		if err := pg.GetOne(ctx, tx, &locked, lockTemplatesOf, account); err != nil {
			return err
		}
		held, err := heldTemplates(ctx, tx, account)
		if err != nil {
			return err
		}
		wanted := groupTemplates(list)
		for _, key := range slices.SortedFunc(maps.Keys(wanted), byKey) {
			if err := syncTemplate(ctx, tx, account, key, held[key], wanted[key], &done); err != nil {
				return err
			}
		}
		if err := markGone(ctx, tx, held, wanted, &done); err != nil {
			return err
		}
		if by == (auditdb.Actor{}) && done.Added+done.Changed+done.Gone == 0 {
			return nil // nobody asked for it, and nothing came of it
		}
		return auditdb.WriteAudit(ctx, tx, by, "sync", auditdb.AuditAccount, account.String(), map[string]any{"templates": done})
	})
	if err != nil {
		return Synced{}, fmt.Errorf("synchronize templates: %w", err)
	}
	return done, nil
}

const syncedAccounts = `
SELECT a.id FROM account a WHERE a.deleted_at IS NULL AND EXISTS (SELECT FROM message_template t WHERE t.account_id = a.id) ORDER BY a.id`

// SyncedAccounts are those of which some templates were read.
func (s *Store) SyncedAccounts(ctx context.Context) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	if err := s.SQL.SelectContext(ctx, &ids, syncedAccounts); err != nil {
		return nil, fmt.Errorf("read accounts with templates: %w", err)
	}
	return ids, nil
}

func byKey(a, b templateKey) int {
	return cmp.Or(cmp.Compare(a.channel, b.channel), cmp.Compare(a.name, b.name))
}

// groupTemplates puts the languages of one template together. Where the provider
// has two texts in one language, the approved one counts, else the first by id.
func groupTemplates(list []channel.ProviderTemplate) map[templateKey]map[string]TemplateText {
	out := map[templateKey]map[string]TemplateText{}
	for _, p := range list {
		key := templateKey{pg.Clean(p.Channel), pg.Clean(p.Name)}
		x := providerText(p)
		if out[key] == nil {
			out[key] = map[string]TemplateText{}
		}
		have, twice := out[key][x.Language]
		if !twice || preferred(x, have) {
			out[key][x.Language] = x
		}
	}
	return out
}

func preferred(x, have TemplateText) bool {
	if is, was := x.Approval == channel.ApprovalApproved, have.Approval == channel.ApprovalApproved; is != was {
		return is
	}
	return *x.ContentSID < *have.ContentSID
}

const maxReason = 1000 // bytes kept of why a provider rejected a template

func providerText(p channel.ProviderTemplate) TemplateText {
	language, ok := autotext.Tag(p.Language)
	if !ok {
		language = "und" // BCP 47's word for a language that is not known
	}
	samples := p.Variables
	if samples == nil {
		samples = map[string]string{}
	}
	data, _ := json.Marshal(samples) // strings always marshal
	sid := pg.Clean(p.ContentSID)
	return TemplateText{Language: language, Text: pg.Clean(p.Text), Kind: pg.Clean(p.Kind), ContentSID: &sid, Variables: json.RawMessage(pg.CleanJSON(string(data))),
		Approval: p.Approval, Reason: pg.Clean(p.Reason[:min(len(p.Reason), maxReason)])}
}

const selectHeld = `SELECT ` + templateColumns + ` FROM message_template WHERE account_id = $1`

func heldTemplates(ctx context.Context, tx *sqlx.Tx, account uuid.UUID) (map[templateKey]*heldTemplate, error) {
	var list []Template
	if err := tx.SelectContext(ctx, &list, selectHeld, account); err != nil {
		return nil, err
	}
	if err := withTexts(ctx, tx, list); err != nil {
		return nil, err
	}
	out := map[templateKey]*heldTemplate{}
	for _, t := range list {
		h := &heldTemplate{id: t.ID, texts: map[string]TemplateText{}}
		for _, x := range t.Texts {
			h.texts[x.Language] = x
		}
		out[templateKey{t.Channel, *t.ProviderName}] = h
	}
	return out, nil
}

// A name that is taken by a renamed template gets the provider's id behind it.
const insertProviderTemplate = `
INSERT INTO message_template (name, channel, account_id, provider_name, default_language)
VALUES (CASE WHEN EXISTS (SELECT FROM message_template WHERE account_id = $3 AND channel = $2 AND name = $1) THEN $1 || ' ' || $5 ELSE $1 END, $2, $3, $1, $4)
RETURNING id`

const putProviderText = `
INSERT INTO message_template_text (template_id, language, text, kind, content_sid, variables, approval, approval_reason, synced_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now())
ON CONFLICT (template_id, language) DO UPDATE SET text = $3, kind = $4, content_sid = $5, variables = $6, approval = $7, approval_reason = $8, synced_at = now()`

const seenText = `UPDATE message_template_text SET synced_at = now() WHERE template_id = $1 AND language = ANY($2)`

func syncTemplate(ctx context.Context, tx *sqlx.Tx, account uuid.UUID, key templateKey, held *heldTemplate, texts map[string]TemplateText, done *Synced) error {
	languages := slices.Sorted(maps.Keys(texts))
	if held == nil {
		held = &heldTemplate{}
		language, ok := autotext.Match("en", languages)
		if !ok {
			language = languages[0]
		}
		if err := pg.GetOne(ctx, tx, &held.id, insertProviderTemplate, key.name, key.channel, account, language, *texts[languages[0]].ContentSID); err != nil {
			return templateConstraint(err)
		}
	}
	var same []string
	for _, language := range languages {
		x, have := texts[language], held.texts[language]
		switch {
		case sameText(x, have):
			same = append(same, language)
			continue
		case have.Language == "":
			done.Added++
		default:
			done.Changed++
		}
		if _, err := tx.ExecContext(ctx, putProviderText, held.id, language, x.Text, x.Kind, x.ContentSID, []byte(x.Variables), x.Approval, x.Reason); err != nil {
			return err
		}
	}
	done.Unchanged += len(same)
	_, err := tx.ExecContext(ctx, seenText, held.id, pq.Array(same))
	return err
}

func sameText(a, b TemplateText) bool {
	if b.Language == "" || b.ContentSID == nil || *a.ContentSID != *b.ContentSID {
		return false
	}
	if a.Text != b.Text || a.Kind != b.Kind || a.Approval != b.Approval || a.Reason != b.Reason {
		return false
	}
	var x, y map[string]string // the database writes JSON in its own way
	return json.Unmarshal(a.Variables, &x) == nil && json.Unmarshal(b.Variables, &y) == nil && reflect.DeepEqual(x, y)
}

const textsGone = `
UPDATE message_template_text SET approval = 'gone', synced_at = now() WHERE template_id = $1 AND language = ANY($2)`

func markGone(ctx context.Context, tx *sqlx.Tx, held map[templateKey]*heldTemplate, wanted map[templateKey]map[string]TemplateText, done *Synced) error {
	for key, h := range held {
		var gone []string
		for language, x := range h.texts {
			if _, there := wanted[key][language]; !there && !x.Gone() {
				gone = append(gone, language)
			}
		}
		if len(gone) == 0 {
			continue
		}
		done.Gone += len(gone)
		if _, err := tx.ExecContext(ctx, textsGone, h.id, pq.Array(gone)); err != nil {
			return err
		}
	}
	return nil
}
