package contactdb

import (
	"database/sql"

	"github.com/google/uuid"
)

// Visitor is somebody who chats through a widget. Subject is who their site says
// they are; null: they are anonymous. SignedInUntil and WritesAs are of the token
// by which they are known; the latter is part of the ids of their messages.
type Visitor struct {
	ID            uuid.UUID    `db:"id"`
	Widget        uuid.UUID    `db:"widget_id"`
	Point         uuid.UUID    `db:"contact_point_id"`
	Subject       *string      `db:"subject"`
	SignedInUntil sql.NullTime `db:"signed_in_until"`
	Language      string       `db:"language"`
	WritesAs      uuid.UUID    `db:"writes_as"`
}

// SignedIn reports whether the visitor's site says who they are, or did until
// SignedInUntil.
func (v Visitor) SignedIn() bool { return v.Subject != nil }
