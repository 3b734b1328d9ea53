package api_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api"
	"switchboard/channel"
	"switchboard/domain/conversation"
	"switchboard/store/auditdb"
)

func TestTemplates_CreateReadChangeDelete(t *testing.T) {
	b := setup(t)
	made := b.post("/v1/templates", b.admin, obj{"name": "Hello", "channel": "line", "default_language": "EN_us", "text": "Hello {Name}"}).is(201)
	path := "/v1/templates/" + made.str("id")
	require.Equal(t, "en-US", made.str("default_language"))
	require.Equal(t, "Name", made.get("texts.0.placeholders.0"))
	b.post("/v1/templates", b.admin, obj{"name": "Hello", "channel": "line", "default_language": "en"}).problem(409, "conflict")
	b.post("/v1/templates", b.admin, obj{"name": "Hello", "channel": "whatsapp", "default_language": "en"}).is(201)

	require.Equal(t, "Dag {{Name}}", b.put(path+"/texts/nl_be", b.admin, obj{"text": "Dag {{Name}}"}).is(200).str("text"))
	require.Equal(t, "Hi", b.patch(path, b.admin, obj{"name": "Hi", "default_language": "nl-BE"}).is(200).str("name"))
	read := b.get(path, b.agent).is(200)
	require.Len(t, read.get("texts"), 2)
	require.Equal(t, "nl-BE", read.get("texts.1.language"))
	require.Len(t, b.get("/v1/templates?channel=line", b.agent).is(200).get("items"), 1)
	require.Len(t, b.get("/v1/templates", b.agent).is(200).get("items"), 2)
	page := b.get("/v1/templates?limit=1", b.agent).is(200)
	require.Len(t, b.get("/v1/templates?limit=1&cursor="+page.str("next"), b.agent).is(200).get("items"), 1)
	b.get("/v1/templates?channel=fax", b.agent).problem(400, "malformed")

	b.del(path+"/texts/en-us", b.admin).is(204)
	b.del(path+"/texts/en-US", b.admin).problem(404, "not_found")
	b.del(path+"/texts/%20", b.admin).problem(404, "not_found")
	b.del(path, b.admin).is(204)
	b.get(path, b.agent).problem(404, "not_found")
	require.Contains(t, b.get("/v1/audit?object_type=template", b.admin).is(200).Body.String(), "texts.nl-BE")
}

func TestTemplates_ErrInput(t *testing.T) {
	b := setup(t)
	good := obj{"name": "Hello", "channel": "line", "default_language": "en", "text": "Hello"}
	with := func(key string, v any) obj {
		out := obj{}
		for k, x := range good {
			out[k] = x
		}
		out[key] = v
		return out
	}
	for name, in := range map[string]obj{
		"no name": with("name", " "), "long name": with("name", strings.Repeat("x", 201)), "no channel": with("channel", "fax"),
		"no language": with("default_language", "english?"), "empty text": with("text", " \n"), "long text": with("text", strings.Repeat("x", 4097)),
		"NUL": with("text", "a\x00b"),
	} {
		t.Log(name)
		b.post("/v1/templates", b.admin, in).problem(422, "invalid")
	}
	require.Equal(t, 0, b.count(`SELECT count(*) FROM message_template`))
	path := "/v1/templates/" + b.post("/v1/templates", b.admin, good).is(201).str("id")
	b.patch(path, b.admin, obj{"name": ""}).problem(422, "invalid")
	b.patch(path, b.admin, obj{"channel": "sms"}).problem(400, "malformed")
	b.put(path+"/texts/123", b.admin, obj{"text": "x"}).problem(422, "invalid")
	b.put(path+"/texts/en", b.admin, obj{"text": ""}).problem(422, "invalid")
	b.put("/v1/templates/"+uuid.NewString()+"/texts/en", b.admin, obj{"text": "x"}).problem(404, "not_found")
	for _, in := range []obj{{"language": "?"}, {"values": obj{"Name": strings.Repeat("x", 1025)}}, {"values": obj{"Name": "\x00"}}} {
		b.post(path+"/preview", b.agent, in).problem(422, "invalid")
	}
	b.post(path+"/preview", b.agent, obj{"values": obj{"Name": 1}}).problem(400, "malformed")
}

