package api_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

// Every kind of setting is made, listed, changed, and is gone when deleted.
func TestConfig_CreateReadChangeDelete_OK(t *testing.T) {
	b := setup(t)
	queue := b.post("/v1/queues", b.admin, obj{"name": "Sales"}).is(201).str("id")
	stream := obj{"name": "Sales", "mode": "pick", "queue_id": queue, "fallback_queue_id": queue}
	workstream := b.post("/v1/workstreams", b.admin, stream).is(201).str("id")
	account := b.post("/v1/accounts", b.admin, obj{"provider": "line", "name": "LINE", "workstream_id": workstream,
		"settings": obj{"channel_id": "1234567890"}, "secrets": obj{"channel_secret": "marked-secret"}}).is(201).str("id")
	address := b.post("/v1/accounts/"+account+"/addresses", b.admin, obj{"channel": "line", "address": "@sales", "workstream_id": workstream}).is(201).str("id")
	for path, change := range map[string]obj{
		"/v1/queues/" + queue:           {"name": "Sales EU"},
		"/v1/workstreams/" + workstream: {"name": "Sales EU"},
		"/v1/accounts/" + account:       {"name": "LINE EU"},
	} {
		require.Equal(t, change["name"], b.patch(path, b.admin, change).is(200).str("name"))
		require.Equal(t, change["name"], b.get(path, b.admin).is(200).str("name"))
		require.Contains(t, b.get(path[:strings.LastIndex(path, "/")], b.admin).is(200).Body.String(), path[strings.LastIndex(path, "/")+1:])
	}
	b.patch("/v1/accounts/"+account+"/addresses/"+address, b.admin, obj{"name": "Sales"}).is(200)
	require.Contains(t, b.get("/v1/accounts/"+account+"/addresses", b.admin).is(200).Body.String(), address)
	b.del("/v1/queues/"+queue, b.admin).problem(409, "conflict") // a workstream needs it
	unused := b.post("/v1/workstreams", b.admin, obj{"name": "Unused", "mode": "push", "queue_id": queue, "fallback_queue_id": queue}).is(201).str("id")
	alone := b.post("/v1/queues", b.admin, obj{"name": "Alone"}).is(201).str("id")
	for _, path := range []string{"/v1/accounts/" + account + "/addresses/" + address, "/v1/accounts/" + account, "/v1/workstreams/" + unused, "/v1/queues/" + alone} {
		b.del(path, b.admin).is(204)
		b.del(path, b.admin).problem(404, "not_found")
	}
	b.del("/v1/workstreams/"+workstream, b.admin).problem(409, "conflict") // the account's history needs it
	require.Positive(t, len(b.get("/v1/audit", b.admin).is(200).get("items").([]any)))
}

func TestConfig_Members(t *testing.T) {
	b := setup(t)
	mia := b.newPerson("agent").str("id")
	path := "/v1/queues/" + b.site.Queue.String() + "/members/" + mia
	b.put(path, b.admin, nil).is(204)
	b.put(path, b.admin, nil).is(204) // a repeat changes nothing
	require.Equal(t, 1, b.count(`SELECT count(*) FROM queue_member WHERE agent_id = $1`, mia))
	require.Contains(t, b.changed.take(), uuid.MustParse(mia), "room for the queue's oldest is looked for at once")
	require.Contains(t, b.get("/v1/queues/"+b.site.Queue.String()+"/members", b.super).is(200).Body.String(), mia)
	b.del(path, b.admin).is(204)
	b.put("/v1/queues/"+b.site.Queue.String()+"/members/"+uuid.NewString(), b.admin, nil).problem(404, "not_found")
}

func TestConfig_ErrNames(t *testing.T) {
	b := setup(t)
	b.post("/v1/queues", b.admin, obj{"name": "Twice"}).is(201)
	b.post("/v1/queues", b.admin, obj{"name": "Twice"}).problem(409, "conflict")
	email := b.newPerson("agent").str("email")
	b.post("/v1/agents", b.admin, obj{"name": "Other", "email": strings.ToUpper(email), "role": "agent"}).problem(409, "conflict")
	for _, in := range []obj{{}, {"name": ""}, {"name": strings.Repeat("x", 101)}} {
		b.post("/v1/queues", b.admin, in).problem(422, "invalid")
	}
	b.post("/v1/agents", b.admin, obj{"name": "A", "email": "a@example.com", "role": "king"}).problem(422, "invalid")
	b.post("/v1/agents", b.admin, obj{"name": "A", "email": "a@example.com", "role": "agent", "password": "short"}).problem(422, "invalid")
	b.post("/v1/workstreams", b.admin, obj{"name": "W", "mode": "push", "queue_id": uuid.NewString(), "fallback_queue_id": uuid.NewString()}).problem(422, "invalid")
}

