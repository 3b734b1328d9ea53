package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/routing"
)

// routed is a workstream with a variable, a second queue and rules.
func (b *bench) routed() (path, night string) {
	b.Helper()
	path = "/v1/workstreams/" + b.site.Workstream.String()
	night = b.post("/v1/queues", b.admin, obj{"name": "Night"}).is(201).str("id")
	b.post(path+"/context-variables", b.admin, obj{"name": "tier", "type": "text"}).is(201)
	b.put(path+"/routing-rules", b.admin, obj{"version": 0, "rules": b.rules(night)}).is(200)
	return path, night
}

func (b *bench) rules(night string) obj {
	return obj{
		"zone":           "Asia/Tokyo",
		"classification": []obj{{"name": "Language", "rules": []obj{{"name": "Dutch", "when": `contact.language startsWith "nl"`, "set": obj{"skill.dutch": 5, "context.tier": "gold", "priority": obj{"expr": "priority - 50"}}}}}},
		"route": obj{"rules": []obj{
			{"name": "Gold by night", "when": `context.tier == "gold" and time.hour < 8`, "queues": []obj{{"queue": night, "percent": 100}}},
			{"name": "Hello", "when": `message.text contains "Hello"`, "queues": []obj{{"queue": b.site.Queue, "percent": 100}}},
		}},
	}
}

func (b *bench) as(r *http.Request, header, value string) answer {
	b.Helper()
	r.Header.Set(header, value)
	return b.send(r)
}

func TestRouting_ReadReplaceStale(t *testing.T) {
	b := setup(t)
	path := "/v1/workstreams/" + b.site.Workstream.String() + "/routing-rules"
	none := b.get(path, b.super).is(200)
	require.Zero(t, none.get("version"))
	require.Equal(t, `"0"`, none.Header().Get("ETag"))
	_, night := b.routed()
	saved := b.get(path, b.super).is(200)
	require.EqualValues(t, 1, saved.get("version"))
	require.Equal(t, b.adminID.String(), saved.str("updated_by"))
	require.Equal(t, "priority - 50", saved.get("rules.classification.0.rules.0").(obj)["set"].(obj)["priority"].(obj)["expr"])

	change := obj{"version": 0, "rules": obj{"route": obj{"fallback": night}}}
	b.put(path, b.admin, change).problem(409, "stale")
	b.as(b.request("PUT", path, b.admin, change), "If-Match", `"0"`).problem(409, "stale")
	b.as(b.request("PUT", path, b.admin, change), "If-Match", `W/x`).problem(400, "malformed")
	changed := b.as(b.request("PUT", path, b.admin, obj{"rules": obj{"route": obj{"fallback": night}}}), "If-Match", `"1"`).is(200)
	require.Equal(t, `"2"`, changed.Header().Get("ETag"))
	require.EqualValues(t, 2, b.put(path, b.admin, obj{"version": 2, "rules": obj{"route": obj{"fallback": night}}}).is(200).get("version"), "the same again changes nothing")
	require.Equal(t, 2, b.count(`SELECT count(*) FROM audit WHERE object_type = 'routing_rules' AND object_id = $1`, b.site.Workstream))
	b.get("/v1/workstreams/"+uuid.NewString()+"/routing-rules", b.super).problem(404, "not_found")
	b.put("/v1/workstreams/"+uuid.NewString()+"/routing-rules", b.admin, change).problem(404, "not_found")
}

func TestRouting_ErrMistakesHaveTheirPlace(t *testing.T) {
	b := setup(t)
	path, night := b.routed()
	bad := b.rules(night)
	bad["zone"] = "Mars/Olympus"
	bad["route"] = obj{"rules": []obj{
		{"name": "A", "when": "time.hour < 8 and\n  contact.nam == 'x'", "queues": []obj{{"queue": uuid.NewString(), "percent": 60}, {"queue": "Night", "percent": 30}}},
	}}
	a := b.put(path+"/routing-rules", b.admin, obj{"version": 1, "rules": bad}).problem(422, "invalid")
	got := map[string]obj{}
	for _, m := range a.get("mistakes").([]any) {
		got[m.(obj)["field"].(string)] = m.(obj)
	}
	when := got["rules.route.rules.0.when"]
	require.EqualValues(t, 2, when["line"])
	require.EqualValues(t, 11, when["column"])
	require.Contains(t, when["reason"], "nam")
	require.Equal(t, "must total 100 percent, not 90", got["rules.route.rules.0.queues"]["reason"])
	require.Equal(t, "is no queue", got["rules.route.rules.0.queues.0.queue"]["reason"])
	require.Equal(t, "is no queue", got["rules.route.rules.0.queues.1.queue"]["reason"], "names are for files")
	require.Contains(t, got["rules.zone"]["reason"], "is no time zone")
	require.Contains(t, a.Body.String(), "line 2, column 11")
	for _, in := range []any{obj{}, obj{"version": 1}, obj{"rules": obj{}}} {
		b.put(path+"/routing-rules", b.admin, in).problem(422, "invalid")
	}
	b.put(path+"/routing-rules", b.admin, `{"version":1,"rules":{"rout":{}}}`).problem(400, "malformed")
	require.EqualValues(t, 1, b.get(path+"/routing-rules", b.super).get("version"), "nothing was changed")
}

