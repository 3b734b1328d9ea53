package campaigndb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/campaign"
	"switchboard/store/auditdb"
	"switchboard/store/contactdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// ToSend is a recipient who was claimed for sending.
type ToSend struct {
	Seq       int          `db:"seq"`
	Message   uuid.UUID    `db:"message_id"`
	To        string       `db:"to_address"`
	Language  string       `db:"language"`
	Variant   int          `db:"variant"`
	Attempt   int          `db:"attempt"`
	Listed    bool         `db:"opted_in"` // with consent, as who listed them says
	Consent   string       `db:"consent"`  // as the contact point says: in, out, or ""
	InDoubt   bool         `db:"in_doubt"` // an earlier try may have been taken
	Raw       []byte       `db:"values"`
	ClaimedAt sql.NullTime `db:"claimed_at"` // when the first try began that may have been taken
	Values    map[string]string
}

// Claimed is what a claim found.
type Claimed struct {
	State campaign.State
	List  []ToSend
}

// Some rows at a time become 'sending' before anything is sent, and only while
// the campaign runs: who pauses it, or is paused by the provider, stops the next
// claim. Consent is read here, at the moment of sending.
const claimRecipients = `
WITH next AS (
  SELECT r.seq FROM campaign_recipient r
  WHERE r.campaign_id = $1 AND r.seq BETWEEN $2 AND $3 AND r.status = 'pending' AND ($6::text[] IS NULL OR r.zone = ANY($6::text[]))
    AND EXISTS (SELECT FROM campaign c WHERE c.id = $1 AND c.state = 'running')
  ORDER BY r.seq LIMIT $4 FOR UPDATE SKIP LOCKED
)
UPDATE campaign_recipient r SET status = 'sending', attempt = LEAST(r.attempt + 1, 1000), claimed_at = CASE WHEN r.in_doubt THEN r.claimed_at ELSE now() END
FROM next
WHERE r.campaign_id = $1 AND r.seq = next.seq
RETURNING r.seq, r.message_id, r.to_address, r.language, r.variant, r.attempt, r.opted_in, r.values, r.claimed_at, r.in_doubt,
  COALESCE((SELECT CASE WHEN p.opted_out_at IS NOT NULL THEN 'out' WHEN p.opted_in_at IS NOT NULL THEN 'in' END
    FROM contact_point p WHERE p.account_id = $5 AND p.channel = $7 AND p.external_id = COALESCE((SELECT a.external_id
      FROM contact_point_alias a WHERE a.account_id = $5 AND a.channel = $7 AND a.alias = r.to_address), r.to_address)), '') AS consent`

const selectCampaignState = `SELECT state FROM campaign WHERE id = $1`

// Claim asks for up to Limit recipients of a range.
type Claim struct {
	Campaign uuid.UUID
	Lo, Hi   int
	Limit    int
	Account  uuid.UUID
	Channel  string
	Zones    []string // only those in these time zones; nil: all
}

// ClaimRecipients takes the next recipients of a range. None, while the campaign
// is running, means that none is left there.
func (s *Store) ClaimRecipients(ctx context.Context, in Claim) (Claimed, error) {
	out := Claimed{State: campaign.Running}
	var zones any
	if in.Zones != nil {
		zones = pq.Array(in.Zones)
	}
	err := s.SQL.SelectContext(ctx, &out.List, claimRecipients, in.Campaign, in.Lo, in.Hi, in.Limit, in.Account, zones, in.Channel)
	if err == nil && len(out.List) == 0 {
		err = pg.GetOne(ctx, s.SQL, &out.State, selectCampaignState, in.Campaign)
	}
	if err != nil {
		return Claimed{}, fmt.Errorf("claim recipients: %w", err)
	}
	return out, readValues(out.List)
}

func readValues(list []ToSend) error {
	for i := range list {
		if json.Unmarshal(list[i].Raw, &list[i].Values) != nil {
			return errors.New("values of a recipient cannot be read") // the cause may quote one
		}
	}
	return nil
}

const selectInDoubt = `
SELECT seq, message_id, to_address, language, variant, attempt, opted_in, values, claimed_at, true AS in_doubt
FROM campaign_recipient WHERE campaign_id = $1 AND seq BETWEEN $2 AND $3 AND status = 'sending' ORDER BY seq`

