package campaigndb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/channel"
	"switchboard/domain/autotext"
	"switchboard/domain/campaign"
	"switchboard/store/auditdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
	"switchboard/store/templatedb"
)

// Kinds of what is sent to a list of recipients.
const (
	KindCampaign = "campaign"
	KindMessage  = "message" // one request's messages
	KindTest     = "test"
)

// Campaign is what is sent to a list of recipients.
type Campaign struct {
	ID            uuid.UUID       `db:"id" json:"id"`
	Kind          string          `db:"kind" json:"kind"`
	Name          string          `db:"name" json:"name"`
	State         campaign.State  `db:"state" json:"state"`
	Configuration uuid.UUID       `db:"configuration_id" json:"configuration_id"`
	Variant       uuid.NullUUID   `db:"variant_template_id" json:"variant_template_id"`
	VariantShare  int             `db:"variant_share" json:"variant_share"`
	QuietFrom     string          `db:"quiet_from" json:"quiet_from"`
	QuietUntil    string          `db:"quiet_until" json:"quiet_until"`
	TimeZone      string          `db:"time_zone" json:"time_zone"`
	Rate          *int            `db:"rate" json:"rate"`
	PauseAbove    int             `db:"pause_above" json:"pause_above"`
	StartAt       *time.Time      `db:"start_at" json:"start_at"`
	Total         int             `db:"total" json:"total"`
	PauseReason   string          `db:"pause_reason" json:"pause_reason"`
	CreatedBy     uuid.NullUUID   `db:"created_by" json:"created_by"`
	CreatedAt     time.Time       `db:"created_at" json:"created_at"`
	UpdatedAt     time.Time       `db:"updated_at" json:"updated_at"`
	StartedAt     *time.Time      `db:"started_at" json:"started_at"`
	FinishedAt    *time.Time      `db:"finished_at" json:"finished_at"`
	LastSeq       int             `db:"last_seq" json:"-"`
	Frozen        json.RawMessage `db:"frozen" json:"-"`
	Answer        json.RawMessage `db:"answer" json:"-"`
	RequestHash   []byte          `db:"request_hash" json:"-"`
}

// Quiet are the campaign's quiet hours.
func (c Campaign) Quiet() campaign.Quiet {
	return campaign.Quiet{From: c.QuietFrom, Until: c.QuietUntil}
}

const campaignColumns = `id, kind, name, state, configuration_id, variant_template_id, variant_share, quiet_from, quiet_until, time_zone, rate,
  pause_above, start_at, total, pause_reason, created_by, created_at, updated_at, started_at, finished_at, last_seq,
  COALESCE(frozen, 'null') AS frozen, COALESCE(answer, 'null') AS answer, request_hash`

const selectCampaigns = `
SELECT ` + campaignColumns + ` FROM campaign
WHERE kind = 'campaign' AND (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT $3`

// Campaigns lists campaigns, the newest first.
func (s *Store) Campaigns(ctx context.Context, p auditdb.Page) ([]Campaign, error) {
	at, id := p.After.At, p.After.ID
	if at.IsZero() {
		at, id = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), uuid.Max
	}
	list := []Campaign{}
	if err := s.SQL.SelectContext(ctx, &list, selectCampaigns, at, id, p.Limit); err != nil {
		return nil, fmt.Errorf("list campaigns: %w", err)
	}
	return list, nil
}

const selectCampaign = `SELECT ` + campaignColumns + ` FROM campaign WHERE id = $1`

// CampaignByID returns a campaign, or ErrNotFound.
func (s *Store) CampaignByID(ctx context.Context, id uuid.UUID) (Campaign, error) {
	var c Campaign
	if err := pg.GetOne(ctx, s.SQL, &c, selectCampaign, id); err != nil {
		return c, fmt.Errorf("read campaign: %w", err)
	}
	return c, nil
}

const insertCampaign = `
INSERT INTO campaign (kind, name, configuration_id, variant_template_id, variant_share, quiet_from, quiet_until, time_zone, rate, pause_above, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING ` + campaignColumns

func createCampaign(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, c Campaign) (Campaign, error) {
	if err := c.variantFits(ctx, tx); err != nil {
		return Campaign{}, err
	}
	var made Campaign
	err := pg.GetOne(ctx, tx, &made, insertCampaign, c.Kind, c.Name, c.Configuration, c.Variant, c.VariantShare, c.QuietFrom, c.QuietUntil, c.TimeZone, c.Rate, c.PauseAbove, by.Agent)
	if name, _ := pg.Constraint(err); name == "campaign_configuration_id_fkey" {
		return made, &pg.Invalid{Field: "configuration_id", Reason: "is no outbound configuration"}
	}
	return made, err
}

func (c Campaign) variantFits(ctx context.Context, tx *sqlx.Tx) error {
	if !c.Variant.Valid {
		return nil
	}
	var conf OutboundConfiguration
	if err := pg.GetOne(ctx, tx, &conf, selectConfiguration, c.Configuration); err != nil {
		return &pg.Invalid{Field: "configuration_id", Reason: "is no outbound configuration"}
	}
	_, err := templateFits(ctx, tx, conf.Address, c.Variant.UUID, "variant_template_id")
	return err
}

