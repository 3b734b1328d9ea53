package contactdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/contact"
	"switchboard/store/auditdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// Merge is one contact made part of another, and whether that was taken back.
type Merge struct {
	ID         uuid.UUID     `db:"id" json:"id"`
	Winner     uuid.UUID     `db:"winner_id" json:"winner_id"`
	Loser      uuid.UUID     `db:"loser_id" json:"loser_id"`
	Points     int           `db:"points" json:"contact_points"` // how many moved
	MergedBy   uuid.NullUUID `db:"merged_by" json:"merged_by"`
	MergedAt   time.Time     `db:"merged_at" json:"merged_at"`
	RevertedBy uuid.NullUUID `db:"reverted_by" json:"reverted_by"`
	RevertedAt *time.Time    `db:"reverted_at" json:"reverted_at"`
}

// mergedFrom is what both contacts were before.
type mergedFrom struct {
	Winner contact.Details `json:"winner"`
	Loser  contact.Details `json:"loser"`
}

const mergeColumns = `m.id, m.winner_id, m.loser_id, cardinality(m.point_ids) AS points, m.merged_by, m.merged_at, m.reverted_by, m.reverted_at`

const selectMerges = `
WITH found AS (
  (SELECT id, merged_at FROM contact_merge WHERE winner_id = $1 AND (merged_at < $2 OR merged_at = $2 AND id > $3) ORDER BY merged_at DESC, id LIMIT $4)
  UNION ALL
  (SELECT id, merged_at FROM contact_merge WHERE loser_id = $1 AND (merged_at < $2 OR merged_at = $2 AND id > $3) ORDER BY merged_at DESC, id LIMIT $4)
)
SELECT ` + mergeColumns + ` FROM found x JOIN contact_merge m ON m.id = x.id ORDER BY x.merged_at DESC, x.id LIMIT $4`

// Merges lists the merges of a contact, from either side, the newest first. A
// contact that does not exist is ErrNotFound.
func (s *Store) Merges(ctx context.Context, id uuid.UUID, p auditdb.Page) ([]Merge, error) {
	if _, err := s.ContactByID(ctx, id); err != nil {
		return nil, err
	}
	list := []Merge{}
	if err := s.SQL.SelectContext(ctx, &list, selectMerges, id, pg.Latest(p.After.At), p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list merges: %w", err)
	}
	return list, nil
}

// Both in one order, so that two merges of the same pair wait for each other.
const lockContacts = `SELECT ` + contactColumns + ` FROM contact k WHERE k.id IN ($1, $2) ORDER BY k.id FOR UPDATE`

// lockPair locks two contacts. One that does not exist is nil.
func lockPair(ctx context.Context, tx *sqlx.Tx, winner, loser uuid.UUID) (w, l *Contact, err error) {
	var found []Contact
	if err := tx.SelectContext(ctx, &found, lockContacts, winner, loser); err != nil {
		return nil, nil, err
	}
	for i := range found {
		switch found[i].ID {
		case winner:
			w = &found[i]
		case loser:
			l = &found[i]
		}
	}
	return w, l, nil
}

const movePoints = `
UPDATE contact_point SET contact_id = $2
WHERE id IN (SELECT id FROM contact_point WHERE contact_id = $1 ORDER BY id FOR NO KEY UPDATE) RETURNING id`

const insertMerge = `
INSERT INTO contact_merge AS m (winner_id, loser_id, point_ids, before, merged_by) VALUES ($1, $2, $3, $4, $5) RETURNING ` + mergeColumns

// MergeContacts makes loser part of winner: its contact points move there, what
// the winner does not know it takes from the loser, and the loser is listed no
// more. RevertMerge takes it back. It fails with ErrNotFound for the winner, an
// *Invalid for a loser that is the winner or nobody, or a *Conflict where one of
// them was merged before.
func (s *Store) MergeContacts(ctx context.Context, by auditdb.Actor, winner, loser uuid.UUID) (Merge, error) {
	var m Merge
	err := s.untangled(ctx, func(tx *sqlx.Tx) error {
		w, l, err := mergeable(ctx, tx, winner, loser)
		if err != nil {
			return err
		}
		before := mergedFrom{Winner: w.Details, Loser: l.Details}
		points := []uuid.UUID{}
		if err := tx.SelectContext(ctx, &points, movePoints, loser, winner); err != nil {
			return err
		}
		w.Details, l.MergedInto = contact.Fill(w.Details, l.Details), outbox.NullUUID(winner)
		for _, c := range []*Contact{w, l} {
			if err := writeContact(ctx, tx, c); err != nil {
				return err
			}
		}
		data, err := json.Marshal(before)
		if err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &m, insertMerge, winner, loser, pq.Array(points), data, by.Agent); err != nil {
			return err
		}
		if err := tellPoints(ctx, tx, ChangeLinked, points, uuid.Nil); err != nil {
			return err
		}
		return auditMerge(ctx, tx, by, "merge", m, before.Winner, *w, points)
	})
	if err != nil {
		return Merge{}, fmt.Errorf("merge contacts: %w", err)
	}
	return m, nil
}

// untangled runs f anew when PostgreSQL ended it to resolve a deadlock: messages
// that arrive may rename several contact points in an order of their own.
func (s *Store) untangled(ctx context.Context, f func(*sqlx.Tx) error) error {
	const tries = 3
	for try := 1; ; try++ {
		err := s.EventTx(ctx, f)
		var pe *pq.Error
		if try == tries || !errors.As(err, &pe) || pe.Code != "40P01" {
			return err
		}
	}
}

// mergeable locks both contacts and says why they cannot be merged.
func mergeable(ctx context.Context, tx *sqlx.Tx, winner, loser uuid.UUID) (w, l *Contact, err error) {
	w, l, err = lockPair(ctx, tx, winner, loser)
	switch {
	case err != nil:
	case w == nil:
		err = pg.ErrNotFound
	case winner == loser:
		err = &pg.Invalid{Field: "from", Reason: "is the same contact; a contact cannot be merged with itself"}
	case l == nil:
		err = &pg.Invalid{Field: "from", Reason: "is no contact"}
	case w.MergedInto.Valid:
		err = &pg.Conflict{Reason: reasonMerged}
	case l.MergedInto.Valid:
		err = &pg.Conflict{Reason: "The contact to merge was merged already."}
	}
	return w, l, err
}

// auditMerge records a merge, or its reversal, under both contacts: which points
// moved and which of the winner's fields changed.
func auditMerge(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, action string, m Merge, before contact.Details, after Contact, points []uuid.UUID) error {
	extra := map[string]any{"merge_id": m.ID, "from": m.Loser, "contact_point_ids": points}
	if err := auditContact(ctx, tx, by, action, before, after, extra); err != nil {
		return err
	}
	return auditdb.WriteAudit(ctx, tx, by, action, auditdb.AuditContact, m.Loser.String(), map[string]any{"merge_id": m.ID, "into": m.Winner})
}
