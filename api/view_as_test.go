package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/api"
)

// An administrator who views as somebody reads what they may read and changes nothing,
// through no route, until they stop or half an hour is over.
func TestSecurity_ViewAs(t *testing.T) {
	b := setup(t)
	agent := b.agents[0].String()
	at := "/v1/agents/" + agent + "/view-as"
	mine := b.active()
	b.post(at, b.super, nil).problem(403, "forbidden")
	b.post("/v1/agents/"+b.adminID.String()+"/view-as", b.admin, nil).problem(409, "conflict")
	b.post("/v1/agents/6c84fb90-12c4-11e1-840d-7b25c5ee775a/view-as", b.admin, nil).problem(404, "not_found")
	b.post(at, b.post("/v1/tokens", b.admin, obj{"name": "x", "permissions": []string{"people:write"}}).is(201).str("token"), nil).problem(403, "forbidden")
	begun := b.post(at, b.admin, nil).is(201)
	me := b.get("/v1/me", b.admin).is(200)
	require.Equal(t, agent, me.str("agent.id"))
	require.Equal(t, begun.str("until"), me.str("view_until"))
	require.Equal(t, "agent", me.str("role"))
	require.Nil(t, b.get("/v1/me", b.agent).is(200).get("view_until"))
	b.get("/v1/conversations/"+mine.String()+"/messages", b.admin).is(200)
	b.get("/v1/audit", b.admin).problem(403, "forbidden")
	b.post("/v1/contacts/identify", b.admin, obj{"phone": "+31612345678"}).is(200)

	refused := 0
	ids := strings.NewReplacer("{id}", mine.String(), "{agent_id}", agent, "{address_id}", b.site.Address.String())
	for _, r := range api.RouteTable() {
		if r.Method == http.MethodGet || r.Permission == "public" || strings.HasSuffix(r.Permission, ":read") || strings.HasPrefix(r.Path, "/scim/") ||
			r.Path == "/v1/session/view-as" || r.Path == "/v1/session" {
			continue
		}
		b.send(b.request(r.Method, ids.Replace(r.Path), b.admin, nil)).problem(403, "view_as")
		refused++
	}
	require.Greater(t, refused, 150)
	sent := b.request("POST", "/v1/conversations/"+mine.String()+"/messages", b.agent, obj{"text": "Hello"})
	sent.Header.Set("Idempotency-Key", "view-as")
	b.send(sent).is(201) // the agent themselves work on

	b.del("/v1/session/view-as", b.admin).is(204)
	require.Equal(t, b.adminID.String(), b.get("/v1/me", b.admin).is(200).str("agent.id"))
	b.del("/v1/session/view-as", b.admin).is(204)
	for _, action := range []string{"view_as", "view_as_ended"} {
		require.Equal(t, 1, b.count(`SELECT count(*) FROM audit WHERE object_type = 'session' AND action = $1 AND agent_id = $2 AND object_id = $3`,
			action, b.adminID, agent), action)
	}
}

// It ends by itself: by time, with the administrator's role, and when the person is disabled.
func TestSecurity_ViewAs_Ends(t *testing.T) {
	b := setup(t)
	other, session := b.person("administrator")
	is := func(id string) {
		t.Helper()
		require.Equal(t, id, b.get("/v1/me", session).is(200).str("agent.id"))
	}
	agent := b.agents[0].String()
	begin := func() {
		t.Helper()
		b.post("/v1/agents/"+agent+"/view-as", session, nil).is(201)
		is(agent)
	}
	begin()
	b.clock.forward(31 * time.Minute)
	b.db.SQL.MustExec(`UPDATE sign_in SET view_until = now() - interval '1 second' WHERE view_as IS NOT NULL`)
	is(other.String())
	begin()
	b.patch("/v1/agents/"+agent, b.admin, obj{"disabled": true}).is(200)
	is(other.String())
	b.post("/v1/agents/"+agent+"/view-as", session, nil).problem(409, "conflict")
	b.patch("/v1/agents/"+agent, b.admin, obj{"disabled": false}).is(200)
	begin()
	b.patch("/v1/agents/"+other.String(), b.admin, obj{"role": "supervisor"}).is(200)
	is(other.String())
	b.del("/v1/session", session).is(204)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM audit WHERE object_type = 'session' AND action = 'ended' AND object_id = $1`, other))
}
