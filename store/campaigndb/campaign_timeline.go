package campaigndb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// OutboundMessage is a message that we began, as a contact's timeline shows it.
type OutboundMessage struct {
	ID            uuid.UUID `db:"message_id" json:"id"`
	Campaign      uuid.UUID `db:"campaign_id" json:"campaign_id"`
	Kind          string    `db:"kind" json:"kind"`
	Name          string    `db:"name" json:"name"`
	Configuration uuid.UUID `db:"configuration_id" json:"configuration_id"`
	Channel       string    `db:"channel" json:"channel"`
	Related       string    `db:"related" json:"related"`
	Status        string    `db:"status" json:"status"`
	Code          string    `db:"code" json:"code"`
	At            time.Time `db:"at" json:"at"`
	Text          string    `db:"-" json:"text"`
	Seq           int       `db:"seq" json:"-"`
	Language      string    `db:"language" json:"-"`
	Variant       int       `db:"variant" json:"-"`
	Values        []byte    `db:"values" json:"-"`
	Frozen        []byte    `db:"frozen" json:"-"`
}

const outboundColumns = `
SELECT r.message_id, r.campaign_id, c.kind, c.name, c.configuration_id, o.channel, r.related, r.status, r.code, r.claimed_at AS at,
       r.seq, r.language, r.variant, r.values, c.frozen
FROM campaign_recipient r JOIN campaign c ON c.id = r.campaign_id JOIN outbound_configuration o ON o.id = c.configuration_id `

// A contact's addresses are those from which they have written, under each of
// their ids, and their phone number, unless another contact has it too or has
// written from it.
const selectOutboundOf = `
WITH points AS (
  SELECT p.account_id, p.channel, p.external_id FROM contact_point p WHERE p.contact_id = $1
), known AS (
  SELECT external_id AS address, account_id, channel FROM points
  UNION
  SELECT l.alias, l.account_id, l.channel FROM points p JOIN contact_point_alias l
    ON l.account_id = p.account_id AND l.channel = p.channel AND l.external_id = p.external_id
), phone AS (
  SELECT k.phone AS address FROM contact k
  WHERE k.id = $1 AND k.merged_into IS NULL AND k.phone <> ''
    AND NOT EXISTS (SELECT FROM contact o WHERE o.phone = k.phone AND o.phone <> '' AND o.merged_into IS NULL AND o.id <> k.id)
)` + outboundColumns + `
WHERE o.show_on_timeline AND r.claimed_at IS NOT NULL AND (r.claimed_at, r.message_id) < ($2, $3)
  AND r.to_address = ANY(ARRAY(SELECT address FROM known UNION SELECT address FROM phone))
  AND (EXISTS (SELECT FROM known n WHERE n.address = r.to_address AND n.channel = o.channel AND n.account_id::text = c.frozen->>'account')
    OR o.channel IN ('sms', 'whatsapp') AND EXISTS (SELECT FROM phone n WHERE n.address = r.to_address)
      AND NOT EXISTS (SELECT FROM contact_point p WHERE p.account_id = (c.frozen->>'account')::uuid AND p.channel = o.channel
        AND p.external_id = r.to_address AND p.contact_id IS NOT NULL))
ORDER BY r.claimed_at DESC, r.message_id DESC LIMIT $4`

// AnsweredOf is, of a message m, the one that we began and that it answers.
const AnsweredOf = `
  (SELECT json_build_object('message_id', r.message_id, 'campaign_id', r.campaign_id, 'kind', n.kind, 'name', n.name, 'related', r.related,
     'sent_at', r.claimed_at, 'language', r.language, 'variant', r.variant, 'values', r.values, 'frozen', n.frozen)
   FROM campaign_recipient r JOIN campaign n ON n.id = r.campaign_id WHERE r.message_id = m.outbound_message_id) AS answers`

// Answered is the message of a campaign, a request or a trigger that a customer's
// message answers.
type Answered struct {
	Message  uuid.UUID  `json:"message_id"`
	Campaign uuid.UUID  `json:"campaign_id"`
	Kind     string     `json:"kind"`
	Name     string     `json:"name"`
	Text     string     `json:"text"`
	Related  string     `json:"related"`
	SentAt   *time.Time `json:"sent_at"`
}

// AnsweredBy reads what answeredOf gives.
func AnsweredBy(raw *json.RawMessage) (*Answered, error) {
	if raw == nil {
		return nil, nil
	}
	var row struct {
		Answered
		Language string          `json:"language"`
		Variant  int             `json:"variant"`
		Values   json.RawMessage `json:"values"`
		Frozen   json.RawMessage `json:"frozen"`
	}
	if json.Unmarshal(*raw, &row) != nil {
		return nil, errors.New("what a reply answers cannot be read") // the cause may quote a value
	}
	m := OutboundMessage{ID: row.Message, Language: row.Language, Variant: row.Variant, Values: row.Values, Frozen: row.Frozen}
	if err := m.fill(); err != nil {
		return nil, err
	}
	row.Text, row.SentAt = m.Text, pg.UTC(row.SentAt)
	return &row.Answered, nil
}

// OutboundOf lists the messages that went to a contact by configurations that are
// shown on timelines, the newest first.
func (s *Store) OutboundOf(ctx context.Context, contact uuid.UUID, p auditdb.Page) ([]OutboundMessage, error) {
	at, id := p.After.At, p.After.ID
	if at.IsZero() {
		at, id = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), uuid.Max
	}
	list := []OutboundMessage{}
	if err := s.SQL.SelectContext(ctx, &list, selectOutboundOf, contact, at, id, p.Limit); err != nil {
		return nil, fmt.Errorf("list outbound messages: %w", err)
	}
	for i := range list {
		if err := list[i].fill(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// fill puts the text together that was sent.
func (m *OutboundMessage) fill() error {
	f, err := Campaign{Frozen: m.Frozen}.DecodeContent()
	if err != nil {
		return err
	}
	values, err := LedgerRow{Values: m.Values, Message: m.ID}.Filled()
	if err != nil {
		return err
	}
	m.Text = f.Sent(m.Variant, m.Language, values)
	return nil
}