func TestTemplates_Preview(t *testing.T) {
	b := setup(t)
	path := "/v1/templates/" + b.post("/v1/templates", b.admin, obj{"name": "Hello", "channel": "line", "default_language": "en", "text": "Hi {Name}, {{2}} {$Case$}."}).is(201).str("id")
	b.put(path+"/texts/nl", b.admin, obj{"text": "Dag {Name}"}).is(200)
	whole := b.post(path+"/preview", b.agent, obj{"language": "nl-BE", "values": obj{"Name": "{Case}"}}).is(200)
	require.Equal(t, "Dag {Case}", whole.str("text"))
	require.Equal(t, "nl", whole.str("language"))
	require.Empty(t, whole.get("missing"))
	part := b.post(path+"/preview", b.agent, obj{"values": obj{"NAME": "Ada", "name2": "x"}}).is(200)
	require.Equal(t, "Hi Ada,  .", part.str("text"))
	require.Equal(t, []any{"2", "Case"}, part.get("missing"))
	require.Equal(t, []any{"name2"}, part.get("extra"))
	b.del(path+"/texts/en", b.admin).is(204)
	b.post(path+"/preview", b.agent, obj{"language": "ja"}).problem(409, "conflict")
}

func approved(name, language, text string, approval channel.Approval) channel.ProviderTemplate {
	return channel.ProviderTemplate{ContentSID: "HX" + name + language, Channel: "approved", Name: name, Language: language, Kind: channel.TemplateText,
		Text: text, Approval: approval}
}

func TestTemplates_Sync(t *testing.T) {
	b := setup(t)
	account := b.post("/v1/accounts", b.admin, obj{"provider": "line", "name": "LINE", "workstream_id": b.site.Workstream,
		"settings": obj{"channel_id": "1234567890"}, "secrets": obj{"channel_secret": "s"}}).is(201).str("id")
	path := "/v1/accounts/" + account + "/sync-templates"
	b.provider.templates = []channel.ProviderTemplate{approved("hi", "en", "Hi {{1}}", channel.ApprovalApproved), approved("hi", "nl", "Dag {{1}}", channel.ApprovalPending)}
	done := b.post(path, b.admin, nil).is(200)
	require.InDelta(t, 2, done.get("added"), 0)
	require.Equal(t, "s", b.provider.tested.Secrets["channel_secret"])
	b.provider.templates = b.provider.templates[:1]
	done = b.post(path, b.admin, nil).is(200)
	require.InDelta(t, 1, done.get("gone"), 0)
	require.InDelta(t, 1, done.get("unchanged"), 0)
	list := b.get("/v1/templates?channel=approved", b.agent).is(200)
	require.Equal(t, account, list.str("items.0.account_id"))
	require.Equal(t, "gone", list.str("items.0.texts.1.approval"))
	b.put("/v1/templates/"+list.str("items.0.id")+"/texts/en", b.admin, obj{"text": "x"}).problem(409, "conflict")

	b.provider.templatesErr = &channel.Error{Class: channel.Config, Code: "x", Detail: "Not with these credentials."}
	require.Equal(t, "Not with these credentials.", b.post(path, b.admin, nil).problem(409, "provider_refused").str("detail"))
	b.provider.templatesErr = &channel.Error{Class: channel.Unavailable, Code: "x", Detail: "Away."}
	b.post(path, b.admin, nil).problem(503, "unavailable")
	b.provider.templatesErr = errors.New("inner detail")
	require.NotContains(t, b.post(path, b.admin, nil).problem(503, "unavailable").Body.String(), "inner")
	b.post("/v1/accounts/"+uuid.NewString()+"/sync-templates", b.admin, nil).problem(404, "not_found")
}

func TestTemplates_SyncWithoutTemplates(t *testing.T) {
	b := setup(t, func(c *api.Config) {
		c.Providers = channel.NewRegistry(struct{ channel.Provider }{&provider{}}) // which hides what only some can do
	})
	b.post("/v1/accounts/"+b.site.Account.String()+"/sync-templates", b.admin, nil).problem(409, "conflict")
}

