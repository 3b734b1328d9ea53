package contactdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// ConsentChange is a word about consent of one address of a customer.
type ConsentChange struct {
	Account uuid.UUID
	Channel string
	To      string
	Out     bool
	Again   bool   // only undoes an earlier opt-out
	Source  string // 'customer', 'provider', or what a person said
	By      auditdb.Actor
}

// Only a change is written and returned; who said stop twice said it once.
const optOut = `
INSERT INTO contact_point (account_id, channel, external_id, opted_out_at, consent_source)
SELECT $1, $2, COALESCE((SELECT external_id FROM contact_point_alias WHERE account_id = $1 AND channel = $2 AND alias = $3), $3), now(), $4
ON CONFLICT (account_id, channel, external_id) DO UPDATE SET opted_out_at = now(), opted_in_at = NULL, consent_source = EXCLUDED.consent_source
WHERE contact_point.opted_out_at IS NULL
RETURNING id`

const optIn = `
INSERT INTO contact_point (account_id, channel, external_id, opted_in_at, consent_source)
SELECT $1, $2, COALESCE((SELECT external_id FROM contact_point_alias WHERE account_id = $1 AND channel = $2 AND alias = $3), $3), now(), $4
ON CONFLICT (account_id, channel, external_id) DO UPDATE SET opted_out_at = NULL, opted_in_at = now(), consent_source = EXCLUDED.consent_source
WHERE contact_point.opted_in_at IS NULL OR contact_point.opted_out_at IS NOT NULL
RETURNING id`

// What is no word of consent to who never said no.
const optInAgain = `
UPDATE contact_point SET opted_out_at = NULL, opted_in_at = now(), consent_source = $4
WHERE account_id = $1 AND channel = $2 AND opted_out_at IS NOT NULL
  AND external_id = COALESCE((SELECT external_id FROM contact_point_alias WHERE account_id = $1 AND channel = $2 AND alias = $3), $3)
RETURNING id`

// ChangeConsent writes a change of consent, and the audit log with it.
// It returns whether it was one.
func ChangeConsent(ctx context.Context, tx *sqlx.Tx, c ConsentChange) (changed bool, err error) {
	if c.To == "" {
		return false, nil
	}
	var ids []uuid.UUID
	action := "opt_in"
	switch {
	case c.Out:
		action = "opt_out"
		err = tx.SelectContext(ctx, &ids, optOut, c.Account, c.Channel, c.To, pg.Clean(c.Source))
	case c.Again:
		err = tx.SelectContext(ctx, &ids, optInAgain, c.Account, c.Channel, c.To, pg.Clean(c.Source))
	default:
		err = tx.SelectContext(ctx, &ids, optIn, c.Account, c.Channel, c.To, pg.Clean(c.Source))
	}
	for _, id := range ids {
		if err := auditConsent(ctx, tx, c.By, action, id, c.Channel, c.Source); err != nil {
			return false, err
		}
	}
	return len(ids) > 0, err
}

func auditConsent(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, action string, point uuid.UUID, channel, source string) error {
	return auditdb.WriteAudit(ctx, tx, by, action, auditdb.AuditConsent, point.String(),
		map[string]any{"channel": map[string]any{"to": channel}, "source": map[string]any{"to": pg.Clean(source)}})
}

const setPointConsent = `
UPDATE contact_point SET opted_in_at = CASE WHEN $2 THEN now() END, opted_out_at = CASE WHEN NOT $2 THEN now() END, consent_source = $3
WHERE id = $1 RETURNING channel`

// SetConsent writes what a person says of a customer's consent.
func (s *Store) SetConsent(ctx context.Context, by auditdb.Actor, point uuid.UUID, in bool, source string) error {
	action := "opt_out"
	if in {
		action = "opt_in"
	}
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var channel string
		if err := pg.GetOne(ctx, tx, &channel, setPointConsent, point, in, pg.Clean(source)); err != nil {
			return err
		}
		return auditConsent(ctx, tx, by, action, point, channel, source)
	})
	if err != nil {
		return fmt.Errorf("set consent: %w", err)
	}
	return nil
}

// Codes of answers that are refused before they are stored, besides those of
// package conversation.
const (
	RefusedOptedOut = "opted_out"
)

// AnnounceWithin is how long a stored answer waits for the command that
// announces it before the relay does.
const AnnounceWithin = time.Second
