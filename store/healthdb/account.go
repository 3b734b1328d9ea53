package healthdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

// Most is how many messages of an account are looked at, and how many of its
// conversations are counted. What is beyond says nothing new, and costs.
const Most = 2_000

// AccountHealth says how an account does, and what uses it. Its messages are those
// of conversations.
type AccountHealth struct {
	Account        uuid.UUID  `db:"id" json:"account_id"`
	CreatedAt      time.Time  `db:"created_at" json:"-"`
	LastIn         *time.Time `db:"last_in" json:"last_inbound_at"`
	LastOut        *time.Time `db:"last_out" json:"last_outbound_at"` // that the provider took, of the last Most
	Tried          int        `db:"tried" json:"outbound"`            // within 24 hours, the last Most
	Failed         int        `db:"failed" json:"failed"`             // of those
	LastError      *string    `db:"last_error" json:"last_error"`     // of the last that failed: the provider's code
	FailedAt       *time.Time `db:"failed_at" json:"failed_at"`
	PausedCode     *string    `db:"paused_code" json:"paused_code"`
	PausedAt       *time.Time `db:"paused_at" json:"paused_at"`
	Addresses      int        `db:"addresses" json:"addresses"`
	Open           int        `db:"open" json:"open_conversations"`
	Configurations int        `db:"configurations" json:"outbound_configurations"`
	Campaigns      int        `db:"campaigns" json:"campaigns"` // that are scheduled, run or are paused
}

const selectHealth = `
SELECT a.id, a.created_at, a.paused_code, a.paused_at,
  (SELECT m.created_at FROM message m WHERE m.account_id = a.id AND m.direction = 'in' ORDER BY m.created_at DESC LIMIT 1) AS last_in,
  (SELECT max(o.created_at) FROM (
    SELECT m.created_at, m.status FROM message m
    WHERE m.account_id = a.id AND m.direction = 'out' ORDER BY m.created_at DESC LIMIT $1) o
   WHERE o.status IN ('sent', 'delivered', 'read')) AS last_out,
  day.tried, day.failed, day.last_error, day.failed_at,
  (SELECT count(*) FROM address d WHERE d.account_id = a.id) AS addresses,
  (SELECT count(*) FROM (SELECT FROM conversation c WHERE c.account_id = a.id AND c.state <> 'closed' LIMIT $1) c) AS open,
  used.configurations, used.campaigns
FROM account a
CROSS JOIN LATERAL (
  SELECT count(*) AS tried, count(*) FILTER (WHERE o.status IN ('failed', 'unknown')) AS failed,
    (array_agg(COALESCE(o.error_code, o.error_class, '') ORDER BY o.created_at DESC) FILTER (WHERE o.status IN ('failed', 'unknown')))[1] AS last_error,
    max(o.status_at) FILTER (WHERE o.status IN ('failed', 'unknown')) AS failed_at
  FROM (
    SELECT m.created_at, m.status, m.status_at, m.error_code, m.error_class FROM message m
    WHERE m.account_id = a.id AND m.direction = 'out' AND m.created_at > now() - interval '24 hours' AND m.status IS NOT NULL
    ORDER BY m.created_at DESC LIMIT $1) o) day
CROSS JOIN LATERAL (
  SELECT count(DISTINCT u.id) AS configurations, count(g.id) AS campaigns
  FROM address d JOIN outbound_configuration u ON u.address_id = d.id
  LEFT JOIN campaign g ON g.configuration_id = u.id AND g.kind = 'campaign' AND g.state IN ('scheduled', 'running', 'paused')
  WHERE d.account_id = a.id) used`

const selectAccountHealth = selectHealth + `
WHERE a.id = $2 AND a.deleted_at IS NULL`

// AccountHealth says how an account that is not deleted does, or ErrNotFound.
func (s *Store) AccountHealth(ctx context.Context, account uuid.UUID) (AccountHealth, error) {
	var h AccountHealth
	if err := pg.GetOne(ctx, s.SQL, &h, selectAccountHealth, Most, account); err != nil {
		return AccountHealth{}, fmt.Errorf("read health of account: %w", err)
	}
	return h, nil
}

const selectAccountsHealth = selectHealth + `
WHERE a.deleted_at IS NULL AND a.provider <> '` + configdb.ChannelWorkItem + `' AND (a.created_at, a.id) > ($2, $3)
ORDER BY a.created_at, a.id LIMIT $4`

// AccountsHealth says how accounts do, in the order of their list.
func (s *Store) AccountsHealth(ctx context.Context, p auditdb.Page) ([]AccountHealth, error) {
	list := []AccountHealth{}
	if err := s.SQL.SelectContext(ctx, &list, selectAccountsHealth, Most, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list health of accounts: %w", err)
	}
	return list, nil
}