// What is exported is imported again without a change, there or elsewhere.
func TestRouting_Files(t *testing.T) {
	b := setup(t)
	path, night := b.routed()
	file := b.get(path+"/routing-rules/export", b.super).is(200)
	require.Contains(t, file.Header().Get("Content-Type"), "text/yaml")
	require.Contains(t, file.Body.String(), "queue: Night", "queues by their names")
	upload := func(where, query, text, typ string) answer {
		t.Helper()
		return b.as(b.request("POST", where+"/routing-rules/import"+query, b.admin, text), "Content-Type", typ)
	}
	same := upload(path, "", file.Body.String(), "text/yaml").is(200)
	require.Equal(t, []any{1.0, 0}, []any{same.get("version"), len(same.get("changes").([]any))})

	text := strings.ReplaceAll(file.Body.String(), "zone: Asia/Tokyo", "zone: Europe/Brussels")
	dry := upload(path, "?dry_run=true", text, "application/yaml").is(200)
	require.Equal(t, []any{`~ zone: "Asia/Tokyo" → "Europe/Brussels"`}, dry.get("changes"))
	require.EqualValues(t, 1, dry.get("version"))
	require.EqualValues(t, 2, upload(path, "", text, "text/yaml").is(200).get("version"))
	r := b.request("POST", path+"/routing-rules/import", b.admin, text)
	r.Header.Set("If-Match", `"1"`)
	b.as(r, "Content-Type", "text/yaml").problem(409, "stale")

	other := "/v1/workstreams/" + b.post("/v1/workstreams", b.admin, obj{"name": "Other", "mode": "push", "queue_id": night, "fallback_queue_id": night}).is(201).str("id")
	alone := strings.Replace(text, "variables:\n  tier: text\n", "", 1)
	require.NotEqual(t, text, alone)
	upload(other, "", alone, "text/yaml").problem(422, "invalid") // it has no such variable
	upload(other, "", text, "text/yaml").is(200)
	require.Equal(t, text, b.get(other+"/routing-rules/export", b.super).is(200).Body.String())
	require.EqualValues(t, 1, upload(other, "?dry_run=true", `{"route":{"fallback":"Night"}}`, "application/json").is(200).get("version"))

	upload(path, "", "zone: UTC\nroutes: {}\n", "text/yaml").problem(422, "invalid")
	require.EqualValues(t, 2, upload(path, "", "zone: UTC\nroutes: {}\n", "text/yaml").get("mistakes.0.line"))
	upload(path, "", text, "text/plain").problem(415, "unsupported_media_type")
	upload(path, "", "zone: \xff", "text/yaml").problem(400, "malformed")
	upload(path, "?dry_run=maybe", text, "text/yaml").problem(400, "malformed")
	upload(path, "", "route: {fallback: Nowhere}", "text/yaml").problem(422, "invalid")
	upload(path, "", "# "+strings.Repeat("x", 2<<20), "text/yaml").problem(413, "too_large")
}

