package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/campaign"
	"switchboard/channel"
)

// Receipts, follows and unknown kinds are kept as they came; the answer says
// which of them are new.
const insertReports = `
INSERT INTO provider_event (account_id, event_id, kind, type, data)
SELECT DISTINCT ON (account_id, event_id) account_id, event_id, kind, type, data::jsonb
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS t(account_id, event_id, kind, type, data, ord)
ORDER BY account_id, event_id, ord
ON CONFLICT (account_id, event_id) DO NOTHING
RETURNING account_id, event_id`

// StoreReports commits what providers told us besides messages, and what
// follows from it: statuses that move forward, redactions, consent. Each event
// takes effect once, however often it is delivered.
func (s *Store) StoreReports(ctx context.Context, batch []Inbound) error {
	if err := s.linkAliases(ctx, batch); err != nil {
		return fmt.Errorf("link aliases: %w", err)
	}
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		repeats, err := storeReports(ctx, tx, batch)
		if err != nil || len(repeats) == 0 {
			return err
		}
		_, err = storeReports(ctx, tx, repeats)
		return err
	})
	if err != nil {
		return fmt.Errorf("store reports: %w", err)
	}
	s.events.Wake()
	return nil
}

// storeReports stores those that are new and does what follows. It returns those
// that are not what is stored under their ids, with ids of their own.
func storeReports(ctx context.Context, tx *sqlx.Tx, batch []Inbound) (others []Inbound, err error) {
	args, err := reportColumns(batch)
	if err != nil {
		return nil, err
	}
	var stored []struct {
		Account string `db:"account_id"`
		ID      string `db:"event_id"`
	}
	if err := tx.SelectContext(ctx, &stored, insertReports, args...); err != nil {
		return nil, err
	}
	fresh := map[string]bool{}
	for _, r := range stored {
		fresh[r.Account+r.ID] = true
	}
	if len(stored) < len(batch) {
		if others, err = anotherReport(ctx, tx, batch, args); err != nil {
			return nil, err
		}
	}
	var statuses []Inbound
	for _, in := range batch {
		key := in.Account.String() + in.Event.ID
		if !fresh[key] {
			continue
		}
		delete(fresh, key) // a repeat within the batch has no second effect
		if err := applyReport(ctx, tx, in); err != nil {
			return nil, err
		}
		if in.Event.Kind == channel.KindStatus {
			statuses = append(statuses, in)
		}
	}
	return others, reportRecipients(ctx, tx, statuses)
}

func reportColumns(batch []Inbound) ([]any, error) {
	n := len(batch)
	account, id, kind, typ, data := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	for i, in := range batch {
		b, err := json.Marshal(in.Event)
		if err != nil {
			return nil, fmt.Errorf("encode event: %w", err)
		}
		account[i], id[i], kind[i], typ[i] = in.Account.String(), in.Event.ID, string(in.Event.Kind), clean(in.Event.Type)
		data[i] = cleanJSON(clean(string(b)))
	}
	return []any{pq.Array(account), pq.Array(id), pq.Array(kind), pq.Array(typ), pq.Array(data)}, nil
}

func applyReport(ctx context.Context, tx *sqlx.Tx, in Inbound) error {
	switch in.Event.Kind {
	case channel.KindStatus:
		return applyStatus(ctx, tx, in)
	case channel.KindRedact:
		return redact(ctx, tx, in.Account, in.Event)
	case channel.KindEdit:
		return edit(ctx, tx, in.Account, in.Event)
	case channel.KindOptIn:
		if in.Event.Type == channel.TypeAgain {
			return setConsent(ctx, tx, in, campaign.OptInAgain)
		}
		return setConsent(ctx, tx, in, campaign.OptIn)
	case channel.KindOptOut:
		return setConsent(ctx, tx, in, campaign.OptOut)
	}
	return nil
}

// rank orders statuses in SQL as channel.Status.Rank does; a test compares them.
const rank = `array_position(ARRAY[NULL,'sending|unknown','sent','failed','delivered','read'], CASE WHEN %[1]s IN ('sending','unknown') THEN 'sending|unknown' ELSE %[1]s END)`

