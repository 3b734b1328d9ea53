package contactdb

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/contact"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

const selectMerge = `SELECT ` + mergeColumns + ` FROM contact_merge m WHERE m.id = $1`

// What a merge needs to be undone, and whether another one stands on it.
const lockMerge = `
SELECT m.reverted_at IS NOT NULL, m.point_ids, m.before, EXISTS (
  SELECT FROM contact_merge n WHERE n.winner_id = m.winner_id AND n.seq > m.seq AND n.reverted_at IS NULL
) OR EXISTS (
  SELECT FROM contact_merge n WHERE n.loser_id = m.winner_id AND n.seq > m.seq AND n.reverted_at IS NULL
) FROM contact_merge m WHERE m.id = $1 FOR UPDATE OF m`

// Only what is still at the winner goes back: a contact point that was linked to
// somebody else since then belongs there.
const returnPoints = `
UPDATE contact_point SET contact_id = $3 WHERE id IN (
  SELECT id FROM contact_point WHERE id = ANY($1::uuid[]) AND contact_id = $2 ORDER BY id FOR NO KEY UPDATE) RETURNING id`

const closeMerge = `
UPDATE contact_merge AS m SET reverted_at = now(), reverted_by = $2 WHERE m.id = $1 RETURNING ` + mergeColumns

// RevertMerge takes a merge back: the contact points that moved and are still at
// the winner return, the winner forgets what it took and nobody changed since,
// and the loser is listed again. It fails with ErrNotFound, or a *Conflict if it
// was reverted before or a newer merge of the winner stands.
func (s *Store) RevertMerge(ctx context.Context, by auditdb.Actor, id uuid.UUID) (Merge, error) {
	var m Merge
	err := s.untangled(ctx, func(tx *sqlx.Tx) error {
		if err := pg.GetOne(ctx, tx, &m, selectMerge, id); err != nil {
			return err
		}
		w, l, err := lockPair(ctx, tx, m.Winner, m.Loser)
		if err != nil {
			return err
		}
		if w == nil || l == nil {
			return pg.ErrNotFound // erased meanwhile, and the merge with it
		}
		moved, before, err := revertible(ctx, tx, id)
		if err != nil {
			return err
		}
		return revert(ctx, tx, by, &m, w, l, moved, before)
	})
	if err != nil {
		return Merge{}, fmt.Errorf("revert merge: %w", err)
	}
	return m, nil
}

func revertible(ctx context.Context, tx *sqlx.Tx, id uuid.UUID) (moved []uuid.UUID, before mergedFrom, err error) {
	var done, covered bool
	var data []byte
	if err := tx.QueryRowxContext(ctx, lockMerge, id).Scan(&done, pq.Array(&moved), &data, &covered); err != nil {
		return nil, before, err
	}
	switch {
	case done:
		return nil, before, &pg.Conflict{Reason: "This merge was reverted already."}
	case covered:
		return nil, before, &pg.Conflict{Reason: "A newer merge of this contact must be reverted first."}
	}
	return moved, before, json.Unmarshal(data, &before)
}

func revert(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, m *Merge, w, l *Contact, moved []uuid.UUID, before mergedFrom) error {
	points := []uuid.UUID{}
	if err := tx.SelectContext(ctx, &points, returnPoints, pq.Array(moved), w.ID, l.ID); err != nil {
		return err
	}
	was := w.Details
	w.Details, l.MergedInto = contact.Unfill(w.Details, before.Winner, before.Loser), uuid.NullUUID{}
	for _, c := range []*Contact{w, l} {
		if err := writeContact(ctx, tx, c); err != nil {
			return err
		}
	}
	if err := pg.GetOne(ctx, tx, m, closeMerge, m.ID, by.Agent); err != nil {
		return err
	}
	if err := tellPoints(ctx, tx, ChangeLinked, points, uuid.Nil); err != nil {
		return err
	}
	return auditMerge(ctx, tx, by, "revert_merge", *m, was, *w, points)
}
