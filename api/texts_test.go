package api_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api"
	"switchboard/channel"
	"switchboard/channel/line"
	"switchboard/channel/messenger"
	"switchboard/channel/webchat"
	"switchboard/channel/whatsappcloud"
)

// Wherever a text with placeholders is saved, a brace too many is refused with its
// place, and what was copied out of another program is stored clean.
func TestSeed_D21_TextsWithPlaceholders(t *testing.T) {
	b := setup(t, func(cfg *api.Config) { cfg.Providers = channel.NewRegistry(webchat.New(), line.New()) })
	b.db.SQL.MustExec(`UPDATE workstream SET style = 'live'`)
	template := b.post("/v1/templates", b.admin, obj{"name": "Hi", "channel": "line", "default_language": "en", "text": "Hello"}).is(201).str("id")
	rules := "/v1/workstreams/" + b.site.Workstream.String() + "/timeout-rules"
	rule := func(text string) obj {
		return obj{"name": "Remind", "silent": "customer", "after": 60, "action": "message_customer", "texts": obj{"en": text}}
	}
	widget := b.post("/v1/widgets", b.admin, obj{"name": "Shop", "workstream_id": b.site.Workstream}).is(201).str("id")
	for name, save := range map[string]struct {
		field, stored, value string
		do                   func(text string) answer
	}{
		"automated message": {"texts.en", "texts.en", "CustomerName", func(text string) answer {
			return b.put("/v1/automated-messages", b.admin, obj{"trigger": "greeting", "texts": obj{"en": text}})
		}},
		"quick reply": {"texts.en", "texts.en", "CustomerName", func(text string) answer {
			return b.post("/v1/quick-replies", b.admin, obj{"title": "Hi", "texts": obj{"en": text}})
		}},
		"template": {"text", "texts.0.text", "Name", func(text string) answer {
			return b.post("/v1/templates", b.admin, obj{"name": uuid.NewString(), "channel": "line", "default_language": "en", "text": text})
		}},
		"template text": {"text", "text", "Name", func(text string) answer {
			return b.put("/v1/templates/"+template+"/texts/en", b.admin, obj{"text": text})
		}},
		"timeout rule": {"texts.en", "texts.en", "CustomerName", func(text string) answer { return b.post(rules, b.admin, rule(text)) }},
		"widget": {"texts.en.typing", "settings.texts.en.typing", "name", func(text string) answer {
			return b.patch("/v1/widgets/"+widget, b.admin, obj{"texts": obj{"en": obj{"typing": text}}})
		}},
	} {
		for _, broken := range []string{"Hi {" + save.value, "Hi }", "Hi {" + save.value + "}}", "Hi {not a name}"} {
			refused := save.do(broken).problem(422, "invalid")
			require.Equal(t, save.field, refused.str("errors.0.field"), name)
			require.Contains(t, refused.str("errors.0.reason"), "brace at character ", name)
		}
		done := save.do("Hi\u00a0{\u201c" + save.value + "\u201d},\r\nwell\u200bcome")
		require.Less(t, done.Code, 300, "%s: %s", name, done.Body.String())
		require.Equal(t, "Hi {"+save.value+"},\nwellcome", done.str(save.stored), name)
	}
}

// A widget is given texts that it has, with the placeholders that it fills.
func TestSeed_D21_WidgetTextsAreKnown(t *testing.T) {
	b := setup(t)
	b.db.SQL.MustExec(`UPDATE workstream SET style = 'live'`)
	widget := "/v1/widgets/" + b.post("/v1/widgets", b.admin, obj{"name": "Shop", "workstream_id": b.site.Workstream}).is(201).str("id")
	for name, text := range map[string]string{"greeting": "Hi", "SEND": "Send", "send": "Send {name}", "typing": strings.Repeat("x", 2001)} {
		refused := b.patch(widget, b.admin, obj{"texts": obj{"en": obj{name: text}}}).problem(422, "invalid")
		require.Equal(t, "texts.en."+name, refused.str("errors.0.field"))
	}
	b.patch(widget, b.admin, obj{"texts": obj{"en": obj{"send": "Go", "typing": "{name} writes"}}}).is(200)
}

// A channel, a page, a number has one account: its provider calls one address.
func TestSeed_D21_AChannelHasOneAccount(t *testing.T) {
	b := setup(t, func(cfg *api.Config) {
		cfg.Providers = channel.NewRegistry(line.New(), messenger.New(), whatsappcloud.New())
	})
	meta := obj{"app_secret": strings.Repeat("a", 32), "verify_token": "token", "page_access_token": "token"}
	cloud := obj{"app_secret": strings.Repeat("a", 32), "verify_token": "token", "access_token": "token"}
	for _, x := range []struct {
		provider, field string
		beside, secrets obj
	}{
		{"line", "channel_id", obj{}, obj{"channel_secret": strings.Repeat("a", 32), "channel_access_token": "token"}},
		{"messenger", "page_id", obj{"app_id": "555"}, meta},
		{"whatsapp_cloud", "phone_number_id", obj{"waba_id": "777"}, cloud},
	} {
		with := func(id string) obj {
			settings := obj{x.field: id}
			maps.Copy(settings, x.beside)
			return settings
		}
		account := func(id string) obj {
			return obj{"provider": x.provider, "name": x.provider + " " + id, "workstream_id": b.site.Workstream, "settings": with(id), "secrets": x.secrets}
		}
		first := "/v1/accounts/" + b.post("/v1/accounts", b.admin, account("1650000001")).is(201).str("id")
		second := b.post("/v1/accounts", b.admin, account("1650000001")).problem(409, "conflict")
		require.Equal(t, "settings."+x.field, second.str("errors.0.field"))
		require.Contains(t, second.str("errors.0.reason"), x.provider+" 1650000001")
		other := "/v1/accounts/" + b.post("/v1/accounts", b.admin, account("1650000002")).is(201).str("id")
		b.patch(other, b.admin, obj{"settings": with("1650000001")}).problem(409, "conflict")
		b.patch(other, b.admin, obj{"settings": with("1650000002")}).is(200)

		codes := make(chan int, 2)
		for range 2 {
			go func() { codes <- b.postCode("/v1/accounts", account("1650000003")) }()
		}
		require.ElementsMatch(t, []int{201, 409}, []int{<-codes, <-codes}, x.provider)
		b.del(first, b.admin).is(204)
		b.post("/v1/accounts", b.admin, account("1650000001")).is(201)
	}
}

// What only a provider can have approved is not written here: it could never be sent.
func TestSeed_D21_ApprovedTemplatesAreNotPasted(t *testing.T) {
	b := setup(t)
	pasted := obj{"name": "Order", "channel": "approved", "default_language": "en", "text": "Your order {1} is ready."}
	refused := b.post("/v1/templates", b.admin, pasted).problem(422, "invalid")
	require.Equal(t, "channel", refused.str("errors.0.field"))
	require.Contains(t, refused.str("errors.0.reason"), "read")
	require.Equal(t, 0, b.count(`SELECT count(*) FROM message_template`))

	var id string // from before it was refused
	require.NoError(t, b.db.SQL.Get(&id, `INSERT INTO message_template (name, channel, default_language) VALUES ('Old', 'approved', 'en') RETURNING id`))
	path := "/v1/templates/" + id
	require.Equal(t, "text", b.put(path+"/texts/en", b.admin, obj{"text": "Hi"}).problem(422, "invalid").str("errors.0.field"))
	b.del(path, b.admin).is(204)
}
