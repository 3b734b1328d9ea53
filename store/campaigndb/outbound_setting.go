package campaigndb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// OutboundSettings are the organisation's limits of outbound messages.
type OutboundSettings struct {
	ContactsPerRequest int    `db:"contacts_per_request" json:"contacts_per_request"`
	RequestsPerHour    int    `db:"requests_per_hour" json:"requests_per_hour"`
	SendRate           *int   `db:"send_rate" json:"send_rate"` // messages a second over all numbers; null: no limit
	Region             string `db:"region" json:"region"`       // of numbers without country code
}

const outboundSettingColumns = `contacts_per_request, requests_per_hour, send_rate, region`

const selectOutboundSetting = `SELECT ` + outboundSettingColumns + ` FROM outbound_setting`

const lockOutboundSetting = selectOutboundSetting + ` FOR UPDATE`

const updateOutboundSetting = `
UPDATE outbound_setting SET contacts_per_request = $1, requests_per_hour = $2, send_rate = $3, region = $4 RETURNING ` + outboundSettingColumns

// OutboundSettings reads the limits.
func (s *Store) OutboundSettings(ctx context.Context) (OutboundSettings, error) {
	var o OutboundSettings
	if err := pg.GetOne(ctx, s.SQL, &o, selectOutboundSetting); err != nil {
		return o, fmt.Errorf("read outbound settings: %w", err)
	}
	return o, nil
}

// ChangeOutboundSettings lets change edit the locked limits.
func (s *Store) ChangeOutboundSettings(ctx context.Context, by auditdb.Actor, change func(*OutboundSettings) error) (OutboundSettings, error) {
	var after OutboundSettings
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before OutboundSettings
		if err := pg.GetOne(ctx, tx, &before, lockOutboundSetting); err != nil {
			return err
		}
		o := before
		if err := change(&o); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &after, updateOutboundSetting, o.ContactsPerRequest, o.RequestsPerHour, o.SendRate, o.Region); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditOutbound, "settings", before, after, nil)
	})
	if err != nil {
		return OutboundSettings{}, fmt.Errorf("change outbound settings: %w", err)
	}
	return after, nil
}

// Counted and bounded in one statement, so that requests that come together do
// not pass together.
const countRequest = `
INSERT INTO outbound_hour (hour, requests) SELECT date_trunc('hour', $1::timestamptz), 1 FROM outbound_setting
ON CONFLICT (hour) DO UPDATE SET requests = outbound_hour.requests + 1
WHERE outbound_hour.requests < (SELECT requests_per_hour FROM outbound_setting)
RETURNING requests`

const forgetHours = `DELETE FROM outbound_hour WHERE hour < $1::timestamptz - interval '1 day'`

// TooMany says that a limit is reached, and when it is not any more.
type TooMany struct{ Retry time.Duration }

func (e *TooMany) Error() string { return "too many requests" }

// CountOutboundRequest counts a request to send. Beyond the hour's limit it is a
// *TooMany, and is not counted.
func (s *Store) CountOutboundRequest(ctx context.Context, now time.Time) error {
	return countOutboundRequest(ctx, s.SQL, now)
}

func countOutboundRequest(ctx context.Context, q sqlx.ExtContext, now time.Time) error {
	var n int
	err := sqlx.GetContext(ctx, q, &n, countRequest, now)
	if errors.Is(err, sql.ErrNoRows) {
		return &TooMany{Retry: now.Truncate(time.Hour).Add(time.Hour).Sub(now)}
	}
	if err == nil && n == 1 { // once an hour
		_, err = q.ExecContext(ctx, forgetHours, now)
	}
	if err != nil {
		return fmt.Errorf("count request: %w", err)
	}
	return nil
}
