package campaigndb

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/channel"
	"switchboard/store/contactdb"
	"switchboard/store/pg"
)

// Reports about messages of campaigns, all of a batch in one statement: rows are
// locked in order and counts after them. A report only moves forward.
const reportStatuses = `
WITH input AS (
  SELECT DISTINCT ON (t.ref) t.ref, t.status, t.code, t.provider_id
  FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS t(ref, status, code, provider_id)
  ORDER BY t.ref, ` + pg.StatusRank + `t.status` + pg.StatusRankEnd + ` DESC
), old AS (
  SELECT r.campaign_id, r.seq, r.status, r.code, r.variant, i.status AS to_status, i.code AS to_code, i.provider_id
  FROM input i JOIN campaign_recipient r ON r.message_id = i.ref
  WHERE ` + pg.StatusRank + `i.status` + pg.StatusRankEnd + ` > ` + pg.StatusRank + `r.status` + pg.StatusRankEnd + ` AND EXISTS (SELECT FROM campaign c JOIN outbound_configuration o ON o.id = c.configuration_id
        WHERE c.id = r.campaign_id AND c.frozen->>'account' = $1::text)
  ORDER BY r.campaign_id, r.seq FOR UPDATE OF r
), moved AS (
  UPDATE campaign_recipient r SET status = o.to_status, code = o.to_code, status_at = now(), sent_at = COALESCE(r.sent_at, now()),
         provider_message_id = COALESCE(r.provider_message_id, NULLIF(o.provider_id, ''))
  FROM old o WHERE r.campaign_id = o.campaign_id AND r.seq = o.seq
  RETURNING r.campaign_id, r.variant, o.status AS was, o.code AS was_code, r.status, r.code, r.message_id, r.to_address
), deltas AS (
  SELECT campaign_id, variant, status, code, count(*) AS n FROM moved GROUP BY campaign_id, variant, status, code
  UNION ALL SELECT campaign_id, variant, was, was_code, -count(*) FROM moved GROUP BY campaign_id, variant, was, was_code
), counted AS (
  INSERT INTO campaign_count (campaign_id, variant, status, code, n)
  SELECT campaign_id, variant, status, code, sum(n) FROM deltas WHERE status NOT IN ('pending', 'sending')
  GROUP BY campaign_id, variant, status, code HAVING sum(n) <> 0 ORDER BY campaign_id, variant, status, code
  ON CONFLICT (campaign_id, variant, status, code) DO UPDATE SET n = campaign_count.n + EXCLUDED.n
)
SELECT message_id, campaign_id, to_address FROM moved`

