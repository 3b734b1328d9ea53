package api_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What an agent types is theirs alone, one text for each audience, and gone once
// it is empty.
func TestDrafts_OwnAndKept(t *testing.T) {
	b := setup(t)
	id := b.active()
	path := "/v1/conversations/" + id.String() + "/draft"
	none := b.get(path, b.agent).is(200)
	require.Equal(t, "", none.get("text"))
	require.Nil(t, none.get("updated_at"))

	kept := b.put(path, b.agent, obj{"mode": "note", "text": "Half a thou"}).is(200)
	require.NotNil(t, kept.get("updated_at"))
	b.put(path, b.agent, obj{"mode": "reply", "text": "Half a thought\u0000"}).is(200)
	b.put(path, b.colleague, obj{"mode": "internal", "text": "Mine"}).is(200)
	got := b.get(path, b.agent).is(200)
	require.Equal(t, "reply", got.get("mode"))
	require.Equal(t, "Half a thought\uFFFD", got.get("text"), "what PostgreSQL cannot keep is replaced, not refused")
	require.Equal(t, "Mine", b.get(path, b.colleague).is(200).get("text"))

	for _, in := range []obj{{"mode": "shout", "text": "x"}, {"text": "x"}, {"mode": "reply", "text": strings.Repeat("x", 20_001)}} {
		b.put(path, b.agent, in).problem(422, "invalid")
	}
	b.put(path, b.stranger(), obj{"mode": "reply", "text": "x"}).problem(404, "not_found")
	b.get(path, b.stranger()).problem(404, "not_found")
	require.NotContains(t, b.log.String(), "thought")

	b.put(path, b.agent, obj{"mode": "internal", "text": "She is rude"}).is(200)
	require.Equal(t, []any{"internal", "She is rude", map[string]any{"reply": "Half a thought\uFFFD", "note": "Half a thou"}},
		[]any{b.get(path, b.agent).is(200).get("mode"), b.get(path, b.agent).is(200).get("text"), b.get(path, b.agent).is(200).get("others")})
	b.put(path, b.agent, obj{"mode": "note", "text": ""}).is(200)
	sent := b.put(path, b.agent, obj{"mode": "internal", "text": ""}).is(200)
	require.Equal(t, "reply", sent.get("mode"), "what went out takes no other text away")
	require.Equal(t, "Half a thought\uFFFD", sent.get("text"))
	require.Empty(t, sent.get("others"))
	b.put(path, b.agent, obj{"mode": "note", "text": ""}).is(200)
	b.put(path, b.agent, obj{"mode": "reply", "text": ""}).is(200)
	require.Nil(t, b.get(path, b.agent).is(200).get("updated_at"))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM draft`))
}

// Agents know what can be sent before they try.
func TestLimits_OfChannelAndWorkstream(t *testing.T) {
	b := setup(t)
	id := b.active()
	path := "/v1/conversations/" + id.String() + "/limits"
	l := b.get(path, b.agent).is(200)
	require.Equal(t, 20.0, l.get("max_text"))
	require.Equal(t, 2.0, l.get("max_files"))
	require.Equal(t, true, l.get("files"))
	require.Equal(t, "image/png", l.get("media.0.type"))
	b.db.SQL.MustExec(`UPDATE workstream SET agent_files = false, max_file_bytes = 1234, blocked_files = '{.exe}'`)
	l = b.get(path, b.agent).is(200)
	require.Equal(t, false, l.get("files"))
	require.Equal(t, 1234.0, l.get("max_file_bytes"))
	require.Equal(t, ".exe", l.get("blocked_files.0"))
	b.get(path, b.stranger()).problem(404, "not_found")
}

// What is offered to an agent is in a list of their own, however long the queue.
func TestConversations_Offered(t *testing.T) {
	b := setup(t)
	id := b.waiting()
	b.waiting()
	b.db.SQL.MustExec(`UPDATE conversation SET offer_id = gen_random_uuid(), offer_agent_id = $2, offer_expires_at = now() + interval '1 minute' WHERE id = $1`, id, b.agents[0])
	require.Len(t, b.get("/v1/conversations?view=open", b.agent).is(200).get("items"), 2)
	mine := b.get("/v1/conversations?view=offered", b.agent).is(200)
	require.Len(t, mine.get("items"), 1)
	require.Equal(t, id.String(), mine.get("items.0.id"))
	require.Len(t, b.get("/v1/conversations?view=offered", b.colleague).is(200).get("items"), 0)
}

// A message names the key under which its agent wrote it, so that their desk
// knows it again.
func TestMessages_Key(t *testing.T) {
	b := setup(t)
	id := b.active()
	require.Equal(t, "key-1", b.write(id, b.agent, "key-1", obj{"text": "Hi"}).is(201).get("key"))
	thread := b.get("/v1/conversations/"+id.String()+"/messages", b.agent).is(200)
	require.Nil(t, thread.get("items.0.key"), "customers have none")
	require.Equal(t, "key-1", thread.get("items.1.key"))
}
