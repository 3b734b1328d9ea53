package api_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/store/configdb"
)

// tokenOf lets a new administrator make a token, and returns who made it.
func (b *bench) tokenOf(in obj) (maker answer, token string) {
	b.Helper()
	maker = b.newPerson(configdb.RoleAdministrator)
	session := b.post("/v1/session", "", obj{"email": maker.str("email"), "password": password}).is(201).str("token")
	return maker, b.post("/v1/tokens", session, in).is(201).str("token")
}

// Whoever was an administrator must not stay one by a token they left behind.
func TestSecurity_H3_TokensEndWithTheirMaker(t *testing.T) {
	b := setup(t)
	maker, token := b.tokenOf(obj{"name": "backdoor", "role": "administrator", "agent_id": nil, "expires_at": nil})
	b.get("/v1/agents", token).is(200)
	person := "/v1/agents/" + maker.str("id")
	b.patch(person, b.admin, obj{"disabled": true}).is(200)
	b.get("/v1/agents", token).problem(401, "unauthenticated")
	b.patch(person, token, obj{"disabled": false, "password": password}).problem(401, "unauthenticated")
	b.patch(person, b.admin, obj{"disabled": false}).is(200)
	b.get("/v1/agents", token).problem(401, "unauthenticated") // nor does it come back with them
	require.Equal(t, 1, b.count(`SELECT count(*) FROM audit WHERE action = 'revoke' AND object_type = 'token'`))
}

// A token is never more than who made it, nor than whom it acts as.
func TestSecurity_H3_TokensAreCappedByTheirPeople(t *testing.T) {
	b := setup(t)
	maker, token := b.tokenOf(obj{"name": "CRM", "role": "administrator"})
	b.patch("/v1/agents/"+maker.str("id"), b.admin, obj{"role": "supervisor"}).is(200)
	require.Equal(t, "supervisor", b.get("/v1/me", token).is(200).str("role"))
	b.get("/v1/agents", token).is(200)
	b.post("/v1/agents", token, obj{"name": "x", "email": "x@example.com", "role": "administrator"}).problem(403, "forbidden")

	b.post("/v1/tokens", b.admin, obj{"name": "above", "role": "administrator", "agent_id": b.agents[0]}).problem(422, "invalid")
	b.post("/v1/tokens", b.admin, obj{"name": "nobody", "role": "agent", "agent_id": "00000000-0000-0000-0000-000000000001"}).problem(422, "invalid")
	acting := b.post("/v1/tokens", b.admin, obj{"name": "acting", "role": "supervisor", "agent_id": b.superID}).is(201).str("token")
	b.patch("/v1/agents/"+b.superID.String(), b.admin, obj{"role": "agent"}).is(200)
	require.Equal(t, "agent", b.get("/v1/me", acting).is(200).str("role"))
	b.patch("/v1/agents/"+b.superID.String(), b.admin, obj{"disabled": true}).is(200)
	b.get("/v1/me", acting).problem(401, "unauthenticated")
	b.post("/v1/tokens", b.admin, obj{"name": "late", "role": "agent", "agent_id": b.superID}).problem(422, "invalid")
}

// A token ends by itself, and makes no other that would outlive it.
func TestSecurity_H3_TokensEndByThemselves(t *testing.T) {
	b := setup(t)
	made := b.post("/v1/tokens", b.admin, obj{"name": "CRM", "role": "administrator"}).is(201)
	ends, err := time.Parse(time.RFC3339, made.str("expires_at"))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().AddDate(0, 0, 90), ends, time.Hour)
	b.post("/v1/tokens", b.admin, obj{"name": "x", "role": "agent", "expires_at": time.Now().AddDate(1, 0, 2)}).problem(422, "invalid")
	b.post("/v1/tokens", b.admin, obj{"name": "x", "role": "agent", "expires_at": time.Now().AddDate(1, 0, -1)}).is(201)

	list := "/v1/tokens?limit=1"
	require.Nil(t, b.get(list, b.admin).is(200).get("items.0.last_used_at"))
	b.get("/v1/me", made.str("token")).is(200)
	require.NotEmpty(t, b.get(list, b.admin).is(200).str("items.0.last_used_at"))
	b.post("/v1/tokens", made.str("token"), obj{"name": "child", "role": "agent"}).problem(403, "forbidden")
}
