package webchatdb

import (
	"context"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/pg"
)

// Whoever changes a side of the rule holds the workstream, so that of two changes
// that break it together the second sees the first.
const holdWorkstream = `SELECT w.id FROM address d JOIN workstream w ON w.id = d.workstream_id WHERE d.id = $1 FOR SHARE OF w`

const openThreadsAt = `
SELECT EXISTS (SELECT FROM address d JOIN workstream w ON w.id = d.workstream_id JOIN widget x ON x.address_id = d.id
  WHERE d.id = $1 AND x.deleted_at IS NULL AND x.authentication <> 'required' AND NOT x.anonymous_threads AND w.style <> 'live')`

// OpenThreadsOf says whether a workstream has a widget whose threads hang on one browser.
const OpenThreadsOf = `
SELECT EXISTS (SELECT FROM workstream w JOIN address d ON d.workstream_id = w.id JOIN widget x ON x.address_id = d.id
  WHERE w.id = $1 AND x.deleted_at IS NULL AND x.authentication <> 'required' AND NOT x.anonymous_threads AND w.style <> 'live')`

// ThreadsNeedSignIn refuses that, after a change of a widget or of its address,
// persistent threads hang on one browser, unless that is wanted.
func ThreadsNeedSignIn(ctx context.Context, tx *sqlx.Tx, address uuid.UUID, field string) error {
	var held uuid.UUID
	if err := pg.GetOne(ctx, tx, &held, holdWorkstream, address); err != nil {
		return err
	}
	return RefuseThreads(ctx, tx, openThreadsAt, address, field)
}

// RefuseThreads refuses a change of field if the statement says that threads would hang on
// one browser.
func RefuseThreads(ctx context.Context, tx *sqlx.Tx, query string, id uuid.UUID, field string) error {
	var open bool
	if err := tx.GetContext(ctx, &open, query, id); err != nil {
		return err
	}
	if open {
		return &pg.Invalid{Field: field, Reason: "must be such that visitors of its widgets sign in: a persistent thread is found again by that; " +
			"require it of the widgets first, or allow them anonymous_threads"}
	}
	return nil
}