// CreateCampaign adds a campaign as a draft.
func (s *Store) CreateCampaign(ctx context.Context, by auditdb.Actor, c Campaign) (Campaign, error) {
	var made Campaign
	err := s.Tx(ctx, func(tx *sqlx.Tx) (err error) {
		if made, err = createCampaign(ctx, tx, by, c); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditCampaign, made.ID.String(), nil, made, nil)
	})
	if err != nil {
		return Campaign{}, fmt.Errorf("create campaign: %w", err)
	}
	return made, nil
}

const lockCampaign = selectCampaign + ` FOR UPDATE`

const updateCampaign = `
UPDATE campaign SET name = $2, configuration_id = $3, variant_template_id = $4, variant_share = $5, quiet_from = $6, quiet_until = $7, time_zone = $8,
       rate = $9, pause_above = $10, updated_at = now()
WHERE id = $1 RETURNING ` + campaignColumns

// ErrStarted says that a campaign is no draft any more.
var ErrStarted = &pg.Conflict{Reason: "The campaign was started; what it is made of does not change any more."}

// ChangeCampaign lets change edit a locked draft.
func (s *Store) ChangeCampaign(ctx context.Context, by auditdb.Actor, id uuid.UUID, change func(*Campaign) error) (Campaign, error) {
	var after Campaign
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before Campaign
		if err := pg.GetOne(ctx, tx, &before, lockCampaign, id); err != nil {
			return err
		}
		if before.State != campaign.Draft {
			return ErrStarted
		}
		c := before
		if err := change(&c); err != nil {
			return err
		}
		if err := c.variantFits(ctx, tx); err != nil {
			return err
		}
		err := pg.GetOne(ctx, tx, &after, updateCampaign, id, c.Name, c.Configuration, c.Variant, c.VariantShare, c.QuietFrom, c.QuietUntil, c.TimeZone, c.Rate, c.PauseAbove)
		if name, _ := pg.Constraint(err); name == "campaign_configuration_id_fkey" {
			return &pg.Invalid{Field: "configuration_id", Reason: "is no outbound configuration"}
		} else if err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditCampaign, id.String(), before, after, nil)
	})
	if err != nil {
		return Campaign{}, fmt.Errorf("change campaign: %w", err)
	}
	return after, nil
}

const deleteCampaign = `DELETE FROM campaign WHERE id = $1 AND state = 'draft'`

// DeleteCampaign removes a draft. One that was started stays for the record.
func (s *Store) DeleteCampaign(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before Campaign
		if err := pg.GetOne(ctx, tx, &before, lockCampaign, id); err != nil {
			return err
		}
		if before.State != campaign.Draft {
			return ErrStarted
		}
		if _, err := tx.ExecContext(ctx, deleteCampaign, id); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditCampaign, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete campaign: %w", err)
	}
	return nil
}

// Content is what a campaign is sent with: written at its start, so that what is
// changed later does not change what goes out.
type Content struct {
	Account  uuid.UUID `json:"account"`
	Provider string    `json:"provider"`
	Address  uuid.UUID `json:"address"`
	From     string    `json:"from"`
	Channel  string    `json:"channel"`
	Wordings []Wording `json:"wordings"` // by variant
}

// Wording is a template as it was.
type Wording struct {
	Template uuid.UUID                 `json:"template"`
	Name     string                    `json:"name"`
	Default  string                    `json:"default"`
	Texts    []templatedb.TemplateText `json:"texts"`
}

// Choose returns the text in a language, or in the default one. What its provider
// has not approved is not there: each language is approved separately.
func (w Wording) Choose(language string) (templatedb.TemplateText, bool) {
	have := make([]string, 0, len(w.Texts))
	for _, x := range w.Texts {
		if !x.Unapproved() {
			have = append(have, x.Language)
		}
	}
	chosen, ok := autotext.Choose([]string{language, w.Default}, have)
	for _, x := range w.Texts {
		if ok && x.Language == chosen {
			return x, true
		}
	}
	return templatedb.TemplateText{}, false
}

// Render chooses the text for a recipient, and of their values those that it asks
// for. The code says why there is none: a value that is blank is none, and one that
// does not stand on one line does not fit a text that its provider fills.
func (f Content) Render(variant int, language string, values map[string]string) (x templatedb.TemplateText, asked map[string]string, code string) {
	w := f.Wordings[min(max(variant, 0), len(f.Wordings)-1)]
	x, ok := w.Choose(language)
	if !ok {
		return x, nil, campaign.NotApproved
	}
	asked = x.Given(values)
	for _, name := range x.Placeholders {
		switch v := asked[name]; {
		case strings.TrimSpace(v) == "":
			return x, nil, campaign.Missing
		case x.ContentSID != nil && !autotext.OneLine(v):
			return x, nil, campaign.BadValue
		}
	}
	return x, asked, ""
}