// byTemplate is a conversation on a channel whose templates are approved, whose
// window is closed, with one template of each fate.
func (b *bench) byTemplate() (conv uuid.UUID, template map[string]string) {
	b.Helper()
	conv = b.active()
	b.db.SQL.MustExec(`UPDATE conversation SET channel = 'approved', last_inbound_at = now() - interval '25 hours' WHERE id = $1`, conv)
	rejected := approved("rejected", "en", "No {{1}}", channel.ApprovalRejected)
	rejected.Reason = "Too pushy."
	card := approved("card", "en", "Card", channel.ApprovalApproved)
	card.Kind = "twilio/card"
	_, err := b.db.Template.SyncTemplates(b.Context(), auditdb.Actor{}, b.site.Account, []channel.ProviderTemplate{
		approved("good", "en", "Hello {{1}}, order {{order}} {SAVE}.", channel.ApprovalApproved), approved("good", "nl", "Dag {{1}}", channel.ApprovalApproved),
		approved("pending", "en", "Wait {{1}}", channel.ApprovalPending), rejected, card,
	})
	require.NoError(b, err)
	template = map[string]string{}
	for _, item := range b.get("/v1/templates?channel=approved", b.agent).is(200).get("items").([]any) {
		one := item.(obj)
		template[one["name"].(string)] = one["id"].(string)
	}
	return conv, template
}

