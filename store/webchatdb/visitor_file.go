package webchatdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/contactdb"
	"switchboard/store/messagedb"
	"switchboard/store/pg"
)

// UploadRoom is how much may be uploaded and not sent yet: bytes of one visitor,
// of one network and for one widget, and files of one visitor.
type UploadRoom struct {
	Visitor, Network, Widget int64
	Files                    int
}

// ErrNoRoom says that too much is uploaded and not sent yet.
var ErrNoRoom = errors.New("too much is uploaded and not sent yet")

const lockNetwork = `SELECT pg_advisory_xact_lock(hashtextextended('upload/' || $1::text, 0))`

const uploaded = `
SELECT (SELECT COALESCE(sum(size), 0) FROM visitor_file WHERE visitor_id = $1) AS visitor,
       (SELECT count(*) FROM visitor_file WHERE visitor_id = $1) AS files,
       (SELECT COALESCE(sum(size), 0) FROM visitor_file WHERE widget_id = $2) AS widget,
       (SELECT COALESCE(sum(size), 0) FROM visitor_file WHERE network = $3 AND network <> '') AS network`

const reserveVisitorFile = `
INSERT INTO visitor_file (visitor_id, widget_id, network, name, content_type, size, sha256, blob) VALUES ($1, $2, $3, '', '', $4, '', '') RETURNING id`

// ReserveVisitorFile makes room for a file of up to size bytes before it is
// taken, or fails with ErrNoRoom. network is where it comes from; "": it is not
// counted.
func (s *Store) ReserveVisitorFile(ctx context.Context, v contactdb.Visitor, network string, size int64, room UploadRoom) (uuid.UUID, error) {
	var id uuid.UUID
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, lockNetwork, network); err != nil {
			return err
		}
		var locked uuid.UUID
		if err := pg.GetOne(ctx, tx, &locked, lockWidgetRow, v.Widget); err != nil {
			return err
		}
		var used struct {
			Visitor int64 `db:"visitor"`
			Files   int   `db:"files"`
			Widget  int64 `db:"widget"`
			Network int64 `db:"network"`
		}
		if err := pg.GetOne(ctx, tx, &used, uploaded, v.ID, v.Widget, network); err != nil {
			return err
		}
		if used.Visitor+size > room.Visitor || used.Files >= room.Files || used.Widget+size > room.Widget || used.Network+size > room.Network {
			return ErrNoRoom
		}
		return pg.GetOne(ctx, tx, &id, reserveVisitorFile, v.ID, v.Widget, network, size)
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("make room for visitor's file: %w", err)
	}
	return id, nil
}

const fillVisitorFile = `
UPDATE visitor_file SET name = $2, content_type = $3, size = $4, sha256 = $5, blob = $6 WHERE id = $1 AND blob = '' RETURNING id`

// FillVisitorFile keeps an uploaded file in the room that was made, until it is
// sent; ErrNotFound: it took too long.
func (s *Store) FillVisitorFile(ctx context.Context, id uuid.UUID, a messagedb.Attachment) error {
	var filled uuid.UUID
	if err := pg.GetOne(ctx, s.SQL, &filled, fillVisitorFile, id, pg.Clean(a.Name), a.ContentType, a.Size, a.SHA256, a.Blob); err != nil {
		return fmt.Errorf("keep visitor's file: %w", err)
	}
	return nil
}

const dropVisitorFile = `DELETE FROM visitor_file WHERE id = $1 AND blob = ''`

// DropVisitorFile gives the room back of a file that was not taken.
func (s *Store) DropVisitorFile(ctx context.Context, id uuid.UUID) error {
	if _, err := s.SQL.ExecContext(ctx, dropVisitorFile, id); err != nil {
		return fmt.Errorf("drop visitor's file: %w", err)
	}
	return nil
}

const visitorWrote = `
SELECT EXISTS (SELECT FROM conversation c JOIN message m ON m.conversation_id = c.id
  WHERE c.contact_point_id IN (` + points + `) AND m.direction = 'in'
    AND (m.type <> '` + TypeStarted + `' OR jsonb_array_length(COALESCE(m.data->'answers', '[]')) > 0))`

// VisitorWrote reports whether a visitor ever wrote, or answered a survey.
func (s *Store) VisitorWrote(ctx context.Context, visitor uuid.UUID) (bool, error) {
	var wrote bool
	if err := s.SQL.GetContext(ctx, &wrote, visitorWrote, visitor); err != nil {
		return false, fmt.Errorf("read chat: %w", err)
	}
	return wrote, nil
}
