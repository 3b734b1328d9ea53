package api_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func (b *bench) internal(conv uuid.UUID, token, key string, in obj) answer {
	b.Helper()
	r := b.request("POST", "/v1/conversations/"+conv.String()+"/internal-messages", token, in)
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	return b.send(r)
}

func TestInternal_SeenByAgentsOnly(t *testing.T) {
	b := setup(t)
	id := b.waiting()
	before := b.count(`SELECT count(*) FROM bell`)
	m := b.internal(id, b.colleague, "k1", obj{"text": "Careful,\nshe is angry."}).is(201)
	require.Equal(t, "internal", m.get("direction"))
	require.Nil(t, m.get("status"))
	require.Equal(t, b.agents[1].String(), m.get("agent.id"))
	require.Equal(t, m.get("id"), b.get("/v1/conversations/"+id.String()+"/messages", b.agent).is(200).get("items.1.id"))
	b.internal(id, b.super, "k2", obj{"text": "I look after it."}).is(201)
	require.Equal(t, before, b.count(`SELECT count(*) FROM bell`))

	b.internal(id, b.stranger(), "k3", obj{"text": "Hi"}).problem(404, "not_found")
	b.internal(uuid.New(), b.agent, "k3", obj{"text": "Hi"}).problem(404, "not_found")
	for _, in := range []obj{{"text": " \n"}, {}, {"text": strings.Repeat("ü", 4097)}, {"text": "a\x00b"}} {
		b.internal(id, b.agent, "k3", in).problem(422, "invalid")
	}
	b.internal(id, b.agent, "k3", obj{"text": "Hi", "attachments": []string{}}).problem(400, "malformed")
	b.internal(id, b.agent, "", obj{"text": "Hi"}).problem(400, "malformed")
	require.Equal(t, 2, b.count(`SELECT count(*) FROM message WHERE direction = 'internal' AND status IS NULL`))
	require.NotContains(t, b.log.String(), "angry")

	b.db.SQL.MustExec(`UPDATE conversation SET state = 'closed', closed_at = now() WHERE id = $1`, id)
	b.internal(id, b.agent, "k3", obj{"text": "Hi"}).problem(409, "wrong_state")
}

// One key is one message: neither another text, nor another agent, nor the way
// to the customer.
func TestInternal_Idempotency(t *testing.T) {
	b := setup(t)
	id := b.active()
	first := b.internal(id, b.agent, "key", obj{"text": "Hi"}).is(201)
	require.Equal(t, first.get("id"), b.internal(id, b.agent, "key", obj{"text": "Hi"}).is(200).get("id"))
	b.internal(id, b.agent, "key", obj{"text": "Other"}).problem(409, "idempotency_key_reused")
	b.internal(id, b.colleague, "key", obj{"text": "Hi"}).problem(409, "idempotency_key_reused")
	b.write(id, b.agent, "key", obj{"text": "Hi"}).problem(409, "idempotency_key_reused")
	b.write(id, b.agent, "sent", obj{"text": "Hi"}).is(201)
	b.internal(id, b.agent, "sent", obj{"text": "Hi"}).problem(409, "idempotency_key_reused")
	require.Equal(t, 2, b.count(`SELECT count(*) FROM message WHERE direction <> 'in'`))
}

func TestNotes_AuthorAndSupervisor(t *testing.T) {
	b := setup(t)
	id := b.active()
	b.post("/v1/conversations/"+id.String()+"/end", b.agent, nil).is(200)
	b.post("/v1/conversations/"+id.String()+"/close", b.agent, nil).is(200)
	path, stranger := "/v1/conversations/"+id.String()+"/notes", b.stranger()
	n := b.post(path, b.colleague, obj{"text": "Calls in the morning."}).is(201)
	require.Equal(t, b.agents[1].String(), n.get("agent.id"))
	note := "/v1/notes/" + n.str("id")
	b.get(path, stranger).problem(404, "not_found")
	b.post(path, stranger, obj{"text": "x"}).problem(404, "not_found")
	b.patch(note, stranger, obj{"text": "x"}).problem(404, "not_found")
	b.del(note, stranger).problem(404, "not_found")
	b.patch(note, b.agent, obj{"text": "x"}).problem(403, "forbidden")
	b.del(note, b.agent).problem(403, "forbidden")
	b.patch(note, b.colleague, obj{"text": ""}).problem(422, "invalid")
	b.patch(note, b.colleague, obj{}).problem(422, "invalid")
	b.patch(note, b.colleague, "{").problem(400, "malformed")
	require.Equal(t, "Calls at noon.", b.patch(note, b.colleague, obj{"text": "Calls at noon."}).is(200).get("text"))
	require.Equal(t, "Calls at night.", b.patch(note, b.super, obj{"text": "Calls at night."}).is(200).get("text"))
	b.post(path, b.agent, obj{"text": "Second"}).is(201)
	page := b.get(path+"?limit=1", b.agent).is(200)
	require.Equal(t, "Calls at night.", page.get("items.0.text"))
	page = b.get(path+"?limit=1&cursor="+page.str("next"), b.agent).is(200)
	require.Equal(t, "Second", page.get("items.0.text"))
	require.Nil(t, page.get("next"))
	b.del(note, b.super).is(204)
	b.del(note, b.super).problem(404, "not_found")
	require.Equal(t, "Second", b.get(path, b.agent).is(200).get("items.0.text"))
	require.NotContains(t, b.log.String(), "Calls")
}
