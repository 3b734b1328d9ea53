package api_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api"
	"switchboard/secret"
	"switchboard/store/configdb"
	"switchboard/test/tier"
)

// added is a person who was added and has no password yet.
func (b *bench) added() (id, email string) {
	b.Helper()
	email = uuid.NewString() + "@example.com"
	return b.post("/v1/agents", b.admin, obj{"name": "Nora Fischer", "email": email, "role": "agent"}).is(201).str("id"), email
}

func (b *bench) signIn(email, password string) answer {
	b.Helper()
	return b.post("/v1/session", "", obj{"email": email, "password": password})
}

// A person who was invited sets their own password, which nobody else knows.
func TestSecurity_H4_Invitation(t *testing.T) {
	b := setup(t)
	id, email := b.added()
	require.Equal(t, "none", b.get("/v1/agents/"+id+"/sign-in", b.admin).is(200).str("password"))
	token := b.link(id, "invitation")
	require.Equal(t, "invitation", b.get("/v1/agents/"+id+"/sign-in", b.admin).is(200).str("link.kind"))
	read := b.post("/v1/session/link", "", obj{"token": token}).is(200)
	require.Equal(t, "Nora Fischer", read.str("name"))
	require.Equal(t, email, read.str("email"))
	require.Equal(t, "password", b.accept(token, "password12").problem(422, "invalid").str("errors.0.field"))
	b.accept(token, "NoraFischer1").problem(422, "invalid")
	b.accept(token, password).is(204)
	b.signIn(email, password).is(201)
	require.Equal(t, "own", b.get("/v1/agents/"+id+"/sign-in", b.admin).is(200).str("password"))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM audit WHERE object_type = 'invitation' AND action = 'created' AND agent_id = $1 AND object_id = $2`, b.adminID, id))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM audit WHERE object_type = 'password' AND action = 'changed' AND agent_id = $1`, id))
	require.Zero(t, b.count(`SELECT count(*) FROM sign_in_link WHERE token_hash = $1`, []byte(token)))
	require.NotContains(t, b.log.String(), token)
	require.Zero(t, b.count(`SELECT count(*) FROM audit WHERE changes::text LIKE '%swl_%' OR changes::text LIKE '%horse%'`))
}

// A link is good once, until a newer one, for its time, and for somebody who may sign in.
func TestSecurity_H4_LinksAreGoodOnce(t *testing.T) {
	b := setup(t)
	for what, spoil := range map[string]func(id, token string){
		"used":  func(_, token string) { b.accept(token, password).is(204) },
		"newer": func(id, _ string) { b.link(id, "password-reset") },
		"expired": func(id, _ string) {
			b.db.SQL.MustExec(`UPDATE sign_in_link SET expires_at = now() - interval '1 second' WHERE agent_id = $1`, id)
		},
		"disabled": func(id, _ string) {
			b.patch("/v1/agents/"+id, b.admin, obj{"disabled": true}).is(200)
			b.post("/v1/agents/"+id+"/invitation", b.admin, obj{}).problem(409, "conflict")
		},
		"disabled and enabled again": func(id, _ string) {
			b.patch("/v1/agents/"+id, b.admin, obj{"disabled": true}).is(200)
			b.patch("/v1/agents/"+id, b.admin, obj{"disabled": false}).is(200)
		},
		"a password was set": func(id, _ string) { b.patch("/v1/agents/"+id, b.admin, obj{"password": password + "!"}).is(200) },
	} {
		id, email := b.added()
		token := b.link(id, "invitation")
		spoil(id, token)
		b.post("/v1/session/link", "", obj{"token": token}).problem(404, "not_found")
		b.accept(token, "another good phrase").problem(404, "not_found")
		require.Equal(t, 401, b.signIn(email, "another good phrase").Code, what)
	}
	b.accept("swl_"+secret.NewToken(), password).problem(404, "not_found")
	b.accept("", password).problem(404, "not_found")
}

// Two who use a link at the same moment: one password is set, and it is the one of
// whom was told so.
func TestSecurity_H4_LinkUsedTwiceAtOnce(t *testing.T) {
	b := setup(t)
	id, email := b.added()
	token := b.link(id, "invitation")
	codes := make(chan int, 8)
	for n := range 8 {
		go func() {
			w := &recorded{header: http.Header{}}
			b.e.ServeHTTP(w, b.request("POST", "/v1/session/password", "", obj{"token": token, "password": passwords[n]}))
			codes <- w.status*10 + n
		}()
	}
	set := -1
	for range 8 {
		if c := <-codes; c/10 == http.StatusNoContent {
			require.Equal(t, -1, set, "it was used twice")
			set = c % 10
		}
	}
	require.GreaterOrEqual(t, set, 0)
	b.signIn(email, passwords[set]).is(201)
}

