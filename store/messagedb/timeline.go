package messagedb

import (
	"context"

	"github.com/google/uuid"

	"switchboard/store/auditdb"
	"switchboard/store/conversationdb"
	"switchboard/store/pg"
)

// Each contact point gives its newest conversations by index; of a customer with
// many ways to write, a page is the newest of all.
const listTimeline = `
WITH page AS (
  SELECT o.id, o.created_at AS at FROM contact_point n CROSS JOIN LATERAL (
    SELECT c.id, c.created_at FROM conversation c
    WHERE c.contact_point_id = n.id AND (c.created_at < $4 OR c.created_at = $4 AND c.id > $5) AND ` + auditdb.Visible + `
    ORDER BY c.created_at DESC, c.id LIMIT $6
  ) o WHERE n.contact_id = $3 ORDER BY o.created_at DESC, o.id LIMIT $6
)` + conversationdb.ConversationColumns + `
FROM page x JOIN conversation c ON c.id = x.id` + conversationdb.ConversationJoins + ` ORDER BY x.at DESC, x.id`

// Timeline lists the conversations of a contact that the viewer may see, on all
// channels, the newest first. A contact that does not exist is ErrNotFound.
func (s *Store) Timeline(ctx context.Context, v auditdb.Viewer, contact uuid.UUID, p auditdb.Page) ([]conversationdb.Conversation, error) {
	if _, err := s.Contact.ContactByID(ctx, contact); err != nil {
		return nil, err
	}
	return s.Conversation.Conversations(ctx, listTimeline, v.Scope, v.Agent, contact, pg.Latest(p.After.At), p.After.ID, p.Limit)
}
