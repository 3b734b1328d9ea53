package api_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// otherQueue is a second queue with the colleague in it.
func (b *bench) otherQueue(name string) string {
	b.Helper()
	id := b.post("/v1/queues", b.admin, obj{"name": name}).is(201).str("id")
	b.put("/v1/queues/"+id+"/members/"+b.agents[1].String(), b.admin, nil).is(204)
	return id
}

// What is said with a transfer reaches whoever gets it, and is in the thread; no
// workflow sees a word of it.
func TestTransfer_PassesOnReasonAndNote(t *testing.T) {
	b := setup(t)
	id, queue := b.active(), b.otherQueue("Billing")
	b.put("/v1/queues/"+queue+"/members/"+b.agents[0].String(), b.admin, nil).is(204)
	path := "/v1/conversations/" + id.String()
	for field, in := range map[string]obj{
		"agent_id":      {"reason": "other"},
		"over_capacity": {"queue_id": queue, "over_capacity": true},
		"reason":        {"queue_id": queue, "reason": "because"},
		"note":          {"queue_id": queue, "note": strings.Repeat("x", 2001)},
	} {
		require.Equal(t, field, b.post(path+"/transfer", b.agent, in).problem(422, "invalid").get("errors.0.field"))
	}
	const words = "Wants the invoice of May"
	b.post(path+"/transfer", b.agent, obj{"agent_id": b.agents[0], "note": words}).problem(409, "same_target")
	require.Nil(t, b.get(path, b.agent).is(200).get("transfer"), "what was refused passed nothing on")
	require.Len(t, b.get(path+"/notes", b.agent).is(200).get("items"), 0)

	in := obj{"queue_id": queue, "reason": "wrong_team", "note": " " + words + " "}
	r := b.request("POST", path+"/transfer", b.agent, in)
	r.Header.Set("Idempotency-Key", "k")
	got := b.send(r).is(200)
	require.Equal(t, []any{"wrong_team", words, b.agents[0].String()}, []any{got.get("transfer.reason"), got.get("transfer.note"), got.get("transfer.from.id")})
	r = b.request("POST", path+"/transfer", b.agent, in)
	r.Header.Set("Idempotency-Key", "k")
	b.send(r).is(200)
	require.Equal(t, words, b.get(path, b.colleague).is(200).get("transfer.note"))
	notes := b.get(path+"/notes", b.colleague).is(200)
	require.Len(t, notes.get("items"), 1, "a repeat writes nothing twice")
	require.Equal(t, words, notes.get("items.0.text"))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM event WHERE conversation_id = $1 AND kind = 'note.created'`, id))
	for _, u := range b.flows.updates {
		require.NotContains(t, u.Args, words)
	}
	require.NotContains(t, b.log.String(), words)

	b.post(path+"/pick", b.colleague, nil).is(200)
	b.post(path+"/transfer", b.colleague, obj{"queue_id": b.site.Queue}).is(200)
	require.Equal(t, "wrong_team", b.get(path, b.super).is(200).get("transfer.reason"), "a transfer without words hides none")
	b.post(path+"/force-close", b.super, nil).is(200)
	require.Nil(t, b.get(path, b.super).is(200).get("transfer"))
}

// Before one gives it away one sees who is there and how long it takes.
func TestTransferTargets_SayHowLongItTakes(t *testing.T) {
	b := setup(t)
	id, queue := b.active(), b.otherQueue("Billing")
	path := "/v1/conversations/" + id.String() + "/transfer-targets"
	b.db.SQL.MustExec(`UPDATE agent_status SET presence = 'available', capacity = 5, load = 0 WHERE agent_id = $1`, b.agents[1])
	list := b.get(path, b.agent).is(200)
	require.Equal(t, []any{1.0, 0.0, 0.0}, []any{list.get("queues.0.available"), list.get("queues.0.waiting"), list.get("queues.0.expected_wait")})
	b.db.SQL.MustExec(`UPDATE agent_status SET load = 5 WHERE agent_id = $1`, b.agents[1])
	list = b.get(path, b.agent).is(200)
	require.Equal(t, []any{0.0, nil}, []any{list.get("queues.0.available"), list.get("queues.0.expected_wait")}, "nobody is free, and nothing tells how long")
	for range 4 {
		b.db.SQL.MustExec(`UPDATE conversation SET queue_id = $2, state = 'closed', accepted_at = now() WHERE id = $1`, b.waiting(), uuid.MustParse(queue))
	}
	b.db.SQL.MustExec(`UPDATE conversation SET queue_id = $2 WHERE id = $1`, b.waiting(), uuid.MustParse(queue))
	list = b.get(path, b.agent).is(200)
	require.Equal(t, []any{1.0, 1800.0}, []any{list.get("queues.0.waiting"), list.get("queues.0.expected_wait")}, "the second at four an hour")
}

// Who gives a conversation away often sees it no more. A repeat, after an answer
// that was lost on the way, is answered all the same; nothing else is.
func TestTransfer_RepeatedAfterSightWasLost(t *testing.T) {
	b := setup(t)
	for name, in := range map[string]obj{"alone": {}, "with a note": {"reason": "wrong_team", "note": "Wants an invoice"}} {
		id, queue := b.active(), b.otherQueue("Billing "+name)
		in["queue_id"] = queue
		path := "/v1/conversations/" + id.String()
		give := func(token, key string, in obj) answer {
			r := b.request("POST", path+"/transfer", token, in)
			r.Header.Set("Idempotency-Key", key)
			return b.send(r)
		}
		first := give(b.agent, "k", in).is(200)
		b.get(path, b.agent).problem(404, "not_found")
		again := give(b.agent, "k", in).is(200)
		require.Equal(t, []any{first.str("id"), first.str("state"), queue}, []any{again.str("id"), again.str("state"), again.str("queue.id")}, name)
		require.Nil(t, again.get("last_message"), "what is said since is not theirs to read")
		give(b.agent, "other", in).problem(404, "not_found")
		give(b.agent, "k", obj{"queue_id": b.site.Queue}).problem(404, "not_found")
		b.post(path+"/transfer", b.agent, in).problem(404, "not_found")
		require.Equal(t, first.get("version"), again.get("version"), "nothing was done twice")
		if in["note"] != nil {
			require.Equal(t, 1, b.count(`SELECT count(*) FROM note WHERE conversation_id = $1`, id))
		}

		b.flows.set(func(f *flows) { f.away = true })
		give(b.agent, "k", in).problem(503, "unavailable")
		b.flows.set(func(f *flows) { f.away = false })
	}
}
