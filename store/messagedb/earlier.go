package messagedb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"switchboard/store/auditdb"
	"switchboard/store/conversationdb"
)

// EarlierConversation is one that the same customer had before another. Of one
// that the viewer may not see, only that it was there is told.
type EarlierConversation struct {
	conversationdb.Conversation
	At      time.Time `db:"at"`
	Visible bool      `db:"visible"`
}

// The customer is who writes from the same contact point, or from one that is
// linked to the same contact. Each contact point gives its newest conversations by
// index.
const listEarlier = `
WITH points AS (
  SELECT c.contact_point_id AS id FROM conversation c WHERE c.id = $3
  UNION
  SELECT n.id FROM conversation c JOIN contact_point o ON o.id = c.contact_point_id JOIN contact_point n ON n.contact_id = o.contact_id
  WHERE c.id = $3
), page AS (
  SELECT o.id, o.created_at AS at FROM points n CROSS JOIN LATERAL (
    SELECT c.id, c.created_at FROM conversation c
    WHERE c.contact_point_id = n.id AND (c.created_at, c.id) < ($4, $5)
    ORDER BY c.created_at DESC, c.id DESC LIMIT $6
  ) o ORDER BY o.created_at DESC, o.id DESC LIMIT $6
)` + conversationdb.ConversationColumns + `, x.at, COALESCE(` + auditdb.Visible + `, false) AS visible
FROM page x JOIN conversation c ON c.id = x.id` + conversationdb.ConversationJoins + ` ORDER BY x.at DESC, x.id DESC`

// Earlier lists what the customer of a conversation had before a place in time, on
// all channels, the newest first.
func (s *Store) Earlier(ctx context.Context, v auditdb.Viewer, conversation uuid.UUID, p auditdb.Page) ([]EarlierConversation, error) {
	list := []EarlierConversation{}
	err := s.SQL.SelectContext(ctx, &list, listEarlier, v.Scope, v.Agent, conversation, p.After.At, p.After.ID, p.Limit)
	if err != nil {
		return nil, fmt.Errorf("list earlier conversations: %w", err)
	}
	return list, nil
}
