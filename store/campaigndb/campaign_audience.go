package campaigndb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/campaign"
	"switchboard/domain/phone"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// Recipient is somebody to write to.
type Recipient struct {
	To       string
	Language string
	Zone     string
	OptedIn  bool
	Values   map[string]string
	Related  string
	Refused  string // a code: they are listed, and not written to
	Recorded bool   // their consent stands at their contact point already
}

// Whoever adds recipients holds the campaign's row, so that seq is drawn once
// and a start does not come between. Who is listed already is left out.
const addRecipients = `
WITH input AS (
  SELECT t.to_address, t.language, t.zone, t.opted_in, t.values::jsonb AS values, t.related, t.variant, t.refused, t.other, t.ord
  FROM unnest($2::text[], $3::text[], $4::text[], $5::boolean[], $6::text[], $7::text[], $8::smallint[], $9::text[], $12::text[])
       WITH ORDINALITY AS t(to_address, language, zone, opted_in, values, related, variant, refused, other, ord)
), made AS (
  INSERT INTO campaign_recipient (campaign_id, seq, to_address, language, zone, opted_in, values, related, variant, status, code, status_at)
  SELECT $1, $10 + i.ord, i.to_address, i.language, i.zone, i.opted_in, i.values, i.related, i.variant,
         CASE WHEN i.refused = '' THEN 'pending' ELSE 'refused' END, i.refused, CASE WHEN i.refused <> '' THEN now() END
  FROM input i WHERE i.other = '' OR NOT EXISTS (SELECT FROM campaign_recipient x WHERE x.to_address = i.other AND x.campaign_id = $1)
  ORDER BY i.ord
  ON CONFLICT (to_address, campaign_id) DO NOTHING
  RETURNING seq, variant, status, code
), counted AS (
  INSERT INTO campaign_count (campaign_id, variant, status, code, n)
  SELECT $1, variant, status, code, count(*) FROM made WHERE status = 'refused' GROUP BY variant, status, code
  ON CONFLICT (campaign_id, variant, status, code) DO UPDATE SET n = campaign_count.n + EXCLUDED.n
), moved AS (
  UPDATE campaign SET last_seq = $10 + $11, total = total + (SELECT count(*) FROM made), updated_at = now() WHERE id = $1
)
SELECT seq - $10 - 1 FROM made`

const lockDraft = `SELECT state, variant_template_id IS NOT NULL AS two, variant_share, last_seq FROM campaign WHERE id = $1 FOR UPDATE`

// AddRecipients lists recipients in a draft and returns, for each, whether it was
// added: who is in it already is not. A campaign that was started takes nobody.
// Consent that the list gives is recorded as by and source say.
func (s *Store) AddRecipients(ctx context.Context, by auditdb.Actor, id uuid.UUID, list []Recipient, source string) ([]bool, error) {
	var added []bool
	err := s.Tx(ctx, func(tx *sqlx.Tx) (err error) {
		if added, err = addTo(ctx, tx, id, list); err != nil {
			return err
		}
		return grant(ctx, tx, id, list, by, source)
	})
	if err != nil {
		return nil, fmt.Errorf("add recipients: %w", err)
	}
	return added, nil
}

func addTo(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, list []Recipient) ([]bool, error) {
	var c struct {
		State campaign.State `db:"state"`
		Two   bool           `db:"two"`
		Share int            `db:"variant_share"`
		Last  int            `db:"last_seq"`
	}
	if err := tx.GetContext(ctx, &c, lockDraft, id); errors.Is(err, sql.ErrNoRows) {
		return nil, pg.ErrNotFound
	} else if err != nil {
		return nil, err
	}
	if c.State != campaign.Draft {
		return nil, ErrStarted
	}
	n := len(list)
	to, language, zone, optedIn := make([]string, n), make([]string, n), make([]string, n), make([]bool, n)
	values, related, variant, refused := make([]string, n), make([]string, n), make([]int64, n), make([]string, n)
	others, seen := make([]string, n), map[string]bool{}
	for i, r := range list {
		to[i], language[i], zone[i], optedIn[i], related[i], refused[i] = pg.Clean(r.To), r.Language, r.Zone, r.OptedIn, pg.Clean(r.Related), r.Refused
		for _, other := range phone.Others(to[i]) { // who is listed under both spellings gets one message
			if others[i] = other; seen[other] {
				to[i] = other
			}
			seen[to[i]] = true
		}
		if c.Two {
			variant[i] = int64(campaign.Variant(id.String(), r.To, c.Share))
		}
		values[i] = "{}"
		if len(r.Values) > 0 {
			data, err := json.Marshal(r.Values)
			if err != nil {
				return nil, err
			}
			values[i] = pg.CleanJSON(string(data))
		}
	}
	var at []int
	err := tx.SelectContext(ctx, &at, addRecipients, id, pq.Array(to), pq.Array(language), pq.Array(zone), pq.Array(optedIn), pq.Array(values),
		pq.Array(related), pq.Array(variant), pq.Array(refused), c.Last, n, pq.Array(others))
	if err != nil {
		return nil, err
	}
	added := make([]bool, n)
	for _, i := range at {
		added[i] = true
	}
	return added, nil
}