var passwords = []string{"green tea and rain", "slow train north", "quiet blue harbour", "seven wooden chairs", "paper boat season", "long winter roads",
	"small town library", "warm bread morning"}

// recorded is an answer of which only the status matters.
type recorded struct {
	header http.Header
	status int
}

func (r *recorded) Header() http.Header         { return r.header }
func (r *recorded) Write(b []byte) (int, error) { return len(b), nil }
func (r *recorded) WriteHeader(status int)      { r.status = status }

// A password that an administrator knows is good for choosing another one only,
// whatever one asks the API for.
func TestSecurity_H4_MustChange(t *testing.T) {
	b := setup(t)
	in := obj{"name": "Nora", "email": uuid.NewString() + "@example.com", "role": "administrator", "password": password}
	id := b.post("/v1/agents", b.admin, in).is(201).str("id")
	token := b.signIn(in["email"].(string), password).is(201).str("token")
	require.Equal(t, "password", b.get("/v1/me", token).is(200).str("needs"))
	ids := strings.NewReplacer("{id}", b.site.Queue.String(), "{agent_id}", b.agents[0].String(), "{address_id}", b.site.Address.String())
	refused := 0
	for _, r := range api.RouteTable() {
		switch name := r.Method + " " + r.Path; {
		case r.Permission == "public", name == "GET /v1/me", name == "PUT /v1/me/password", name == "DELETE /v1/session":
		default:
			answered := b.send(b.request(r.Method, ids.Replace(r.Path), token, nil))
			if strings.HasPrefix(r.Path, "/scim/") { // whose errors have a form of their own
				answered.is(403)
			} else {
				answered.problem(403, "must_change_password")
			}
			refused++
		}
	}
	require.Greater(t, refused, 100)
	b.put("/v1/me/password", token, obj{"current_password": password, "new_password": password}).problem(422, "invalid")
	fresh := b.put("/v1/me/password", token, obj{"current_password": password, "new_password": "incorrect zebra"}).is(201).str("token")
	require.Nil(t, b.get("/v1/me", fresh).is(200).get("needs"))
	b.get("/v1/queues", fresh).is(200)
	b.patch("/v1/agents/"+id, b.admin, obj{"password": password}).is(200) // and again for one that is set anew
	b.get("/v1/me", fresh).problem(401, "unauthenticated")
	b.get("/v1/queues", b.signIn(in["email"].(string), password).is(201).str("token")).problem(403, "must_change_password")
}

// A token that somebody had before is not the one that is signed in, nor is one of
// their choice.
func TestSecurity_SessionFixation(t *testing.T) {
	b := setup(t)
	mia := b.newPerson(configdb.RoleAgent)
	chosen := "sws_" + secret.NewToken()
	r := b.request("POST", "/v1/session", "", obj{"email": mia.str("email"), "password": password})
	r.AddCookie(&http.Cookie{Name: "__Host-switchboard_session", Value: chosen})
	r.AddCookie(&http.Cookie{Name: "switchboard_session", Value: chosen})
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	got := b.send(r).is(201)
	require.NotContains(t, got.Body.String(), "sws_", "a browser's scripts do not see the token")
	cookie := got.Result().Cookies()[0]
	require.Equal(t, "__Host-switchboard_session", cookie.Name)
	require.True(t, cookie.Secure && cookie.HttpOnly && cookie.Path == "/" && cookie.Domain == "")
	require.NotEqual(t, chosen, cookie.Value)
	b.get("/v1/me", chosen).problem(401, "unauthenticated")
	require.Equal(t, "max-age=31536000", got.Header().Get("Strict-Transport-Security"))

	// What a neighbouring site of the domain can set is not taken.
	r = b.request("GET", "/v1/me", "", nil)
	r.AddCookie(&http.Cookie{Name: "switchboard_session", Value: cookie.Value})
	b.send(r).problem(401, "unauthenticated")
}

