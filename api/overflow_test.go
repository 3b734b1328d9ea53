package api_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestOverflow_RulesOfAQueue(t *testing.T) {
	b := setup(t)
	path := "/v1/queues/" + b.site.Queue.String() + "/overflow"
	require.Empty(t, b.get(path, b.super).is(200).get("rules"))
	night := b.post("/v1/queues", b.admin, obj{"name": "Night"}).is(201).str("id")
	rules := []obj{{"when": "size", "limit": 50, "action": "transfer", "to": night}, {"when": "waited", "limit": 600, "action": "callback", "after": 3600}}
	b.put(path, b.super, obj{"rules": rules}).problem(403, "forbidden")
	b.put(path, b.admin, obj{"rules": rules}).is(200)
	got := b.get(path, b.super).is(200)
	require.Equal(t, []any{"transfer", night, 3600.0}, []any{got.get("rules.0.action"), got.get("rules.0.to"), got.get("rules.1.after")})
	require.Equal(t, 1, b.count(`SELECT count(*) FROM audit WHERE action = 'set_overflow'`))

	for field, rule := range map[string]obj{
		"rules.0.limit":  {"when": "size", "action": "end"},
		"rules.0.when":   {"when": "full", "action": "end"},
		"rules.0.action": {"when": "size", "limit": 1, "action": "wait"},
		"rules.0.to":     {"when": "size", "limit": 1, "action": "transfer", "to": b.site.Queue.String()}, // itself
		"rules.0.after":  {"when": "size", "limit": 1, "action": "callback"},
	} {
		require.Equal(t, field, b.put(path, b.admin, obj{"rules": []obj{rule}}).problem(422, "invalid").get("errors.0.field"), rule)
	}
	require.Len(t, b.get(path, b.super).is(200).get("rules"), 2, "a mistake changes nothing")
	b.del("/v1/queues/"+night, b.admin).problem(409, "conflict")
	b.put(path, b.admin, obj{"rules": []obj{}}).is(200)
	b.del("/v1/queues/"+night, b.admin).is(204)
	b.get("/v1/queues/"+uuid.NewString()+"/overflow", b.super).problem(404, "not_found")
}

// A conversation's context variables have their type; what is not known becomes
// a text, and a simulation sees them.
func TestContext_OfAConversation(t *testing.T) {
	b := setup(t)
	id := b.active()
	path := "/v1/conversations/" + id.String() + "/context"
	require.Equal(t, map[string]any{}, b.get(path, b.agent).is(200).get("context"))
	b.post("/v1/workstreams/"+b.site.Workstream.String()+"/context-variables", b.admin, obj{"name": "total", "type": "number"}).is(201)
	got := b.patch(path, b.agent, obj{"context": obj{"total": "12.5", "tier": "gold", "visits": 3}}).is(200)
	require.Equal(t, map[string]any{"total": 12.5, "tier": "gold", "visits": "3"}, got.get("context"))
	require.Equal(t, 2, b.count(`SELECT count(*) FROM context_variable WHERE name IN ('tier', 'visits') AND type = 'text'`))
	b.patch(path, b.agent, obj{"context": obj{"tier": nil}}).is(200)
	require.Equal(t, map[string]any{"total": 12.5, "visits": "3"}, b.get(path, b.super).is(200).get("context"))
	seen := b.post("/v1/workstreams/"+b.site.Workstream.String()+"/simulate", b.super, obj{"conversation_id": id.String()}).is(200)
	require.Equal(t, 12.5, seen.get("facts.context.total"))

	for _, values := range []obj{{"total": "many"}, {"long": strings.Repeat("x", 4001)}, {strings.Repeat("n", 101): "v"}, {"": "v"}, {"list": []int{1}}} {
		b.patch(path, b.agent, obj{"context": values}).problem(422, "invalid")
	}
	many := obj{}
	for i := range 101 {
		many[strings.Repeat("v", i%50+1)+string(rune('a'+i/50))] = "x"
	}
	b.patch(path, b.agent, obj{"context": many}).problem(422, "invalid")
	require.Equal(t, map[string]any{"total": 12.5, "visits": "3"}, b.get(path, b.super).is(200).get("context"), "all or nothing")
	b.patch(path, b.stranger(), obj{"context": obj{"tier": "gold"}}).problem(404, "not_found")
}
