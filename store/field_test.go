package store_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/phone"
	"switchboard/store"
	"switchboard/store/storetest"
)

// whatsapp is a WhatsApp address of the site and a function that makes a running
// campaign from it to recipients.
func whatsapp(t *testing.T, db *storetest.DB, site *storetest.Site) func(to ...string) uuid.UUID {
	t.Helper()
	require.NoError(t, db.SQL.Get(&site.Address, `INSERT INTO address (account_id, channel, address, workstream_id)
		VALUES ($1, 'whatsapp', '+14155550000', $2) RETURNING id`, site.Account, site.Workstream))
	var conf uuid.UUID
	require.NoError(t, db.SQL.Get(&conf, `
		WITH t AS (INSERT INTO message_template (name, channel, default_language) VALUES ('t', 'whatsapp', 'en') RETURNING id)
		INSERT INTO outbound_configuration (name, channel, address_id, template_id) SELECT 't', 'whatsapp', $1, id FROM t RETURNING id`, site.Address))
	return func(to ...string) uuid.UUID {
		var id uuid.UUID
		require.NoError(t, db.SQL.Get(&id, `INSERT INTO campaign (kind, name, state, configuration_id, frozen)
			VALUES ('campaign', 'c', 'draft', $1, jsonb_build_object('account', $2::uuid, 'address', $3::uuid, 'channel', 'whatsapp')) RETURNING id`,
			conf, site.Account, site.Address))
		var list []store.Recipient
		for _, n := range to {
			list = append(list, store.Recipient{To: n, OptedIn: true})
		}
		_, err := db.AddRecipients(t.Context(), store.Actor{}, id, list, "list")
		require.NoError(t, err)
		db.SQL.MustExec(`UPDATE campaign SET state = 'running' WHERE id = $1`, id)
		return id
	}
}

// fromWhatsApp is a message as ingest hands it on: with the sender's other spellings.
func fromWhatsApp(site storetest.Site, from, id, text string) store.Inbound {
	in := message(site, from, id, text)
	in.Event.Channel, in.Event.Aliases = "whatsapp", phone.Others(from)
	return in
}

func TestField_F04_StopAndReplyBelongToTheRecipient(t *testing.T) {
	t.Parallel()
	for listed, writes := range map[string]string{
		"+525512345678": "+5215512345678", "+5531987654321": "+553187654321", "+5491123456789": "+541123456789", "+541123456780": "+5491123456780",
		"+2290197123456": "+22997123456", "+2250707123456": "+22507123456",
	} {
		for _, wroteBefore := range []bool{false, true} {
			db, ctx := storetest.New(t), t.Context()
			site := db.Site(t)
			campaign := whatsapp(t, db, &site)
			claim := func(id uuid.UUID) []store.ToSend {
				got, err := db.ClaimRecipients(ctx, store.Claim{Campaign: id, Lo: 1, Hi: 10, Limit: 10, Account: site.Account, Channel: "whatsapp"})
				require.NoError(t, err)
				return got.List
			}
			if wroteBefore {
				_, err := db.StoreMessages(ctx, []store.Inbound{fromWhatsApp(site, writes, "before", "hello")})
				require.NoError(t, err)
			}
			first := campaign(listed)
			sent := claim(first)
			require.Len(t, sent, 1)
			require.Equal(t, "in", sent[0].Consent, listed)
			stop := fromWhatsApp(site, writes, "stop", "STOP")
			_, err := db.StoreMessages(ctx, []store.Inbound{stop})
			require.NoError(t, err)
			stop.Event.Kind, stop.Event.ID = channel.KindOptOut, "stop:optout"
			require.NoError(t, db.StoreReports(ctx, []store.Inbound{stop}))
			var replied, out bool
			require.NoError(t, db.SQL.QueryRowx(`SELECT replied_at IS NOT NULL, opted_out_at IS NOT NULL FROM campaign_recipient WHERE campaign_id = $1`, first).Scan(&replied, &out))
			require.True(t, replied, "%s replies as %s", listed, writes)
			require.True(t, out, "%s forbids as %s", listed, writes)
			again := claim(campaign(listed))
			require.Len(t, again, 1)
			require.Equal(t, "out", again[0].Consent, listed)
			var points, conversations int
			require.NoError(t, db.SQL.QueryRowx(`SELECT (SELECT count(*) FROM contact_point), (SELECT count(*) FROM conversation)`).Scan(&points, &conversations))
			require.Equal(t, 1, points, "one person")
			require.Equal(t, 1, conversations, "one thread")
		}
	}
}

func TestField_F04_ListedUnderBothSpellingsIsListedOnce(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	campaign := whatsapp(t, db, &site)
	id := campaign("+541123456789", "+14155550118", "+5491123456789", "+5491123456780")
	db.SQL.MustExec(`UPDATE campaign SET state = 'draft' WHERE id = $1`, id)
	added, err := db.AddRecipients(t.Context(), store.Actor{}, id, []store.Recipient{{To: "+541123456780"}, {To: "+541123456781"}, {To: "+5491123456789"}}, "list")
	require.NoError(t, err)
	require.Equal(t, []bool{false, true, false}, added)
	var to []string
	require.NoError(t, db.SQL.Select(&to, `SELECT to_address FROM campaign_recipient WHERE campaign_id = $1 ORDER BY seq`, id))
	require.Equal(t, []string{"+541123456789", "+14155550118", "+5491123456780", "+541123456781"}, to)
}

// Two contact points of one person, from before both spellings were known: what
// was said at one holds when they are found to be one.
func TestField_F04_ConsentIsCarriedOver(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	campaign := whatsapp(t, db, &site)
	db.SQL.MustExec(`INSERT INTO contact_point (account_id, channel, external_id, opted_in_at, opted_out_at, consent_source) VALUES
		($1, 'whatsapp', '+5215512345678', NULL, now(), 'customer'), ($1, 'whatsapp', '+525512345678', now() - interval '1 day', NULL, 'list')`, site.Account)
	_, err := db.StoreMessages(ctx, []store.Inbound{fromWhatsApp(site, "+525512345678", "a", "hello")})
	require.NoError(t, err)
	got, err := db.ClaimRecipients(ctx, store.Claim{Campaign: campaign("+525512345678"), Lo: 1, Hi: 10, Limit: 10, Account: site.Account, Channel: "whatsapp"})
	require.NoError(t, err)
	require.Len(t, got.List, 1)
	require.Equal(t, "out", got.List[0].Consent)
}
