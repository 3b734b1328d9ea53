package contactdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/auditdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// Changes that EventConversation tells of a conversation's contact.
const (
	ChangeLinked   = "contact_linked"
	ChangeUnlinked = "contact_unlinked"
)

// A merge locks the contact as well, so what is linked cannot be merged away at
// the same moment.
const shareContact = `SELECT merged_into FROM contact WHERE id = $1 FOR SHARE`

const lockPointOf = `
SELECT p.id, p.contact_id FROM contact_point p WHERE p.id = (SELECT c.contact_point_id FROM conversation c WHERE c.id = $1)
FOR NO KEY UPDATE`

const setPoint = `UPDATE contact_point SET contact_id = $2 WHERE id = $1`

// LinkContact says that a conversation's customer is a contact. It holds for the
// contact point, that is for all their conversations by this way, past and
// future. It fails with ErrNotFound for the conversation, an *Invalid for a
// contact that does not exist, or a *Conflict for one that was merged.
func (s *Store) LinkContact(ctx context.Context, by auditdb.Actor, conversation, contact uuid.UUID) error {
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error { return setContact(ctx, tx, by, conversation, outbox.NullUUID(contact)) })
	if err != nil {
		return fmt.Errorf("link contact: %w", err)
	}
	return nil
}

// UnlinkContact says that a conversation's customer is not known after all. One
// that has no contact is no error.
func (s *Store) UnlinkContact(ctx context.Context, by auditdb.Actor, conversation uuid.UUID) error {
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error { return setContact(ctx, tx, by, conversation, uuid.NullUUID{}) })
	if err != nil {
		return fmt.Errorf("unlink contact: %w", err)
	}
	return nil
}

// setContact locks in the order of all who lock both: contact, contact point.
func setContact(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, conversation uuid.UUID, contact uuid.NullUUID) error {
	if contact.Valid {
		var merged uuid.NullUUID
		if err := pg.GetOne(ctx, tx, &merged, shareContact, contact.UUID); errors.Is(err, pg.ErrNotFound) {
			return &pg.Invalid{Field: "contact_id", Reason: "is no contact"}
		} else if err != nil {
			return err
		}
		if merged.Valid {
			return &pg.Conflict{Reason: reasonMerged}
		}
	}
	var point struct {
		ID      uuid.UUID     `db:"id"`
		Contact uuid.NullUUID `db:"contact_id"`
	}
	if err := pg.GetOne(ctx, tx, &point, lockPointOf, conversation); err != nil || point.Contact == contact {
		return err
	}
	if _, err := tx.ExecContext(ctx, setPoint, point.ID, contact); err != nil {
		return err
	}
	action, change, object := "link", ChangeLinked, contact.UUID
	if !contact.Valid {
		action, change, object = "unlink", ChangeUnlinked, point.Contact.UUID
	}
	if err := tellPoints(ctx, tx, change, []uuid.UUID{point.ID}, conversation); err != nil {
		return err
	}
	changes := map[string]any{"contact_point_id": point.ID, "conversation_id": conversation}
	if point.Contact.Valid && contact.Valid {
		changes["from"] = point.Contact.UUID
	}
	return auditdb.WriteAudit(ctx, tx, by, action, auditdb.AuditContact, object.String(), changes)
}

const tellOfContact = `
INSERT INTO event (kind, conversation_id, queue_id, agent_id, data)
SELECT '` + outbox.EventConversation + `', c.id, c.queue_id, c.agent_id, jsonb_build_object('change', $1::text, 'state', c.state, 'version', c.version)
FROM conversation c WHERE c.contact_point_id = ANY($2::uuid[]) AND (c.state <> 'closed' OR c.id = $3)`

// tellPoints tells those who watch the contact points' conversations: the ones
// that are not closed, and the one that somebody has before them.
func tellPoints(ctx context.Context, tx *sqlx.Tx, change string, points []uuid.UUID, open uuid.UUID) error {
	if _, err := tx.ExecContext(ctx, tellOfContact, change, pq.Array(points), open); err != nil {
		return fmt.Errorf("tell of the contact: %w", err)
	}
	return nil
}