// NewOutboundRequest is one request's messages, to be sent at once.
type NewOutboundRequest struct {
	Configuration uuid.UUID
	Key           string // idempotency key, or ""
	Hash          []byte // of the request
	Recipients    []Recipient
	Answer        func(campaign uuid.UUID, added []bool) (json.RawMessage, error)
	Kind          string
	Name          string
	StartAt       *time.Time // nil: now
	Campaign      *Campaign  // of a test: whose wordings are tried
	CountedAt     time.Time  // counts among the requests of this hour; zero: it does not
}

const selectByKey = `SELECT ` + campaignColumns + ` FROM campaign WHERE configuration_id = $1 AND idempotency_key = $2`

// OutboundByKey returns what an earlier request with an idempotency key made, or
// ErrNotFound; ErrKeyUsed if that was another request.
func (s *Store) OutboundByKey(ctx context.Context, configuration uuid.UUID, key string, hash []byte) (Campaign, error) {
	first, err := outboundByKey(ctx, s.SQL, configuration, key, hash)
	if err != nil {
		return Campaign{}, fmt.Errorf("find request by key: %w", err)
	}
	return first, nil
}

// OutboundKeyUsed reports whether an earlier request came with an idempotency key.
func (s *Store) OutboundKeyUsed(ctx context.Context, configuration uuid.UUID, key string) (bool, error) {
	if key == "" {
		return false, nil
	}
	var first Campaign
	err := pg.GetOne(ctx, s.SQL, &first, selectByKey, configuration, key)
	if err != nil && !errors.Is(err, pg.ErrNotFound) {
		return false, fmt.Errorf("find request by key: %w", err)
	}
	return err == nil, nil
}

func outboundByKey(
	ctx context.Context, q sqlx.QueryerContext, configuration uuid.UUID, key string, hash []byte,
) (first Campaign, err error) {
	if key == "" {
		return first, pg.ErrNotFound
	}
	err = pg.GetOne(ctx, q, &first, selectByKey, configuration, key)
	if err == nil && string(first.RequestHash) != string(hash) {
		return Campaign{}, ErrKeyUsed
	}
	return first, err
}

const keyRequest = `UPDATE campaign SET idempotency_key = NULLIF($2, ''), request_hash = $3, answer = $4 WHERE id = $1`

// ErrKeyUsed says that the idempotency key belongs to another request.
var ErrKeyUsed = errors.New("the idempotency key was used for another request")

// SendOutbound stores and starts one request's messages. A key that was used
// before returns the first answer, or ErrKeyUsed if it was another request.
func (s *Store) SendOutbound(ctx context.Context, by auditdb.Actor, in NewOutboundRequest) (made Campaign, repeated bool, err error) {
	for range 2 { // once more when the same key came in between
		err = s.EventTx(ctx, func(tx *sqlx.Tx) error {
			made, repeated, err = sendOutbound(ctx, tx, by, in)
			return err
		})
		if name, _ := pg.Constraint(err); name != "campaign_key" {
			break
		}
	}
	if err != nil {
		return Campaign{}, false, fmt.Errorf("send outbound: %w", err)
	}
	return made, repeated, nil
}

func sendOutbound(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, in NewOutboundRequest) (Campaign, bool, error) {
	first, err := outboundByKey(ctx, tx, in.Configuration, in.Key, in.Hash)
	if err == nil || !errors.Is(err, pg.ErrNotFound) {
		return first, err == nil, err
	}
	if !in.CountedAt.IsZero() { // a repeat counts once
		if err := countOutboundRequest(ctx, tx, in.CountedAt); err != nil {
			return Campaign{}, false, err
		}
	}
	c := Campaign{Kind: in.Kind, Name: in.Name, Configuration: in.Configuration, TimeZone: "UTC"}
	if of := in.Campaign; of != nil {
		c.Variant, c.VariantShare = of.Variant, of.VariantShare
	}
	made, err := createCampaign(ctx, tx, by, c)
	if err != nil {
		return Campaign{}, false, err
	}
	added, err := addTo(ctx, tx, made.ID, in.Recipients)
	if err != nil {
		return Campaign{}, false, err
	}
	if err := grant(ctx, tx, made.ID, in.Recipients, by, "request "+made.ID.String()); err != nil {
		return Campaign{}, false, err
	}
	answer, err := in.Answer(made.ID, added)
	if err != nil {
		return Campaign{}, false, err
	}
	if _, err := tx.ExecContext(ctx, keyRequest, made.ID, in.Key, in.Hash, pg.CleanJSON(string(answer))); err != nil {
		return Campaign{}, false, err
	}
	made, err = start(ctx, tx, made, in.StartAt)
	return made, false, err
}