// RecipientsInDoubt returns those of a range whom an earlier try was writing to
// when it was cut off.
func (s *Store) RecipientsInDoubt(ctx context.Context, id uuid.UUID, lo, hi int) ([]ToSend, error) {
	var list []ToSend
	if err := s.SQL.SelectContext(ctx, &list, selectInDoubt, id, lo, hi); err != nil {
		return nil, fmt.Errorf("read recipients in doubt: %w", err)
	}
	return list, readValues(list)
}

// RecipientOutcome is what became of a try. RecipientPending puts the recipient
// back; InDoubt says then that this try or an earlier one may have been taken.
type RecipientOutcome struct {
	InDoubt    bool
	Seq        int
	Status     string
	Code       string
	ProviderID string
	OptedOut   string // the address that forbids messages, or ""
}

// Outcomes of a try, besides those of channel.Status.
const (
	RecipientPending = "pending"
	RecipientRefused = "refused"
)

// moveRecipients moves rows from a try and keeps the counts; a report that came
// first and ranks higher stays. Rows are locked in the order of the input, and
// counts after them, so that nobody waits in a circle. Each row is found by its
// key, whatever the planner believes of a table that was filled a moment ago.
const moveRecipients = `
WITH old AS (
  SELECT i.seq, i.status, i.code, i.provider_id, i.in_doubt, r.variant, r.status AS was, r.code AS was_code
  FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $8::boolean[]) AS i(seq, status, code, provider_id, in_doubt)
  CROSS JOIN LATERAL (
    SELECT r.variant, r.status, r.code FROM campaign_recipient r
    WHERE r.campaign_id = $1 AND r.seq = i.seq AND r.status IN ('sending', 'unknown') FOR UPDATE) r
), moved AS (
  UPDATE campaign_recipient r SET status = o.status, code = o.code, status_at = now(), in_doubt = o.status = 'pending' AND (r.in_doubt OR o.in_doubt),
         provider_message_id = COALESCE(NULLIF(o.provider_id, ''), r.provider_message_id), sent_at = CASE WHEN o.status = 'sent' THEN now() END
  FROM old o
  WHERE r.campaign_id = $1 AND r.seq = o.seq AND r.seq BETWEEN $6 AND $7 AND NOT (o.was = 'unknown' AND o.status = 'pending')
  RETURNING r.variant, o.was, o.was_code, r.status, r.code
), deltas AS (
  SELECT variant, status, code, count(*) AS n FROM moved GROUP BY variant, status, code
  UNION ALL SELECT variant, was, was_code, -count(*) FROM moved GROUP BY variant, was, was_code
), counted AS (
  INSERT INTO campaign_count (campaign_id, variant, status, code, n)
  SELECT $1, variant, status, code, sum(n) FROM deltas WHERE status NOT IN ('pending', 'sending') GROUP BY variant, status, code HAVING sum(n) <> 0
  ORDER BY variant, status, code
  ON CONFLICT (campaign_id, variant, status, code) DO UPDATE SET n = campaign_count.n + EXCLUDED.n
)
SELECT count(*) FROM moved`

