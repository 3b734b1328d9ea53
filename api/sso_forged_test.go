package api_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// forger is a provider of which each test says what it answers.
type forger struct {
	*httptest.Server
	t   *testing.T
	key *rsa.PrivateKey

	mu      sync.Mutex
	asked   url.Values // of the last authorization request
	token   url.Values // of the last token request
	idToken func() string
}

func newForger(t *testing.T) *forger {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	f := &forger{t: t, key: key}
	f.idToken = func() string { return f.sign(f.claims()) }
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		f.answer(w, obj{"issuer": f.URL, "authorization_endpoint": f.URL + "/authorize", "token_endpoint": f.URL + "/token",
			"jwks_uri": f.URL + "/keys", "response_types_supported": []string{"code"}, "id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		f.answer(w, obj{"keys": []obj{{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k", "n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
			"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		f.mu.Lock()
		defer f.mu.Unlock()
		f.token = r.PostForm
		f.answer(w, obj{"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": f.idToken()})
	})
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	return f
}

func (f *forger) answer(w http.ResponseWriter, v obj) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// claims are those of a right answer to the last request.
func (f *forger) claims() jwt.MapClaims {
	now := time.Now()
	return jwt.MapClaims{"iss": f.URL, "aud": "switchboard", "sub": "subject-1", "nonce": f.asked.Get("nonce"), "iat": now.Unix(),
		"exp": now.Add(time.Minute).Unix(), "email": "mia@forged.example", "email_verified": true, "name": "Mia"}
}

func (f *forger) sign(claims jwt.MapClaims) string {
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = "k"
	s, err := token.SignedString(f.key)
	if err != nil {
		f.t.Error(err)
	}
	return s
}

// begin starts a sign-in and takes note of what the provider is asked for.
func (f *forger) begin(w *ssoBrowser, provider string) {
	f.t.Helper()
	to, err := url.Parse(w.ask("/v1/sso/" + provider + "/start").is(303).Header().Get("Location"))
	require.NoError(f.t, err)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = to.Query()
}

// back comes back from the provider, and returns where that leads.
func (f *forger) back(w *ssoBrowser, more url.Values) string {
	f.t.Helper()
	q := url.Values{"code": {"c"}, "state": {f.asked.Get("state")}}
	for name, v := range more {
		q[name] = v
	}
	return w.ask("/v1/sso/callback?" + q.Encode()).is(303).Header().Get("Location")
}

func (f *forger) answers(idToken func() string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.idToken = idToken
}

// The request carries PKCE, state and nonce, and the code is redeemed with what they
// were made of.
func TestSSO_RequestIsBound(t *testing.T) {
	b := setup(t)
	f := newForger(t)
	id := b.newProvider(f.URL, obj{"create_people": true}).str("id")
	w := b.ssoBrowser()
	f.begin(w, id)
	require.Equal(t, "S256", f.asked.Get("code_challenge_method"))
	require.Equal(t, "code", f.asked.Get("response_type"))
	require.Equal(t, publicURL+"/v1/sso/callback", f.asked.Get("redirect_uri"))
	require.Contains(t, strings.Fields(f.asked.Get("scope")), "openid")
	require.Equal(t, "/desk/", f.back(w, nil))
	sum := sha256.Sum256([]byte(f.token.Get("code_verifier")))
	require.Equal(t, f.asked.Get("code_challenge"), base64.RawURLEncoding.EncodeToString(sum[:]))
	require.Equal(t, "mia@forged.example", b.get("/v1/me", w.session()).is(200).str("agent.email"))
	for _, ck := range w.ours {
		require.True(t, ck.HttpOnly && ck.Secure, ck.Name)
	}
}