// A secret goes in and never comes out again, not in an answer, an audit entry,
// a problem or the log.
func TestAccounts_SecretsStayInside(t *testing.T) {
	b := setup(t)
	const marked = "marked-secret-of-line"
	in := obj{"provider": "line", "name": "LINE", "workstream_id": b.site.Workstream, "settings": obj{"channel_id": "1234567890"},
		"secrets": obj{"channel_secret": marked, "access_token": marked}}
	var seen strings.Builder
	made := b.post("/v1/accounts", b.admin, in).is(201)
	path := "/v1/accounts/" + made.str("id")
	require.Equal(t, true, made.get("secrets.channel_secret.set"))
	for _, a := range []answer{
		made, b.get(path, b.admin), b.get("/v1/accounts", b.admin), b.patch(path, b.admin, obj{"secrets": obj{"access_token": nil}}).is(200),
		b.post("/v1/accounts", b.admin, obj{"provider": "line", "name": "x", "workstream_id": b.site.Workstream, "settings": obj{"channel_id": marked}, "secrets": obj{"channel_secret": marked, "other": marked}}).problem(422, "invalid"),
		b.post(path+"/test", b.admin, nil).is(200), b.get("/v1/audit", b.admin).is(200),
	} {
		seen.WriteString(a.Body.String())
	}
	require.NotContains(t, seen.String(), marked)
	require.NotContains(t, b.log.String(), marked)
	require.Equal(t, 0, b.count(`SELECT count(*) FROM account WHERE secrets::text LIKE '%' || $1 || '%'`, marked))
}

func TestAccounts_TestConnection(t *testing.T) {
	b := setup(t)
	path := "/v1/accounts/" + b.post("/v1/accounts", b.admin, obj{"provider": "line", "name": "LINE", "workstream_id": b.site.Workstream,
		"settings": obj{"channel_id": "1234567890"}, "secrets": obj{"channel_secret": "s"}}).is(201).str("id")
	require.Equal(t, true, b.post(path+"/test", b.admin, nil).is(200).get("ok"))
	require.Equal(t, "s", b.provider.tested.Secrets["channel_secret"])
	b.provider.testErr = &channel.Error{Class: channel.Config, Code: "http_401", Detail: "LINE does not accept the token."}
	failed := b.post(path+"/test", b.admin, nil).is(200)
	require.Equal(t, false, failed.get("ok"))
	require.Contains(t, failed.Body.String(), "LINE does not accept the token.")
	b.provider.testErr = errors.New("internal detail")
	require.NotContains(t, b.post(path+"/test", b.admin, nil).Body.String(), "internal detail")
}

func TestAccounts_RotateKey(t *testing.T) {
	b := setup(t)
	made := b.post("/v1/accounts", b.admin, obj{"provider": "line", "name": "LINE", "workstream_id": b.site.Workstream,
		"settings": obj{"channel_id": "1234567890"}, "secrets": obj{"channel_secret": "s"}}).is(201)
	rotated := b.post("/v1/accounts/"+made.str("id")+"/rotate-key", b.admin, nil).is(200)
	require.NotEqual(t, made.str("webhook_url"), rotated.str("webhook_url"))
	require.True(t, strings.HasPrefix(rotated.str("webhook_url"), publicURL+"/webhooks/line/"))
}

// Pages join without gap or double, whatever their size.
func TestLists_Pages(t *testing.T) {
	b := setup(t)
	for range 7 {
		b.post("/v1/queues", b.admin, obj{"name": uuid.NewString()}).is(201)
	}
	want := b.count(`SELECT count(*) FROM queue`)
	got := map[string]bool{}
	path := "/v1/queues?limit=2"
	for path != "" {
		page := b.get(path, b.super).is(200)
		for _, item := range page.get("items").([]any) {
			id, ok := item.(obj)["id"].(string)
			require.True(t, ok && !got[id], "twice: %v", item)
			got[id] = true
		}
		path = ""
		if next, more := page.get("next").(string); more {
			path = "/v1/queues?limit=2&cursor=" + next
		}
	}
	require.Len(t, got, want)
}
