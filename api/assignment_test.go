package api_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestAssignment_SkillsAndProfilesOK(t *testing.T) {
	b := setup(t)
	dutch := b.post("/v1/skills", b.admin, obj{"name": "dutch", "kind": "tongue"}).is(201).str("id")
	b.patch("/v1/skills/"+dutch, b.admin, obj{"kind": "language"}).is(200)
	require.Equal(t, "language", b.get("/v1/skills/"+dutch, b.super).is(200).str("kind"))
	require.Equal(t, "dutch", b.get("/v1/skills", b.super).is(200).str("items.0.name"))
	ann := "/v1/agents/" + b.agents[0].String()
	got := b.put(ann+"/skills", b.admin, obj{"skills": []obj{{"skill_id": dutch, "rating": 7}}}).is(200)
	require.Equal(t, 7.0, got.get("skills.0.rating"))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM agent_status WHERE agent_id = $1 AND skills = '{"dutch": 7}'`, b.agents[0]))

	chats := b.post("/v1/capacity-profiles", b.admin, obj{"name": "Chats", "limit": 3, "reset": "end_of_day", "zone": "Europe/Brussels"}).is(201).str("id")
	b.put(ann+"/capacity-profiles", b.super, obj{"capacity_profiles": []obj{{"profile_id": chats, "custom_limit": 1}}}).is(200)
	require.Equal(t, 1.0, b.get(ann+"/capacity-profiles", b.super).is(200).get("capacity_profiles.0.limit"))
	b.put(ann+"/capacity-profiles", b.super, obj{"capacity_profiles": []obj{{"profile_id": chats}}}).is(200)
	b.patch("/v1/capacity-profiles/"+chats, b.admin, obj{"limit": 5, "blocking": true}).is(200)
	require.Equal(t, 5.0, b.get(ann+"/capacity-profiles", b.super).is(200).get("capacity_profiles.0.limit"), "at once for all who have it")
	require.Equal(t, []uuid.UUID{b.agents[0], b.agents[0], b.agents[0], b.agents[0]}, b.changed.take(), "each time they may have room")

	w := "/v1/workstreams/" + b.site.Workstream.String()
	require.Equal(t, chats, b.patch(w, b.admin, obj{"capacity_profile_id": chats}).is(200).str("capacity_profile_id"))
	require.Equal(t, false, b.get(w, b.super).is(200).get("consult_takes_capacity"))
	require.Equal(t, true, b.patch(w, b.admin, obj{"consult_takes_capacity": true}).is(200).get("consult_takes_capacity"))
	b.patch(w, b.admin, obj{"capacity_profile_id": uuid.NewString()}).problem(422, "invalid")
	b.del("/v1/capacity-profiles/"+chats, b.admin).problem(409, "conflict")
	b.patch(w, b.admin, obj{"capacity_profile_id": nil}).is(200)
	b.del("/v1/capacity-profiles/"+chats, b.admin).is(204)
	b.del("/v1/skills/"+dutch, b.admin).is(204)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM agent_status WHERE agent_id = $1 AND skills = '{}' AND profiles = '{}'`, b.agents[0]))
	require.Equal(t, 4, b.count(`SELECT count(*) FROM audit WHERE object_type = 'agent' AND action LIKE 'set_%'`)+1)
	require.Equal(t, 6, b.count(`SELECT count(*) FROM audit WHERE object_type IN ('skill', 'capacity_profile')`))
}

