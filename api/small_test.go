package api_test

import (
	"net/http/httptest"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestSeed_R3_NotesAreAddedOnce(t *testing.T) {
	b := setup(t)
	path := "/v1/conversations/" + b.active().String() + "/notes"
	add := func(token, key, text string) answer {
		r := b.request("POST", path, token, obj{"text": text})
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		return b.send(r)
	}
	first := add(b.agent, "k", "Call back").is(201).str("id")
	require.Equal(t, first, add(b.agent, "k", "Call back").is(200).str("id"))
	require.NotEqual(t, first, add(b.super, "k", "Another's").is(201).str("id"), "keys are their author's")
	add(b.agent, "", "Call back").is(201)
	require.Equal(t, 3, b.count(`SELECT count(*) FROM note`))
}

func TestSeed_R3_NonsenseIsRefused(t *testing.T) {
	b := setup(t)
	for _, language := range []string{"klingon??", "en US", "x"} {
		require.Equal(t, "language", b.post("/v1/contacts", b.super, obj{"name": "Cara", "language": language}).problem(422, "invalid").str("errors.0.field"), language)
	}
	b.post("/v1/contacts", b.super, obj{"name": "Cara", "language": "nl-BE"}).is(201)
	a := b.post("/v1/workstreams", b.admin, obj{"name": "Nobody", "mode": "push", "queue_id": b.site.Queue, "fallback_queue_id": b.site.Queue, "allowed_presences": []string{}})
	require.Equal(t, "allowed_presences", a.problem(422, "invalid").str("errors.0.field"))
	for _, path := range []string{"/healthz", "/readyz"} {
		w := httptest.NewRecorder() // the contract has GET, of which this is the head
		b.e.ServeHTTP(w, b.request("HEAD", path, "", nil))
		require.Equal(t, 200, w.Code, path)
	}
}

// What supervisors do with others' conversations is in the audit log.
func TestSeed_R3_SupervisorsCommandsAreAudited(t *testing.T) {
	b := setup(t)
	id := b.active().String()
	b.db.SQL.MustExec(`UPDATE agent_status SET presence = 'available', capacity = 5 WHERE agent_id = $1`, b.agents[1])
	b.post("/v1/conversations/"+id+"/assign", b.super, obj{"agent_id": b.agents[1]}).is(200)
	b.post("/v1/conversations/"+id+"/force-close", b.super, nil).is(200)
	log := b.get("/v1/audit?object_type=conversation&object_id="+id, b.admin).is(200)
	require.Equal(t, []string{"force_close", "assign"}, []string{log.str("items.0.action"), log.str("items.1.action")})
	require.Equal(t, b.agents[1].String(), log.str("items.1.changes.agent_id.to"))
	require.Equal(t, b.superID, uuid.MustParse(log.str("items.0.agent_id")))
}

// Who changes an agent's hours is told at once what they mean now.
func TestSeed_R3_WorkingHoursHoldAtOnce(t *testing.T) {
	b := setup(t)
	never := b.closedHours()
	agent := "/v1/agents/" + b.agents[0].String()
	require.Equal(t, true, b.patch(agent, b.admin, obj{"operating_hours_id": never}).is(200).get("off_duty"))
	require.Equal(t, false, b.patch(agent, b.admin, obj{"operating_hours_id": nil}).is(200).get("off_duty"))
}
