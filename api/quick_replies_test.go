package api_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

const replies = "/v1/quick-replies"

func TestQuickReplies_SharedAndPersonal(t *testing.T) {
	b := setup(t)
	in := obj{"title": "Greeting", "tags": []string{"Hello", "hello"}, "texts": obj{"EN_us": "Hello {CustomerFirstName}"}}
	for _, token := range []string{b.agent, b.super} {
		b.post(replies, token, in).problem(403, "forbidden")
	}
	shared := b.post(replies, b.admin, in).is(201)
	require.Equal(t, []any{"hello"}, shared.get("tags"))
	require.Equal(t, obj{"en-US": "Hello {CustomerFirstName}"}, shared.get("texts"))
	require.Nil(t, shared.get("agent_id"))
	require.Nil(t, shared.get("text"))
	in["personal"] = true
	own := b.post(replies, b.agent, in).is(201)
	require.Equal(t, b.agents[0].String(), own.get("agent_id"))

	sharedPath, ownPath := replies+"/"+shared.str("id"), replies+"/"+own.str("id")
	b.get(sharedPath, b.colleague).is(200)
	b.patch(sharedPath, b.agent, obj{"title": "x"}).problem(403, "forbidden")
	b.del(sharedPath, b.super).problem(403, "forbidden")
	for _, token := range []string{b.colleague, b.super, b.admin} { // an agent's own is nobody else's
		b.get(ownPath, token).problem(404, "not_found")
		b.patch(ownPath, token, obj{"title": "x"}).problem(404, "not_found")
		b.del(ownPath, token).problem(404, "not_found")
	}
	require.Len(t, b.get(replies, b.agent).is(200).get("items"), 2)
	require.Len(t, b.get(replies+"?q=gre", b.colleague).is(200).get("items"), 1)
	b.patch(ownPath, b.agent, obj{"personal": false}).problem(400, "malformed")
	require.Equal(t, "Mine", b.patch(ownPath, b.agent, obj{"title": "Mine", "tags": []string{}}).is(200).get("title"))
	require.Equal(t, "Mine", b.get(replies+"?q=mi", b.agent).is(200).get("items.0.title"), "usable at once")
	require.Equal(t, "All", b.patch(sharedPath, b.admin, obj{"title": "All", "workstream_ids": []uuid.UUID{b.site.Workstream}}).is(200).get("title"))
	b.del(ownPath, b.agent).is(204)
	b.del(sharedPath, b.admin).is(204)
	b.get(sharedPath, b.agent).problem(404, "not_found")
	require.Equal(t, 3, b.count(`SELECT count(*) FROM audit WHERE object_type = 'quick_reply'`))
}

// A program without an agent keeps the shared ones, and has none of its own.
func TestQuickReplies_TokenOfNobody(t *testing.T) {
	b := setup(t)
	token := b.post("/v1/tokens", b.admin, obj{"name": "CRM", "role": "administrator"}).is(201).str("token")
	in := obj{"title": "Greeting", "texts": obj{"en": "Hello"}}
	made := b.post(replies, token, in).is(201)
	in["personal"] = true
	b.post(replies, token, in).problem(403, "forbidden")
	own := b.post(replies, b.agent, in).is(201)
	b.patch(replies+"/"+own.str("id"), token, obj{"title": "x"}).problem(404, "not_found")
	require.Len(t, b.get(replies, token).is(200).get("items"), 1)
	b.del(replies+"/"+made.str("id"), token).is(204)

	id := b.waiting()
	b.internal(id, token, "k", obj{"text": "Hi"}).problem(403, "forbidden")
	b.post("/v1/conversations/"+id.String()+"/notes", token, obj{"text": "Hi"}).problem(403, "forbidden")
	note := b.post("/v1/conversations/"+id.String()+"/notes", b.agent, obj{"text": "Hi"}).is(201)
	b.patch("/v1/notes/"+note.str("id"), token, obj{"text": "Ho"}).is(200)
}

