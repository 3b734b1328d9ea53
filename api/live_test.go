package api_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/channel/line"
	"switchboard/channel/twilio"
	"switchboard/channel/webchat"
)

// A workstream of live chats is for web sites: no account and no number of a
// messenger comes to it, in whatever order things change, and not two at once.
func TestSeed_D16_LiveChatsAreOfWebSites(t *testing.T) {
	c := setupChat(t, "live")
	c.cfg.Providers = channel.NewRegistry(webchat.New(), line.New(), twilio.New())
	c.stopChat()
	c.startChat()
	stream := func(style string) string {
		return c.post("/v1/workstreams", c.admin, obj{"name": uuid.NewString(), "style": style, "mode": "push", "queue_id": c.site.Queue,
			"fallback_queue_id": c.site.Queue}).is(201).str("id")
	}
	refused := func(path string, in obj, post bool, field string) {
		t.Helper()
		send := c.patch
		if post {
			send = c.post
		}
		require.Equal(t, field, send(path, c.admin, in).problem(422, "invalid").str("errors.0.field"))
	}
	live, messages, other := stream("live"), stream("messaging"), stream("messaging")
	account := func(workstream, digit string) obj {
		return obj{"provider": "twilio", "name": "T" + digit, "workstream_id": workstream,
			"settings": obj{"account_sid": "AC" + strings.Repeat(digit, 32)},
			"secrets":  obj{"auth_token": strings.Repeat("1", 32)}}
	}
	channelLINE := func(workstream string) obj {
		return obj{"provider": "line", "name": "L", "workstream_id": workstream, "settings": obj{"channel_id": "1234567890"},
			"secrets": obj{"channel_secret": strings.Repeat("a", 32), "channel_access_token": "token"}}
	}
	refused("/v1/accounts", account(live, "1"), true, "workstream_id")
	refused("/v1/accounts", channelLINE(live), true, "workstream_id")
	path := "/v1/accounts/" + c.post("/v1/accounts", c.admin, account(messages, "2")).is(201).str("id")
	number := obj{"channel": "whatsapp", "address": "+14155550101", "workstream_id": live}
	refused(path+"/addresses", number, true, "workstream_id")
	number["workstream_id"] = other
	address := path + "/addresses/" + c.post(path+"/addresses", c.admin, number).is(201).str("id")
	refused(address, obj{"workstream_id": live}, false, "workstream_id")
	refused(path, obj{"workstream_id": live}, false, "workstream_id")
	refused("/v1/workstreams/"+messages, obj{"style": "live"}, false, "style") // of the account
	refused("/v1/workstreams/"+other, obj{"style": "live"}, false, "style")    // of the number
	c.patch(path, c.admin, obj{"name": "Another"}).is(200)
	c.patch("/v1/workstreams/"+other, c.admin, obj{"style": "persistent"}).is(200)
	c.patch(address, c.admin, obj{"workstream_id": messages}).is(200)
	c.patch("/v1/workstreams/"+other, c.admin, obj{"style": "live"}).is(200)
	c.post("/v1/widgets", c.admin, obj{"name": "Site", "workstream_id": other}).is(201)
	c.del(path, c.admin).is(204)
	c.patch("/v1/workstreams/"+messages, c.admin, obj{"style": "live"}).is(200)

	// Both at once: one of them is refused, whichever is first.
	again := "/v1/accounts/" + c.post("/v1/accounts", c.admin, account(stream("messaging"), "3")).is(201).str("id")
	for range 5 {
		to := stream("messaging")
		codes := make(chan int, 2)
		go func() { codes <- c.patchCode("/v1/workstreams/"+to, obj{"style": "live"}) }()
		go func() { codes <- c.patchCode(again, obj{"workstream_id": to}) }()
		require.ElementsMatch(t, []int{200, 422}, []int{<-codes, <-codes})
	}
}

// A chat widget is no messenger: its workstream is of one of the styles of chats,
// whichever of the two is changed, and when both are at once.
func TestSeed_D16_WidgetsAreNoMessengers(t *testing.T) {
	b := setup(t)
	stream := func(style string) string {
		return b.post("/v1/workstreams", b.admin, obj{"name": uuid.NewString(), "style": style, "mode": "push", "queue_id": b.site.Queue}).is(201).str("id")
	}
	messaging, live := stream("messaging"), stream("live")
	widget := obj{"name": "Shop", "workstream_id": messaging, "anonymous_threads": true}
	require.Equal(t, "workstream_id", b.post("/v1/widgets", b.admin, widget).problem(422, "invalid").str("errors.0.field"))
	widget["workstream_id"] = live
	made := b.post("/v1/widgets", b.admin, widget).is(201)
	path := "/v1/widgets/" + made.str("id")
	address := "/v1/accounts/" + made.str("account_id") + "/addresses/" + made.str("address_id")
	for at, in := range map[string]obj{path: {"workstream_id": messaging, "anonymous_threads": true}, address: {"workstream_id": messaging}} {
		require.Equal(t, "workstream_id", b.patch(at, b.admin, in).problem(422, "invalid").str("errors.0.field"))
	}
	require.Equal(t, "style", b.patch("/v1/workstreams/"+live, b.admin, obj{"style": "messaging"}).problem(422, "invalid").str("errors.0.field"))
	b.patch("/v1/workstreams/"+live, b.admin, obj{"style": "persistent"}).is(200)
	for range 5 {
		to := stream("live")
		codes := make(chan int, 2)
		go func() { codes <- b.patchCode("/v1/workstreams/"+to, obj{"style": "messaging"}) }()
		go func() { codes <- b.patchCode(path, obj{"workstream_id": to}) }()
		require.ElementsMatch(t, []int{200, 422}, []int{<-codes, <-codes})
	}
	b.del(path, b.admin).is(204)
	b.patch("/v1/workstreams/"+live, b.admin, obj{"style": "messaging"}).is(200)
}

// A refusal names the field as it stands in the request, whoever refused it, also
// where a value is of the right type and in the wrong form.
func TestSeed_D21_RefusalsNameTheField(t *testing.T) {
	c := setupChat(t, "live")
	c.cfg.Providers = channel.NewRegistry(line.New(), twilio.New())
	c.stopChat()
	c.startChat()
	field := func(path string, in obj, status int, code string) string {
		t.Helper()
		return c.post(path, c.admin, in).problem(status, code).str("errors.0.field")
	}
	in := obj{"provider": "twilio", "name": "T", "workstream_id": c.site.Workstream,
		"settings": obj{"account_sid": "AC123"}, "secrets": obj{"auth_token": "1"}}
	require.Equal(t, "settings.account_sid", field("/v1/accounts", in, 422, "invalid"))
	in["settings"] = obj{"account_sid": "AC" + strings.Repeat("0", 32), "api_key_sid": "SK1"}
	require.Equal(t, "secrets.api_key_secret", field("/v1/accounts", in, 422, "invalid"))
	require.Equal(t, "settings.channel_id", field("/v1/accounts", obj{"provider": "line", "name": "L", "workstream_id": c.site.Workstream,
		"settings": obj{"channel_id": "12ab"}, "secrets": obj{"channel_secret": "a", "channel_access_token": "b"}}, 422, "invalid"))
	in["workstream_id"] = "none"
	require.Equal(t, "workstream_id", field("/v1/accounts", in, 400, "malformed"))
	require.Equal(t, "queue_id", field("/v1/workstreams", obj{"name": "x", "mode": "push", "queue_id": "x"}, 400, "malformed"))
}
