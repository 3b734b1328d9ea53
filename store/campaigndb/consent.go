package campaigndb

import (
	"context"

	"github.com/jmoiron/sqlx"

	"switchboard/domain/campaign"
	"switchboard/store/contactdb"
	"switchboard/store/conversationdb"
)

// SetConsent writes what a customer says of their consent. Of an end of it the
// agents and the last campaign are told, once.
func SetConsent(ctx context.Context, tx *sqlx.Tx, in contactdb.Inbound, to campaign.Consent) error {
	out := to == campaign.OptOut
	changed, err := contactdb.ChangeConsent(ctx, tx, contactdb.ConsentChange{Account: in.Account, Channel: in.Event.Channel, To: in.Event.From, Out: out,
		Again: to == campaign.OptInAgain, Source: "customer"})
	if err != nil || !changed || !out {
		return err
	}
	if err := markOptOut(ctx, tx, in); err != nil {
		return err
	}
	return conversationdb.SendOptedOut(ctx, tx, in.Account, in.Event.Channel, in.Event.From)
}
