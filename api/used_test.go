package api_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// Nothing that routing rules name can be deleted, whichever way they name it; the
// problem says which workstream's rules these are.
func TestSeed_R2_WhatRulesNameCannotBeDeleted(t *testing.T) {
	b := setup(t)
	queue := func() string { return b.post("/v1/queues", b.admin, obj{"name": uuid.NewString()}).is(201).str("id") }
	profile := func(name string) string {
		return b.post("/v1/capacity-profiles", b.admin, obj{"name": name, "limit": 2}).is(201).str("id")
	}
	skill, share, fallback := b.post("/v1/skills", b.admin, obj{"name": "dutch"}).is(201).str("id"), queue(), queue()
	vip, gold := profile("vip"), profile("gold")
	rules := "/v1/workstreams/" + b.site.Workstream.String() + "/routing-rules"
	b.put(rules, b.admin, obj{"version": 0, "rules": obj{
		"classification": []obj{{"name": "All", "rules": []obj{
			{"name": "One", "when": "", "set": obj{"skill.dutch": 3, "capacity_profile": "vip"}},
			{"name": "Two", "when": "", "set": obj{"capacity_profile": obj{"expr": `true ? "gold" : ""`}}}}}},
		"route": obj{"rules": []obj{{"name": "All", "when": "", "queues": []obj{{"queue": share, "percent": 100}}}}, "fallback": fallback}}}).is(200)
	named := []string{"/v1/skills/" + skill, "/v1/queues/" + share, "/v1/queues/" + fallback, "/v1/capacity-profiles/" + vip, "/v1/capacity-profiles/" + gold}
	for _, path := range named {
		require.Contains(t, b.del(path, b.admin).problem(409, "conflict").str("detail"), "routing rules of the workstream", path)
	}
	b.put(rules, b.admin, obj{"version": 1, "rules": obj{"classification": []obj{}, "route": obj{"rules": []obj{}}}}).is(200)
	b.patch("/v1/queues/"+b.site.Queue.String(), b.admin, obj{"buckets": []obj{{"name": "Dutch", "skills": []string{"dutch"}}}}).is(200)
	require.Contains(t, b.del(named[0], b.admin).problem(409, "conflict").str("detail"), "bucket")
	b.patch("/v1/queues/"+b.site.Queue.String(), b.admin, obj{"buckets": []obj{}}).is(200)
	for _, path := range named {
		b.del(path, b.admin).is(204)
	}
}

// An export means the same elsewhere: what its rules ask about and set comes along.
func TestSeed_R2_ExportImportsElsewhere(t *testing.T) {
	b := setup(t)
	from := "/v1/workstreams/" + b.site.Workstream.String()
	b.post(from+"/context-variables", b.admin, obj{"name": "tier", "type": "text"}).is(201)
	b.post(from+"/context-variables", b.admin, obj{"name": "order total", "type": "number"}).is(201)
	dutch := b.post("/v1/skills", b.admin, obj{"name": "dutch", "kind": "language"}).is(201).str("id")
	b.put(from+"/routing-rules", b.admin, obj{"version": 0, "rules": obj{
		"classification": []obj{{"name": "All", "rules": []obj{{"name": "Gold", "when": `context.tier == "gold"`, "set": obj{"skill.dutch": 3, "context.order total": 1}}}}},
		"route":          obj{"rules": []obj{}}}}).is(200)
	file := b.get(from+"/routing-rules/export", b.admin).is(200).Body.String()
	require.Contains(t, file, "tier: text")
	require.Contains(t, file, "dutch: language")

	elsewhere := b.post("/v1/workstreams", b.admin, obj{"name": "Elsewhere", "mode": "push", "queue_id": b.site.Queue, "fallback_queue_id": b.site.Queue}).is(201).str("id")
	b.put(from+"/routing-rules", b.admin, obj{"version": 1, "rules": obj{"classification": []obj{}, "route": obj{"rules": []obj{}}}}).is(200)
	b.del("/v1/skills/"+dutch, b.admin).is(204)
	send := func(query, file string) answer {
		r := b.request("POST", "/v1/workstreams/"+elsewhere+"/routing-rules/import"+query, b.admin, file)
		r.Header.Set("Content-Type", "text/yaml")
		return b.send(r)
	}
	a := send("?dry_run=true", file).is(200)
	for _, line := range []string{`context variable \"tier\" (text)`, `context variable \"order total\" (number)`, `skill \"dutch\"`} {
		require.Contains(t, a.Body.String(), line)
	}
	require.Zero(t, b.count(`SELECT count(*) FROM skill`), "only tried")
	send("", file).is(200)
	require.Equal(t, 2, b.count(`SELECT count(*) FROM context_variable WHERE workstream_id = $1`, elsewhere))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM skill WHERE name = 'dutch' AND kind = 'language'`))
	require.Equal(t, file, b.get("/v1/workstreams/"+elsewhere+"/routing-rules/export", b.admin).is(200).Body.String())
	require.Empty(t, send("?dry_run=true", file).is(200).get("changes"))
	a = send("", strings.Replace(file, "tier: text", "tier: number", 1)).problem(422, "invalid")
	require.Equal(t, "variables.tier", a.str("errors.0.field"))
}
