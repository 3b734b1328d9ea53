package api_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// Changing one's own password takes the one that there is, ends every sign-in, and
// goes on with a new one.
func TestPassword_OwnIsChanged(t *testing.T) {
	b := setup(t)
	email := uuid.NewString() + "@example.com"
	mia := obj{"name": "Mia", "email": email, "role": "agent", "password": "correct horse battery", "capacity": 3}
	id := uuid.MustParse(b.post("/v1/agents", b.admin, mia).is(201).str("id"))
	here, elsewhere := b.token(id), b.token(id)
	change := func(token, from, to string) answer {
		return b.put("/v1/me/password", token, obj{"current_password": from, "new_password": to})
	}
	require.Equal(t, "current_password", change(here, "a wrong guess", "incorrect zebra").problem(422, "invalid").str("errors.0.field"))
	require.Equal(t, "new_password", change(here, "correct horse battery", "short").problem(422, "invalid").str("errors.0.field"))
	change(here, "correct horse battery", "correct horse battery").problem(422, "invalid")
	b.get("/v1/me", elsewhere).is(200)

	fresh := change(here, "correct horse battery", "incorrect zebra").is(201).str("token")
	b.get("/v1/me", here).problem(401, "unauthenticated")
	b.get("/v1/me", elsewhere).problem(401, "unauthenticated")
	b.get("/v1/me", fresh).is(200)
	b.post("/v1/session", "", obj{"email": email, "password": "correct horse battery"}).problem(401, "bad_credentials")
	b.post("/v1/session", "", obj{"email": email, "password": "incorrect zebra"}).is(201)
	require.NotContains(t, b.log.String(), "zebra")
	require.Equal(t, 1, b.count(`SELECT count(*) FROM audit WHERE object_id = $1 AND object_type = 'password' AND action = 'changed' AND agent_id = $2`, id.String(), id))
}

// Whoever finds a browser unlocked does not find out the password, nor does a
// program with a token change it.
func TestPassword_OwnIsNotGuessed(t *testing.T) {
	b := setup(t)
	mia := obj{"name": "Mia", "email": uuid.NewString() + "@example.com", "role": "agent", "password": "correct horse battery", "capacity": 3}
	token := b.token(uuid.MustParse(b.post("/v1/agents", b.admin, mia).is(201).str("id")))
	in := obj{"current_password": "a wrong guess", "new_password": "incorrect zebra"}
	for range 5 {
		b.put("/v1/me/password", token, in).problem(422, "invalid")
	}
	b.put("/v1/me/password", token, in).problem(429, "too_many_tries")
	in["current_password"] = "correct horse battery"
	b.put("/v1/me/password", token, in).problem(429, "too_many_tries")
	api := b.post("/v1/tokens", b.admin, obj{"name": "CRM", "role": "agent", "agent_id": nil}).is(201).str("token")
	b.put("/v1/me/password", api, in).problem(403, "forbidden")
}
