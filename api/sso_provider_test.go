package api_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// openProvider is a certified OpenID provider, with its own sign-in page and people.
func openProvider(t *testing.T) string {
	t.Helper()
	var h http.Handler
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	t.Cleanup(srv.Close)
	clients := map[string]*storage.Client{"switchboard": storage.WebClient("switchboard", "its secret", publicURL+"/v1/sso/callback")}
	people := storage.NewUserStore(srv.URL)
	h = exampleop.SetupServer(srv.URL, storage.NewStorageWithClients(people, clients), nil, false,
		op.WithAllowInsecure(), op.WithLogger(slog.New(slog.DiscardHandler)))
	return srv.URL
}

// ssoBrowser walks through the provider's pages and ours.
type ssoBrowser struct {
	*bench
	http *http.Client
	ours []*http.Cookie
}

func (b *bench) ssoBrowser() *ssoBrowser {
	jar, err := cookiejar.New(nil)
	require.NoError(b, err)
	return &ssoBrowser{bench: b, http: &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), publicURL) {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
}

// ask opens one of our addresses with the cookies that we set.
func (w *ssoBrowser) ask(path string) answer {
	w.Helper()
	r := w.request("GET", path, "", nil)
	for _, ck := range w.ours {
		r.AddCookie(ck)
	}
	a := w.send(r)
	for _, ck := range a.Result().Cookies() {
		if ck.MaxAge >= 0 {
			w.ours = append(w.ours, ck)
		}
	}
	return a
}

var requestID = regexp.MustCompile(`name="id" value="([^"]+)"`)

// signInAt signs in at the provider, and returns our address that it leads back to.
func (w *ssoBrowser) signInAt(provider, user, password string) string {
	w.Helper()
	to := w.ask("/v1/sso/" + provider + "/start?return_to=/desk/campaigns").is(303).Header().Get("Location")
	resp, err := w.http.Get(to)
	require.NoError(w, err)
	page, err := io.ReadAll(resp.Body)
	require.NoError(w, resp.Body.Close())
	require.NoError(w, err)
	id := requestID.FindStringSubmatch(string(page))
	require.Len(w, id, 2, "the provider's sign-in page: %s", page)
	resp, err = w.http.PostForm(resp.Request.URL.Scheme+"://"+resp.Request.URL.Host+"/login/username",
		url.Values{"username": {user}, "password": {password}, "id": {id[1]}})
	require.NoError(w, err)
	require.NoError(w, resp.Body.Close())
	back := resp.Header.Get("Location")
	require.True(w, strings.HasPrefix(back, publicURL), back)
	return strings.TrimPrefix(back, publicURL)
}

// session is the token of the session cookie; "" if there is none.
func (w *ssoBrowser) session() string {
	token := ""
	for _, ck := range w.ours {
		if strings.HasSuffix(ck.Name, "switchboard_session") {
			token = ck.Value
		}
	}
	return token
}

func (b *bench) newProvider(issuer string, more obj) answer {
	b.Helper()
	in := obj{"name": "Company " + uuid.NewString(), "issuer": issuer, "client_id": "switchboard", "client_secret": "its secret", "default_role": "agent"}
	for name, v := range more {
		in[name] = v
	}
	return b.post("/v1/identity-providers", b.admin, in).is(201)
}

// Somebody who is new signs in at a real provider and is added with the role that it
// gives; the second time they are the same person.
func TestSSO_NewPersonSignsIn(t *testing.T) {
	b := setup(t)
	p := b.newProvider(openProvider(t), obj{"create_people": true, "scopes": []string{"profile", "email", "custom_scope"},
		"role_claim": "custom_claim.client", "roles": obj{"switchboard": "supervisor"}, "default_role": nil})
	require.Equal(t, publicURL+"/v1/sso/callback", p.str("redirect_url"))
	require.Equal(t, true, p.get("client_secret.set"))
	id := p.str("id")
	require.Equal(t, true, b.post("/v1/identity-providers/"+id+"/test", b.admin, nil).is(200).get("ok"))
	choices := b.get("/v1/sso", "").is(200)
	require.Equal(t, id, choices.str("items.0.id"))

	first := b.ssoBrowser()
	back := first.signInAt(id, "test-user2", "verysecure")
	require.Equal(t, "/desk/campaigns", first.ask(back).is(303).Header().Get("Location"))
	me := b.get("/v1/me", first.session()).is(200)
	require.Equal(t, "test-user2@zitadel.ch", me.str("agent.email"))
	require.Equal(t, "Test User2", me.str("agent.name"))
	require.Equal(t, "supervisor", me.str("agent.role"))

	second := b.ssoBrowser()
	second.ask(second.signInAt(id, "test-user2", "verysecure")).is(303)
	require.Equal(t, me.str("agent.id"), b.get("/v1/me", second.session()).is(200).str("agent.id"))
	require.Contains(t, b.get("/v1/me/single-sign-out", second.session()).is(200).str("url"), "/end_session?client_id=switchboard")

	b.patch("/v1/agents/"+me.str("agent.id"), b.admin, obj{"disabled": true}).is(200)
	third := b.ssoBrowser()
	require.Equal(t, "/desk/?sign_in=disabled", third.ask(third.signInAt(id, "test-user2", "verysecure")).is(303).Header().Get("Location"))
	require.Empty(t, third.session())
	require.NotContains(t, b.log.String(), "zitadel.ch")
}

// Who was added before is found by the address, if the administrator wants that, and
// refused otherwise.
func TestSSO_KnownPersonIsFound(t *testing.T) {
	b := setup(t)
	id := b.newProvider(openProvider(t), nil).str("id")
	w := b.ssoBrowser()
	require.Equal(t, "/desk/?sign_in=not_added", w.ask(w.signInAt(id, "test-user2", "verysecure")).is(303).Header().Get("Location"))

	mia := b.post("/v1/agents", b.admin, obj{"name": "Mia", "email": "Test-User2@zitadel.ch", "role": "agent", "password": password}).is(201).str("id")
	w = b.ssoBrowser()
	require.Equal(t, "/desk/?sign_in=address_taken", w.ask(w.signInAt(id, "test-user2", "verysecure")).is(303).Header().Get("Location"))

	b.patch("/v1/identity-providers/"+id, b.admin, obj{"link_by_email": true}).is(200)
	w = b.ssoBrowser()
	w.ask(w.signInAt(id, "test-user2", "verysecure")).is(303)
	require.Equal(t, mia, b.get("/v1/me", w.session()).is(200).str("agent.id"))

	b.patch("/v1/identity-providers/"+id, b.admin, obj{"enabled": false}).is(200)
	b.get("/v1/me", w.session()).problem(401, "unauthenticated")
	require.Empty(t, b.get("/v1/sso", "").is(200).get("items"))
	w = b.ssoBrowser()
	require.Equal(t, "/desk/?sign_in=no_provider", w.ask("/v1/sso/"+id+"/start").is(303).Header().Get("Location"))
}
