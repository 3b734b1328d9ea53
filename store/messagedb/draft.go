package messagedb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"switchboard/store/pg"
)

// Draft is what an agent has typed in a conversation and not sent yet. Mode is
// what it was to become: reply, internal or note.
type Draft struct {
	Mode      string     `db:"mode"`
	Text      string     `db:"text"`       // '': nothing
	UpdatedAt *time.Time `db:"updated_at"` // nil: nothing
}

const selectDraft = `SELECT mode, text, updated_at FROM draft WHERE agent_id = $1 AND conversation_id = $2`

// DraftOf returns an agent's draft in a conversation, an empty one if there is
// none.
func (s *Store) DraftOf(ctx context.Context, agent, conversation uuid.UUID) (Draft, error) {
	var d Draft
	err := pg.GetOne(ctx, s.SQL, &d, selectDraft, agent, conversation)
	if errors.Is(err, pg.ErrNotFound) {
		return Draft{Mode: "reply"}, nil
	} else if err != nil {
		return Draft{}, fmt.Errorf("read draft: %w", err)
	}
	return d, nil
}

const upsertDraft = `
INSERT INTO draft (agent_id, conversation_id, mode, text) VALUES ($1, $2, $3, $4)
ON CONFLICT (agent_id, conversation_id) DO UPDATE SET mode = EXCLUDED.mode, text = EXCLUDED.text, updated_at = clock_timestamp()
RETURNING mode, text, updated_at`

const deleteDraft = `DELETE FROM draft WHERE agent_id = $1 AND conversation_id = $2`

// KeepDraft sets an agent's draft in a conversation. An empty text takes it away.
func (s *Store) KeepDraft(ctx context.Context, agent, conversation uuid.UUID, mode, text string) (Draft, error) {
	d := Draft{Mode: mode}
	var err error
	if text = pg.Clean(text); text == "" {
		_, err = s.SQL.ExecContext(ctx, deleteDraft, agent, conversation)
	} else {
		err = pg.GetOne(ctx, s.SQL, &d, upsertDraft, agent, conversation, mode, text)
	}
	if err != nil {
		return Draft{}, fmt.Errorf("keep draft: %w", err)
	}
	return d, nil
}
