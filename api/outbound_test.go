package api_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// outbound is a configuration on the site's LINE channel, and the path to send.
func (b *bench) outbound(text string) (conf, send string) {
	b.Helper()
	t := b.post("/v1/templates", b.admin, obj{"name": uuid.NewString(), "channel": "line", "default_language": "en", "text": text}).is(201).str("id")
	conf = b.post("/v1/outbound-configurations", b.admin, obj{"name": uuid.NewString(), "address_id": b.site.Address, "template_id": t}).is(201).str("id")
	return conf, "/v1/outbound/" + conf + "/messages"
}

func toUser(n int) obj {
	return obj{"tocontactid": fmt.Sprintf("U%032x", n), "channelid": "LINE", "option": true, "contextitems": obj{"Name": "Ada"}}
}

func TestOutbound_AtMost100Contacts(t *testing.T) {
	b := setup(t)
	_, send := b.outbound("Hello {Name}")
	var contacts []obj
	for i := range 101 {
		contacts = append(contacts, toUser(i))
	}
	b.post(send, b.super, obj{"contacts": contacts}).problem(422, "invalid")
	b.post(send, b.super, obj{"contacts": []obj{}}).problem(422, "invalid")
	require.Zero(t, b.count(`SELECT count(*) FROM campaign_recipient`))
	got := b.post(send, b.super, obj{"contacts": contacts[:100]}).is(202)
	require.Len(t, got.get("results"), 100)
	require.Equal(t, 100, b.count(`SELECT count(*) FROM campaign_recipient WHERE campaign_id = $1 AND status = 'pending'`, got.str("id")))
	b.patch("/v1/outbound-settings", b.super, obj{"contacts_per_request": 101}).problem(403, "forbidden")
	b.patch("/v1/outbound-settings", b.admin, obj{"contacts_per_request": 101}).is(200)
	b.post(send, b.super, obj{"contacts": contacts}).is(202)
}

func TestOutbound_AtMost30000RequestsAnHour(t *testing.T) {
	b := setup(t)
	_, send := b.outbound("Hello {Name}")
	in := obj{"contacts": []obj{toUser(1)}}
	b.clock.forward(time.Until(time.Now().Truncate(time.Hour).Add(90 * time.Minute))) // half past: no hour ends meanwhile
	b.post(send, b.super, in).is(202)
	b.db.SQL.MustExec(`UPDATE outbound_hour SET requests = 29999`)
	b.post(send, b.super, in).is(202)
	refused := b.post(send, b.super, in).problem(429, "too_many_requests")
	var seconds int
	_, err := fmt.Sscan(refused.Header().Get("Retry-After"), &seconds)
	require.NoError(t, err)
	require.InDelta(t, 1800, seconds, 600)
	require.Equal(t, 2, b.count(`SELECT count(*) FROM campaign`))
	b.clock.forward(time.Hour)
	b.post(send, b.super, in).is(202)
}

