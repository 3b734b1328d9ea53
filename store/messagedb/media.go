package messagedb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/channel"
	"switchboard/store/configdb"
	"switchboard/store/conversationdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// PendingFile is a file that a customer sent and that is still at the provider.
type PendingFile struct {
	ID       uuid.UUID
	Account  uuid.UUID
	Provider string
	Channel  string
	Ref      channel.MediaRef
	Policy   configdb.FilePolicy
}

const selectFilePolicy = `
SELECT w.customer_files, w.agent_files, COALESCE(w.max_file_bytes, 0), w.blocked_files
FROM conversation c JOIN workstream w ON w.id = c.workstream_id WHERE c.id = $1`

// FilePolicyOf says what files a conversation's workstream takes.
func (s *Store) FilePolicyOf(ctx context.Context, conversation uuid.UUID) (configdb.FilePolicy, error) {
	var p configdb.FilePolicy
	err := s.SQL.QueryRowContext(ctx, selectFilePolicy, conversation).Scan(&p.Customers, &p.Agents, &p.MaxBytes, pq.Array(&p.Blocked))
	if errors.Is(err, sql.ErrNoRows) {
		err = pg.ErrNotFound
	}
	if err != nil {
		return configdb.FilePolicy{}, fmt.Errorf("read file policy: %w", err)
	}
	return p, nil
}

const selectPending = `
SELECT f.id, c.account_id, a.provider, c.channel, f.source, w.customer_files, w.agent_files, COALESCE(w.max_file_bytes, 0), w.blocked_files
FROM attachment f JOIN conversation c ON c.id = f.conversation_id JOIN account a ON a.id = c.account_id JOIN workstream w ON w.id = c.workstream_id
WHERE f.conversation_id = $1 AND f.state = 'pending' ORDER BY f.created_at, f.position LIMIT 100`

// PendingFiles lists the files of a conversation that wait to be fetched.
func (s *Store) PendingFiles(ctx context.Context, conversation uuid.UUID) ([]PendingFile, error) {
	rows, err := s.SQL.QueryContext(ctx, selectPending, conversation)
	if err != nil {
		return nil, fmt.Errorf("list pending files: %w", err)
	}
	defer rows.Close()
	var out []PendingFile
	for rows.Next() {
		var f PendingFile
		var source []byte
		if err := rows.Scan(&f.ID, &f.Account, &f.Provider, &f.Channel, &source, &f.Policy.Customers, &f.Policy.Agents, &f.Policy.MaxBytes, pq.Array(&f.Policy.Blocked)); err != nil {
			return nil, fmt.Errorf("list pending files: %w", err)
		}
		if err := json.Unmarshal(source, &f.Ref); err != nil {
			return nil, fmt.Errorf("pending file %s: %w", f.ID, err)
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

// FetchedFile is what was stored of a customer's file.
type FetchedFile struct {
	Name, ContentType, Blob, PreviewBlob string
	Size                                 int64
	SHA256                               []byte
}

const fileFetched = `
WITH f AS (
  UPDATE attachment SET state = 'stored', name = CASE WHEN name = '' THEN $2 ELSE name END, content_type = $3, size = $4, sha256 = $5,
         blob = $6, preview_blob = NULLIF($7, '')
  WHERE id = $1 AND state = 'pending' RETURNING message_id
)` + TellOfFile

const fileFailed = `
WITH f AS (
  UPDATE attachment SET state = 'failed', error_code = $2 WHERE id = $1 AND state = 'pending' RETURNING message_id
)` + TellOfFile

// TellOfFile publishes that a message's file changed.
const TellOfFile = `
INSERT INTO event (kind, conversation_id, message_id, queue_id, agent_id, state, version)
SELECT '` + outbox.EventMessageUpdated + `', c.id, m.id, c.queue_id, c.agent_id, c.state, c.version
FROM f JOIN message m ON m.id = f.message_id JOIN conversation c ON c.id = m.conversation_id`

// FileFetched records that a customer's file is stored.
func (s *Store) FileFetched(ctx context.Context, id uuid.UUID, f FetchedFile) error {
	return s.EventTx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, fileFetched, id, pg.Clean(f.Name), f.ContentType, f.Size, f.SHA256, f.Blob, f.PreviewBlob)
		return err
	})
}

const fileRefused = `
UPDATE attachment SET state = 'failed', error_code = $2 WHERE id = $1 AND state = 'pending' RETURNING conversation_id, message_id`

const tellFileRefused = `
INSERT INTO event (kind, conversation_id, message_id, queue_id, agent_id, state, version)
SELECT '` + outbox.EventMessageUpdated + `', c.id, $2, c.queue_id, c.agent_id, c.state, c.version FROM conversation c WHERE c.id = $1`

// FileRefused records that a customer's file is not taken here, and tells the
// customer and the agents why, once.
func (s *Store) FileRefused(ctx context.Context, id uuid.UUID, trigger string, values map[string]string) error {
	err := s.BellTx(ctx, func(tx *sqlx.Tx) error {
		var f struct {
			Conversation uuid.UUID     `db:"conversation_id"`
			Message      uuid.NullUUID `db:"message_id"`
		}
		if err := pg.GetOne(ctx, tx, &f, fileRefused, id, trigger); errors.Is(err, pg.ErrNotFound) {
			return nil // done by an earlier try
		} else if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, tellFileRefused, f.Conversation, f.Message); err != nil {
			return err
		}
		return conversationdb.SendAuto(ctx, tx, conversationdb.AutoMessage{Conversation: f.Conversation, Trigger: trigger, Values: values})
	})
	if err != nil {
		return fmt.Errorf("refuse file: %w", err)
	}
	return nil
}

// FileFailed records that a customer's file cannot be had, and why.
func (s *Store) FileFailed(ctx context.Context, id uuid.UUID, code string) error {
	return s.EventTx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, fileFailed, id, code)
		return err
	})
}
