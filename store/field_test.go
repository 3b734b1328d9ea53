package store_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/domain/phone"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
	"switchboard/store/contactdb"
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
		var list []campaigndb.Recipient
		for _, n := range to {
			list = append(list, campaigndb.Recipient{To: n, OptedIn: true})
		}
		_, err := db.Campaign.AddRecipients(t.Context(), auditdb.Actor{}, id, list, "list")
		require.NoError(t, err)
		db.SQL.MustExec(`UPDATE campaign SET state = 'running' WHERE id = $1`, id)
		return id
	}
}

// fromWhatsApp is a message as ingest hands it on: with the sender's other spellings.
func fromWhatsApp(site storetest.Site, from, id, text string) contactdb.Inbound {
	in := message(site, from, id, text)
	in.Event.Channel, in.Event.Aliases = "whatsapp", phone.Others(from)
	return in
}

func TestField_F04_StopAndReplyBelongToTheRecipient(t *testing.T) {
	t.Parallel()
	for listed, writes := range map[string]string{
		"+525512345678": "+5215512345678", "+5531987654321": "+553187654321", "+5491123456789": "+541123456789",
		"+541123456780":  "+5491123456780",
		"+2290197123456": "+22997123456", "+2250707123456": "+22507123456",
	} {
		for _, wroteBefore := range []bool{false, true} {
			db, ctx := storetest.New(t), t.Context()
			site := db.Site(t)
			campaign := whatsapp(t, db, &site)
			claim := func(id uuid.UUID) []campaigndb.ToSend {
				got, err := db.Campaign.ClaimRecipients(ctx, campaigndb.Claim{Campaign: id, Lo: 1, Hi: 10, Limit: 10, Account: site.Account, Channel: "whatsapp"})
				require.NoError(t, err)
				return got.List
			}
			if wroteBefore {
				_, err := db.Message.StoreMessages(ctx, []contactdb.Inbound{fromWhatsApp(site, writes, "before", "hello")})
				require.NoError(t, err)
			}
			first := campaign(listed)
			sent := claim(first)
			require.Len(t, sent, 1)
			require.Equal(t, "in", sent[0].Consent, listed)
			stop := fromWhatsApp(site, writes, "stop", "STOP")
			_, err := db.Message.StoreMessages(ctx, []contactdb.Inbound{stop})
			require.NoError(t, err)
			stop.Event.Kind, stop.Event.ID = channel.KindOptOut, "stop:optout"
			require.NoError(t, db.Message.StoreReports(ctx, []contactdb.Inbound{stop}))
			var replied, out bool
			require.NoError(t, db.SQL.QueryRowx(`SELECT replied_at IS NOT NULL, opted_out_at IS NOT NULL FROM campaign_recipient WHERE campaign_id = $1`, first).Scan(&replied, &out))
			require.True(t, replied, "%s replies as %s", listed, writes)
			require.True(t, out, "%s forbids as %s", listed, writes)
			again := claim(campaign(listed))
			require.Len(t, again, 1)
			require.Equal(t, "out", again[0].Consent, listed)
			var points, conversations int
			require.NoError(t, db.SQL.QueryRowx(`SELECT (SELECT count(*) FROM contact_point), (SELECT count(*) FROM conversation)`).Scan(&points,
				&conversations))
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
	added, err := db.Campaign.AddRecipients(t.Context(), auditdb.Actor{}, id,
		[]campaigndb.Recipient{{To: "+541123456780"}, {To: "+541123456781"}, {To: "+5491123456789"}}, "list")
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
	_, err := db.Message.StoreMessages(ctx, []contactdb.Inbound{fromWhatsApp(site, "+525512345678", "a", "hello")})
	require.NoError(t, err)
	got, err := db.Campaign.ClaimRecipients(ctx, campaigndb.Claim{Campaign: campaign("+525512345678"), Lo: 1, Hi: 10, Limit: 10, Account: site.Account,
		Channel: "whatsapp"})
	require.NoError(t, err)
	require.Len(t, got.List, 1)
	require.Equal(t, "out", got.List[0].Consent)
}

func TestField_F05_YesIsConsentOnlyAfterAStop(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	n := 0
	say := func(from, text string, report channel.Event) {
		t.Helper()
		n++
		in := message(site, from, fmt.Sprint("e", n), text)
		in.Event.Channel = "sms"
		_, err := db.Message.StoreMessages(ctx, []contactdb.Inbound{in})
		require.NoError(t, err)
		if report.Kind != "" {
			report.ID, report.Channel, report.From = in.Event.ID+":consent", "sms", from
			require.NoError(t, db.Message.StoreReports(ctx, []contactdb.Inbound{{Account: site.Account, Address: site.Address, Event: report}}))
		}
	}
	consent := func(from string) string {
		t.Helper()
		var c string
		require.NoError(t, db.SQL.Get(&c, `SELECT CASE WHEN opted_out_at IS NOT NULL THEN 'out' WHEN opted_in_at IS NOT NULL THEN 'in' ELSE '' END
			FROM contact_point WHERE external_id = $1`, from))
		return c
	}
	yes := channel.Event{Kind: channel.KindOptIn, Type: channel.TypeAgain}
	say("+14155550101", "Is my table free tonight?", channel.Event{})
	say("+14155550101", "Yes", yes)
	require.Empty(t, consent("+14155550101"), "an answer")
	say("+14155550101", "Stop.", channel.Event{})
	require.Equal(t, "out", consent("+14155550101"))
	say("+14155550101", "Yes please", channel.Event{})
	require.Equal(t, "out", consent("+14155550101"))
	say("+14155550101", "ＹＥＳ!", yes)
	require.Equal(t, "in", consent("+14155550101"))
	say("+14155550102", "yes", yes)
	require.Empty(t, consent("+14155550102"))
	say("+14155550102", "START", channel.Event{Kind: channel.KindOptIn, Type: "opt_in"})
	require.Equal(t, "in", consent("+14155550102"), "it is meant")
	var audited []string
	require.NoError(t, db.SQL.Select(&audited, `SELECT action FROM audit WHERE object_type = 'consent' ORDER BY id`))
	require.Equal(t, []string{"opt_out", "opt_in", "opt_in"}, audited)
}

// thread is how many conversations and messages there are, and what is unanswered or rings.
func thread(t *testing.T, db *storetest.DB) (conversations, messages, unanswered, bells int) {
	t.Helper()
	require.NoError(t, db.SQL.QueryRowx(`SELECT (SELECT count(*) FROM conversation), (SELECT count(*) FROM message),
		(SELECT count(*) FROM conversation WHERE unanswered_since IS NOT NULL), (SELECT count(*) FROM bell)`).Scan(&conversations, &messages, &unanswered, &bells))
	return conversations, messages, unanswered, bells
}

func TestField_F09_ReactionsOpenAndWakeNothing(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	whatsapp(t, db, &site)
	heart := func(id string) contactdb.Inbound {
		in := fromWhatsApp(site, "+525512345678", id, "❤️")
		in.Event.Type, in.Event.ReplyTo, in.Event.Data = channel.TypeReaction, "SM9", map[string]any{"emoji": "❤️"}
		return in
	}
	for range 2 { // and a repeat
		_, err := db.Message.StoreMessages(ctx, []contactdb.Inbound{heart("stranger")})
		require.NoError(t, err)
	}
	turn := fromWhatsApp(site, "+14155550199", "menu", "")
	turn.Event.Type, turn.Event.Data = channel.TypePostback, map[string]any{"data": "page=2",
		"params": map[string]any{"newRichMenuAliasId": "2", "status": "SUCCESS"}}
	_, err := db.Message.StoreMessages(ctx, []contactdb.Inbound{turn})
	require.NoError(t, err)
	conversations, messages, _, _ := thread(t, db)
	require.Zero(t, conversations+messages, "nothing to answer")
	var kept int
	require.NoError(t, db.SQL.Get(&kept, `SELECT count(*) FROM provider_event WHERE type = 'reaction' AND data->>'text' = '❤️'`))
	require.Equal(t, 1, kept, "and nothing is lost")

	stored, err := db.Message.StoreMessages(ctx, []contactdb.Inbound{heart("with"), fromWhatsApp(site, "+525512345678", "q", "hello?")})
	require.NoError(t, err)
	require.Equal(t, 2, stored)
	db.SQL.MustExec(`UPDATE conversation SET unanswered_since = NULL, state = 'waiting'`)
	db.SQL.MustExec(`DELETE FROM bell`)
	var window string
	require.NoError(t, db.SQL.Get(&window, `SELECT last_inbound_at::text || inbound_seq FROM conversation`))
	for range 2 {
		_, err := db.Message.StoreMessages(ctx, []contactdb.Inbound{heart("answered")})
		require.NoError(t, err)
	}
	conversations, messages, unanswered, bells := thread(t, db)
	require.Equal(t, []int{1, 3, 0, 0}, []int{conversations, messages, unanswered, bells})
	var after, last string
	require.NoError(t, db.SQL.Get(&after, `SELECT last_inbound_at::text || inbound_seq FROM conversation`))
	require.Equal(t, window, after)
	require.NoError(t, db.SQL.Get(&last, `SELECT reply_to FROM message m JOIN conversation c ON c.id = m.conversation_id AND c.last_seq = m.seq`))
	require.Equal(t, "SM9", last, "it stands with its message")
	db.SQL.MustExec(`UPDATE conversation SET state = 'closed', closed_at = now()`)
	_, err = db.Message.StoreMessages(ctx, []contactdb.Inbound{heart("after the end")})
	require.NoError(t, err)
	conversations, messages, _, bells = thread(t, db)
	require.Equal(t, []int{1, 3, 0}, []int{conversations, messages, bells})
}

func TestSeed_D10_StopOpensNoConversation(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	campaign := whatsapp(t, db, &site)
	id := campaign("+14155550118")
	_, err := db.Campaign.ClaimRecipients(ctx, campaigndb.Claim{Campaign: id, Lo: 1, Hi: 10, Limit: 10, Account: site.Account, Channel: "whatsapp"})
	require.NoError(t, err)
	db.SQL.MustExec(`UPDATE address SET stop_words = '{Basta}' WHERE id = $1`, site.Address)
	for i, c := range []struct{ channel, from, text, typ string }{
		{"sms", "+14155550101", "STOP", ""}, {"sms", "+14155550102", "lopeta!", ""}, {"sms", "+14155550103", "ＳＴＯＰ 🛑", ""},
		{"whatsapp", "+14155550118", "basta.", ""}, {"whatsapp", "+14155550104", "arrêtez tout", "STOP"},
	} {
		in := message(site, c.from, fmt.Sprint("s", i), c.text)
		in.Event.Channel = c.channel
		if c.typ != "" {
			in.Event.Data = map[string]any{"opt_out_type": c.typ}
		}
		stored, err := db.Message.StoreMessages(ctx, []contactdb.Inbound{in})
		require.NoError(t, err)
		require.Equal(t, 1, stored)
		if c.typ != "" { // its consent comes as an event of its own
			in.Event.Kind, in.Event.ID = channel.KindOptOut, in.Event.ID+":optout"
			require.NoError(t, db.Message.StoreReports(ctx, []contactdb.Inbound{in}))
		}
	}
	conversations, messages, _, bells := thread(t, db)
	require.Equal(t, []int{0, 0, 0}, []int{conversations, messages, bells}, "no work that cannot be done")
	var out, kept int
	require.NoError(t, db.SQL.QueryRowx(`SELECT (SELECT count(*) FROM contact_point WHERE opted_out_at IS NOT NULL), (SELECT count(*) FROM provider_event WHERE kind = 'message')`).Scan(&out, &kept))
	require.Equal(t, []int{5, 5}, []int{out, kept})
	var marked bool
	require.NoError(t, db.SQL.Get(&marked, `SELECT replied_at IS NOT NULL AND opted_out_at IS NOT NULL FROM campaign_recipient WHERE campaign_id = $1`, id))
	require.True(t, marked)

	// In a conversation it is seen, and leaves it as it was; what is asked beside it opens one.
	for i, text := range []string{"one question", "stop"} {
		in := message(site, "+14155550105", fmt.Sprint("o", i), text)
		in.Event.Channel = "sms"
		_, err := db.Message.StoreMessages(ctx, []contactdb.Inbound{in})
		require.NoError(t, err)
	}
	conversations, _, _, _ = thread(t, db)
	require.Equal(t, 1, conversations)
	var seen int
	require.NoError(t, db.SQL.Get(&seen, `SELECT count(*) FROM message WHERE text IN ('one question', 'stop') AND direction = 'in'`))
	require.Equal(t, 2, seen)
}