// ReportRecipients applies status reports to the ledgers of campaigns. They name
// our message id.
func ReportRecipients(ctx context.Context, tx *sqlx.Tx, batch []contactdb.Inbound) error {
	byAccount := map[uuid.UUID][]contactdb.Inbound{}
	for _, in := range batch {
		if id, err := uuid.Parse(in.Event.Ref); err == nil && id != uuid.Nil {
			byAccount[in.Account] = append(byAccount[in.Account], in)
		}
	}
	accounts := make([]uuid.UUID, 0, len(byAccount))
	for a := range byAccount {
		accounts = append(accounts, a)
	}
	slices.SortFunc(accounts, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	for _, a := range accounts {
		if err := reportsOf(ctx, tx, a, byAccount[a]); err != nil {
			return err
		}
	}
	return nil
}

func reportsOf(ctx context.Context, tx *sqlx.Tx, account uuid.UUID, batch []contactdb.Inbound) error {
	n := len(batch)
	ref, status, code, pid := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	optedOut := map[string]channel.Event{}
	for i, in := range batch {
		e := in.Event
		ref[i], status[i], code[i], pid[i] = e.Ref, string(e.Status), e.Code, e.MessageID
		if e.Class == channel.OptedOut {
			optedOut[uuid.MustParse(e.Ref).String()] = e
		}
	}
	var moved []struct {
		Message  uuid.UUID `db:"message_id"`
		Campaign uuid.UUID `db:"campaign_id"`
		To       string    `db:"to_address"`
	}
	err := tx.SelectContext(ctx, &moved, reportStatuses, account, pq.Array(ref), pq.Array(status), pq.Array(code), pq.Array(pid))
	if err != nil {
		return err
	}
	told := map[uuid.UUID]bool{}
	for _, m := range moved {
		if e, ok := optedOut[m.Message.String()]; ok {
			if _, err := contactdb.ChangeConsent(ctx, tx, contactdb.ConsentChange{Account: account, Channel: e.Channel, To: m.To, Out: true, Source: "provider"}); err != nil {
				return err
			}
		}
		told[m.Campaign] = true
	}
	for id := range told {
		if _, err := tx.ExecContext(ctx, tellProgress, id, progressEvery); err != nil {
			return err
		}
	}
	return nil
}

// CampaignCount is how many recipients stand somewhere.
type CampaignCount struct {
	Variant int    `db:"variant" json:"variant"`
	Status  string `db:"status" json:"status"`
	Code    string `db:"code" json:"code"`
	N       int64  `db:"n" json:"count"`
}

const selectCounts = `SELECT variant, status, code, n FROM campaign_count WHERE campaign_id = $1 AND n <> 0 ORDER BY variant, status, code`

// CampaignCounts tells how a campaign stands. Who is in no count is still to be
// written to.
func (s *Store) CampaignCounts(ctx context.Context, id uuid.UUID) ([]CampaignCount, error) {
	list := []CampaignCount{}
	if err := s.SQL.SelectContext(ctx, &list, selectCounts, id); err != nil {
		return nil, fmt.Errorf("read counts: %w", err)
	}
	return list, nil
}

// LedgerRow is a recipient as the ledger shows them.
type LedgerRow struct {
	Seq          int           `db:"seq" json:"seq"`
	Message      uuid.UUID     `db:"message_id" json:"message_id"`
	To           string        `db:"to_address" json:"to"`
	Language     string        `db:"language" json:"language"`
	Zone         string        `db:"zone" json:"time_zone"`
	Variant      int           `db:"variant" json:"variant"`
	OptedIn      bool          `db:"opted_in" json:"opted_in"`
	Related      string        `db:"related" json:"related"`
	Status       string        `db:"status" json:"status"`
	Code         string        `db:"code" json:"code"`
	Attempt      int           `db:"attempt" json:"attempt"`
	SentAt       *time.Time    `db:"sent_at" json:"sent_at"`
	StatusAt     *time.Time    `db:"status_at" json:"status_at"`
	RepliedAt    *time.Time    `db:"replied_at" json:"replied_at"`
	OptedOutAt   *time.Time    `db:"opted_out_at" json:"opted_out_at"`
	Conversation uuid.NullUUID `db:"conversation_id" json:"conversation_id"`
	ProviderID   *string       `db:"provider_message_id" json:"provider_message_id"`
	Values       []byte        `db:"values" json:"-"`
}

const ledgerColumns = `seq, message_id, to_address, language, zone, variant, opted_in, related, status, code, attempt, sent_at, status_at, replied_at,
  opted_out_at, conversation_id, provider_message_id, values`

const selectLedger = `
SELECT ` + ledgerColumns + ` FROM campaign_recipient WHERE campaign_id = $1 AND seq > $2 AND ($3 = '' OR status = $3) ORDER BY seq LIMIT $4`

// Ledger lists recipients of a campaign after a seq, all of them or those of a
// status.
func (s *Store) Ledger(ctx context.Context, id uuid.UUID, after int, status string, limit int) ([]LedgerRow, error) {
	list := []LedgerRow{}
	if err := s.SQL.SelectContext(ctx, &list, selectLedger, id, after, status, limit); err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	return list, nil
}

// Filled are the values for the recipient's placeholders.
func (r LedgerRow) Filled() (map[string]string, error) {
	values := map[string]string{}
	if json.Unmarshal(r.Values, &values) != nil {
		return nil, fmt.Errorf("values of recipient %s cannot be read", r.Message)
	}
	return values, nil
}
