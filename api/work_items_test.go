package api_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
)

func (b *bench) work(token, key string, in obj) answer {
	b.Helper()
	r := b.request("POST", "/v1/work-items", token, in)
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	return b.send(r)
}

// begin routes what waits to begin, as its workflow does.
func (b *bench) begin(id string) {
	b.Helper()
	_, err := b.db.Conversation.Begin(b.Context(), uuid.MustParse(id))
	require.NoError(b, err)
}

// A call goes through the same queue, capacity and commands as a conversation.
func TestWorkItems_LiveLikeConversations(t *testing.T) {
	b := setup(t)
	made := b.work(b.super, "", obj{"workstream_id": b.site.Workstream, "title": "Call from Ada", "external_id": "call-17",
		"customer_name": "Ada", "attributes": obj{"topic": "invoice", "minutes": 3}, "priority": 7}).is(201)
	id := made.str("id")
	path := "/v1/conversations/" + id
	require.Equal(t, 1, b.count(`SELECT count(*) FROM bell WHERE conversation_id = $1`, id), "its workflow is told")
	b.begin(id)
	conv := b.get(path, b.super).is(200)
	require.Equal(t, "Call from Ada", conv.str("title"))
	require.Equal(t, "work-item", conv.str("channel"))
	require.Equal(t, "Ada", conv.str("customer.name"))
	require.EqualValues(t, 7, conv.get("priority"))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM conversation WHERE id = $1 AND context @> '{"title": "Call from Ada", "topic": "invoice"}'`, id))

	offered := uuid.MustParse(conv.str("offer.agent_id"))
	token := b.token(offered)
	require.Equal(t, 1, b.count(`SELECT load FROM agent_status WHERE agent_id = $1`, offered), "it takes capacity")
	b.post(path+"/accept", token, obj{"offer_id": conv.str("offer.id")}).is(200)
	b.write(uuid.MustParse(id), token, "k1", obj{"text": "Hi"}).problem(409, conversation.NoCustomer)
	b.upload(uuid.MustParse(id), token, "image/png", []byte{1}).problem(409, conversation.NoCustomer)
	b.post(path+"/end", token, nil).is(200)
	b.post(path+"/close", token, nil).is(200)
	closed := b.get("/v1/work-items/"+id, b.super).is(200)
	require.Equal(t, "closed", closed.str("state"))
	require.Equal(t, "agent_closed", closed.str("close_reason"))
	require.Zero(t, b.count(`SELECT sum(load) FROM agent_status`))
	require.Zero(t, b.count(`SELECT count(*) FROM message WHERE conversation_id = $1 AND direction = 'out'`, id), "nothing was said to nobody")
	b.work(b.super, "", obj{"workstream_id": b.site.Workstream, "title": "Call from Ada", "external_id": "call-17"}).is(201)
	require.NotContains(t, b.get("/v1/accounts", b.admin).is(200).Body.String(), "Work items", "no account that could be changed")
}

// Whoever tries again makes nothing twice.
func TestWorkItems_Repeated(t *testing.T) {
	b := setup(t)
	in := obj{"workstream_id": b.site.Workstream, "title": "Case 1", "external_id": "case-1"}
	first := b.work(b.super, "k1", in).is(201).str("id")
	require.Equal(t, first, b.work(b.super, "k1", in).is(200).str("id"))
	require.Equal(t, first, b.work(b.super, "k2", in).is(200).str("id"), "the same case, which is not closed")
	b.work(b.super, "k1", obj{"workstream_id": b.site.Workstream, "title": "Another"}).problem(409, "idempotency_key_reused")
	b.work(b.super, "", obj{"workstream_id": b.site.Workstream, "title": "Case 1"}).is(201)
	require.Equal(t, 2, b.count(`SELECT count(*) FROM work_item`))
}

func TestWorkItems_Refused(t *testing.T) {
	b := setup(t)
	good := func(change obj) obj {
		in := obj{"workstream_id": b.site.Workstream, "title": "Case"}
		for k, v := range change {
			in[k] = v
		}
		return in
	}
	b.work(b.agent, "", good(nil)).problem(403, "forbidden")
	for name, in := range map[string]obj{
		"no title": {"workstream_id": b.site.Workstream}, "no workstream": good(obj{"workstream_id": uuid.New()}), "contact": good(obj{"contact_id": uuid.New()}),
		"attribute": good(obj{"attributes": obj{"x": []int{1}}}), "within": good(obj{"callback_url": "http://127.0.0.1/hook"}), "no URL": good(obj{"callback_url": "hook"}),
	} {
		t.Log(name)
		b.work(b.super, "", in).problem(422, "invalid")
	}
	require.Zero(t, b.count(`SELECT count(*) FROM work_item`))
	require.Zero(t, b.count(`SELECT count(*) FROM webhook_subscription`))
	stranger := b.token(uuid.MustParse(b.newPerson("agent").str("id")))
	id := b.work(b.super, "", good(nil)).is(201).str("id")
	b.get("/v1/work-items/"+id, stranger).problem(404, "not_found")
	b.get("/v1/work-items/"+b.waiting().String(), b.super).problem(404, "not_found")
}

// A callback's webhook is made once; its key is shown once, and an administrator
// may vouch for an address within.
func TestWorkItems_Callbacks(t *testing.T) {
	b := setup(t)
	item := func(url string) answer {
		return b.work(b.super, "", obj{"workstream_id": b.site.Workstream, "title": "Case", "callback_url": url})
	}
	first := item("https://crm.example.com/hook").is(201)
	require.Contains(t, first.str("callback_secret"), "whsec_")
	again := item("https://crm.example.com/hook").is(201)
	require.Nil(t, again.get("callback_secret"))
	require.Equal(t, first.str("webhook_id"), again.str("webhook_id"))
	within := b.post("/v1/webhooks", b.admin, obj{"name": "PBX", "url": "http://127.0.0.1:9/hook", "kinds": []string{"conversation.updated"},
		"internal": true, "work_items": true}).is(201)
	require.Equal(t, within.str("id"), item("http://127.0.0.1:9/hook").is(201).str("webhook_id"))
	b.post("/v1/webhooks", b.admin, obj{"name": "PBX", "url": "http://127.0.0.1:9/hook", "kinds": []string{"conversation.updated"},
		"internal": true, "work_items": true}).problem(409, "conflict")
	b.patch("/v1/webhooks/"+within.str("id"), b.admin, obj{"work_items": false}).problem(422, "invalid")
	b.patch("/v1/webhooks/"+within.str("id"), b.admin, obj{"enabled": false}).is(200)
	item("http://127.0.0.1:9/hook").problem(409, "conflict")
}

// A key stands for one request, all of it; an external id for one piece of work,
// whatever is said of it the second time. Both are there at once.
func TestSeed_R2_WorkItemsRepeatAndAppearAtOnce(t *testing.T) {
	b := setup(t)
	in := func(change obj) obj {
		out := obj{"workstream_id": b.site.Workstream, "title": "Case", "external_id": "c-1", "priority": 7, "attributes": obj{"a": 1, "b": "x"}}
		for k, v := range change {
			out[k] = v
		}
		return out
	}
	made := b.work(b.super, "k", in(nil)).is(201)
	id := made.str("id")
	require.Equal(t, b.site.Queue.String(), made.str("queue_id"))
	b.get("/v1/work-items/"+id, b.agent).is(200)
	require.Equal(t, id, b.work(b.super, "k", in(obj{"attributes": obj{"b": "x", "a": 1}})).is(200).str("id"))
	for name, v := range map[string]any{"title": "Other", "priority": 8, "external_id": "c-2", "customer_name": "Ada", "attributes": obj{"a": 2, "b": "x"}} {
		b.work(b.super, "k", in(obj{name: v})).problem(409, "idempotency_key_reused")
	}
	again := b.work(b.super, "", in(obj{"title": "Case, again", "priority": 9})).is(200)
	require.Equal(t, []string{id, "Case"}, []string{again.str("id"), again.str("title")})
	require.Equal(t, id, b.work(b.super, "k2", in(obj{"title": "Again"})).is(200).str("id"))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM work_item`))

	var b2 = b.get("/v1/conversations/"+id, b.super).is(200)
	b.post("/v1/conversations/"+id+"/accept", b.token(uuid.MustParse(b2.str("offer.agent_id"))), obj{"offer_id": b2.str("offer.id")}).is(200)
}
