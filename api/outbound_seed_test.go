package api_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api"
	"switchboard/channel"
	"switchboard/channel/twilio"
	"switchboard/store/auditdb"
)

// loose sends a body that the contract does not describe.
func (b *bench) loose(path, key, body string) answer {
	b.Helper()
	r := httptest.NewRequestWithContext(b.Context(), "POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+b.super)
	r.Header.Set("Idempotency-Key", key)
	w := httptest.NewRecorder()
	b.e.ServeHTTP(w, r)
	return answer{w, b.T}
}

// approvedOutbound is a configuration on a channel whose texts must be approved.
func (b *bench) approvedOutbound(byDefault string, texts ...channel.ProviderTemplate) (conf, send string) {
	b.Helper()
	_, err := b.db.Template.SyncTemplates(b.Context(), auditdb.Actor{}, b.site.Account, texts)
	require.NoError(b, err)
	var template, address string
	require.NoError(b, b.db.SQL.Get(&template,
		`UPDATE message_template SET default_language = $2 WHERE provider_name = $1 RETURNING id`, texts[0].Name, byDefault))
	require.NoError(b, b.db.SQL.Get(&address, `INSERT INTO address (account_id, channel, address, workstream_id, language)
		SELECT account_id, 'approved', $2, workstream_id, 'en' FROM address WHERE id = $1 RETURNING id`, b.site.Address, uuid.NewString()))
	conf = b.post("/v1/outbound-configurations", b.admin,
		obj{"name": uuid.NewString(), "address_id": address, "template_id": template}).is(201).str("id")
	return conf, "/v1/outbound/" + conf + "/messages"
}

// Each language is approved separately, in a request and in a campaign.
func TestSeed_D1_RequestsAndCampaignsByLanguage(t *testing.T) {
	b := setup(t)
	conf, send := b.approvedOutbound("et", approved("order", "et", "Tere {{Name}}", channel.ApprovalPending),
		approved("order", "fi", "Hei {{Name}}", channel.ApprovalApproved))
	to := func(n int, locale string) obj {
		c := toUser(n)
		c["channelid"], c["locale"] = "approved", locale
		return c
	}
	got := b.post(send, b.super, obj{"contacts": []obj{to(1, "fi"), to(2, "et"), to(3, "fi-FI")}}).is(202)
	for i, want := range []string{"accepted", "refused", "accepted"} {
		require.Equal(t, want, got.str(fmt.Sprintf("results.%d.status", i)))
	}
	require.Equal(t, "template_not_approved", got.str("results.1.code"))

	made := b.post("/v1/campaigns", b.super, obj{"name": "Spring", "configuration_id": conf}).is(201).str("id")
	path := "/v1/campaigns/" + made
	b.post(path+"/recipients", b.super, obj{"contacts": []obj{to(1, "fi"), to(2, "et")}}).is(200)
	preview := b.get(path+"/preview", b.super).is(200)
	require.Equal(t, "Hei Ada", preview.str("items.0.text"))
	require.Equal(t, "template_not_approved", preview.str("items.1.code"))
	require.Empty(t, preview.str("items.1.text"))
	b.post(path+"/start", b.super, obj{}).is(200)

	_, none := b.approvedOutbound("en", approved("none", "en", "Hi", channel.ApprovalPending),
		approved("none", "fi", "Hei", channel.ApprovalRejected))
	refused := b.post(none, b.super, obj{"contacts": []obj{to(1, "fi")}}).problem(409, "template_not_approved")
	require.Contains(t, refused.Body.String(), "in en cannot be sent")
}

// A repeat answers what the first request did, whatever changed since, and does
// not count; what is refused as a whole does not count either.
func TestSeed_D13_RepeatsDoNotCount(t *testing.T) {
	b := setup(t)
	b.clock.forward(time.Until(time.Now().Truncate(time.Hour).Add(90 * time.Minute))) // half past: no hour ends meanwhile
	conf, send := b.outbound("Hello {Name}")
	request := func(key string, body any) answer {
		r := b.request("POST", send, b.super, body)
		r.Header.Set("Idempotency-Key", key)
		return b.send(r)
	}
	in := obj{"contacts": []obj{toUser(1)}}
	b.patch("/v1/outbound-settings", b.admin, obj{"requests_per_hour": 2}).is(200)
	first := request("k", in).is(202)
	for range 3 {
		require.JSONEq(t, first.Body.String(), request("k", in).is(200).Body.String())
	}
	request("k", obj{"contacts": []obj{toUser(2)}}).problem(409, "idempotency_key_reused")
	require.Equal(t, 1, b.count(`SELECT requests FROM outbound_hour`))
	request("other", in).is(202)
	request("third", in).problem(429, "too_many_requests")
	require.Equal(t, 2, b.count(`SELECT count(*) FROM campaign`), "what is too many sends nothing")
	require.JSONEq(t, first.Body.String(), request("k", in).is(200).Body.String(), "also when the hour is used up")
	b.db.SQL.MustExec(`UPDATE message_template_text SET text = 'Hello {Name} {Other}'`)
	b.patch("/v1/outbound-settings", b.admin, obj{"contacts_per_request": 1}).is(200)
	require.JSONEq(t, first.Body.String(), request("k", in).is(200).Body.String(), "also when the template asks for more")

	// Events and triggers by hand.
	b.db.SQL.MustExec(`UPDATE message_template_text SET text = 'Hello'`)
	b.patch("/v1/outbound-settings", b.admin, obj{"requests_per_hour": 4}).is(200)
	trigger := b.post("/v1/outbound-triggers", b.admin, obj{
		"name": "t", "kind": "event", "event": "x", "configuration_id": conf, "rule": obj{"to": "data.to", "optin": "true"},
	}).is(201).str("id")
	keyed := func(path, key string, body any) answer {
		r := b.request("POST", path, b.super, body)
		r.Header.Set("Idempotency-Key", key)
		return b.send(r)
	}
	for range 3 {
		keyed("/v1/outbound/events", "e", obj{"event": "x", "data": obj{"to": "U1"}}).is(200)
		keyed("/v1/outbound-triggers/"+trigger+"/fire", "f", obj{"data": obj{"to": "U1"}}).is(200)
	}
	require.Equal(t, 4, b.count(`SELECT requests FROM outbound_hour`))
	keyed("/v1/outbound/events", "new", obj{"event": "x", "data": obj{"to": "U1"}}).problem(429, "too_many_requests")
}

// One contact of a wrong form does not refuse the others.
func TestSeed_D19_OneContactOfAWrongType(t *testing.T) {
	b := setup(t)
	conf, send := b.outbound("Hello {Name}")
	body := `{"contacts": [{"tocontactid": "U1", "optin": "true"}, {"tocontactid": "U2", "optin": true, "contextitems": {"Name": "Ada"},
		"msdyn_ocoutboundconfigurationid": "` + conf + `"}, {"tocontactid": "U3", "optin": true, "contextitems": {"Name": 5}}]}`
	got := b.loose(send, "k", body).is(202)
	require.Equal(t, "invalid", got.str("results.0.code"))
	require.Contains(t, got.str("results.0.reason"), "optin")
	require.Equal(t, "accepted", got.str("results.1.status"))
	require.Contains(t, got.str("results.2.reason"), "contextitems")
	require.JSONEq(t, got.Body.String(), b.loose(send, "k", body).is(200).Body.String())
	b.loose(send, "l", `{"contacts": {}}`).problem(400, "malformed")
	b.loose(send, "l", `{"contacts": [{"tocontactid": "U1",]}`).problem(400, "malformed")
	campaign := b.post("/v1/campaigns", b.super, obj{"name": "Spring", "configuration_id": conf}).is(201).str("id")
	listed := b.loose("/v1/campaigns/"+campaign+"/recipients", "m", body).is(200)
	require.InDelta(t, 1, listed.get("added"), 0)
	require.Equal(t, "1invalid", fmt.Sprint(listed.get("errors.0.line"), listed.get("errors.0.code")))
}

// Our numbers are checked and stored in the one form in which the provider names them.
func TestSeed_D7_NumbersOfOurs(t *testing.T) {
	b := setup(t, func(c *api.Config) { c.Providers = channel.NewRegistry(twilio.New()) })
	b.db.SQL.MustExec(`UPDATE account SET provider = 'twilio' WHERE id = $1`, b.site.Account)
	path := "/v1/accounts/" + b.site.Account.String() + "/addresses"
	for _, bad := range []string{"14155230055", "abc", "", "hello world"} {
		got := b.post(path, b.admin, obj{"channel": "whatsapp", "address": bad}).problem(422, "invalid")
		require.Equal(t, "address", got.str("errors.0.field"), bad)
		require.Contains(t, got.str("errors.0.reason"), "country code", bad)
	}
	made := b.post(path, b.admin, obj{"channel": "whatsapp", "address": "whatsapp:+1 (415) 523-0055"}).is(201)
	require.Equal(t, "+14155230055", made.str("address"))
	b.post(path, b.admin, obj{"channel": "whatsapp", "address": "+14155230055"}).problem(409, "conflict")
	found, err := b.db.Contact.EnsureAddress(t.Context(), b.site.Account, "whatsapp", "+14155230055") // what a message to it does
	require.NoError(t, err)
	require.Equal(t, made.str("id"), found.String(), "no second address")
	require.Equal(t, "88222", b.post(path, b.admin, obj{"channel": "sms", "address": " 88222 "}).is(201).str("address"))
}

// A trigger whose time can never come is refused, when it is made and when it is changed.
func TestSeed_D8_TimesThatNeverCome(t *testing.T) {
	b := setup(t)
	conf, _ := b.outbound("Hello {Name}")
	in := func(cron string) obj {
		return obj{"name": uuid.NewString(), "kind": "schedule", "cron": cron, "configuration_id": conf,
			"time_zone": "Europe/Tallinn", "rule": obj{"to": "data.to", "optin": "true"}}
	}
	made := b.post("/v1/outbound-triggers", b.admin, in("0 9 * * mon-fri")).is(201).str("id")
	for _, bad := range []string{"99 * * * *", "0 25 * * *", "abc * * * *", "*/0 * * * *", "60 9 * * *", "0 9 * * 8",
		"0 9 31 2 *", "0 9 32 13 * 2099", "0 9 * * * *", ""} {
		require.Equal(t, "cron", b.post("/v1/outbound-triggers", b.admin, in(bad)).problem(422, "invalid").str("errors.0.field"), bad)
		b.patch("/v1/outbound-triggers/"+made, b.admin, obj{"cron": bad}).problem(422, "invalid")
	}
	gone := in("")
	delete(gone, "cron")
	gone["at"] = "2090-03-26T03:30" // the clocks go from three to four
	require.Equal(t, "at", b.post("/v1/outbound-triggers", b.admin, gone).problem(422, "invalid").str("errors.0.field"))
	gone["time_zone"] = "UTC"
	b.post("/v1/outbound-triggers", b.admin, gone).is(201)
}

// An answer by an account or a widget that was deleted is refused at once.
func TestSeed_D12_AnswersByADeletedAccount(t *testing.T) {
	b := setup(t)
	conv := b.active()
	b.write(conv, b.agent, "first", obj{"text": "one"}).is(201)
	b.del("/v1/accounts/"+b.site.Account.String(), b.admin).is(204)
	got := b.write(conv, b.agent, "second", obj{"text": "two"}).problem(409, "account_removed")
	require.Contains(t, got.str("detail"), "removed")
	b.write(conv, b.agent, "first", obj{"text": "one"}).is(200) // a repeat answers as before
}

// The thread shows what a reply answers.
func TestSeed_D5_TheThreadShowsWhatIsAnswered(t *testing.T) {
	b := setup(t)
	_, send := b.outbound("Hello {Name}")
	c := toUser(1)
	c["entityrelationshipname"] = "incident/42"
	id := b.post(send, b.super, obj{"contacts": []obj{c}}).is(202).str("id")
	conv := b.waiting()
	b.db.SQL.MustExec(`UPDATE campaign_recipient SET claimed_at = now(), status = 'sent'`)
	b.db.SQL.MustExec(`UPDATE message SET outbound_message_id = (SELECT message_id FROM campaign_recipient)
		WHERE conversation_id = $1 AND direction = 'in'`, conv)
	list := b.get("/v1/conversations/"+conv.String()+"/messages", b.super).is(200)
	require.Equal(t, "Hello Ada", list.str("items.0.answers.text"))
	require.Equal(t, "incident/42", list.str("items.0.answers.related"))
	require.Equal(t, id, list.str("items.0.answers.campaign_id"))
}