// Overflow rules of the queues that rules lead to are in the file: reviewed,
// changed and taken elsewhere with it.
func TestRouting_OverflowIsInTheFile(t *testing.T) {
	b := setup(t)
	path, night := b.routed()
	spare := b.post("/v1/queues", b.admin, obj{"name": "Spare"}).is(201).str("id")
	b.put("/v1/queues/"+night+"/overflow", b.admin, obj{"rules": []obj{{"when": "size", "limit": 50, "action": "transfer", "to": spare}}}).is(200)
	text := b.get(path+"/routing-rules/export", b.super).is(200).Body.String()
	require.Contains(t, text, "  Night:\n    - when: size\n      limit: 50\n      action: transfer\n      to: Spare\n")
	require.Contains(t, text, "  Spare: []\n", "and of those that they overflow to")
	upload := func(query, text string) answer {
		t.Helper()
		return b.as(b.request("POST", path+"/routing-rules/import"+query, b.admin, text), "Content-Type", "text/yaml")
	}
	require.Empty(t, upload("", text).is(200).get("changes"))

	more := strings.ReplaceAll(text, "limit: 50", "limit: 60")
	dry := upload("?dry_run=true", more).is(200)
	require.Equal(t, []any{`~ overflow of "Night": "size 50: transfer to Spare" → "size 60: transfer to Spare"`}, dry.get("changes"))
	require.EqualValues(t, 50, b.get("/v1/queues/"+night+"/overflow", b.super).get("rules.0.limit"), "it was only asked")
	require.EqualValues(t, 1, upload("", more).is(200).get("version"), "the rules are the same")
	require.EqualValues(t, 60, b.get("/v1/queues/"+night+"/overflow", b.super).get("rules.0.limit"))
	require.Equal(t, 2, b.count(`SELECT count(*) FROM audit WHERE action = 'set_overflow' AND object_id = $1`, night))

	without := more[:strings.Index(more, "overflow:\n")]
	require.Empty(t, upload("", without).is(200).get("changes"), "what a file does not list stays")
	upload("", strings.ReplaceAll(more, "limit: 60", "limit: 0")).problem(422, "invalid")
	require.Contains(t, upload("", without+"overflow: {Night: [{when: size, limit: 0, action: end}]}\n").get("mistakes.0.field"), ".0.limit")
	require.Equal(t, "overflow.Nowhere", upload("", without+"overflow: {Nowhere: []}\n").problem(422, "invalid").get("mistakes.0.field"))
	require.EqualValues(t, 60, b.get("/v1/queues/"+night+"/overflow", b.super).get("rules.0.limit"), "a mistake changes nothing")
}

func TestRouting_SimulateFacts(t *testing.T) {
	b := setup(t)
	path, night := b.routed()
	facts := obj{"contact": obj{"language": "nl-BE"}}
	byNight := obj{"facts": facts, "at": "2026-03-02T20:30:00Z"} // 5:30 in Tokyo
	a := b.post(path+"/simulate", b.super, byNight).is(200)
	require.Equal(t, []any{night, "matched", "Gold by night"}, []any{a.str("decision.queue"), a.str("decision.reason"), a.str("decision.rule")})
	require.Equal(t, "Dutch", a.str("decision.rulesets.0.rule"))
	require.Equal(t, 50.0, a.get("decision.priority"))
	require.Equal(t, []any{"tuesday", 5.0}, []any{a.get("facts.time.weekday"), a.get("facts.time.hour")})
	require.EqualValues(t, 1, a.get("version"))

	byNight["overflowing"] = obj{night: 60}
	full := b.post(path+"/simulate", b.super, byNight).is(200)
	require.Equal(t, []any{"frees_first", "overflowing"}, []any{full.str("decision.reason"), full.str("decision.refused.0.reason")})

	draft := b.rules(night)
	draft["route"] = obj{"fallback": night}
	draft["classification"] = []obj{{"name": "S", "rules": []obj{{"name": "R", "when": "5 % time.minute == 0", "set": obj{}}}}}
	tried := b.post(path+"/simulate", b.super, obj{"facts": obj{"time": obj{"weekday": "monday", "hour": 8, "minute": 0}}, "rules": draft}).is(200)
	require.Equal(t, "The expression divides by zero.", tried.get("decision.rulesets.0.failed").([]any)[0].(obj)["reason"])
	require.Equal(t, "no_match", tried.str("decision.reason"))
	for _, in := range []obj{
		{}, {"facts": facts, "conversation_id": uuid.NewString()}, {"conversation_id": uuid.NewString()},
		{"facts": obj{"context": obj{"tier": true}}}, {"facts": obj{"context": obj{"tier": strings.Repeat("x", 4001)}}},
		{"facts": obj{"time": obj{"hour": 24}}}, {"facts": obj{"time": obj{"weekday": "someday"}}},
		{"facts": facts, "rules": obj{"route": obj{"fallback": "x"}}},
	} {
		b.post(path+"/simulate", b.super, in).problem(422, "invalid")
	}
	b.post(path+"/simulate", b.super, `{"facts":{"contact":{"age":5}}}`).problem(400, "malformed")
	b.post("/v1/workstreams/"+uuid.NewString()+"/simulate", b.super, obj{"facts": facts}).problem(404, "not_found")
}