func TestQuickReplies_ErrInput(t *testing.T) {
	b := setup(t)
	texts := obj{"en": "Hello"}
	for field, in := range map[string]obj{
		"title":             {"texts": texts},
		"texts":             {"title": "x"},
		"texts.":            {"title": "x", "texts": obj{"": "Hello"}},
		"texts.en":          {"title": "x", "texts": obj{"en": " "}},
		"texts.en_us":       {"title": "x", "texts": obj{"en-US": "a", "en_us": "b"}},
		"tags[1]":           {"title": "x", "texts": texts, "tags": []string{"ok", "not ok"}},
		"tags[0]":           {"title": "x", "texts": texts, "tags": []string{"#no"}},
		"tags":              {"title": "x", "texts": texts, "tags": strings.Split(strings.Repeat("a ", 20)+"b", " ")},
		"texts.nl":          {"title": "x", "texts": obj{"nl": strings.Repeat("x", 4097)}},
		"workstream_ids[0]": {"title": "x", "texts": texts, "workstream_ids": []uuid.UUID{uuid.New()}},
	} {
		require.Equal(t, field, b.post(replies, b.admin, in).problem(422, "invalid").get("errors.0.field"), "%v", in)
	}
	wrong := b.post(replies, b.admin, obj{"title": "x", "texts": obj{"en": "Grüß {CustomerName}", "nl": "Dag {Klant}"}}).problem(422, "invalid")
	require.Equal(t, "texts.nl", wrong.get("errors.0.field"))
	require.Contains(t, wrong.str("errors.0.reason"), `"Klant" at character 5`)
	many := obj{}
	for i := range 13 {
		many["en-x-"+string(rune('a'+i))] = strings.Repeat("y", 4000)
	}
	require.Equal(t, "texts", b.post(replies, b.admin, obj{"title": "x", "texts": many}).problem(422, "invalid").get("errors.0.field"))
	b.post(replies, b.admin, obj{"title": "x", "texts": texts, "workstream_ids": []string{"x"}}).problem(400, "malformed")

	b.get(replies+"?conversation_id=x", b.agent).problem(400, "malformed")
	b.get(replies+"?cursor=x", b.agent).problem(400, "malformed")
	b.get(replies+"?limit=0", b.agent).problem(400, "malformed")
	b.get(replies+"?q="+strings.Repeat("x", 101), b.agent).problem(400, "malformed")
	b.get(replies+"?q=%00%ff'%25", b.agent).problem(400, "malformed")
	b.get(replies+"?q='%25", b.agent).is(200)
	b.get(replies+"?tag=%00", b.agent).problem(400, "malformed")
	id := b.waiting()
	b.get(replies+"?conversation_id="+id.String(), b.stranger()).problem(404, "not_found")
	b.get(replies+"?conversation_id="+uuid.NewString(), b.admin).problem(404, "not_found")
	require.Zero(t, b.count(`SELECT count(*) FROM quick_reply`))
}

// What an agent gets for a conversation can be sent as it is.
func TestQuickReplies_FilledForTheConversation(t *testing.T) {
	b := setup(t)
	id := b.active()
	b.db.SQL.MustExec(`UPDATE contact_point SET name = 'Ada {AgentName}', language = 'nl-BE'`)
	b.db.SQL.MustExec(`UPDATE queue SET name = 'Sales' WHERE id = $1`, b.site.Queue)
	b.db.SQL.MustExec(`UPDATE agent SET name = 'Mia Lee' WHERE id = $1`, b.agents[0])
	b.post(replies, b.admin, obj{"title": "Greeting", "texts": obj{"en": "Hello {CustomerFirstName}", "nl": "Dag {CustomerName}, {AgentFirstName} ({AgentName}) van {QueueName}, {Channel}"}}).is(201)
	b.post(replies, b.admin, obj{"title": "Bye", "texts": obj{"en": "Bye {{CustomerFirstName}}", "fr": "Salut"}}).is(201)
	at := replies + "?conversation_id=" + id.String()
	got := b.get(at+"&q="+url.QueryEscape("gre"), b.agent).is(200)
	require.Equal(t, "nl", got.get("items.0.language"))
	require.Equal(t, "Dag Ada {AgentName}, Mia (Mia Lee) van Sales, line", got.get("items.0.text"))
	require.Nil(t, got.get("next"))
	require.Equal(t, "Bye Ada", b.get(at+"&q=bye", b.agent).is(200).get("items.0.text"))
	require.Empty(t, b.get(at+"&q=salut", b.agent).is(200).get("items"))
	require.NotEmpty(t, b.get(replies+"?q=salut", b.agent).is(200).get("items"))

	page := b.get(at+"&limit=1", b.agent).is(200)
	require.Equal(t, "Greeting", page.get("items.0.title"))
	page = b.get(at+"&limit=1&cursor="+page.str("next"), b.agent).is(200)
	require.Equal(t, "Bye", page.get("items.0.title"))
	require.Nil(t, page.get("next"))
	b.get(at+"&q=bye&cursor=x", b.agent).problem(400, "malformed")

	b.db.SQL.MustExec(`UPDATE conversation SET context = '{"title": "{AgentName}", "order": 1042}'`) // D19
	b.post(replies, b.agent, obj{"title": "zz order", "personal": true, "texts": obj{"en": "{context.title}: {context.order}{context.none}"}}).is(201)
	require.Equal(t, "{AgentName}: 1042", b.get(at+"&q=zz", b.agent).is(200).get("items.0.text"))
	b.post(replies, b.agent, obj{"title": "zz", "personal": true, "texts": obj{"en": "{Order}"}}).problem(422, "invalid")
}
