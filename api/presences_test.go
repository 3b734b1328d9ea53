package api_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api"
	"switchboard/store/presencedb"
)

// withPresence lets the store keep presence.
func withPresence(b **presencedb.Presence) func(*api.Config) {
	return func(c *api.Config) {
		*b = &presencedb.Presence{Store: c.Store.Presence}
		c.Presence = *b
	}
}

func TestPresences_OK(t *testing.T) {
	var p *presencedb.Presence
	b := setup(t, withPresence(&p))
	made := b.post("/v1/presences", b.admin, obj{"name": "Lunch", "base": "away"}).is(201)
	require.Equal(t, "Lunch", made.str("text"), "without a text the name is shown")
	path, id := "/v1/presences/"+made.str("id"), made.str("id")
	b.patch(path, b.admin, obj{"text": "Back at one", "description": "Until 13:00"}).is(200)
	require.Equal(t, "Back at one", b.get(path, b.agent).is(200).str("text"))
	require.Equal(t, id, b.get("/v1/presences", b.agent).is(200).str("items.0.id"))

	require.NoError(t, p.Connect(t.Context(), b.agents[0], uuid.New(), "n1"))
	me := b.put("/v1/me/presence", b.agent, obj{"presence_id": id}).is(200)
	require.Equal(t, "away", me.str("agent.presence"))
	require.Equal(t, id, me.str("agent.chosen_presence_id"))
	require.Equal(t, "Back at one", b.get("/v1/agents/"+b.agents[0].String(), b.super).is(200).str("chosen_presence_text"))
	b.patch(path, b.admin, obj{"base": "busy"}).problem(409, "conflict")

	me = b.put("/v1/me/presence", b.agent, obj{"presence": "busy"}).is(200)
	require.Equal(t, "busy", me.str("agent.presence"))
	require.Nil(t, me.get("agent.chosen_presence_id"))
	b.patch(path, b.admin, obj{"base": "offline"}).is(200)
	b.del(path, b.admin).is(204)
	b.get(path, b.agent).problem(404, "not_found")
	require.Equal(t, 4, b.count(`SELECT count(*) FROM audit WHERE object_type = 'presence' AND object_id = $1`, id))
	require.Len(t, b.get("/v1/audit?object_type=presence", b.admin).is(200).get("items"), 4)
}

func TestPresences_ErrInput(t *testing.T) {
	var p *presencedb.Presence
	b := setup(t, withPresence(&p))
	for _, in := range []obj{{}, {"name": "x"}, {"name": "x", "base": "inactive"}, {"name": "", "base": "away"},
		{"name": "x", "base": "away", "text": "two\nlines"}, {"base": "away"}} {
		b.post("/v1/presences", b.admin, in).problem(422, "invalid")
	}
	lunch := b.post("/v1/presences", b.admin, obj{"name": "Lunch", "base": "away"}).is(201).str("id")
	b.post("/v1/presences", b.admin, obj{"name": "Lunch", "base": "busy"}).problem(409, "conflict")
	b.patch("/v1/presences/"+lunch, b.admin, obj{"base": "asleep"}).problem(422, "invalid")
	b.patch("/v1/presences/"+uuid.NewString(), b.admin, obj{"text": "x"}).problem(404, "not_found")
	b.del("/v1/presences/available", b.admin).problem(404, "not_found") // a built-in one is no row
	b.post("/v1/presences", b.super, obj{"name": "Mine", "base": "away"}).problem(403, "forbidden")
	b.patch("/v1/presences/"+lunch, b.agent, obj{"text": "x"}).problem(403, "forbidden")

	for _, path := range []string{"/v1/me/presence", "/v1/agents/" + b.agents[0].String() + "/presence"} {
		for _, in := range []obj{{}, {"presence": "offline"}, {"presence": "inactive"}, {"presence_id": nil},
			{"presence": "busy", "presence_id": lunch}, {"presence_id": uuid.NewString()}} {
			b.put(path, b.super, in).problem(422, "invalid")
		}
		b.put(path, b.super, obj{"presence_id": "lunch"}).is(400)
	}
	b.put("/v1/agents/"+uuid.NewString()+"/presence", b.super, obj{"presence": nil}).problem(404, "not_found")
	b.put("/v1/agents/"+b.agents[1].String()+"/presence", b.agent, obj{"presence": nil}).problem(403, "forbidden")
}

