package api_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api"
)

// What cannot be read is refused with what is wrong and where, and changes nothing.
func TestBadInput_Bodies(t *testing.T) {
	b := setup(t)
	before := b.count(`SELECT count(*) FROM queue`)
	for body, where := range map[string]string{
		`{"name": "x"`:                      "",
		`{"name": 1}`:                       "name",
		`{"nam": "x"}`:                      "nam",
		`["x"]`:                             "",
		`{"name": "x"} {"name": "y"}`:       "",
		"{\"name\": \"x\xff\"}":             "",
		`{"name": "a", "name": "b", "x":1}`: "x",
	} {
		a := b.post("/v1/queues", b.admin, body)
		require.Contains(t, []int{400, 422}, a.Code, "%s: %s", body, a.Body.String())
		require.Contains(t, a.str("detail")+a.Body.String(), where)
	}
	r := b.request("POST", "/v1/queues", b.admin, `{"name":"x"}`)
	r.Header.Set("Content-Type", "text/plain")
	b.send(r).problem(415, "unsupported_media_type")
	b.post("/v1/queues", b.admin, `{"name":"`+strings.Repeat("x", 3<<20)+`"}`).problem(413, "too_large")
	require.Equal(t, before, b.count(`SELECT count(*) FROM queue`))
}

func TestBadInput_PathsAndParameters(t *testing.T) {
	b := setup(t)
	b.get("/v1/queues/not-a-uuid", b.admin).problem(404, "not_found")
	b.get("/v1/queues/"+uuid.NewString(), b.admin).problem(404, "not_found")
	b.get("/v1/nothing", b.admin).problem(404, "not_found")
	b.send(b.request("DELETE", "/v1/queues", b.admin, nil)).problem(405, "method_not_allowed")
	for _, q := range []string{"limit=0", "limit=201", "limit=x", "cursor=AAAA", "cursor=" + base64.RawURLEncoding.EncodeToString([]byte(`{"x":1}`))} {
		a := b.get("/v1/queues?"+q, b.admin)
		require.Equal(t, 400, a.Code, "%s: %s", q, a.Body.String())
	}
	// A cursor belongs to its list.
	for range 2 {
		b.post("/v1/queues", b.admin, obj{"name": uuid.NewString()}).is(201)
	}
	next := b.get("/v1/queues?limit=1", b.admin).is(200).str("next")
	b.get("/v1/agents?cursor="+next, b.admin).problem(400, "malformed")
}

// A problem is readable, has a number to ask for, and tells nothing from inside.
func TestProblems_TellNothingInternal(t *testing.T) {
	b := setup(t)
	b.db.SQL.MustExec(`ALTER TABLE queue RENAME TO gone`)
	a := b.get("/v1/queues", b.admin).problem(500, "internal")
	for _, inner := range []string{"queue", "SELECT", "pq:"} {
		require.NotContains(t, a.str("detail"), inner)
	}
	require.NotEmpty(t, a.str("request_id"))
	require.Contains(t, b.log.String(), a.str("request_id"), "the log says what the problem does not")
}

// Text that the database cannot hold is refused wherever it comes, on every route.
func TestSecurity_L18_UnreadableTextIsRefusedOnEveryRoute(t *testing.T) {
	b := setup(t)
	walked := 0
	for _, r := range api.RouteTable() {
		if strings.HasPrefix(r.Path, "/webhooks/") {
			continue // its receiver answers 404 for such an address; the rest is the provider's and signed
		}
		ask := func(path string, adjust func(*http.Request)) {
			req := httptest.NewRequestWithContext(t.Context(), r.Method, path, nil)
			req.Header.Set("Authorization", "Bearer "+b.admin)
			if adjust != nil {
				adjust(req)
			}
			w := httptest.NewRecorder()
			b.e.ServeHTTP(w, req)
			require.Equal(t, 400, w.Code, "%s %s: %s", r.Method, path, w.Body.String())
			require.Contains(t, w.Body.String(), "UTF-8")
			walked++
		}
		plain := regexp.MustCompile(`\{[a-z_]+\}`).ReplaceAllString(r.Path, uuid.NewString())
		for _, bad := range []string{"%FF", "a%00b", "%C3%28"} {
			ask(plain+"?object_id="+bad, nil)
			ask(plain+"?limit=1&q"+bad+"=x", nil)
			for _, name := range regexp.MustCompile(`\{[a-z_]+\}`).FindAllString(r.Path, -1) {
				ask(regexp.MustCompile(`\{[a-z_]+\}`).ReplaceAllString(strings.Replace(r.Path, name, bad, 1), uuid.NewString()), nil)
			}
		}
		for _, header := range []string{"Idempotency-Key", "Last-Event-ID", "If-Match"} {
			ask(plain, func(req *http.Request) { req.Header.Set(header, "a\xff") })
		}
	}
	require.Greater(t, walked, 1000)
}

// Where a proxy is likely and none is trusted, the log and /readyz say so, once.
func TestReadyz_WarnsOfAProxyThatIsNotTrusted(t *testing.T) {
	b := setup(t, func(c *api.Config) { c.PublicURL = "http://desk.example" })
	require.NotContains(t, b.get("/readyz", "").is(200).Body.String(), "TRUSTED_PROXIES")
	for range 2 {
		r := b.request("GET", "/healthz", "", nil)
		r.Header.Set("X-Forwarded-For", "192.0.2.1")
		b.send(r).is(200)
	}
	require.Contains(t, b.get("/readyz", "").is(200).Body.String(), "TRUSTED_PROXIES")
	require.Equal(t, 1, strings.Count(b.log.String(), "TRUSTED_PROXIES"))
}