// What cannot be sent is refused for its contact alone; a key sends once.
func TestOutbound_ResultsAndKeys(t *testing.T) {
	b := setup(t)
	_, send := b.outbound("Hello {Name}, about {Case}")
	ok := toUser(1)
	ok["contextitems"] = obj{"Name": "Ada", "Case": "4711"}
	gap, no, other := toUser(2), toUser(3), toUser(4)
	delete(no, "option")
	other["channelid"] = "sms"
	in := obj{"contacts": []obj{ok, gap, no, other}}
	request := func(key string, body any) answer {
		r := b.request("POST", send, b.super, body)
		r.Header.Set("Idempotency-Key", key)
		return b.send(r)
	}
	first := request("k", in).is(202)
	for i, code := range []string{"", "missing_placeholder", "no_consent", "wrong_channel"} {
		if code != "" {
			require.Equal(t, code, first.get(fmt.Sprintf("results.%d.code", i)))
		}
	}
	require.Equal(t, "accepted", first.get("results.0.status"))
	require.JSONEq(t, first.Body.String(), request("k", in).is(200).Body.String())
	request("k", obj{"contacts": []obj{ok}}).problem(409, "idempotency_key_reused")
	require.Equal(t, 1, b.count(`SELECT count(*) FROM campaign_recipient`))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM contact_point WHERE opted_in_at IS NOT NULL AND consent_source LIKE 'request %'`))
	ada := b.post("/v1/contacts", b.agent, obj{"name": "Ada"}).is(201).str("id")
	timeline := "/v1/contacts/" + ada + "/outbound-messages"
	b.db.SQL.MustExec(`UPDATE contact_point SET contact_id = $1 WHERE external_id = $2`, ada, ok["tocontactid"])
	require.Empty(t, b.get(timeline, b.super).is(200).get("items"), "not sent yet")
	b.db.SQL.MustExec(`UPDATE campaign_recipient SET claimed_at = now(), status = 'sent'`)
	require.Equal(t, "Hello Ada, about 4711", b.get(timeline, b.super).is(200).get("items.0.text"))
	b.db.SQL.MustExec(`UPDATE outbound_configuration SET show_on_timeline = false`)
	require.Empty(t, b.get(timeline, b.super).is(200).get("items"))
	b.post(send, b.agent, in).problem(403, "forbidden")
	b.post("/v1/outbound/"+uuid.NewString()+"/messages", b.super, in).problem(404, "not_found")
}

func (b *bench) csv(path, body string) answer {
	b.Helper()
	r := httptest.NewRequestWithContext(b.Context(), "POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", "text/csv; charset=utf-8")
	r.Header.Set("Authorization", "Bearer "+b.super)
	return b.send(r)
}

// A draft is filled from files, lists and contacts, shown, started, and then stays
// as it was.
func TestCampaigns_DraftToStart(t *testing.T) {
	b := setup(t)
	conf, _ := b.outbound("Hello {Name}")
	made := b.post("/v1/campaigns", b.super, obj{"name": "Spring", "configuration_id": conf, "quiet_from": "21:00", "quiet_until": "08:00", "time_zone": "Europe/Tallinn"}).is(201)
	path := "/v1/campaigns/" + made.str("id")
	b.post(path+"/start", b.super, obj{}).problem(409, "conflict")
	b.post(path+"/pause", b.super, nil).problem(409, "conflict")
	got := b.csv(path+"/recipients", "to,locale,optin,Name,timezone\nU1,en,true,Ada,\nU1,en,true,Ada,\nU2,nope?,true,Ben,\nU3,,false,Cas,\nU4,,yes,Dan,Mars/Base\nU5,,yes,Eve,Asia/Tokyo\nU6,yes,1,\"Fay\n").is(200)
	require.InDelta(t, 2, got.get("added"), 0)
	require.InDelta(t, 1, got.get("duplicates"), 0)
	codes := []string{}
	for i := range 4 {
		codes = append(codes, fmt.Sprint(got.get(fmt.Sprintf("errors.%d.line", i)), got.get(fmt.Sprintf("errors.%d.code", i))))
	}
	require.Equal(t, []string{"4invalid_locale", "5no_consent", "6invalid", "0list"}, codes)
	b.csv(path+"/recipients", "Name\nAda\n").problem(422, "invalid")
	b.post(path+"/recipients", b.super, obj{"contacts": []obj{toUser(9), toUser(9)}}).is(200)
	b.post(path+"/audience", b.super, obj{"language": "en"}).is(200)
	preview := b.get(path+"/preview?limit=5", b.super).is(200)
	require.Equal(t, "Hello Ada", preview.get("items.0.text"))
	require.Equal(t, "Asia/Tokyo", b.get(path+"/recipients?status=pending", b.super).is(200).get("items.1.time_zone"))
	b.patch(path, b.super, obj{"rate": 5, "pause_above": 0}).is(200)
	b.patch(path, b.super, obj{"time_zone": "Mars/Base"}).problem(422, "invalid")
	b.post(path+"/start", b.super, obj{"start_at": time.Now().Add(-time.Hour)}).problem(422, "invalid")
	started := b.post(path+"/start", b.super, obj{"start_at": time.Now().Add(time.Hour)}).is(200)
	require.Equal(t, "scheduled", started.str("state"))
	for _, at := range []time.Time{time.Now().Add(-time.Hour), time.Now().AddDate(-100, 0, 0), time.Now().AddDate(5, 0, 2),
		time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)} {
		require.Equal(t, "start_at", b.patch(path, b.super, obj{"start_at": at}).problem(422, "invalid").str("errors.0.field"), at)
		require.Equal(t, "start_at", b.patch(path, b.super, obj{"start_at": at, "rate": 7}).problem(422, "invalid").str("errors.0.field"), at)
	}
	require.InDelta(t, 5, b.get(path, b.super).is(200).get("rate"), 0, "nothing of it was changed")
	b.patch(path, b.super, obj{"name": "Summer"}).problem(409, "conflict")
	b.csv(path+"/recipients", "to\nU7\n").problem(409, "conflict")
	b.post(path+"/start", b.super, obj{}).problem(409, "conflict")
	b.del(path, b.super).problem(409, "conflict")
	require.Contains(t, b.get(path+"/export", b.super).is(200).Body.String(), "\n3,U5,pending,")
	require.Contains(t, b.get("/v1/campaigns", b.super).is(200).Body.String(), "Spring")
	require.Contains(t, b.get("/v1/audit?object_type=campaign", b.admin).is(200).Body.String(), `"start"`)
	require.Contains(t, b.get("/v1/audit?object_type=campaign&action=export", b.admin).is(200).Body.String(), b.superID.String())
}

// The course is for those who run campaigns; its times are UTC.
func TestCampaigns_Course(t *testing.T) {
	b := setup(t)
	_, send := b.outbound("Hello {Name}")
	id := b.post(send, b.super, obj{"contacts": []obj{toUser(1), toUser(2)}}).is(202).str("id")
	path := "/v1/campaigns/" + id + "/send-timeline"
	nothing := b.get(path, b.super).is(200)
	require.InDelta(t, 0, nothing.get("bucket_seconds"), 0)
	require.Empty(t, nothing.get("items"))
	b.db.SQL.MustExec(`UPDATE campaign_recipient SET status = 'read', sent_at = '2026-03-01T10:00:10.1+02', status_at = '2026-03-01T10:00:14+02' WHERE campaign_id = $1 AND seq = 1`, id)
	b.db.SQL.MustExec(`UPDATE campaign_recipient SET status = 'delivered', sent_at = '2026-03-01T10:00:10.9+02', status_at = '2026-03-01T10:00:11+02' WHERE campaign_id = $1 AND seq = 2`, id)
	got := b.get(path, b.admin).is(200)
	require.InDelta(t, 1, got.get("bucket_seconds"), 0)
	require.Len(t, got.get("items"), 5)
	require.Equal(t, map[string]any{"at": "2026-03-01T08:00:10Z", "sent": 2., "delivered": 0., "read": 0., "failed": 0.}, got.get("items.0"))
	require.Equal(t, map[string]any{"at": "2026-03-01T08:00:11Z", "sent": 0., "delivered": 1., "read": 0., "failed": 0.}, got.get("items.1"))
	require.Equal(t, map[string]any{"at": "2026-03-01T08:00:14Z", "sent": 0., "delivered": 0., "read": 1., "failed": 0.}, got.get("items.4"))
	b.get("/v1/campaigns/"+uuid.NewString()+"/send-timeline", b.super).problem(404, "not_found")
	b.get(path, b.agent).problem(403, "forbidden")
}

func TestConsent_IsWrittenDown(t *testing.T) {
	b := setup(t)
	conv := b.waiting()
	var point string
	require.NoError(t, b.db.SQL.Get(&point, `SELECT contact_point_id FROM conversation WHERE id = $1`, conv))
	path := "/v1/contact-points/" + point + "/consent"
	b.put(path, b.agent, obj{"opted_in": true, "source": "paper form"}).is(204)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM contact_point WHERE id = $1 AND opted_in_at IS NOT NULL AND consent_source = 'paper form'`, point))
	b.put(path, b.agent, obj{"opted_in": false, "source": "on the phone"}).is(204)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM contact_point WHERE id = $1 AND opted_in_at IS NULL AND opted_out_at IS NOT NULL`, point))
	b.put(path, b.agent, obj{"source": "x"}).problem(422, "invalid")
	b.put("/v1/contact-points/"+uuid.NewString()+"/consent", b.agent, obj{"opted_in": true, "source": "x"}).problem(404, "not_found")
	require.Contains(t, b.get("/v1/audit?object_type=consent", b.admin).is(200).Body.String(), "on the phone")
}

func TestTriggers_ErrInput(t *testing.T) {
	b := setup(t)
	conf, _ := b.outbound("Hello {Name}")
	good := func() obj {
		return obj{"name": uuid.NewString(), "kind": "event", "event": "x", "configuration_id": conf, "rule": obj{"to": "data.to", "optin": "true"}}
	}
	made := b.post("/v1/outbound-triggers", b.admin, good()).is(201)
	for name, change := range map[string]obj{
		"no event": {"event": ""}, "kind": {"kind": "moon"}, "cron": {"kind": "schedule", "cron": "every day"}, "no time": {"kind": "schedule"},
		"once, some day": {"kind": "schedule", "at": "some day"}, "once, long ago": {"kind": "schedule", "at": "2020-01-01T09:00"}, "zone": {"time_zone": "Mars/Base"},
		"expression": {"rule": obj{"to": "data."}}, "loop": {"rule": obj{"to": "map(data.x, #)"}}, "nobody": {"rule": obj{}}, "configuration": {"configuration_id": uuid.NewString()},
	} {
		in := good()
		for k, v := range change {
			in[k] = v
		}
		require.Equal(t, 422, b.post("/v1/outbound-triggers", b.admin, in).Code, name)
	}
	once := good()
	once["kind"], once["at"], once["time_zone"] = "schedule", "2090-12-01T09:00", "Europe/Tallinn"
	require.Equal(t, "2090-12-01T09:00", b.post("/v1/outbound-triggers", b.admin, once).is(201).str("at"))
	path := "/v1/outbound-triggers/" + made.str("id")
	require.Equal(t, "invalid_address", b.post(path+"/dry-run", b.super, obj{"data": obj{}}).is(200).get("messages.0.code"), "an event without what is asked for")
	b.patch(path, b.admin, obj{"enabled": false}).is(200)
	b.del(path, b.admin).is(204)
	b.get(path, b.super).problem(404, "not_found")
}