// Simulating a real conversation reads what it offers, and leaves no trace.
func TestRouting_SimulateConversation(t *testing.T) {
	b := setup(t)
	path, _ := b.routed()
	id := b.waiting()
	b.db.SQL.MustExec(`UPDATE conversation SET context = '{"tier": "silver"}' WHERE id = $1`, id)
	trace := `SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM audit) + (SELECT count(*) FROM routing_decision) + (SELECT version FROM conversation WHERE id = $1)`
	before := b.count(trace, id)
	a := b.post(path+"/simulate", b.super, obj{"conversation_id": id}).is(200)
	require.Equal(t, []any{"Hello", b.site.Queue.String()}, []any{a.str("decision.rule"), a.str("decision.queue")})
	require.Equal(t, []any{"Hello?", "silver"}, []any{a.str("facts.message.text"), a.str("facts.context.tier")})
	require.Equal(t, before, b.count(trace, id))
	require.NotContains(t, b.log.String(), "Hello?")

	other := b.post("/v1/workstreams", b.admin, obj{"name": "Other", "mode": "push", "queue_id": b.site.Queue, "fallback_queue_id": b.site.Queue}).is(201).str("id")
	b.post("/v1/workstreams/"+other+"/simulate", b.super, obj{"conversation_id": id}).problem(422, "invalid")
	none := b.post("/v1/workstreams/"+other+"/simulate", b.super, obj{"facts": obj{}}).is(200)
	require.Equal(t, []any{"no_rules", b.site.Queue.String()}, []any{none.str("decision.reason"), none.str("decision.queue")})
}

func TestRouting_Decisions(t *testing.T) {
	b := setup(t)
	id := b.active()
	for _, name := range []string{"first", "second"} {
		d := routing.Decide(routing.Model{Route: routing.Route{Rules: []routing.RouteRule{{Name: name, Queues: []routing.Share{{Queue: b.site.Queue.String(), Percent: 100}}}}}},
			nil, routing.Env{}, routing.State{Conversation: id.String(), Queues: map[string]routing.Queue{b.site.Queue.String(): {}}})
		require.NoError(t, b.db.Conversation.RecordDecision(t.Context(), id, 7, time.Now(), d))
	}
	path := "/v1/conversations/" + id.String() + "/decisions"
	page := b.get(path+"?limit=1", b.agent).is(200)
	require.Equal(t, []any{"first", 7.0}, []any{page.str("items.0.decision.rule"), page.get("items.0.version")})
	require.Equal(t, "second", b.get(path+"?cursor="+page.str("next"), b.agent).is(200).str("items.0.decision.rule"))
	b.get("/v1/conversations/"+uuid.NewString()+"/decisions", b.agent).problem(404, "not_found")
}

func TestContextVariables(t *testing.T) {
	b := setup(t)
	path, _ := b.routed()
	used := b.get(path+"/context-variables", b.super).is(200).str("items.0.id")
	b.patch("/v1/context-variables/"+used, b.admin, obj{"name": "level"}).problem(409, "conflict")
	b.patch("/v1/context-variables/"+used, b.admin, obj{"type": "number"}).problem(409, "conflict")
	b.del("/v1/context-variables/"+used, b.admin).problem(409, "conflict")
	require.Equal(t, "tier", b.get("/v1/context-variables/"+used, b.super).is(200).str("name"))

	b.post(path+"/context-variables", b.admin, obj{"name": "tier", "type": "number"}).problem(409, "conflict")
	free := b.post(path+"/context-variables", b.admin, obj{"name": "Tier", "type": "number"}).is(201).str("id") // case matters
	require.Equal(t, "text", b.patch("/v1/context-variables/"+free, b.admin, obj{"name": "order number", "type": "text"}).is(200).str("type"))
	b.del("/v1/context-variables/"+free, b.admin).is(204)
	b.del("/v1/context-variables/"+free, b.admin).problem(404, "not_found")
	b.get("/v1/context-variables/"+free, b.super).problem(404, "not_found")
	for _, in := range []obj{{}, {"name": "x"}, {"name": "", "type": "text"}, {"name": strings.Repeat("x", 101), "type": "text"}, {"name": "x", "type": "date"}, {"name": "a\nb", "type": "text"}} {
		b.post(path+"/context-variables", b.admin, in).problem(422, "invalid")
	}
	b.post("/v1/workstreams/"+uuid.NewString()+"/context-variables", b.admin, obj{"name": "x", "type": "text"}).problem(404, "not_found")
	require.Equal(t, 4, b.count(`SELECT count(*) FROM audit WHERE object_type = 'context_variable'`))
}