func TestAssignment_ErrInput(t *testing.T) {
	b := setup(t)
	dutch := b.post("/v1/skills", b.admin, obj{"name": "dutch"}).is(201).str("id")
	b.post("/v1/skills", b.admin, obj{"name": "dutch"}).problem(409, "conflict")
	b.post("/v1/skills", b.admin, obj{"name": " "}).problem(422, "invalid")
	b.post("/v1/skills", b.super, obj{"name": "x"}).problem(403, "forbidden")
	for _, in := range []obj{{"name": "x"}, {"name": "x", "limit": -1}, {"name": "x", "limit": 1, "reset": "weekly"}, {"name": "x", "limit": 1, "zone": "Moon"}} {
		b.post("/v1/capacity-profiles", b.admin, in).problem(422, "invalid")
	}
	ann := "/v1/agents/" + b.agents[0].String()
	for _, in := range []obj{{"skills": []obj{{"skill_id": dutch, "rating": 101}}}, {"skills": []obj{{"skill_id": uuid.NewString(), "rating": 1}}},
		{"skills": []obj{{"skill_id": dutch, "rating": 1}, {"skill_id": dutch, "rating": 2}}}} {
		b.put(ann+"/skills", b.admin, in).problem(422, "invalid")
	}
	b.put("/v1/agents/"+uuid.NewString()+"/skills", b.admin, obj{"skills": []obj{}}).problem(404, "not_found")
	b.put(ann+"/capacity-profiles", b.super, obj{"capacity_profiles": []obj{{"profile_id": uuid.NewString()}}}).problem(422, "invalid")
	b.put(ann+"/skills", b.super, obj{"skills": []obj{}}).problem(403, "forbidden")

	q := "/v1/queues/" + b.site.Queue.String()
	for _, in := range []obj{
		{"assignment_rules": []obj{{"after": 30}}}, {"assignment_rules": []obj{{}, {"after": 60}, {"after": 30}}},
		{"assignment_rules": []obj{{"skills": "some"}}}, {"assignment_rules": []obj{{"method": "luck"}}},
		{"buckets": []obj{{"name": "", "priority_up_to": 1}}}, {"buckets": []obj{{"name": "x", "order": "loudest"}}}, {"age_priority": -1},
	} {
		b.patch(q, b.admin, in).problem(422, "invalid")
	}
}

func TestAssignment_SettingsOfAQueueDecideAtOnce(t *testing.T) {
	b := setup(t)
	first, second := b.waiting(), b.waiting()
	b.db.SQL.MustExec(`UPDATE conversation SET priority = CASE WHEN id = $1 THEN 90 ELSE 10 END, skills = CASE WHEN id = $1 THEN '{"dutch": 5}'::jsonb ELSE '{}' END`, first)
	q := b.patch("/v1/queues/"+b.site.Queue.String(), b.admin, obj{"priority": 5, "age_priority": 60,
		"assignment_rules": []obj{{"method": "round_robin"}, {"after": 30, "skills": "closest"}},
		"buckets":          []obj{{"name": "Dutch", "skills": []string{"dutch"}}}}).is(200)
	require.Equal(t, "closest", q.str("assignment_rules.1.skills"))
	require.Equal(t, "exact", q.str("assignment_rules.0.skills"))
	require.Equal(t, "priority", q.str("buckets.0.order"))

	// It waits for an hour, so the second rule applies; nobody has the skill.
	now := b.get("/v1/conversations/"+first.String()+"/assignments", b.agent).is(200)
	require.Equal(t, 2.0, now.get("now.candidates.0.rule"))
	require.Nil(t, now.get("now.candidates.0.reason"))
	offers, err := b.db.Assignment.AssignNext(t.Context(), b.site.Queue, 1)
	require.NoError(t, err)
	o := offers[0]
	require.Equal(t, first, o.Conversation, "its bucket comes first")
	got := b.get("/v1/conversations/"+first.String()+"/assignments", b.super).is(200)
	require.Nil(t, got.get("now"), "it does not wait any more")
	require.Equal(t, o.Agent.String(), got.str("assignments.0.agent_id"))
	require.Equal(t, o.Agent.String(), got.str("assignments.0.candidates.0.agent_id"))
	require.Equal(t, 5.0, b.get("/v1/conversations/"+first.String(), b.super).is(200).get("skills.dutch"))
	b.get("/v1/conversations/"+second.String()+"/assignments", b.super).is(200)
	b.get("/v1/conversations/"+uuid.NewString()+"/assignments", b.super).problem(404, "not_found")
}