// Who listed recipients says that they agreed. It is written at their contact
// points unless they have said otherwise, which counts more.
const grantConsent = `
WITH given AS (
  INSERT INTO contact_point (account_id, channel, external_id, opted_in_at, consent_source)
  SELECT DISTINCT d.account_id, d.channel, COALESCE((SELECT a.external_id FROM contact_point_alias a
    WHERE a.account_id = d.account_id AND a.channel = d.channel AND a.alias = t.to_address), t.to_address) AS external_id, now(), $3
  FROM campaign c JOIN outbound_configuration o ON o.id = c.configuration_id JOIN address d ON d.id = o.address_id, unnest($2::text[]) AS t(to_address)
  WHERE c.id = $1 ORDER BY external_id
  ON CONFLICT (account_id, channel, external_id) DO UPDATE SET opted_in_at = now(), consent_source = EXCLUDED.consent_source
  WHERE contact_point.opted_in_at IS NULL AND contact_point.opted_out_at IS NULL
  RETURNING id, channel
)
INSERT INTO audit (agent_id, token_id, action, object_type, object_id, changes)
SELECT $4, $5, 'opt_in', '` + auditdb.AuditConsent + `', id::text, jsonb_build_object('channel', jsonb_build_object('to', channel), 'source', jsonb_build_object('to', $3::text)) FROM given`

func grant(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, list []Recipient, by auditdb.Actor, source string) error {
	var to []string
	for _, r := range list {
		if r.OptedIn && r.Refused == "" && !r.Recorded {
			to = append(to, pg.Clean(r.To))
		}
	}
	if len(to) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, grantConsent, id, pq.Array(to), source, by.Agent, by.Token)
	return err
}

// AudienceFilter chooses contacts by what is known of them.
type AudienceFilter struct {
	Language     string // of the contact; nl finds nl-BE
	Search       string // begins the contact's name
	CreatedAfter *time.Time
	Values       map[string]string // for everybody, besides what the contact tells
}

// Contacts who agreed to be written to at the campaign's number, in pages.
const selectAudience = `
SELECT p.id, p.external_id, COALESCE(NULLIF(k.language, ''), p.language) AS language, COALESCE(NULLIF(k.name, ''), p.name) AS name,
       COALESCE(k.first_name, '') AS first_name, COALESCE(k.last_name, '') AS last_name, COALESCE(k.email, '') AS email
FROM campaign c JOIN outbound_configuration o ON o.id = c.configuration_id JOIN address d ON d.id = o.address_id
JOIN contact_point p ON p.account_id = d.account_id AND p.channel = d.channel
LEFT JOIN contact k ON k.id = p.contact_id
WHERE c.id = $1 AND p.id > $2 AND p.opted_in_at IS NOT NULL AND p.opted_out_at IS NULL
  AND ($3 = '' OR lower(COALESCE(NULLIF(k.language, ''), p.language)) = lower($3) OR lower(COALESCE(NULLIF(k.language, ''), p.language)) LIKE lower($3) || '-%')
  AND ($4 = '' OR starts_with(lower(COALESCE(NULLIF(k.name, ''), p.name)), lower($4)))
  AND ($5::timestamptz IS NULL OR COALESCE(k.created_at, p.created_at) > $5)
ORDER BY p.id LIMIT $6`

// AudienceMember is a contact whom a filter found.
type AudienceMember struct {
	Point     uuid.UUID `db:"id"`
	To        string    `db:"external_id"`
	Language  string    `db:"language"`
	Name      string    `db:"name"`
	FirstName string    `db:"first_name"`
	LastName  string    `db:"last_name"`
	Email     string    `db:"email"`
}

// Audience returns the contacts that a filter finds for a campaign, after a
// contact point.
func (s *Store) Audience(ctx context.Context, id uuid.UUID, f AudienceFilter, after uuid.UUID, limit int) ([]AudienceMember, error) {
	var list []AudienceMember
	if err := s.SQL.SelectContext(ctx, &list, selectAudience, id, after, f.Language, pg.Clean(f.Search), f.CreatedAfter, limit); err != nil {
		return nil, fmt.Errorf("read audience: %w", err)
	}
	return list, nil
}
