package messagedb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/channel"
	"switchboard/domain/campaign"
	"switchboard/store/campaigndb"
	"switchboard/store/contactdb"
	"switchboard/store/conversationdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
	"switchboard/store/templatedb"
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
func (s *Store) StoreReports(ctx context.Context, batch []contactdb.Inbound) error {
	if err := s.Contact.LinkAliases(ctx, batch); err != nil {
		return fmt.Errorf("link aliases: %w", err)
	}
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
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
	s.Events().Wake()
	return nil
}

// storeReports stores those that are new and does what follows. It returns those
// that are not what is stored under their ids, with ids of their own.
func storeReports(ctx context.Context, tx *sqlx.Tx, batch []contactdb.Inbound) (others []contactdb.Inbound, err error) {
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
	var statuses []contactdb.Inbound
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
	return others, campaigndb.ReportRecipients(ctx, tx, statuses)
}

func reportColumns(batch []contactdb.Inbound) ([]any, error) {
	n := len(batch)
	account, id, kind, typ, data := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	for i, in := range batch {
		e := in.Event
		if e.Kind == channel.KindEcho { // what it says stands in the thread, and is deleted there
			e.Text, e.Name, e.Media, e.Data = "", "", nil, nil
		}
		b, err := json.Marshal(e)
		if err != nil {
			return nil, fmt.Errorf("encode event: %w", err)
		}
		account[i], id[i], kind[i], typ[i] = in.Account.String(), in.Event.ID, string(in.Event.Kind), pg.Clean(in.Event.Type)
		data[i] = pg.CleanJSON(pg.Clean(string(b)))
	}
	return []any{pq.Array(account), pq.Array(id), pq.Array(kind), pq.Array(typ), pq.Array(data)}, nil
}

func applyReport(ctx context.Context, tx *sqlx.Tx, in contactdb.Inbound) error {
	switch in.Event.Kind {
	case channel.KindStatus:
		if !in.Event.UpTo.IsZero() {
			return applyUpTo(ctx, tx, in)
		}
		return applyStatus(ctx, tx, in)
	case channel.KindSystem:
		return contactdb.MovePoint(ctx, tx, in)
	case channel.KindEcho:
		return storeElsewhere(ctx, tx, in)
	case channel.KindTemplate:
		return templatedb.ChangeApproval(ctx, tx, in.Account, in.Event.Template)
	case channel.KindRedact:
		return redact(ctx, tx, in.Account, in.Event)
	case channel.KindEdit:
		return edit(ctx, tx, in.Account, in.Event)
	case channel.KindOptIn:
		if in.Event.Type == channel.TypeAgain {
			return campaigndb.SetConsent(ctx, tx, in, campaign.OptInAgain)
		}
		return campaigndb.SetConsent(ctx, tx, in, campaign.OptIn)
	case channel.KindOptOut:
		return campaigndb.SetConsent(ctx, tx, in, campaign.OptOut)
	}
	return nil
}

// A report names our message id where the provider returns it, because it may
// arrive before the provider's id is stored. It only ever moves forward, and further
// where a time that was reported first (moveUpTo) waits in the row.
const updateStatus = `
WITH moved AS (
  UPDATE message SET status = CASE WHEN $4 = 'sent' THEN COALESCE(early_receipt, $4) WHEN $4 = 'delivered' AND early_receipt = 'read' THEN early_receipt ELSE $4 END,
         status_at = COALESCE($5, now()), provider_message_id = COALESCE(provider_message_id, NULLIF($3, '')),
         error_class = NULLIF($6, ''), error_code = NULLIF($7, '')
  WHERE account_id = $1 AND direction = 'out'
    AND id = COALESCE($2, (SELECT id FROM message WHERE account_id = $1 AND provider_message_id = $3 AND direction = 'out' LIMIT 1))
    AND ` + pg.StatusRank + `$4::text` + pg.StatusRankEnd + ` > ` + pg.StatusRank + `status` + pg.StatusRankEnd + `
  RETURNING id, conversation_id
), told AS (
  INSERT INTO event (kind, conversation_id, message_id, queue_id, agent_id, state, version)
  SELECT '` + outbox.EventMessageUpdated + `', c.id, m.id, c.queue_id, c.agent_id, c.state, c.version FROM moved m JOIN conversation c ON c.id = m.conversation_id
)
SELECT m.id, c.contact_point_id FROM moved m JOIN conversation c ON c.id = m.conversation_id`

func applyStatus(ctx context.Context, tx *sqlx.Tx, in contactdb.Inbound) error {
	e := in.Event
	var ref uuid.NullUUID
	if id, err := uuid.Parse(e.Ref); err == nil {
		ref = outbox.NullUUID(id)
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
		if _, err := contactdb.ChangeConsent(ctx, tx, contactdb.ConsentChange{Account: in.Account, Channel: e.Channel, To: e.From, Out: true, Source: "provider"}); err != nil {
			return err
		}
	}
	for _, m := range moved {
		if e.Status == channel.StatusFailed {
			if err := conversationdb.SendNotSent(ctx, tx, m.ID, e.Code, "the provider reported it"); err != nil {
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
	if err := pg.GetOne(ctx, tx, &p, selectPoint, point); err != nil {
		return err
	}
	_, err := contactdb.ChangeConsent(ctx, tx, contactdb.ConsentChange{Account: p.Account, Channel: p.Channel, To: p.To, Out: true, Source: "provider"})
	return err
}
