package api_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestTags_ListOfTheOrganisation(t *testing.T) {
	b := setup(t)
	for _, token := range []string{b.agent, b.super} {
		b.post("/v1/tags", token, obj{"name": "Refund"}).problem(403, "forbidden")
	}
	made := b.post("/v1/tags", b.admin, obj{"name": "  Refund   due ", "color": "red"}).is(201)
	require.Equal(t, "Refund due", made.get("name"))
	path := "/v1/tags/" + made.str("id")
	b.post("/v1/tags", b.admin, obj{"name": "REFUND DUE"}).problem(409, "conflict")
	for field, in := range map[string]obj{"name": {"name": " "}, "color": {"name": "x", "color": "mauve"}} {
		require.Equal(t, field, b.post("/v1/tags", b.admin, in).problem(422, "invalid").get("errors.0.field"))
	}
	require.Equal(t, "Refund due", b.get("/v1/tags", b.agent).is(200).get("items.0.name"))
	require.Equal(t, "blue", b.patch(path, b.admin, obj{"color": "blue"}).is(200).get("color"))
	b.patch(path, b.admin, obj{"color": nil}).problem(422, "invalid")

	id := b.active()
	b.put("/v1/conversations/"+id.String()+"/tags/"+made.str("id"), b.agent, nil).is(200)
	b.del(path, b.admin).problem(409, "conflict")
	require.Equal(t, true, b.patch(path, b.admin, obj{"archived": true}).is(200).get("archived"))
	b.del("/v1/conversations/"+id.String()+"/tags/"+made.str("id"), b.agent).is(200)
	b.del(path, b.admin).is(204)
	b.get(path, b.agent).problem(404, "not_found")
	require.Equal(t, 4, b.count(`SELECT count(*) FROM audit WHERE object_type = 'tag'`))
}

func TestTags_OfAConversation(t *testing.T) {
	b := setup(t)
	id := b.active()
	conv := "/v1/conversations/" + id.String()
	tag := func(name string) string { return b.post("/v1/tags", b.admin, obj{"name": name}).is(201).str("id") }
	vip, refund := tag("VIP"), tag("refund")
	b.put(conv+"/tags/"+vip, b.agent, nil).is(200)
	got := b.put(conv+"/tags/"+refund, b.agent, nil).is(200)
	require.Equal(t, []any{"refund", "VIP"}, []any{got.get("tags.0.name"), got.get("tags.1.name")}, "by name")
	b.put(conv+"/tags/"+refund, b.agent, nil).is(200)
	changes := `SELECT count(*) FROM event WHERE conversation_id = $1 AND data->>'change' = 'tags_changed'`
	require.Equal(t, 2, b.count(changes, id), "what changes nothing is not told")
	require.Len(t, b.del(conv+"/tags/"+vip, b.agent).is(200).get("tags"), 1)
	b.del(conv+"/tags/"+vip, b.agent).is(200)
	require.Equal(t, 3, b.count(changes, id))

	b.put(conv+"/tags/"+vip, b.stranger(), nil).problem(404, "not_found")
	b.put(conv+"/tags/"+uuid.NewString(), b.agent, nil).problem(404, "not_found")
	b.patch("/v1/tags/"+vip, b.admin, obj{"archived": true}).is(200)
	b.put(conv+"/tags/"+vip, b.agent, nil).problem(409, "conflict")
	for i := range 19 {
		b.put(conv+"/tags/"+tag(fmt.Sprint("tag ", i)), b.agent, nil).is(200)
	}
	b.put(conv+"/tags/"+tag("one too many"), b.agent, nil).problem(409, "conflict")

	other := b.waiting()
	found := b.get("/v1/conversations?view=all&tag_id="+refund, b.super).is(200)
	require.Len(t, found.get("items"), 1)
	require.Equal(t, id.String(), found.get("items.0.id"))
	require.Len(t, b.get("/v1/conversations?view=all&state=open&tag_id="+refund, b.super).is(200).get("items"), 0)
	require.Len(t, b.get("/v1/conversations/"+other.String(), b.super).is(200).get("tags"), 0)
	b.get("/v1/conversations?view=mine&tag_id="+refund, b.agent).problem(400, "malformed")
}

// What is more urgent is offered first, also where a person said so.
func TestPriority_IsAPersonsChoice(t *testing.T) {
	b := setup(t)
	first, second := b.waiting(), b.waiting()
	b.put("/v1/conversations/"+second.String()+"/priority", b.agent, obj{"level": "soon"}).problem(422, "invalid")
	got := b.put("/v1/conversations/"+second.String()+"/priority", b.agent, obj{"level": "urgent"}).is(200)
	require.Equal(t, "urgent", got.get("priority_level"))
	require.Equal(t, "normal", b.get("/v1/conversations/"+first.String(), b.agent).is(200).get("priority_level"))
	require.Equal(t, second.String(), b.next(), "before one that waits for longer")
	require.Equal(t, 1, b.count(`SELECT count(*) FROM event WHERE conversation_id = $1 AND data->>'change' = 'priority_changed'`, second))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM audit WHERE action = 'set_priority'`))
	b.db.SQL.MustExec(`UPDATE conversation SET state = 'closed', closed_at = now() WHERE id = $1`, first)
	b.put("/v1/conversations/"+first.String()+"/priority", b.agent, obj{"level": "low"}).problem(409, "conflict")
}

// next is what is first in the site's queue.
func (b *bench) next() string {
	b.Helper()
	var id string
	require.NoError(b, b.db.SQL.Get(&id, `SELECT id FROM conversation WHERE queue_id = $1 AND state = 'open' ORDER BY tier, rank, id LIMIT 1`, b.site.Queue))
	return id
}