// A report names our message id where the provider returns it, because it may
// arrive before the provider's id is stored. It only ever moves forward.
var updateStatus = `
WITH moved AS (
  UPDATE message SET status = $4, status_at = COALESCE($5, now()), provider_message_id = COALESCE(provider_message_id, NULLIF($3, '')),
         error_class = NULLIF($6, ''), error_code = NULLIF($7, '')
  WHERE account_id = $1 AND direction = 'out'
    AND id = COALESCE($2, (SELECT id FROM message WHERE account_id = $1 AND provider_message_id = $3 AND direction = 'out' LIMIT 1))
    AND COALESCE(` + fmt.Sprintf(rank, "$4::text") + `, 0) > COALESCE(` + fmt.Sprintf(rank, "status") + `, 0)
  RETURNING id, conversation_id
), told AS (
  INSERT INTO event (kind, conversation_id, message_id, queue_id, agent_id, state, version)
  SELECT '` + EventMessageUpdated + `', c.id, m.id, c.queue_id, c.agent_id, c.state, c.version FROM moved m JOIN conversation c ON c.id = m.conversation_id
)
SELECT m.id, c.contact_point_id FROM moved m JOIN conversation c ON c.id = m.conversation_id`

func applyStatus(ctx context.Context, tx *sqlx.Tx, in Inbound) error {
	e := in.Event
	var ref uuid.NullUUID
	if id, err := uuid.Parse(e.Ref); err == nil {
		ref = some(id)
	}
	var at *time.Time
	if !e.At.IsZero() {
		at = &e.At
	}
	var moved []struct {
		ID    uuid.UUID `db:"id"`
		Point uuid.UUID `db:"contact_point_id"`
	}
	err := tx.SelectContext(ctx, &moved, updateStatus, in.Account, ref, e.MessageID, string(e.Status), at, string(e.Class), e.Code)
	if err != nil {
		return err
	}
	if e.Class == channel.OptedOut && e.From != "" { // also of a message that is not known here
		if _, err := changeConsent(ctx, tx, consentChange{Account: in.Account, Channel: e.Channel, To: e.From, Out: true, Source: "provider"}); err != nil {
			return err
		}
	}
	for _, m := range moved {
		if e.Status == channel.StatusFailed {
			if err := sayNotSent(ctx, tx, m.ID, e.Code, "the provider reported it"); err != nil {
				return err
			}
		}
		if e.Class != channel.OptedOut {
			continue
		}
		if err := optOutPoint(ctx, tx, m.Point); err != nil {
			return err
		}
	}
	return nil
}

const selectPoint = `SELECT account_id, channel, external_id FROM contact_point WHERE id = $1`

// optOutPoint ends the consent of a customer whose provider says so.
func optOutPoint(ctx context.Context, tx *sqlx.Tx, point uuid.UUID) error {
	var p struct {
		Account uuid.UUID `db:"account_id"`
		Channel string    `db:"channel"`
		To      string    `db:"external_id"`
	}
	if err := get(ctx, tx, &p, selectPoint, point); err != nil {
		return err
	}
	_, err := changeConsent(ctx, tx, consentChange{Account: p.Account, Channel: p.Channel, To: p.To, Out: true, Source: "provider"})
	return err
}

// setConsent writes what a customer says of their consent. Of an end of it the
// agents and the last campaign are told, once.
func setConsent(ctx context.Context, tx *sqlx.Tx, in Inbound, to campaign.Consent) error {
	out := to == campaign.OptOut
	changed, err := changeConsent(ctx, tx, consentChange{Account: in.Account, Channel: in.Event.Channel, To: in.Event.From, Out: out,
		Again: to == campaign.OptInAgain, Source: "customer"})
	if err != nil || !changed || !out {
		return err
	}
	if err := markOptOut(ctx, tx, in); err != nil {
		return err
	}
	return sayOptedOut(ctx, tx, in.Account, in.Event.Channel, in.Event.From)
}