// FinishRecipients writes down what became of tries.
func (s *Store) FinishRecipients(ctx context.Context, f Content, id uuid.UUID, list []RecipientOutcome) error {
	n := len(list)
	if n == 0 {
		return nil
	}
	list = slices.SortedFunc(slices.Values(list), func(a, b RecipientOutcome) int { return a.Seq - b.Seq })
	seq, status, code, pid := make([]int64, n), make([]string, n), make([]string, n), make([]string, n)
	doubt := make([]bool, n)
	for i, o := range list {
		seq[i], status[i], code[i], pid[i], doubt[i] = int64(o.Seq), o.Status, pg.Clean(o.Code), pg.Clean(o.ProviderID), o.InDoubt
	}
	args := []any{id, pq.Array(seq), pq.Array(status), pq.Array(code), pq.Array(pid), seq[0], seq[n-1], pq.Array(doubt)}
	if !slices.ContainsFunc(list, func(o RecipientOutcome) bool { return o.OptedOut != "" }) {
		// Usually there is one statement, which needs no transaction around it.
		if _, err := s.SQL.ExecContext(ctx, moveRecipients, args...); err != nil {
			return fmt.Errorf("record outcomes: %w", err)
		}
		return nil
	}
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, moveRecipients, args...); err != nil {
			return err
		}
		for _, o := range list {
			if o.OptedOut == "" {
				continue
			}
			if _, err := contactdb.ChangeConsent(ctx, tx, contactdb.ConsentChange{Account: f.Account, Channel: f.Channel, To: o.OptedOut, Out: true, Source: "provider"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("record outcomes: %w", err)
	}
	return nil
}

const providerIDUsed = `SELECT EXISTS (SELECT FROM campaign_recipient WHERE to_address = $1 AND provider_message_id = $2)
  OR EXISTS (SELECT FROM message WHERE account_id = $3 AND provider_message_id = $2)`

// ProviderIDUsed reports whether a message at the provider is known to be
// another one of ours.
func (s *Store) ProviderIDUsed(ctx context.Context, account uuid.UUID, to, id string) (bool, error) {
	var used bool
	err := s.SQL.GetContext(ctx, &used, providerIDUsed, to, id, account)
	return used, err
}

// Those who waste a provider's and everybody's time: refused by it, failed or in
// doubt. Who was left out for want of consent says nothing of the campaign's health.
const judgeCampaign = `
WITH counts AS (
  SELECT COALESCE(sum(n) FILTER (WHERE status <> 'refused' OR code NOT IN ('no_consent', 'opted_out', 'missing_placeholder', 'invalid_address', 'duplicate')), 0)::bigint AS all,
         COALESCE(sum(n) FILTER (WHERE status IN ('failed', 'unknown') OR status = 'refused'
           AND code NOT IN ('no_consent', 'opted_out', 'missing_placeholder', 'invalid_address', 'duplicate')), 0)::bigint AS bad
  FROM campaign_count WHERE campaign_id = $1 AND status IN ('sent', 'delivered', 'read', 'refused', 'failed', 'unknown')
)
SELECT c.state, c.kind, c.pause_above, counts.all - c.judged_all AS all, counts.bad - c.judged_bad AS bad, counts.all AS all_now, counts.bad AS bad_now
FROM campaign c, counts WHERE c.id = $1`

type failureStats struct {
	State  campaign.State `db:"state"`
	Kind   string         `db:"kind"`
	Above  int            `db:"pause_above"`
	All    int64          `db:"all"`
	Bad    int64          `db:"bad"`
	AllNow int64          `db:"all_now"`
	BadNow int64          `db:"bad_now"`
}

const tellProgress = `
WITH due AS (
  UPDATE campaign SET progress_at = now() WHERE id = $1 AND kind = 'campaign' AND COALESCE(progress_at, '-infinity') <= now() - make_interval(secs => $2) RETURNING id
)
INSERT INTO event (kind, data) SELECT '` + outbox.EventCampaign + `', jsonb_build_object('campaign_id', id, 'change', 'progress') FROM due`

// progressEvery is the fewest seconds between two events of a campaign's progress
// while it runs.
const progressEvery = 1

// TellProgress tells who watches a campaign how far it is, though they may have
// been told a moment ago: it is the last for a while.
func (s *Store) TellProgress(ctx context.Context, id uuid.UUID) error {
	return s.tellProgress(ctx, id, 0)
}

func (s *Store) tellProgress(ctx context.Context, id uuid.UUID, every int) error {
	if _, err := s.SQL.ExecContext(ctx, tellProgress, id, every); err != nil {
		return fmt.Errorf("tell progress: %w", err)
	}
	s.Events().Wake()
	return nil
}

// AutoPauseIfFailing looks at how a running campaign goes, tells who watches, and
// pauses it when too many are refused. It returns its state.
func (s *Store) AutoPauseIfFailing(ctx context.Context, id uuid.UUID) (campaign.State, error) {
	var j failureStats
	if err := pg.GetOne(ctx, s.SQL, &j, judgeCampaign, id); err != nil {
		return "", fmt.Errorf("judge campaign: %w", err)
	}
	if j.State == campaign.Running && campaign.TooMany(j.Bad, j.All, j.Above) {
		return s.PauseCampaign(ctx, id, campaign.Refusals)
	}
	return j.State, s.tellProgress(ctx, id, progressEvery)
}

const pauseCampaign = `
UPDATE campaign SET state = 'paused', pause_reason = $2, updated_at = now() WHERE id = $1 AND state IN ('scheduled', 'running') RETURNING state`

// PauseCampaign pauses a campaign by itself and returns its state.
func (s *Store) PauseCampaign(ctx context.Context, id uuid.UUID, reason string) (campaign.State, error) {
	var state campaign.State
	err := s.EventTx(ctx, func(tx *sqlx.Tx) (err error) {
		state, err = pause(ctx, tx, id, reason)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("pause campaign: %w", err)
	}
	return state, nil
}

const lockPausedAccount = `SELECT paused_code IS NOT NULL OR deleted_at IS NOT NULL FROM account WHERE id = $1 FOR SHARE`

// PauseForAccount pauses a campaign whose account is paused or gone, and returns its
// state. What a sender met before somebody mended the account, and the campaign went
// on, pauses nothing any more.
func (s *Store) PauseForAccount(ctx context.Context, id, account uuid.UUID) (campaign.State, error) {
	var state campaign.State
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		paused := true
		err := pg.GetOne(ctx, tx, &paused, lockPausedAccount, account)
		if err != nil && !errors.Is(err, pg.ErrNotFound) {
			return err
		}
		if err == nil && !paused {
			return pg.GetOne(ctx, tx, &state, selectCampaignState, id)
		}
		state, err = pause(ctx, tx, id, campaign.Account)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("pause campaign of an account: %w", err)
	}
	return state, nil
}

func pause(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, reason string) (state campaign.State, err error) {
	err = pg.GetOne(ctx, tx, &state, pauseCampaign, id, reason)
	if errors.Is(err, pg.ErrNotFound) {
		err = pg.GetOne(ctx, tx, &state, selectCampaignState, id)
		return state, err
	} else if err != nil {
		return state, err
	}
	changes := map[string]any{"pause_reason": map[string]any{"to": reason}}
	if err := auditdb.WriteAudit(ctx, tx, auditdb.Actor{}, "pause", auditdb.AuditCampaign, id.String(), changes); err != nil {
		return state, err
	}
	return state, tellCampaign(ctx, tx, id, string(state))
}

// A bucket is a line in which messages stand: at is when the next may go. n
// messages are n places in it, and the first may go when the last before it went.
const takeFromBucket = `
INSERT INTO send_bucket (key, at) VALUES ($1, clock_timestamp() + $2 * make_interval(secs => 1.0 / $3))
ON CONFLICT (key) DO UPDATE SET at = GREATEST(send_bucket.at, clock_timestamp()) + $2 * make_interval(secs => 1.0 / $3)
RETURNING EXTRACT(EPOCH FROM (at - $2 * make_interval(secs => 1.0 / $3) - clock_timestamp()))`

// TakeFromBucket takes n places of a bucket that lets perSecond go, and returns
// how long until the first of them.
func (s *Store) TakeFromBucket(ctx context.Context, key string, n int, perSecond float64) (time.Duration, error) {
	var wait float64
	if err := s.SQL.GetContext(ctx, &wait, takeFromBucket, key, n, perSecond); err != nil {
		return 0, fmt.Errorf("take from bucket: %w", err)
	}
	return max(time.Duration(wait*float64(time.Second)), 0), nil
}

// Rates are what limits a campaign at this moment; nil: nothing.
type Rates struct {
	Campaign *int `db:"campaign"`
	Number   *int `db:"number"`
	Org      *int `db:"org"`
}

const selectRates = `
SELECT c.rate AS campaign, d.send_rate AS number, s.send_rate AS org
FROM campaign c JOIN address d ON d.id = $2, outbound_setting s WHERE c.id = $1`

// SendRates reads the limits.
func (s *Store) SendRates(ctx context.Context, id, address uuid.UUID) (Rates, error) {
	var r Rates
	if err := pg.GetOne(ctx, s.SQL, &r, selectRates, id, address); err != nil {
		return r, fmt.Errorf("read rates: %w", err)
	}
	return r, nil
}

// AddressBucket is the key of a number's bucket.
func AddressBucket(address uuid.UUID) string { return "address/" + address.String() }
