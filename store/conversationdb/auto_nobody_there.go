package conversationdb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/autotext"
	"switchboard/store/assigndb"
)

// In a persistent chat nobody need wait on the page.
const nobodyThere = `
SELECT w.style = 'persistent' AND NOT EXISTS (SELECT FROM queue_member m JOIN agent_status s ON s.agent_id = m.agent_id
  WHERE m.queue_id = c.queue_id AND ` + assigndb.AtWork + `)
FROM conversation c JOIN workstream w ON w.id = c.workstream_id WHERE c.id = $1`

// sendNobodyThere tells the customer of a persistent chat that begins while no
// agent is at work that they may write all the same and come back later.
func sendNobodyThere(ctx context.Context, tx *sqlx.Tx, conversation uuid.UUID) error {
	var nobody bool
	if err := tx.GetContext(ctx, &nobody, nobodyThere, conversation); err != nil {
		return fmt.Errorf("look for agents: %w", err)
	}
	if !nobody {
		return nil
	}
	return SendAuto(ctx, tx, AutoMessage{Conversation: conversation, Trigger: autotext.NobodyThere})
}
