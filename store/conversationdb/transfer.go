package conversationdb

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// Transfer is what is passed on with a conversation that is given away. No
// workflow sees it: it is kept before the command, which only names it.
type Transfer struct {
	ID           uuid.UUID
	Conversation uuid.UUID
	From         uuid.UUID // who gives it away
	ToAgent      uuid.NullUUID
	ToQueue      uuid.NullUUID
	Reason, Note string
}

const insertTransfer = `
INSERT INTO transfer (id, conversation_id, agent_id, to_agent_id, to_queue_id, reason, note) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO NOTHING`

// PrepareTransfer keeps what the command of the same id passes on. It counts for
// nothing until the command is done.
func (s *Store) PrepareTransfer(ctx context.Context, t Transfer) error {
	_, err := s.SQL.ExecContext(ctx, insertTransfer, t.ID, t.Conversation, t.From, t.ToAgent, t.ToQueue, t.Reason, pg.Clean(t.Note))
	if err != nil {
		return fmt.Errorf("prepare transfer: %w", err)
	}
	return nil
}

// passOn makes it true, with the transition: what was written becomes a note in
// the thread.
const passOn = `
WITH done AS (
  UPDATE transfer SET done_at = now() WHERE id = $1 AND conversation_id = $2 AND done_at IS NULL RETURNING id, conversation_id, agent_id, note
), noted AS (
  INSERT INTO note (conversation_id, agent_id, text) SELECT conversation_id, agent_id, note FROM done WHERE note <> '' RETURNING id, conversation_id
)
INSERT INTO event (kind, conversation_id, queue_id, agent_id, data)
SELECT '` + outbox.EventNote + `', c.id, c.queue_id, c.agent_id, jsonb_build_object('note_id', n.id) FROM noted n JOIN conversation c ON c.id = n.conversation_id`

// transferOf is the last transfer of conversation c that somebody said something
// with; null once it is closed.
const transferOf = `COALESCE((SELECT jsonb_build_object('from', jsonb_build_object('id', f.id, 'name', f.name), 'reason', t.reason, 'note', t.note, 'at', t.done_at)
        FROM transfer t JOIN agent f ON f.id = t.agent_id
        WHERE t.conversation_id = c.id AND t.done_at IS NOT NULL AND c.state <> 'closed' ORDER BY t.done_at DESC LIMIT 1), 'null') AS transfer`
