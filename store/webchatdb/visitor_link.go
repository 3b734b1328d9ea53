package webchatdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/pg"
)

const insertVisitorLink = `
INSERT INTO visitor_link (token_hash, visitor_id, conversation_id, expires_at)
SELECT $1, COALESCE(v.merged_into, v.id), c.id, $3
FROM conversation c JOIN workstream w ON w.id = c.workstream_id JOIN visitor v ON v.contact_point_id = c.contact_point_id
WHERE c.id = $2 AND c.state IN ('open', 'active') AND w.style = 'live' AND w.reconnect_for > 0 RETURNING visitor_id`

// AddVisitorLink makes a link by which a live chat that can be reconnected to is
// gone on with elsewhere; ErrNotFound: it is none, or over.
func (s *Store) AddVisitorLink(ctx context.Context, hash []byte, conversation uuid.UUID, expires time.Time) error {
	var visitor uuid.UUID
	if err := pg.GetOne(ctx, s.SQL, &visitor, insertVisitorLink, hash, conversation, expires); err != nil {
		return fmt.Errorf("add link to a chat: %w", err)
	}
	return nil
}

const (
	pruneVisitorTokens = `DELETE FROM visitor_token WHERE expires_at < now()`
	pruneVisitorLinks  = `DELETE FROM visitor_link WHERE expires_at < now()`
	staleVisitorFiles  = `DELETE FROM visitor_file WHERE created_at < now() - interval '1 hour' RETURNING blob, COALESCE(preview_blob, '') AS preview_blob`
)

// PruneVisitors forgets tokens and links that have expired and uploads that were
// never sent. It returns what is to be deleted from the blob store.
func (s *Store) PruneVisitors(ctx context.Context) (blobs []string, err error) {
	var files []struct {
		Blob    string `db:"blob"`
		Preview string `db:"preview_blob"`
	}
	err = s.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, pruneVisitorTokens); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, pruneVisitorLinks); err != nil {
			return err
		}
		return tx.SelectContext(ctx, &files, staleVisitorFiles)
	})
	if err != nil {
		return nil, fmt.Errorf("prune visitors: %w", err)
	}
	for _, f := range files {
		blobs = append(blobs, f.Blob)
		if f.Preview != "" {
			blobs = append(blobs, f.Preview)
		}
	}
	return blobs, nil
}
