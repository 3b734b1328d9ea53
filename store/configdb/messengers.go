package configdb

import (
	"context"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/pg"
)

// Whoever writes on a messenger comes back whenever they like: a conversation that
// ends as soon as nobody is there is for the chats of web sites.
const noMessengers = ` NOT IN ('` + ProviderWebchat + `', '` + ChannelWorkItem + `')`

// Held, so that the style does not become another one meanwhile.
const liveWithMessengers = `
SELECT w.style = 'live' AND $2` + noMessengers + ` FROM workstream w WHERE w.id = $1 FOR SHARE OF w`

// RefuseLive refuses a workstream of live chats to an account of a messenger, or to
// an address of one.
func RefuseLive(ctx context.Context, tx *sqlx.Tx, provider string, workstream uuid.UUID) error {
	var live bool
	if err := tx.GetContext(ctx, &live, liveWithMessengers, workstream, provider); err != nil {
		return err
	}
	if live {
		return &pg.Invalid{Field: "workstream_id", Reason: "is a workstream of live chats, which are those of web sites; " +
			"choose one of style messaging"}
	}
	return nil
}

const messengersOf = `
SELECT EXISTS (SELECT FROM account a WHERE a.workstream_id = $1 AND a.deleted_at IS NULL AND a.provider` + noMessengers + `)
  OR EXISTS (SELECT FROM address d JOIN account a ON a.id = d.account_id
    WHERE d.workstream_id = $1 AND a.deleted_at IS NULL AND a.provider` + noMessengers + `)`

// RefuseMessengers refuses the style live to a workstream that has accounts or
// addresses of messengers.
func RefuseMessengers(ctx context.Context, tx *sqlx.Tx, workstream uuid.UUID) error {
	var has bool
	if err := tx.GetContext(ctx, &has, messengersOf, workstream); err != nil {
		return err
	}
	if has {
		return &pg.Invalid{Field: "style", Reason: "cannot be live, because accounts or numbers of messengers use this workstream; " +
			"give them another one first"}
	}
	return nil
}