// One sees where one is signed in, and ends it; the streams end with it.
func TestSecurity_L5_Sessions(t *testing.T) {
	b := setup(t)
	server := b.otherProcess()
	mia := b.newPerson(configdb.RoleAgent)
	enter := func(agent string) string {
		r := b.request("POST", "/v1/session", "", obj{"email": mia.str("email"), "password": password})
		r.Header.Set("User-Agent", agent)
		r.RemoteAddr = "203.0.113.77:1"
		return b.send(r).is(201).str("token")
	}
	here, there, third := enter("Firefox"), enter("Chrome"), enter("Safari")
	list := b.get("/v1/me/sign-in", here).is(200)
	var state struct {
		Sessions []struct {
			ID, Address string
			UserAgent   string `json:"user_agent"`
			Current     bool
		}
	}
	list.into(&state)
	require.Len(t, state.Sessions, 3)
	var chrome string
	for _, s := range state.Sessions {
		require.Equal(t, "203.0.113.0/24", s.Address)
		require.Equal(t, s.UserAgent == "Firefox", s.Current)
		if s.UserAgent == "Chrome" {
			chrome = s.ID
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), tier.Patience(time.Minute))
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/v1/events", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+there)
	res, err := server.Client().Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	body := bufio.NewReader(res.Body)
	_, err = body.ReadString('\n')
	require.NoError(t, err)

	b.del("/v1/me/sessions/"+chrome, b.agent).problem(404, "not_found") // somebody else's
	b.del("/v1/me/sessions/"+chrome, here).is(204)
	_, err = io.Copy(io.Discard, body)
	require.NoError(t, err, "the stream ends")
	b.get("/v1/me", there).problem(401, "unauthenticated")
	b.get("/v1/me", third).is(200)
	b.del("/v1/me/sessions", here).is(204)
	b.get("/v1/me", third).problem(401, "unauthenticated")
	b.get("/v1/me", here).is(200)
	b.del("/v1/agents/"+mia.str("id")+"/sessions", b.admin).is(204)
	b.get("/v1/me", here).problem(401, "unauthenticated")
	require.Equal(t, 3, b.count(`SELECT count(*) FROM audit WHERE object_type = 'session' AND action = 'ended' AND object_id = $1`, mia.str("id")))
}

// A sign-in that nobody uses ends, before the longest time for which one lasts.
func TestSecurity_L5_IdleSessionsEnd(t *testing.T) {
	b := setup(t)
	mia := b.newPerson(configdb.RoleAgent)
	token := b.signIn(mia.str("email"), password).is(201).str("token")
	idle := func(span string) {
		b.db.SQL.MustExec(`UPDATE sign_in SET last_used_at = now() - $1::interval WHERE token_hash = $2`, span, secret.HashToken(token))
		b.clock.forward(time.Minute) // nothing that was looked up is remembered that long
	}
	idle("11 hours")
	b.get("/v1/me", token).is(200) // which is a use
	require.Equal(t, 1, b.count(`SELECT count(*) FROM sign_in WHERE token_hash = $1 AND last_used_at > now() - interval '1 minute'`, secret.HashToken(token)))
	idle("13 hours")
	b.get("/v1/me", token).problem(401, "unauthenticated")
	b.patch("/v1/sign-in-settings", b.admin, obj{"idle_seconds": 60}).problem(422, "invalid")
	b.patch("/v1/sign-in-settings", b.admin, obj{"idle_seconds": 15 * 3600}).is(200)
	b.get("/v1/me", token).is(200)
}