func TestSend_ByTemplateAfterTheWindow(t *testing.T) {
	b := setup(t)
	conv, template := b.byTemplate()
	require.Equal(t, []any{"template"}, b.get("/v1/conversations/"+conv.String(), b.agent).is(200).get("window.allowed"))
	refused := b.write(conv, b.agent, "free", obj{"text": "x"})
	refused.problem(409, conversation.WindowClosed)
	require.NotEmpty(t, refused.get("templates"), "what can be sent all the same is named")

	in := obj{"template": obj{"id": template["good"], "language": "en-GB", "values": obj{"1": "Ada {{order}}", "order": "7"}}}
	sent := b.write(conv, b.agent, "k", in).is(201)
	require.Equal(t, "Hello Ada {{order}}, order 7 {SAVE}.", sent.str("text"))
	require.Equal(t, template["good"], sent.str("template.id"))
	out, err := b.db.Message.NextToSend(t.Context(), conv, 100)
	require.NoError(t, err)
	require.Equal(t, &channel.Template{ContentSID: "HXgooden", Variables: map[string]string{"1": "Ada {{order}}", "order": "7"}}, out.Template)
	require.NotContains(t, b.log.String(), "Ada")

	// The same key is the same message, also when its template is gone; other values are another.
	require.Equal(t, sent.str("id"), b.write(conv, b.agent, "k", in).is(200).str("id"))
	b.write(conv, b.agent, "k", obj{"template": obj{"id": template["good"], "values": obj{"1": "Ada", "order": "8"}}}).problem(409, "idempotency_key_reused")
	b.write(conv, b.agent, "k", obj{"text": "Hello Ada {{order}}, order 7 {SAVE}."}).problem(409, "idempotency_key_reused")
	b.del("/v1/templates/"+template["good"], b.admin).is(204)
	require.Nil(t, b.write(conv, b.agent, "k", in).is(200).get("template"))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM message WHERE direction = 'out'`))
}

func TestSend_ErrTemplate(t *testing.T) {
	b := setup(t)
	conv, template := b.byTemplate()
	good := template["good"]
	other := b.post("/v1/templates", b.admin, obj{"name": "Hello", "channel": "line", "default_language": "en", "text": "Hi"}).is(201).str("id")
	var ours, empty string // as they could be written here once
	require.NoError(t, b.db.SQL.Get(&ours, `INSERT INTO message_template (name, channel, default_language) VALUES ('Draft', 'approved', 'en') RETURNING id`))
	b.db.SQL.MustExec(`INSERT INTO message_template_text (template_id, language, text) VALUES ($1, 'en', 'Hi')`, ours)
	require.NoError(t, b.db.SQL.Get(&empty, `INSERT INTO message_template (name, channel, default_language) VALUES ('Empty', 'approved', 'en') RETURNING id`))
	full := obj{"1": "Ada", "order": "7"}
	for field, in := range map[string]obj{
		"template.values.order": {"template": obj{"id": good, "values": obj{"1": "Ada"}}},
		"template.values.x":     {"template": obj{"id": good, "values": obj{"1": "Ada", "order": "7", "x": ""}}},
		"template.values.1":     {"template": obj{"id": good, "values": obj{"1": "a\nb", "order": "7"}}},
		"is a template of":      {"template": obj{"id": other}},
		"is no template":        {"template": obj{"id": uuid.NewString()}},
		"together":              {"text": "x", "template": obj{"id": good, "values": full}},
		"template.language":     {"template": obj{"id": good, "language": "?", "values": full}},
		"too long":              {"template": obj{"id": good, "values": obj{"1": strings.Repeat("x", 101), "order": "7"}}},
		"1024":                  {"template": obj{"id": good, "values": obj{"1": strings.Repeat("x", 1025), "order": "7"}}},
		"on this channel":       {"template": obj{"id": good, "values": obj{"1": " ", "order": "7"}}},
		"four blanks":           {"template": obj{"id": good, "values": obj{"1": "a    b", "order": "7"}}},
	} {
		require.Contains(t, b.write(conv, b.agent, uuid.NewString(), in).problem(422, "invalid").Body.String(), field)
	}
	for reason, id := range map[string]string{"pending": template["pending"], "Too pushy.": template["rejected"], "twilio/card": template["card"], "does not know it": ours} {
		got := b.write(conv, b.agent, uuid.NewString(), obj{"template": obj{"id": id, "values": obj{"1": "x"}}}).problem(409, "template_not_approved")
		require.Contains(t, got.str("detail"), reason)
	}
	b.write(conv, b.agent, uuid.NewString(), obj{"template": obj{"id": empty}}).problem(409, "conflict")
	b.write(conv, b.colleague, uuid.NewString(), obj{"template": obj{"id": good, "values": full}}).is(409)

	// What the provider has no more cannot be sent; nor what is another account's.
	_, err := b.db.Template.SyncTemplates(t.Context(), auditdb.Actor{}, b.site.Account, nil)
	require.NoError(t, err)
	b.write(conv, b.agent, uuid.NewString(), obj{"template": obj{"id": good, "values": full}}).problem(409, "template_not_approved")
	var another uuid.UUID
	require.NoError(t, b.db.SQL.Get(&another, `INSERT INTO account (provider, name, key, secrets, workstream_id) VALUES ('line', 'x', 'x', '', $1) RETURNING id`, b.site.Workstream))
	b.db.SQL.MustExec(`UPDATE message_template SET account_id = $1 WHERE id = $2`, another, good)
	b.write(conv, b.agent, uuid.NewString(), obj{"template": obj{"id": good, "values": full}}).problem(422, "invalid")
	require.Equal(t, 0, b.count(`SELECT count(*) FROM message WHERE direction = 'out'`), "nothing was stored")
}

// Where no approval is needed a template is a text like another: of our own, and
// within the window.
func TestSend_ByTemplateOfOurOwn(t *testing.T) {
	b := setup(t)
	conv := b.active()
	id := b.post("/v1/templates", b.admin, obj{"name": "Hello", "channel": "line", "default_language": "en", "text": "Hi {Name}"}).is(201).str("id")
	sent := b.write(conv, b.agent, "k", obj{"template": obj{"id": id, "values": obj{"Name": "A\nB"}}}).is(201)
	require.Equal(t, "Hi A\nB", sent.str("text"))
	require.Equal(t, id, b.get("/v1/conversations/"+conv.String()+"/messages", b.agent).is(200).str("items.1.template.id"))
	out, err := b.db.Message.NextToSend(t.Context(), conv, 100)
	require.NoError(t, err)
	require.Nil(t, out.Template)
}
