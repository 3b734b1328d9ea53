package messagedb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/pg"
)

// Draft is what an agent has typed in a conversation and not sent yet. Each text is
// for one audience: Mode is what it is to become, reply, internal or note.
type Draft struct {
	Mode      string     `db:"mode"`       // of the text that was typed last
	Text      string     `db:"text"`       // '': nothing
	Others    DraftTexts `db:"others"`     // what was begun for other audiences, by mode
	UpdatedAt *time.Time `db:"updated_at"` // nil: nothing
}

// DraftTexts are texts by mode.
type DraftTexts map[string]string

// Scan implements sql.Scanner.
func (t *DraftTexts) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("drafts are %T", src)
	}
	return json.Unmarshal(b, t)
}

const selectDraft = `SELECT mode, text, others, updated_at FROM draft WHERE agent_id = $1 AND conversation_id = $2`

// DraftOf returns an agent's draft in a conversation, an empty one if there is
// none.
func (s *Store) DraftOf(ctx context.Context, agent, conversation uuid.UUID) (Draft, error) {
	var d Draft
	err := pg.GetOne(ctx, s.SQL, &d, selectDraft, agent, conversation)
	if errors.Is(err, pg.ErrNotFound) {
		return Draft{Mode: "reply", Others: DraftTexts{}}, nil
	} else if err != nil {
		return Draft{}, fmt.Errorf("read draft: %w", err)
	}
	return d, nil
}

const upsertDraft = `
INSERT INTO draft (agent_id, conversation_id, mode, text) VALUES ($1, $2, $3, $4)
ON CONFLICT (agent_id, conversation_id) DO UPDATE SET mode = EXCLUDED.mode, text = EXCLUDED.text, updated_at = clock_timestamp(),
  others = (draft.others || jsonb_build_object(draft.mode, draft.text)) - EXCLUDED.mode`

const deleteDraft = `DELETE FROM draft WHERE agent_id = $1 AND conversation_id = $2 AND mode = $3 AND others = '{}'`

// The text of one audience goes; where it was the last typed another takes its place.
const emptyDraft = `
UPDATE draft d SET updated_at = clock_timestamp(), mode = n.mode, text = COALESCE(d.others->>n.mode, d.text), others = d.others - $3 - n.mode
FROM (SELECT CASE WHEN o.mode <> $3 THEN o.mode WHEN o.others ? 'reply' THEN 'reply' WHEN o.others ? 'internal' THEN 'internal' ELSE 'note' END AS mode
  FROM draft o WHERE o.agent_id = $1 AND o.conversation_id = $2 FOR UPDATE) n
WHERE d.agent_id = $1 AND d.conversation_id = $2 AND (d.mode <> $3 OR d.others <> '{}')`

// KeepDraft sets what an agent has typed in a conversation for one audience. An
// empty text takes that away.
func (s *Store) KeepDraft(ctx context.Context, agent, conversation uuid.UUID, mode, text string) (Draft, error) {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if text := pg.Clean(text); text != "" {
			_, err := tx.ExecContext(ctx, upsertDraft, agent, conversation, mode, text)
			return err
		}
		if _, err := tx.ExecContext(ctx, emptyDraft, agent, conversation, mode); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, deleteDraft, agent, conversation, mode)
		return err
	})
	if err != nil {
		return Draft{}, fmt.Errorf("keep draft: %w", err)
	}
	return s.DraftOf(ctx, agent, conversation)
}