// Whoever sees that the rules were wrong says what a conversation needs, and it
// is matched by that at once.
func TestAssignment_SkillsOfAConversation(t *testing.T) {
	b := setup(t)
	dutch := b.post("/v1/skills", b.admin, obj{"name": "dutch"}).is(201).str("id")
	b.post("/v1/skills", b.admin, obj{"name": "greek"}).is(201)
	b.put("/v1/agents/"+b.agents[1].String()+"/skills", b.admin, obj{"skills": []obj{{"skill_id": dutch, "rating": 7}}}).is(200)
	id := b.waiting()
	path := "/v1/conversations/" + id.String() + "/skills"
	b.db.SQL.MustExec(`UPDATE conversation SET skills = '{"greek": 1}' WHERE id = $1`, id)
	offers, err := b.db.Assignment.AssignNext(t.Context(), b.site.Queue, 1)
	require.NoError(t, err)
	require.Empty(t, offers, "nobody speaks Greek")
	require.Equal(t, 1.0, b.get(path, b.agent).is(200).get("skills.greek"))

	for _, in := range []obj{{}, {"skills": obj{"dutsch": 5}}, {"skills": obj{"dutch": 101}}, {"skills": obj{"dutch": -1}}} {
		b.put(path, b.agent, in).problem(422, "invalid")
	}
	got := b.put(path, b.agent, obj{"skills": obj{"dutch": 5}}).is(200)
	require.Equal(t, obj{"dutch": 5.0}, obj(got.get("skills").(map[string]any)))
	conv := b.get("/v1/conversations/"+id.String(), b.super).is(200)
	require.Equal(t, b.agents[1].String(), conv.str("offer.agent_id"), "who has the skill is asked at once")
	require.Equal(t, 1, b.count(`SELECT count(*) FROM event WHERE conversation_id = $1 AND data->>'change' = 'skills_changed'`, id))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM audit WHERE action = 'set_skills' AND object_id = $1::text`, id))
	b.put(path, b.super, obj{"skills": obj{}}).is(200)
	require.Equal(t, b.agents[1].String(), b.get("/v1/conversations/"+id.String(), b.super).is(200).str("offer.agent_id"), "who is asked stays so")

	b.db.SQL.MustExec(`UPDATE conversation SET state = 'closed', closed_at = now(), offer_id = NULL, offer_agent_id = NULL, offer_expires_at = NULL, held_by = NULL, held_units = 0 WHERE id = $1`, id)
	b.put(path, b.super, obj{"skills": obj{"dutch": 5}}).problem(409, "conflict")
	b.put("/v1/conversations/"+uuid.NewString()+"/skills", b.super, obj{"skills": obj{}}).problem(404, "not_found")
}

func TestAssignment_PreferredAgents(t *testing.T) {
	b := setup(t)
	id := b.post("/v1/contacts", b.agent, obj{"name": "Cara"}).is(201).str("id")
	path := "/v1/contacts/" + id + "/preferred-agents"
	two := []string{b.agents[1].String(), b.agents[0].String()}
	b.put(path, b.super, obj{"agent_ids": two}).is(200)
	require.Equal(t, []any{two[0], two[1]}, b.get(path, b.super).is(200).get("agent_ids"))
	require.Equal(t, false, b.get(path, b.super).get("only"))
	require.Equal(t, true, b.put(path, b.super, obj{"agent_ids": two, "only": true}).is(200).get("only"))
	b.put(path, b.super, obj{"agent_ids": []string{two[0], two[0]}}).problem(422, "invalid")
	b.put(path, b.super, obj{"agent_ids": []string{uuid.NewString()}}).problem(422, "invalid")
	b.put(path, b.agent, obj{"agent_ids": []string{}}).problem(403, "forbidden")
	b.get("/v1/contacts/"+uuid.NewString()+"/preferred-agents", b.agent).problem(404, "not_found")
	require.Equal(t, 2, b.count(`SELECT count(*) FROM audit WHERE object_type = 'contact' AND action = 'set_preferred_agents'`))
}
