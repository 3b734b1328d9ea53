package api_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
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