func TestPresences_SupervisorSetsAndResets(t *testing.T) {
	var p *presencedb.Presence
	b := setup(t, withPresence(&p))
	agent := b.agents[0]
	require.NoError(t, p.Connect(t.Context(), agent, uuid.New(), "n1"))
	b.db.SQL.MustExec(`UPDATE agent_status SET presence = 'inactive', inactive_since = now() WHERE agent_id = $1`, agent)
	require.Equal(t, "inactive", b.get("/v1/me", b.agent).is(200).str("agent.presence"))
	b.changed.take()
	path := "/v1/agents/" + agent.String() + "/presence"
	require.Equal(t, "available", b.put(path, b.super, obj{"presence": nil}).is(200).str("presence"))
	require.Equal(t, []uuid.UUID{agent}, b.changed.take(), "work is looked for")
	require.Equal(t, "away", b.put(path, b.super, obj{"presence": "away"}).is(200).str("presence"))
	require.Equal(t, 2, b.count(`SELECT count(*) FROM audit WHERE action = 'set_presence' AND object_id = $1 AND agent_id = $2`, agent, b.superID))
}

func TestPresences_DefaultAndLimitsOfAgents(t *testing.T) {
	var p *presencedb.Presence
	b := setup(t, withPresence(&p))
	lunch := b.post("/v1/presences", b.admin, obj{"name": "Lunch", "base": "away"}).is(201).str("id")
	path := "/v1/agents/" + b.agents[0].String()
	a := b.patch(path, b.admin, obj{"default_presence_id": lunch, "inactive_after": 600}).is(200)
	require.Equal(t, "away", a.str("default_presence"))
	require.Equal(t, lunch, a.str("default_presence_id"))
	require.EqualValues(t, 600, a.get("inactive_after"))
	b.del("/v1/presences/"+lunch, b.admin).problem(409, "conflict")
	a = b.patch(path, b.admin, obj{"default_presence": "offline"}).is(200)
	require.Equal(t, "offline", a.str("default_presence"))
	require.Nil(t, a.get("default_presence_id"))
	require.Nil(t, b.patch(path, b.admin, obj{"default_presence": nil}).is(200).get("default_presence"))
	for _, in := range []obj{{"default_presence": "inactive"}, {"default_presence": "away", "default_presence_id": lunch},
		{"default_presence_id": uuid.NewString()}, {"inactive_after": 59}, {"inactive_after": -1}} {
		b.patch(path, b.admin, in).problem(422, "invalid")
	}
	made := b.post("/v1/agents", b.admin, obj{"name": "Mia", "email": "mia@example.com", "role": "agent", "default_presence": "away", "inactive_after": 60}).is(201)
	require.Equal(t, "away", made.str("default_presence"))

	w := b.patch("/v1/workstreams/"+b.site.Workstream.String(), b.admin, obj{"missed_inactive": true, "rejected_dnd": true}).is(200)
	require.Equal(t, true, w.get("missed_inactive"))
	require.Equal(t, true, w.get("rejected_dnd"))
}

// Using the API keeps a choice alive; the last sign-out ends it.
func TestPresences_UseAndSignOut(t *testing.T) {
	var p *presencedb.Presence
	b := setup(t, withPresence(&p))
	agent := b.agents[0]
	b.patch("/v1/agents/"+agent.String(), b.admin, obj{"inactive_after": 600}).is(200)
	require.NoError(t, p.Connect(t.Context(), agent, uuid.New(), "n1"))
	b.put("/v1/me/presence", b.agent, obj{"presence": "away"}).is(200)
	unused := func() {
		b.db.SQL.MustExec(`UPDATE agent_status SET active_at = now() - interval '1 hour' WHERE agent_id = $1`, agent)
	}
	old := `SELECT count(*) FROM agent_status WHERE agent_id = $1 AND active_at < now() - interval '1 minute'`
	unused()
	b.get("/v1/me", b.agent).is(200)
	require.Equal(t, 1, b.count(old, agent), "recorded once in a while")
	b.clock.forward(11 * time.Second)
	b.get("/v1/me", b.agent).is(200)
	require.Zero(t, b.count(old, agent))

	other := b.token(agent)
	b.del("/v1/session", b.agent).is(204)
	require.Equal(t, "away", b.get("/v1/me", other).is(200).str("agent.presence"), "signed in elsewhere")
	b.del("/v1/session", other).is(204)
	a := b.get("/v1/agents/"+agent.String(), b.super).is(200)
	require.Equal(t, "offline", a.str("presence"))
	require.Nil(t, a.get("chosen_presence"))
}
