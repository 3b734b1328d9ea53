package campaigndb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"switchboard/store/auditdb"
)

// The customer's addresses are those of the conversation's contact point and, if it
// is linked, of the others of its contact, under each of their ids.
const selectOutboundInThread = `
WITH points AS (
  SELECT o.account_id, o.channel, o.external_id FROM conversation c JOIN contact_point o ON o.id = c.contact_point_id WHERE c.id = $1
  UNION
  SELECT n.account_id, n.channel, n.external_id FROM conversation c
  JOIN contact_point o ON o.id = c.contact_point_id JOIN contact_point n ON n.contact_id = o.contact_id WHERE c.id = $1
), known AS (
  SELECT external_id AS address, account_id, channel FROM points
  UNION
  SELECT l.alias, l.account_id, l.channel FROM points p JOIN contact_point_alias l
    ON l.account_id = p.account_id AND l.channel = p.channel AND l.external_id = p.external_id
)` + outboundColumns + `
WHERE o.show_on_timeline AND r.claimed_at IS NOT NULL AND (r.claimed_at, r.message_id) < ($2, $3)
  AND r.to_address = ANY(ARRAY(SELECT address FROM known))
  AND EXISTS (SELECT FROM known n WHERE n.address = r.to_address AND n.channel = o.channel AND n.account_id::text = c.frozen->>'account')
ORDER BY r.claimed_at DESC, r.message_id DESC LIMIT $4`

// OutboundInThread lists the messages that we began with the customer of a
// conversation, the newest first. No contact has to be linked.
func (s *Store) OutboundInThread(ctx context.Context, conversation uuid.UUID, p auditdb.Page) ([]OutboundMessage, error) {
	at, id := p.After.At, p.After.ID
	if at.IsZero() {
		at, id = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), uuid.Max
	}
	list := []OutboundMessage{}
	if err := s.SQL.SelectContext(ctx, &list, selectOutboundInThread, conversation, at, id, p.Limit); err != nil {
		return nil, fmt.Errorf("list outbound messages of a thread: %w", err)
	}
	for i := range list {
		if err := list[i].fill(); err != nil {
			return nil, err
		}
	}
	return list, nil
}
