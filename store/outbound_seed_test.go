package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"switchboard/domain/contact"
	"switchboard/domain/hours"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
	"switchboard/store/configdb"
	"switchboard/store/contactdb"
	"switchboard/store/eventlog"
	"switchboard/store/storetest"
	"switchboard/store/templatedb"
	"switchboard/test/tier"
)

// A widget's other hours, or none, let go at once what its old ones held.
func TestSeed_D2_AWidgetsOtherHours(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	made, err := db.Admin.CreateWidget(ctx, auditdb.Actor{}, configdb.Widget{Name: "w", Key: "k", Language: "en", Authentication: admindb.AuthNone, Anonymous: true,
		Workstream: storetest.ChatWorkstream(t, db.SQL, site, "live")}, "account-key")
	require.NoError(t, err)
	closed := configdb.OperatingHours{Name: "closed", TimeZone: "UTC", Calendar: configdb.Calendar{
		Events: []hours.Event{{Weekdays: []string{"mon"}, Span: hours.Span{Start: "09:00", End: "10:00"}, From: "2099-01-01"}}}}
	closed, err = db.Config.CreateOperatingHours(ctx, auditdb.Actor{}, closed)
	require.NoError(t, err)
	other := closed
	other.Name = "other"
	other, err = db.Config.CreateOperatingHours(ctx, auditdb.Actor{}, other)
	require.NoError(t, err)
	conv := db.Waiting(t, site, 1)[0]
	db.SQL.MustExec(`UPDATE conversation SET address_id = $2, account_id = $3 WHERE id = $1`, conv, made.Address, made.Account)
	for name, id := range map[string]uuid.NullUUID{"other hours": {UUID: other.ID, Valid: true}, "none": {}} {
		db.SQL.MustExec(`UPDATE address SET operating_hours_id = $2 WHERE id = $1`, made.Address, closed.ID)
		db.SQL.MustExec(`UPDATE conversation SET hold = 'hours', held_until = now() + interval '6 days' WHERE id = $1`, conv)
		db.SQL.MustExec(`DELETE FROM bell`)
		_, err := db.Admin.ChangeWidget(ctx, auditdb.Actor{}, made.ID, func(w *configdb.Widget) error {
			w.OperatingHours = id
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, 1, one(t, db, `SELECT count(*) FROM conversation WHERE id = $1 AND held_until <= now()`, conv), name)
		require.Equal(t, 1, one(t, db, `SELECT count(*) FROM bell WHERE conversation_id = $1`, conv), name)
	}
}

// sentTo is a message of a campaign that went to an address of a customer.
func sentTo(t *testing.T, db *sqlx.DB, site storetest.Site, channel, to, about string, timeline bool) (id uuid.UUID) {
	t.Helper()
	var address uuid.UUID
	require.NoError(t, db.Get(&address, `INSERT INTO address (account_id, channel, address, workstream_id) VALUES ($1, $2, '+15550000001', $3)
		ON CONFLICT (account_id, channel, address) DO UPDATE SET updated_at = now() RETURNING id`, site.Account, channel, site.Workstream))
	frozen, err := json.Marshal(campaigndb.Content{Account: site.Account, Address: address, Channel: channel,
		Wordings: []campaigndb.Wording{{Default: "en", Texts: []templatedb.TemplateText{{Language: "en", Text: "Hello {Name}", Placeholders: []string{"Name"}}}}}})
	require.NoError(t, err)
	require.NoError(t, db.Get(&id, `WITH t AS (INSERT INTO message_template (name, channel, default_language) VALUES (gen_random_uuid()::text, $2, 'en') RETURNING id),
		o AS (INSERT INTO outbound_configuration (name, channel, address_id, template_id, show_on_timeline) SELECT gen_random_uuid()::text, $2, $1, id, $6 FROM t RETURNING id),
		c AS (INSERT INTO campaign (kind, name, state, configuration_id, total, last_seq, frozen) SELECT 'campaign', 'Spring', 'finished', id, 1, 1, $3 FROM o RETURNING id)
		INSERT INTO campaign_recipient (campaign_id, seq, to_address, opted_in, status, claimed_at, sent_at, values, related)
		SELECT id, 1, $4, true, 'delivered', now() - interval '1 minute', now(), '{"name": "Ada"}', $5 FROM c RETURNING message_id`, address, channel, frozen, to, about, timeline))
	return id
}

// What went to a contact's number is on their timeline before they ever wrote;
// what went to somebody else's is not.
func TestSeed_D4_TheTimelineByTheContactsAddresses(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	person := func(name, phone string) uuid.UUID {
		c, err := db.Contact.CreateContact(ctx, auditdb.Actor{}, contact.Details{Name: name, Phone: phone}, uuid.NullUUID{})
		require.NoError(t, err)
		return c.ID
	}
	about := func(id uuid.UUID) []string {
		list, err := db.Campaign.OutboundOf(ctx, id, auditdb.Page{Limit: 10})
		require.NoError(t, err)
		out := []string{}
		for _, m := range list {
			require.Equal(t, "Hello Ada", m.Text)
			out = append(out, m.Related)
		}
		return out
	}
	ada, ben := person("Ada", "+3725550001"), person("Ben", "+3725550002")
	sentTo(t, db.SQL, site, "sms", "+3725550001", "case/1", true)
	sentTo(t, db.SQL, site, "whatsapp", "+3725550001", "case/2", true)
	sentTo(t, db.SQL, site, "sms", "+3725550001", "hidden", false)
	require.ElementsMatch(t, []string{"case/1", "case/2"}, about(ada))
	require.Empty(t, about(ben))

	point := func(channel, id string, of uuid.UUID) {
		db.SQL.MustExec(`INSERT INTO contact_point (account_id, channel, external_id, contact_id) VALUES ($1, $2, $3, $4)
			ON CONFLICT (account_id, channel, external_id) DO UPDATE SET contact_id = $4`, site.Account, channel, id, of)
	}
	point("sms", "+3725550001", ada) // they wrote
	require.ElementsMatch(t, []string{"case/1", "case/2"}, about(ada), "each once")
	point("whatsapp", "+3725550001", ben) // a person linked it to somebody else
	require.Equal(t, []string{"case/1"}, about(ada))
	require.Equal(t, []string{"case/2"}, about(ben))

	point("whatsapp", "BSUID1", ada) // a name of WhatsApp, whose number is known
	db.SQL.MustExec(`INSERT INTO contact_point_alias (account_id, channel, alias, external_id) VALUES ($1, 'whatsapp', '+3725559999', 'BSUID1')`, site.Account)
	sentTo(t, db.SQL, site, "whatsapp", "+3725559999", "case/3", true)
	require.ElementsMatch(t, []string{"case/1", "case/3"}, about(ada))

	cas := person("Cas", "+3725550003")
	sentTo(t, db.SQL, site, "sms", "+3725550003", "case/4", true)
	require.Equal(t, []string{"case/4"}, about(cas))
	dan := person("Dan", "+3725550003")
	require.Empty(t, about(cas), "whose number it is, is not known any more")
	require.Empty(t, about(dan))
}

// A try that may have been taken is put back to be repeated, and the customer has
// the message and answers before that.
func TestReply_CountsWhileTheMessageIsInDoubt(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	sentTo(t, db.SQL, site, "line", "U1", "incident/42", false)
	db.SQL.MustExec(`UPDATE campaign SET frozen = jsonb_set(frozen, '{address}', to_jsonb($1::text))`, site.Address)
	db.SQL.MustExec(`UPDATE campaign_recipient SET status = 'pending', in_doubt = true`)
	_, err := db.Message.StoreMessages(ctx, []contactdb.Inbound{message(site, "U1", "e1", "Thank you, when?")})
	require.NoError(t, err)
	require.Equal(t, 1, one(t, db, `SELECT count(*) FROM campaign_recipient WHERE replied_at IS NOT NULL`))
	require.Equal(t, 1, one(t, db, `SELECT COALESCE(sum(n), 0) FROM campaign_count WHERE status = 'replied'`))
}

// The process's first customers after a campaign began write at the same moment:
// each of their batches is told that there are campaigns, and is stored.
func TestStoreMessages_ManyMeetTheFirstCampaign(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	sentTo(t, db.SQL, site, "line", "U0", "incident/42", false)
	const customers = 16
	errs := make([]error, customers)
	var wg sync.WaitGroup
	for i := range customers {
		wg.Go(func() {
			_, errs[i] = db.Message.StoreMessages(ctx, []contactdb.Inbound{message(site, fmt.Sprintf("U%d", i), fmt.Sprintf("e%d", i), "hello")})
		})
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, customers, one(t, db, `SELECT count(*) FROM message`))
}

// Two customers answer at the same moment, in one batch: both count.
func TestReply_EachOfABatchCounts(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	for i := range 3 {
		sentTo(t, db.SQL, site, "line", fmt.Sprintf("U%d", i), "incident/42", false)
	}
	db.SQL.MustExec(`UPDATE campaign SET frozen = jsonb_set(frozen, '{address}', to_jsonb($1::text))`, site.Address)
	batch := []contactdb.Inbound{message(site, "U0", "e0", "yes"), message(site, "U1", "e1", "no"), message(site, "U2", "e2", "when?")}
	for range 2 { // a repeat changes nothing
		_, err := db.Message.StoreMessages(ctx, batch)
		require.NoError(t, err)
		require.Equal(t, 3, one(t, db, `SELECT COALESCE(sum(n), 0) FROM campaign_count WHERE status = 'replied'`))
		require.Equal(t, 3, one(t, db, `SELECT count(*) FROM message WHERE outbound_message_id IS NOT NULL`))
	}
}

// A reply carries what it answers, for who reads the thread and for who listens.
func TestSeed_D5_AReplyCarriesWhatItAnswers(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	id := sentTo(t, db.SQL, site, "line", "U1", "incident/42", false)
	db.SQL.MustExec(`UPDATE campaign SET frozen = jsonb_set(frozen, '{address}', to_jsonb($1::text))`, site.Address)
	_, err := db.Message.StoreMessages(ctx, []contactdb.Inbound{message(site, "U1", "e1", "Thank you, when?"), message(site, "U2", "e2", "hi")})
	require.NoError(t, err)
	_, err = db.Message.StoreMessages(ctx, []contactdb.Inbound{message(site, "U1", "e3", "hello?")})
	require.NoError(t, err)
	var conv uuid.UUID
	require.NoError(t, db.SQL.Get(&conv, `SELECT conversation_id FROM message WHERE provider_event_id = 'e1'`))
	list, err := db.Message.MessagesAfter(ctx, conv, 0, 10)
	require.NoError(t, err)
	require.Len(t, list, 2)
	for _, m := range list {
		a := m.Answers
		require.NotNil(t, a)
		require.Equal(t, id, a.Message)
		require.Equal(t, []string{"Hello Ada", "campaign", "Spring", "incident/42"}, []string{a.Text, a.Kind, a.Name, a.Related})
		require.WithinDuration(t, time.Now().Add(-time.Minute), *a.SentAt, time.Hour)
	}
	require.Equal(t, 1, one(t, db, `SELECT count(*) FROM message WHERE outbound_message_id IS NULL`), "of who answers nothing")
	told := map[string]string{}         // what each message answers
	require.Eventually(t, func() bool { // other tests' transactions run on the same server
		page, err := db.EventLog.ReadEvents(ctx, eventlog.EventRead{Limit: 50})
		require.NoError(t, err)
		for _, e := range page.Events {
			var is struct {
				Message *struct {
					Text    string               `json:"text"`
					Answers *campaigndb.Answered `json:"answers"`
				} `json:"message"`
			}
			require.NoError(t, json.Unmarshal(e.JSON, &is))
			if is.Message != nil {
				told[is.Message.Text] = ""
				if is.Message.Answers != nil {
					told[is.Message.Text] = is.Message.Answers.Text
				}
			}
		}
		return len(told) == 3
	}, tier.Patience(time.Minute), 50*time.Millisecond)
	require.Equal(t, map[string]string{"Thank you, when?": "Hello Ada", "hello?": "Hello Ada", "hi": ""}, told)
}