// What the provider answers is believed only if it is for this request and from it.
func TestSecurity_SSO_ForgedTokens(t *testing.T) {
	b := setup(t)
	f := newForger(t)
	id := b.newProvider(f.URL, obj{"create_people": true}).str("id")
	with := func(change func(jwt.MapClaims)) func() string {
		return func() string {
			c := f.claims()
			change(c)
			return f.sign(c)
		}
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	for name, token := range map[string]func() string{
		"another nonce":     with(func(c jwt.MapClaims) { c["nonce"] = "another" }),
		"no nonce":          with(func(c jwt.MapClaims) { delete(c, "nonce") }),
		"another audience":  with(func(c jwt.MapClaims) { c["aud"] = "another" }),
		"for several":       with(func(c jwt.MapClaims) { c["aud"] = []string{"switchboard", "another"} }),
		"another party":     with(func(c jwt.MapClaims) { c["azp"] = "another" }),
		"another issuer":    with(func(c jwt.MapClaims) { c["iss"] = "https://evil.example" }),
		"expired":           with(func(c jwt.MapClaims) { c["exp"] = time.Now().Add(-time.Minute).Unix() }),
		"without an end":    with(func(c jwt.MapClaims) { delete(c, "exp") }),
		"not yet":           with(func(c jwt.MapClaims) { c["nbf"] = time.Now().Add(time.Hour).Unix() }),
		"without a subject": with(func(c jwt.MapClaims) { delete(c, "sub") }),
		"no token":          func() string { return "" },
		"another key": func() string {
			s, _ := jwt.NewWithClaims(jwt.SigningMethodRS256, f.claims()).SignedString(other)
			return s
		},
		"no signature": func() string {
			s, _ := jwt.NewWithClaims(jwt.SigningMethodNone, f.claims()).SignedString(jwt.UnsafeAllowNoneSignatureType)
			return s
		},
		"the client's secret as key": func() string {
			s, _ := jwt.NewWithClaims(jwt.SigningMethodHS256, f.claims()).SignedString([]byte("its secret"))
			return s
		},
	} {
		w := b.ssoBrowser()
		f.answers(token)
		f.begin(w, id)
		require.Equal(t, "/desk/?sign_in=token", f.back(w, nil), name)
		require.Empty(t, w.session(), name)
	}
	require.Zero(t, b.count(`SELECT count(*) FROM agent_identity`))
	require.NotContains(t, b.log.String(), "forged.example")
}

// A way back is good once, in time, in the browser that began.
func TestSecurity_SSO_State(t *testing.T) {
	b := setup(t)
	f := newForger(t)
	id := b.newProvider(f.URL, obj{"create_people": true}).str("id")
	mine, other := b.ssoBrowser(), b.ssoBrowser()
	f.begin(other, id)
	f.begin(mine, id)
	require.Equal(t, "/desk/?sign_in=expired", f.back(other, nil), "the state of another browser")
	require.Equal(t, "/desk/?sign_in=expired", f.back(mine, nil), "used before")
	f.begin(mine, id)
	require.Equal(t, "/desk/?sign_in=expired", f.back(mine, url.Values{"state": {"made up"}}))
	require.Equal(t, "/desk/?sign_in=token", f.back(mine, url.Values{"iss": {"https://evil.example"}}), "another provider's answer")
	f.begin(mine, id)
	require.Equal(t, "/desk/?sign_in=cancelled", f.back(mine, url.Values{"error": {"access_denied"}}))
	f.begin(mine, id)
	b.clock.forward(16 * time.Minute)
	require.Equal(t, "/desk/?sign_in=expired", f.back(mine, nil), "too late")
	require.Empty(t, mine.session())
	for _, to := range []string{"//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "desk/", "/desk/../%0d", "/v1/session"} {
		w := b.ssoBrowser()
		w.ask("/v1/sso/" + id + "/start?return_to=" + url.QueryEscape(to)).is(303)
		require.Equal(t, 1, b.count(`SELECT count(*) FROM sso_request WHERE return_to = '/desk/' AND expires_at = (SELECT max(expires_at) FROM sso_request)`), to)
	}
}

// An address that the provider does not call verified opens nobody's account.
func TestSecurity_SSO_UnverifiedAddress(t *testing.T) {
	b := setup(t)
	f := newForger(t)
	id := b.newProvider(f.URL, obj{"link_by_email": true}).str("id")
	b.post("/v1/agents", b.admin, obj{"name": "Mia", "email": "mia@forged.example", "role": "administrator", "password": password}).is(201)
	f.answers(func() string {
		c := f.claims()
		c["email_verified"] = false
		return f.sign(c)
	})
	w := b.ssoBrowser()
	f.begin(w, id)
	require.Equal(t, "/desk/?sign_in=address_taken", f.back(w, nil))
	b.patch("/v1/identity-providers/"+id, b.admin, obj{"trust_email": true}).is(200)
	f.begin(w, id)
	require.Equal(t, "/desk/", f.back(w, nil))
	b.get("/v1/me", w.session()).is(200)
}

// Roles follow the provider, but somebody always administers.
func TestSSO_RolesFollow(t *testing.T) {
	b := setup(t)
	f := newForger(t)
	id := b.newProvider(f.URL, obj{"create_people": true, "role_claim": "groups", "default_role": nil,
		"roles": obj{"leads": "supervisor", "it": "administrator"}}).str("id")
	signIn := func(groups ...string) (string, *ssoBrowser) {
		f.answers(func() string {
			c := f.claims()
			c["groups"] = groups
			return f.sign(c)
		})
		w := b.ssoBrowser()
		f.begin(w, id)
		return f.back(w, nil), w
	}
	to, _ := signIn("cooks")
	require.Equal(t, "/desk/?sign_in=no_role", to)
	_, w := signIn("leads", "it", "cooks")
	me := b.get("/v1/me", w.session()).is(200)
	require.Equal(t, "administrator", me.str("agent.role"))
	_, again := signIn("leads")
	require.Equal(t, "supervisor", b.get("/v1/me", again.session()).is(200).str("agent.role"))
	b.get("/v1/agents", w.session()).is(200)
	b.get("/v1/identity-providers", w.session()).problem(403, "forbidden")

	_, admin := signIn("it")
	b.patch("/v1/agents/"+b.adminID.String(), admin.session(), obj{"role": "agent"}).is(200)
	_, last := signIn("leads")
	require.Equal(t, "administrator", b.get("/v1/me", last.session()).is(200).str("agent.role"))
}

// Roles that are not built in are given too, unless they may do more than who has them
// given, and are not deleted while a provider gives them.
func TestSSO_OtherRoles(t *testing.T) {
	b := setup(t)
	f := newForger(t)
	role := func(name string, permissions ...string) string {
		return b.post("/v1/roles", b.admin, obj{"name": name, "permissions": permissions}).is(201).str("id")
	}
	lead, auditor := role("Team lead", "conversations:read", "conversations:read-all", "people:read"), role("Auditor", "audit:read")
	p := b.newProvider(f.URL, obj{"create_people": true, "role_claim": "groups", "default_role": auditor, "roles": obj{"leads": lead, "cooks": "agent"}})
	signIn := func(groups ...string) answer {
		f.answers(func() string {
			c := f.claims()
			c["groups"] = groups
			return f.sign(c)
		})
		w := b.ssoBrowser()
		f.begin(w, p.str("id"))
		require.Equal(t, "/desk/", f.back(w, nil))
		return b.get("/v1/me", w.session()).is(200)
	}
	me := signIn("leads")
	id := me.str("agent.id")
	require.Equal(t, lead, me.str("agent.role_id"))
	access := "/v1/agents/" + id + "/access"
	b.put(access, b.admin, obj{"role_id": lead, "queue_ids": []uuid.UUID{b.site.Queue}}).is(200)
	require.Equal(t, lead, signIn("leads").str("agent.role_id"))
	require.Equal(t, b.site.Queue.String(), b.get(access, b.admin).is(200).str("queue_ids.0"))
	require.Nil(t, signIn("leads", "cooks").get("agent.role_id")) // an agent has more permissions
	require.Nil(t, b.get(access, b.admin).is(200).get("queue_ids"))
	require.Equal(t, auditor, signIn("waiters").str("agent.role_id"))

	b.put(access, b.admin, obj{"role": "agent"}).is(200)
	b.del("/v1/roles/"+lead, b.admin).problem(409, "conflict")
	b.del("/v1/roles/"+auditor, b.admin).problem(409, "conflict")
	at := "/v1/identity-providers/" + p.str("id")
	b.patch(at, b.admin, obj{"roles": obj{"x": uuid.NewString()}}).problem(422, "invalid")
	b.patch(at, b.admin, obj{"roles": obj{}, "default_role": "agent"}).is(200)
	b.del("/v1/roles/"+lead, b.admin).is(204)

	signs := role("Sign-in", "sign-in:write")
	who, token := b.person("agent")
	b.put("/v1/agents/"+who.String()+"/access", b.admin, obj{"role_id": signs}).is(200)
	require.Equal(t, "roles", b.patch(at, token, obj{"roles": obj{"x": auditor}}).problem(422, "invalid").str("errors.0.field"))
	require.Equal(t, "default_role", b.patch(at, token, obj{"default_role": "agent"}).problem(422, "invalid").str("errors.0.field"))
	b.patch(at, token, obj{"roles": obj{}, "default_role": signs}).is(200)
}

// The provider ends sign-ins: those of one session there, or all of a person.
func TestSSO_BackChannelLogout(t *testing.T) {
	b := setup(t)
	f := newForger(t)
	id := b.newProvider(f.URL, obj{"create_people": true}).str("id")
	signIn := func(sid string) *ssoBrowser {
		f.answers(func() string {
			c := f.claims()
			c["sid"] = sid
			return f.sign(c)
		})
		w := b.ssoBrowser()
		f.begin(w, id)
		f.back(w, nil)
		b.get("/v1/me", w.session()).is(200)
		return w
	}
	logout := func(change func(jwt.MapClaims)) answer {
		c := jwt.MapClaims{"iss": f.URL, "aud": "switchboard", "iat": time.Now().Unix(), "jti": uuid.NewString(), "sub": "subject-1",
			"events": obj{"http://schemas.openid.net/event/backchannel-logout": obj{}}}
		change(c)
		r := b.request("POST", "/v1/sso/"+id+"/logout", "", url.Values{"logout_token": {f.sign(c)}}.Encode())
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return b.send(r)
	}
	one, two := signIn("s1"), signIn("s2")
	for name, change := range map[string]func(jwt.MapClaims){
		"no event":       func(c jwt.MapClaims) { delete(c, "events") },
		"an ID token":    func(c jwt.MapClaims) { c["nonce"] = "n" },
		"for another":    func(c jwt.MapClaims) { c["aud"] = "another" },
		"of another":     func(c jwt.MapClaims) { c["iss"] = "https://evil.example" },
		"of nobody":      func(c jwt.MapClaims) { delete(c, "sub") },
		"from yesterday": func(c jwt.MapClaims) { c["iat"] = time.Now().Add(-24 * time.Hour).Unix() },
	} {
		require.Equal(t, 400, logout(change).Code, name)
	}
	b.get("/v1/me", one.session()).is(200)
	logout(func(c jwt.MapClaims) { c["sid"] = "s1" }).is(200)
	b.get("/v1/me", one.session()).problem(401, "unauthenticated")
	b.get("/v1/me", two.session()).is(200)
	logout(func(jwt.MapClaims) {}).is(200)
	b.get("/v1/me", two.session()).problem(401, "unauthenticated")
}

// Settings that cannot work are refused by field, and nobody but administrators sees any.
func TestSSO_ErrSettings(t *testing.T) {
	b := setup(t)
	f := newForger(t)
	for field, in := range map[string]obj{
		"issuer":       {"issuer": "ftp://login.example.com"},
		"client_id":    {"client_id": ""},
		"roles":        {"roles": obj{"x": "king"}, "role_claim": "groups"},
		"role_claim":   {"roles": obj{"x": "agent"}},
		"default_role": {"default_role": nil},
		"scopes":       {"scopes": []string{"two words"}},
		"capacity":     {"capacity": 1001},
	} {
		full := obj{"name": "Company", "issuer": f.URL, "client_id": "switchboard", "default_role": "agent"}
		for name, v := range in {
			full[name] = v
		}
		require.Equal(t, field, b.post("/v1/identity-providers", b.admin, full).problem(422, "invalid").str("errors.0.field"), field)
	}
	p := b.newProvider(f.URL, nil)
	b.post("/v1/identity-providers", b.admin, obj{"name": p.str("name"), "issuer": f.URL, "client_id": "x", "default_role": "agent"}).is(409)
	refused := b.patch("/v1/identity-providers/"+p.str("id"), b.admin, obj{"issuer": "https://login.example.com"}).problem(422, "invalid")
	require.Equal(t, "client_secret", refused.str("errors.0.field"))
	b.patch("/v1/identity-providers/"+p.str("id"), b.admin, obj{"issuer": "https://no.such.host.example", "client_secret": nil}).is(200)
	require.Equal(t, false, b.post("/v1/identity-providers/"+p.str("id")+"/test", b.admin, nil).is(200).get("ok"))
	w := b.ssoBrowser()
	require.Equal(t, "/desk/?sign_in=away", w.ask("/v1/sso/"+p.str("id")+"/start").is(303).Header().Get("Location"))
	b.get("/v1/identity-providers", b.super).problem(403, "forbidden")
	b.del("/v1/identity-providers/"+p.str("id"), b.admin).is(204)
	b.get("/v1/identity-providers/"+p.str("id"), b.admin).is(404)
	require.NotContains(t, b.get("/v1/audit?object_type=identity_provider", b.admin).is(200).Body.String(), "its secret")
}

// A provider that is disabled while somebody signs in there lets them in no more.
func TestSecurity_SSO_DisabledMeanwhile(t *testing.T) {
	b := setup(t)
	f := newForger(t)
	id := b.newProvider(f.URL, obj{"create_people": true}).str("id")
	w := b.ssoBrowser()
	f.begin(w, id)
	f.answers(func() string {
		b.db.SQL.MustExec(`UPDATE identity_provider SET enabled = false WHERE id = $1`, id)
		return f.sign(f.claims())
	})
	require.Equal(t, "/desk/?sign_in=no_provider", f.back(w, nil))
	require.Empty(t, w.session())
}