// Sent is the text that a recipient got, also where it would not be sent any more.
func (f Content) Sent(variant int, language string, values map[string]string) string {
	if len(f.Wordings) == 0 {
		return ""
	}
	x, _ := f.Wordings[min(max(variant, 0), len(f.Wordings)-1)].Choose(language)
	return x.Fill(x.Given(values))
}

// DecodeContent reads what a campaign is sent with.
func (c Campaign) DecodeContent() (Content, error) {
	var f *Content
	if err := json.Unmarshal(c.Frozen, &f); err != nil || f == nil {
		return Content{}, errors.New("campaign was not started")
	}
	return *f, nil
}

const selectSender = `
SELECT d.account_id AS account, a.provider, d.id AS address, d.address AS from_address, d.channel
FROM outbound_configuration o JOIN address d ON d.id = o.address_id JOIN account a ON a.id = d.account_id WHERE o.id = $1 AND a.deleted_at IS NULL`

// freeze reads what a campaign would be sent with at this moment.
func freeze(ctx context.Context, q sqlx.QueryerContext, c Campaign) (Content, error) {
	var conf OutboundConfiguration
	if err := pg.GetOne(ctx, q, &conf, selectConfiguration, c.Configuration); err != nil {
		return Content{}, err
	}
	var from struct {
		Account  uuid.UUID `db:"account"`
		Provider string    `db:"provider"`
		Address  uuid.UUID `db:"address"`
		From     string    `db:"from_address"`
		Channel  string    `db:"channel"`
	}
	if err := pg.GetOne(ctx, q, &from, selectSender, conf.ID); errors.Is(err, pg.ErrNotFound) {
		return Content{}, &pg.Conflict{Reason: "The account of its outbound configuration was removed."}
	} else if err != nil {
		return Content{}, err
	}
	f := Content{Account: from.Account, Provider: from.Provider, Address: from.Address, From: from.From, Channel: from.Channel}
	ids := []uuid.UUID{conf.Template}
	if c.Variant.Valid {
		ids = append(ids, c.Variant.UUID)
	}
	for _, id := range ids {
		t, err := templatedb.OneTemplate(ctx, q, templatedb.SelectTemplate, id)
		if err != nil {
			return Content{}, err
		}
		w := Wording{Template: t.ID, Name: t.Name, Default: t.DefaultLanguage}
		for _, x := range t.Texts {
			if x.Kind == channel.TemplateText && !x.Gone() {
				w.Texts = append(w.Texts, x)
			}
		}
		if len(w.Texts) == 0 {
			return Content{}, &pg.Conflict{Reason: "The template " + t.Name + " has no text that can be sent."}
		}
		f.Wordings = append(f.Wordings, w)
	}
	return f, nil
}

// SnapshotContent returns what a campaign is sent with, or would be if it started now.
func (s *Store) SnapshotContent(ctx context.Context, c Campaign) (Content, error) {
	if f, err := c.DecodeContent(); err == nil {
		return f, nil
	}
	f, err := freeze(ctx, s.SQL, c)
	if err != nil {
		return f, fmt.Errorf("read wordings: %w", err)
	}
	return f, nil
}

const startCampaign = `
UPDATE campaign SET state = 'scheduled', start_at = COALESCE($2, now()), frozen = $3, updated_at = now()
WHERE id = $1 AND state = 'draft' RETURNING ` + campaignColumns

func start(ctx context.Context, tx *sqlx.Tx, c Campaign, at *time.Time) (Campaign, error) {
	f, err := freeze(ctx, tx, c)
	if err != nil {
		return Campaign{}, err
	}
	data, err := json.Marshal(f)
	if err != nil {
		return Campaign{}, err
	}
	var after Campaign
	err = tx.GetContext(ctx, &after, startCampaign, c.ID, at, pg.CleanJSON(string(data)))
	if errors.Is(err, sql.ErrNoRows) {
		return Campaign{}, ErrStarted
	} else if err != nil {
		return Campaign{}, err
	}
	return after, tellCampaign(ctx, tx, after.ID, string(after.State))
}

// StartCampaign freezes a draft and schedules it, for now if at is nil. Its
// workflow is started by whoever finds that it was not.
func (s *Store) StartCampaign(ctx context.Context, by auditdb.Actor, id uuid.UUID, at *time.Time) (Campaign, error) {
	var after Campaign
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		var before Campaign
		if err := pg.GetOne(ctx, tx, &before, lockCampaign, id); err != nil {
			return err
		}
		switch {
		case before.State != campaign.Draft:
			return ErrStarted
		case before.Total == 0:
			return &pg.Conflict{Reason: "The campaign has no recipients yet."}
		}
		var err error
		if after, err = start(ctx, tx, before, at); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "start", auditdb.AuditCampaign, id.String(), before, after, nil)
	})
	if err != nil {
		return Campaign{}, fmt.Errorf("start campaign: %w", err)
	}
	return after, nil
}

// tellCampaign puts a change of a campaign into the event log, for supervisors.
func tellCampaign(ctx context.Context, tx sqlx.ExecerContext, id uuid.UUID, change string) error {
	return outbox.AddEvent(ctx, tx, outbox.Event{Kind: outbox.EventCampaign, Data: map[string]any{"campaign_id": id, "change": change}})
}
