package configdb

import (
	"context"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/conversation"
	"switchboard/store/pg"
)

// Whoever writes on a messenger comes back whenever they like: a conversation that
// ends as soon as nobody is there is for the chats of web sites.
const noMessengers = ` NOT IN ('` + ProviderWebchat + `', '` + ChannelWorkItem + `')`

// Held, so that neither its style nor whether it is archived changes meanwhile.
const holdStyle = `
SELECT w.style, w.archived_at IS NOT NULL AS archived, $2` + noMessengers + ` AS messenger
FROM workstream w WHERE w.id = $1 FOR SHARE OF w`

// FitsWorkstream refuses a workstream to an account, an address or a widget of a
// provider: one that is archived, one of live chats to messengers, and one of
// messengers to widgets.
func FitsWorkstream(ctx context.Context, tx *sqlx.Tx, provider string, workstream uuid.UUID) error {
	var w struct {
		Style     string `db:"style"`
		Archived  bool   `db:"archived"`
		Messenger bool   `db:"messenger"`
	}
	if err := tx.GetContext(ctx, &w, holdStyle, workstream, provider); err != nil {
		return err
	}
	reason := ""
	switch {
	case w.Archived:
		reason = archivedWorkstream
	case w.Messenger && w.Style == string(conversation.Live):
		reason = "is a workstream of live chats, which are those of web sites; choose one of style messaging"
	case provider == ProviderWebchat && w.Style == string(conversation.Messaging):
		reason = "is a workstream of messengers; a chat widget needs one of style live or persistent"
	}
	if reason == "" {
		return nil
	}
	return &pg.Invalid{Field: "workstream_id", Reason: reason}
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

const widgetsOf = `
SELECT EXISTS (SELECT FROM widget x JOIN address d ON d.id = x.address_id WHERE d.workstream_id = $1 AND x.deleted_at IS NULL)`

// RefuseWidgets refuses the style messaging to a workstream that has chat widgets.
func RefuseWidgets(ctx context.Context, tx *sqlx.Tx, workstream uuid.UUID) error {
	var has bool
	if err := tx.GetContext(ctx, &has, widgetsOf, workstream); err != nil {
		return err
	}
	if has {
		return &pg.Invalid{Field: "style", Reason: "cannot be messaging, because chat widgets use this workstream; give them another one first"}
	}
	return nil
}
