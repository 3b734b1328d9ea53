package configdb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/pg"
)

// What is archived takes nothing new, so nothing may lead to it. Whoever saves what
// leads there holds it meanwhile; whoever archives it has locked it before they look
// for what does: one of the two sees the other.
const (
	keepQueue          = `SELECT archived_at IS NOT NULL FROM queue WHERE id = $1 FOR KEY SHARE`
	keepWorkstream     = `SELECT archived_at IS NOT NULL FROM workstream WHERE id = $1 FOR KEY SHARE`
	archivedWorkstream = "is an archived workstream; restore it first, or choose another one"
)

// QueueIsArchived is why something cannot lead to a queue.
const QueueIsArchived = "is an archived queue; restore it first, or choose another one"

// RefuseArchivedQueue is an *Invalid of field if the queue is archived.
func RefuseArchivedQueue(ctx context.Context, tx *sqlx.Tx, queue uuid.UUID, field string) error {
	return refuseArchived(ctx, tx, keepQueue, queue, pg.Invalid{Field: field, Reason: QueueIsArchived})
}

// RefuseArchivedWorkstream is an *Invalid of field if the workstream is archived.
func RefuseArchivedWorkstream(ctx context.Context, tx *sqlx.Tx, workstream uuid.UUID, field string) error {
	return refuseArchived(ctx, tx, keepWorkstream, workstream, pg.Invalid{Field: field, Reason: archivedWorkstream})
}

func refuseArchived(ctx context.Context, tx *sqlx.Tx, query string, id uuid.UUID, wrong pg.Invalid) error {
	var archived bool
	if err := pg.GetOne(ctx, tx, &archived, query, id); err != nil {
		return fmt.Errorf("read what is archived: %w", err)
	}
	if archived {
		return &wrong
	}
	return nil
}
