package tagdb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// MaxOfConversation is how many tags one conversation can have.
const MaxOfConversation = 20

const lockConversation = `SELECT queue_id, agent_id FROM conversation WHERE id = $1 FOR NO KEY UPDATE`

const countOthers = `SELECT count(*) FROM conversation_tag WHERE conversation_id = $1 AND tag_id <> $2`

// The lock keeps it from being archived or deleted meanwhile.
const lockOffered = `SELECT archived FROM tag WHERE id = $1 FOR SHARE`

const insertTagOf = `INSERT INTO conversation_tag (conversation_id, tag_id, agent_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`

// AddTo tags a conversation, whatever its state; one that has the tag is left as
// it is. A tag that is archived is a *Conflict.
func (s *Store) AddTo(ctx context.Context, by auditdb.Actor, conversation, tag uuid.UUID) error {
	err := s.change(ctx, conversation, func(tx *sqlx.Tx) (bool, error) {
		var archived bool
		if err := pg.GetOne(ctx, tx, &archived, lockOffered, tag); err != nil {
			return false, err
		}
		var others int
		if err := tx.GetContext(ctx, &others, countOthers, conversation, tag); err != nil {
			return false, err
		}
		switch {
		case archived:
			return false, &pg.Conflict{Reason: "This tag is archived. Choose another."}
		case others >= MaxOfConversation:
			return false, &pg.Conflict{Reason: fmt.Sprintf("A conversation can have %d tags. Remove one first.", MaxOfConversation)}
		}
		return affected(tx.ExecContext(ctx, insertTagOf, conversation, tag, by.Agent))
	})
	if err != nil {
		return fmt.Errorf("add tag: %w", err)
	}
	return nil
}

const deleteTagOf = `DELETE FROM conversation_tag WHERE conversation_id = $1 AND tag_id = $2`

// RemoveFrom takes a tag away from a conversation; one that does not have it is
// left as it is.
func (s *Store) RemoveFrom(ctx context.Context, conversation, tag uuid.UUID) error {
	err := s.change(ctx, conversation, func(tx *sqlx.Tx) (bool, error) {
		return affected(tx.ExecContext(ctx, deleteTagOf, conversation, tag))
	})
	if err != nil {
		return fmt.Errorf("remove tag: %w", err)
	}
	return nil
}

func affected(r interface{ RowsAffected() (int64, error) }, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n > 0, err
}

// change changes the tags of a locked conversation, and tells who watches it if
// they are others now.
func (s *Store) change(ctx context.Context, conversation uuid.UUID, change func(*sqlx.Tx) (bool, error)) error {
	return s.EventTx(ctx, func(tx *sqlx.Tx) error {
		var at struct {
			Queue uuid.NullUUID `db:"queue_id"`
			Agent uuid.NullUUID `db:"agent_id"`
		}
		if err := pg.GetOne(ctx, tx, &at, lockConversation, conversation); err != nil {
			return err
		}
		changed, err := change(tx)
		if err != nil || !changed {
			return err
		}
		return outbox.AddEvent(ctx, tx, outbox.Event{Kind: outbox.EventConversation, Conversation: outbox.NullUUID(conversation),
			Queue: at.Queue, Agent: at.Agent, Data: map[string]any{"change": "tags_changed"}})
	})
}
