package messagedb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// Attachment is a file of a conversation. Blob and PreviewBlob are keys in the
// blob store, "" where there is none.
type Attachment struct {
	ID           uuid.UUID     `db:"id"`
	Conversation uuid.UUID     `db:"conversation_id"`
	Message      uuid.NullUUID `db:"message_id"` // null: uploaded, not yet sent
	State        string        `db:"state"`      // pending, stored, failed
	ErrorCode    string        `db:"error_code"`
	Name         string        `db:"name"`
	ContentType  string        `db:"content_type"` // sniffed
	Size         int64         `db:"size"`
	SHA256       []byte        `db:"sha256"`
	Blob         string        `db:"blob"`
	PreviewBlob  string        `db:"preview_blob"`
	CreatedAt    time.Time     `db:"created_at"`
}

const attachmentColumns = `f.id, f.conversation_id, f.message_id, f.state, COALESCE(f.error_code, '') AS error_code, f.name, f.content_type,
  f.size, f.sha256, COALESCE(f.blob, '') AS blob, COALESCE(f.preview_blob, '') AS preview_blob, f.created_at`

const insertAttachment = `
INSERT INTO attachment AS f (conversation_id, uploaded_by, state, name, content_type, size, sha256, blob, preview_blob)
VALUES ($1, $2, 'stored', $3, $4, $5, $6, $7, NULLIF($8, ''))
RETURNING ` + attachmentColumns

// AddAttachment records a file that an agent uploaded and has not sent yet.
func (s *Store) AddAttachment(ctx context.Context, agent uuid.UUID, a Attachment) (Attachment, error) {
	var made Attachment
	err := pg.GetOne(ctx, s.SQL, &made, insertAttachment, a.Conversation, agent, pg.Clean(a.Name), a.ContentType, a.Size, a.SHA256, a.Blob, a.PreviewBlob)
	if err != nil {
		return Attachment{}, fmt.Errorf("add attachment: %w", err)
	}
	return made, nil
}

const selectAttachment = `SELECT ` + attachmentColumns + ` FROM attachment f WHERE f.id = $1`

// AttachmentByID returns an attachment, whoever may see it, or ErrNotFound.
func (s *Store) AttachmentByID(ctx context.Context, id uuid.UUID) (Attachment, error) {
	var a Attachment
	if err := pg.GetOne(ctx, s.SQL, &a, selectAttachment, id); err != nil {
		return Attachment{}, fmt.Errorf("read attachment: %w", err)
	}
	return a, nil
}

const selectVisibleAttachment = `
SELECT ` + attachmentColumns + ` FROM attachment f JOIN conversation c ON c.id = f.conversation_id WHERE f.id = $3 AND ` + auditdb.Visible

// AttachmentFor returns an attachment of a conversation that the viewer may see,
// or ErrNotFound.
func (s *Store) AttachmentFor(ctx context.Context, v auditdb.Viewer, id uuid.UUID) (Attachment, error) {
	var a Attachment
	if err := pg.GetOne(ctx, s.SQL, &a, selectVisibleAttachment, v.Scope, v.Agent, id); err != nil {
		return Attachment{}, fmt.Errorf("read attachment: %w", err)
	}
	return a, nil
}

const selectLooseAttachments = `
SELECT ` + attachmentColumns + ` FROM attachment f
WHERE f.id = ANY($2::uuid[]) AND f.conversation_id = $1 AND f.message_id IS NULL AND f.state = 'stored'`

// LooseAttachments returns those of the ids that are uploaded to the
// conversation and were not sent yet.
func (s *Store) LooseAttachments(ctx context.Context, conversation uuid.UUID, ids []uuid.UUID) ([]Attachment, error) {
	var list []Attachment
	if err := s.SQL.SelectContext(ctx, &list, selectLooseAttachments, conversation, UUIDArray(ids)); err != nil {
		return nil, fmt.Errorf("read attachments: %w", err)
	}
	return list, nil
}

const selectAttachmentsOf = `
SELECT ` + attachmentColumns + ` FROM attachment f WHERE f.message_id = ANY($1::uuid[]) ORDER BY f.message_id, f.position`

// AttachmentsOf returns the attachments of messages, in their order.
func (s *Store) AttachmentsOf(ctx context.Context, messages []uuid.UUID) ([]Attachment, error) {
	var list []Attachment
	if len(messages) == 0 {
		return nil, nil
	}
	if err := s.SQL.SelectContext(ctx, &list, selectAttachmentsOf, UUIDArray(messages)); err != nil {
		return nil, fmt.Errorf("read attachments: %w", err)
	}
	return list, nil
}

// UUIDArray is a uuid[].
func UUIDArray(ids []uuid.UUID) any {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.String()
	}
	return pq.Array(out)
}