// What a browser sends with its old cookie while it changes the password does not sign
// it out; a moment later the old cookie is no good.
func TestPassword_BrowserStaysSignedIn(t *testing.T) {
	b := setup(t)
	mia := b.newPerson(configdb.RoleAgent)
	old := b.signIn(mia.str("email"), password).is(201).Result().Cookies()[0]
	elsewhere := b.signIn(mia.str("email"), password).is(201).str("token")
	with := func(method, path string, ck *http.Cookie, body any) answer {
		r := b.request(method, path, "", body)
		r.AddCookie(ck)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		return b.send(r)
	}
	changed := with("PUT", "/v1/me/password", old, obj{"current_password": password, "new_password": "incorrect zebra"}).is(201)
	with("GET", "/v1/me", old, nil).is(200)
	b.get("/v1/me", elsewhere).problem(401, "unauthenticated")
	with("GET", "/v1/me", changed.Result().Cookies()[0], nil).is(200)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM sign_in WHERE token_hash = $1 AND expires_at <= now() + interval '10 seconds'`, secret.HashToken(old.Value)))
}

// Whoever guesses is found in the audit log, which they cannot fill.
func TestSecurity_M11_SignInsAreAudited(t *testing.T) {
	b := setup(t)
	b.clock.stop()
	mia := b.newPerson(configdb.RoleAgent)
	for range 20 {
		b.signIn(mia.str("email"), "wrong")
	}
	entries := func(action string) int {
		return b.count(`SELECT count(*) FROM audit WHERE object_type = 'session' AND action = $1 AND object_id = $2 AND changes ->> 'address' = '192.0.2.0/24'`, action, mia.str("id"))
	}
	require.Equal(t, 5, entries("failed"))
	require.Equal(t, 1, entries("locked"))
	require.Equal(t, "failed", b.get("/v1/audit?object_type=session&limit=2", b.admin).is(200).str("items.1.action"))
}

// A hash that costs less than new ones is replaced at the next sign-in.
func TestSecurity_L7_Rehash(t *testing.T) {
	b := setup(t)
	mia := b.newPerson(configdb.RoleAgent)
	cheap := "$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$iPHP1F2dHn0AIHOKWbgr1ttmP2JlSq7peb7o/kAUN/c"
	b.db.SQL.MustExec(`UPDATE agent SET password_hash = $1 WHERE id = $2`, cheap, mia.str("id"))
	b.signIn(mia.str("email"), "wrong").problem(401, "bad_credentials")
	require.Equal(t, 1, b.count(`SELECT count(*) FROM agent WHERE password_hash = $1`, cheap))
	b.signIn(mia.str("email"), password).is(201)
	require.Zero(t, b.count(`SELECT count(*) FROM agent WHERE password_hash = $1`, cheap))
	b.signIn(mia.str("email"), password).is(201)
}

// Who forgot their password is answered like somebody whom nobody knows, and cannot be
// sent any number of e-mails.
func TestSecurity_H4_ForgottenTellsNothing(t *testing.T) {
	b := setup(t, func(c *api.Config) { c.Mail = true })
	b.clock.stop()
	require.Equal(t, true, b.get("/v1/session", "").is(200).get("password_reset_by_email"))
	mia := b.newPerson(configdb.RoleAgent)
	known := b.post("/v1/session/forgotten", "", obj{"email": mia.str("email")}).is(202)
	unknown := b.post("/v1/session/forgotten", "", obj{"email": "nobody@example.com"}).is(202)
	require.Empty(t, known.Body.String()+unknown.Body.String())
	require.Equal(t, 2, b.count(`SELECT count(*) FROM mail WHERE kind = 'reset'`))
	for range 3 {
		b.post("/v1/session/forgotten", "", obj{"email": mia.str("email")}).is(202)
	}
	b.post("/v1/session/forgotten", "", obj{"email": mia.str("email")}).problem(429, "too_many_tries")
	require.Nil(t, b.post("/v1/agents/"+mia.str("id")+"/password-reset", b.admin, obj{"by_email": true}).is(201).get("url"))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM audit WHERE object_type = 'password' AND action = 'requested' AND agent_id = $1`, b.adminID))
	b.signIn(mia.str("email"), password).is(201) // until a link is used
}

// Without a mail server nothing is promised.
func TestSecurity_H4_NoMail(t *testing.T) {
	b := setup(t)
	require.Equal(t, false, b.get("/v1/session", "").is(200).get("password_reset_by_email"))
	b.post("/v1/session/forgotten", "", obj{"email": "nobody@example.com"}).problem(409, "conflict")
	b.post("/v1/agents/"+b.agents[0].String()+"/invitation", b.admin, obj{"by_email": true}).problem(422, "invalid")
}

// Whoever may change people, and less than somebody else, cannot become them by a link.
func TestSecurity_H4_NoLinkUpwards(t *testing.T) {
	b := setup(t)
	role := b.post("/v1/roles", b.admin, obj{"name": "Team lead", "permissions": []string{"people:read", "people:write"}}).is(201)
	id, token := b.person(configdb.RoleAgent)
	b.put("/v1/agents/"+id.String()+"/access", b.admin, obj{"role_id": role.str("id")}).is(200)
	above := "/v1/agents/" + b.adminID.String()
	for _, kind := range []string{"invitation", "password-reset"} {
		b.post(above+"/"+kind, token, obj{"by_email": false}).problem(422, "invalid")
	}
	b.del(above+"/sessions", token).problem(422, "invalid")
	b.del(above+"/second-factor", token).problem(422, "invalid")
	b.get("/v1/me", b.admin).is(200)
	require.Zero(t, b.count(`SELECT count(*) FROM sign_in_link`))
}
