package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/presencedb"
)

const password = "correct-horse-battery"

// newPerson invites an agent, who chooses the password, and returns the answer to
// adding them.
func (b *bench) newPerson(role string) answer {
	b.Helper()
	made := b.post("/v1/agents", b.admin, obj{"name": "Mia", "email": uuid.NewString() + "@example.com", "role": role}).is(201)
	b.accept(b.link(made.str("id"), "invitation"), password).is(204)
	return made
}

// link makes an invitation or a password reset and returns its token.
func (b *bench) link(agent, kind string) string {
	b.Helper()
	_, token, found := strings.Cut(b.post("/v1/agents/"+agent+"/"+kind, b.admin, obj{"by_email": false}).is(201).str("url"), publicURL+"/welcome#")
	require.True(b, found)
	return token
}

// accept sets a password by the token of a link.
func (b *bench) accept(token, password string) answer {
	b.Helper()
	return b.post("/v1/session/password", "", obj{"token": token, "password": password})
}

func TestSession_SignInAndOut_OK(t *testing.T) {
	b := setup(t)
	mia := b.newPerson(configdb.RoleAgent)
	in := b.post("/v1/session", "", obj{"email": mia.str("email"), "password": password}).is(201)
	token := in.str("token")
	require.Equal(t, mia.str("id"), in.str("agent.id"))
	cookie := in.Result().Cookies()[0]
	require.True(t, cookie.HttpOnly && cookie.Secure && cookie.SameSite == http.SameSiteStrictMode)
	require.Equal(t, mia.str("id"), b.get("/v1/me", token).is(200).str("agent.id"))

	r := b.request("GET", "/v1/me", "", nil)
	r.AddCookie(cookie)
	b.send(r).is(200)

	b.del("/v1/session", token).is(204)
	b.get("/v1/me", token).problem(401, "unauthenticated")
}

func TestSession_ErrCredentials(t *testing.T) {
	b := setup(t)
	email := b.newPerson(configdb.RoleAgent).str("email")
	known := b.post("/v1/session", "", obj{"email": email, "password": "wrong"}).problem(401, "bad_credentials")
	unknown := b.post("/v1/session", "", obj{"email": "nobody@example.com", "password": "wrong"}).problem(401, "bad_credentials")
	require.Equal(t, known.str("detail"), unknown.str("detail"), "an answer must not tell who has an account")
	for _, in := range []obj{{}, {"email": "no address", "password": "x"}, {"email": email}} {
		b.post("/v1/session", "", in).problem(422, "invalid")
	}
}

// Guessing is slowed down, for one address and whoever tries; the right password
// counts as no try.
func TestSession_ErrTooManyTries(t *testing.T) {
	b := setup(t)
	email := b.newPerson(configdb.RoleAgent).str("email")
	for range 30 {
		b.post("/v1/session", "", obj{"email": email, "password": password}).is(201)
	}
	refused := 0
	for range 40 {
		a := b.post("/v1/session", "", obj{"email": email, "password": "wrong"})
		if a.Code == http.StatusTooManyRequests {
			require.NotEmpty(t, a.Header().Get("Retry-After"))
			refused++
		}
	}
	require.Positive(t, refused)
}

func TestSession_Expires(t *testing.T) {
	b := setup(t)
	email := b.newPerson(configdb.RoleAgent).str("email")
	token := b.post("/v1/session", "", obj{"email": email, "password": password}).is(201).str("token")
	b.get("/v1/me", token).is(200)
	b.db.SQL.MustExec(`UPDATE sign_in SET expires_at = now() - interval '1 second'`)
	b.clock.forward(2 * time.Hour) // nothing that was looked up may be remembered that long
	b.get("/v1/me", token).problem(401, "unauthenticated")
}

// Another site's page cannot sign anybody in, nor use a cookie.
func TestSession_ErrCrossSite(t *testing.T) {
	b := setup(t)
	email := b.newPerson(configdb.RoleAgent).str("email")
	r := b.request("POST", "/v1/session", "", obj{"email": email, "password": password})
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	b.send(r).problem(403, "cross_site")

	cookie := b.post("/v1/session", "", obj{"email": email, "password": password}).is(201).Result().Cookies()[0]
	r = b.request("PUT", "/v1/me/presence", "", obj{"presence": "away"})
	r.AddCookie(cookie)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	b.send(r).problem(403, "cross_site")
}

// A person who is disabled is out at once, in every session.
func TestSession_DisabledAgent(t *testing.T) {
	b := setup(t)
	mia := b.newPerson(configdb.RoleAgent)
	in := obj{"email": mia.str("email"), "password": password}
	token := b.post("/v1/session", "", in).is(201).str("token")
	b.patch("/v1/agents/"+mia.str("id"), b.admin, obj{"disabled": true}).is(200)
	b.get("/v1/me", token).problem(401, "unauthenticated")
	b.post("/v1/session", "", in).problem(401, "bad_credentials")
}

func TestTokens_OK(t *testing.T) {
	b := setup(t)
	made := b.post("/v1/tokens", b.admin, obj{"name": "CRM", "role": "supervisor"}).is(201)
	secret := made.str("token")
	b.get("/v1/queues", secret).is(200)
	b.post("/v1/queues", secret, obj{"name": "no"}).problem(403, "forbidden")
	b.del("/v1/session", secret).problem(403, "forbidden")
	require.NotContains(t, b.get("/v1/tokens", b.admin).is(200).Body.String(), secret)
	b.del("/v1/tokens/"+made.str("id"), b.admin).is(204)
	b.get("/v1/queues", secret).problem(401, "unauthenticated")
	b.post("/v1/tokens", b.admin, obj{"name": "late", "role": "agent", "expires_at": "2020-01-01T00:00:00Z"}).problem(422, "invalid")
	require.NotContains(t, b.log.String(), secret)
}

// chosen remembers what agents chose.
type chosen map[uuid.UUID]*string

func (c chosen) Choose(_ context.Context, agent uuid.UUID, choice presencedb.Choice) error {
	c[agent] = choice.Base
	return nil
}

func (c chosen) ChooseFor(ctx context.Context, _ auditdb.Actor, agent uuid.UUID, choice presencedb.Choice) error {
	return c.Choose(ctx, agent, choice)
}

func (chosen) SignedOut(context.Context, uuid.UUID) error { return nil }
func (chosen) Active(context.Context, uuid.UUID) error    { return nil }

func TestPresence(t *testing.T) {
	picked := chosen{}
	b := setup(t, func(c *api.Config) { c.Presence = picked })
	b.put("/v1/me/presence", b.agent, obj{"presence": "away"}).is(200)
	require.Equal(t, "away", *picked[b.agents[0]])
	b.put("/v1/me/presence", b.agent, obj{"presence": nil}).is(200) // from now on as the connection says
	require.Nil(t, picked[b.agents[0]])
	b.put("/v1/me/presence", b.agent, obj{"presence": "asleep"}).problem(422, "invalid")
	b.put("/v1/me/presence", b.agent, obj{}).problem(422, "invalid")
}
