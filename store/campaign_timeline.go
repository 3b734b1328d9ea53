package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
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

const selectOutboundOf = `
SELECT r.message_id, r.campaign_id, c.kind, c.name, c.configuration_id, o.channel, r.related, r.status, r.code, r.claimed_at AS at,
       r.seq, r.language, r.variant, r.values, c.frozen
FROM contact_point p JOIN campaign_recipient r ON r.to_address = p.external_id JOIN campaign c ON c.id = r.campaign_id
JOIN outbound_configuration o ON o.id = c.configuration_id AND o.show_on_timeline AND o.channel = p.channel
WHERE p.contact_id = $1 AND c.frozen->>'account' = p.account_id::text AND r.claimed_at IS NOT NULL AND (r.claimed_at, r.message_id) < ($2, $3)
ORDER BY r.claimed_at DESC, r.message_id DESC LIMIT $4`

// OutboundOf lists the messages that went to a contact by configurations that are
// shown on timelines, the newest first.
func (s *Store) OutboundOf(ctx context.Context, contact uuid.UUID, p Page) ([]OutboundMessage, error) {
	at, id := p.After.At, p.After.ID
	if at.IsZero() {
		at, id = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), uuid.Max
	}
	list := []OutboundMessage{}
	if err := s.db.SelectContext(ctx, &list, selectOutboundOf, contact, at, id, p.Limit); err != nil {
		return nil, fmt.Errorf("list outbound messages: %w", err)
	}
	for i := range list {
		m := &list[i]
		f, err := Campaign{Frozen: m.Frozen}.Thaw()
		if err != nil {
			return nil, err
		}
		values, err := LedgerRow{Values: m.Values, Message: m.ID}.Filled()
		if err != nil {
			return nil, err
		}
		if x, asked, code := f.Word(m.Variant, m.Language, values); code == "" {
			m.Text = x.Fill(asked)
		}
	}
	return list, nil
}
