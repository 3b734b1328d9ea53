package api_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// change sends a change with If-Match, if that is not "".
func (b *bench) change(method, path, match string, body obj) answer {
	b.Helper()
	r := b.request(method, path, b.admin, body)
	if match != "" {
		r.Header.Set("If-Match", match)
	}
	return b.send(r)
}

// Whatever two administrators can change at once: the second, who says which
// version they read, is told, and nothing of the first is lost.
func TestSeed_R2_StaleChangesAreRefused(t *testing.T) {
	b := setup(t)
	made := func(path string, in obj) string { return path + "/" + b.post(path, b.admin, in).is(201).str("id") }
	queue, ws := "/v1/queues/"+b.site.Queue.String(), "/v1/workstreams/"+b.site.Workstream.String()
	agent := "/v1/agents/" + b.agents[0].String()
	contact := made("/v1/contacts", obj{"name": "Cara"})
	skill := made("/v1/skills", obj{"name": "dutch"})
	profile := made("/v1/capacity-profiles", obj{"name": "vip", "limit": 2})
	id := func(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
	rule := "/v1/timeout-rules/" + b.post(ws+"/timeout-rules", b.admin, obj{"name": "Close", "silent": "customer", "after": 60, "action": "close"}).is(201).str("id")
	variable := "/v1/context-variables/" + b.post(ws+"/context-variables", b.admin, obj{"name": "tier", "type": "text"}).is(201).str("id")
	cases := map[string]struct {
		method string
		body   obj
	}{
		queue:    {"PATCH", obj{"name": "Renamed"}},
		ws:       {"PATCH", obj{"name": "Renamed"}},
		agent:    {"PATCH", obj{"name": "Renamed"}},
		contact:  {"PATCH", obj{"name": "Renamed"}},
		skill:    {"PATCH", obj{"kind": "language"}},
		profile:  {"PATCH", obj{"limit": 3}},
		rule:     {"PATCH", obj{"after": 90}},
		variable: {"PATCH", obj{"name": "level"}},
		made("/v1/operating-hours", obj{"name": "Day", "time_zone": "UTC"}):             {"PATCH", obj{"name": "Renamed"}},
		made("/v1/presences", obj{"name": "lunch", "text": "At lunch", "base": "away"}): {"PATCH", obj{"text": "Out"}},
		made("/v1/quick-replies", obj{"title": "Hello", "texts": obj{"en": "Hi"}}):      {"PATCH", obj{"title": "Renamed"}},
		"/v1/outbound-settings":       {"PATCH", obj{"region": "US"}},
		queue + "/overflow":           {"PUT", obj{"rules": []obj{{"when": "size", "limit": 5, "action": "end"}}}},
		agent + "/skills":             {"PUT", obj{"skills": []obj{{"skill_id": id(skill), "rating": 5}}}},
		agent + "/capacity-profiles":  {"PUT", obj{"capacity_profiles": []obj{{"profile_id": id(profile)}}}},
		contact + "/preferred-agents": {"PUT", obj{"agent_ids": b.agents[:1], "only": true}},
	}
	for _, path := range slices.Sorted(maps.Keys(cases)) {
		c := cases[path]
		read := func() string {
			if path == rule { // nobody reads one alone
				return b.change("PATCH", path, "", obj{}).is(200).Header().Get("ETag")
			}
			return b.get(path, b.admin).is(200).Header().Get("ETag")
		}
		known := read()
		require.NotEmpty(t, known, path)
		for _, wrong := range []string{`"bogus"`, "bogus", "W/" + known, `"1", "2"`} {
			require.NotEmpty(t, b.change(c.method, path, wrong, c.body).problem(412, "precondition_failed").str("detail"), path+" "+wrong)
		}
		if path != rule {
			require.Equal(t, known, read(), path+": nothing was changed")
		}
		next := b.change(c.method, path, `"other", `+known, c.body).is(200).Header().Get("ETag")
		require.NotEqual(t, known, next, path)
		if path != rule {
			require.Equal(t, next, read(), path)
		}
		b.change(c.method, path, known, c.body).problem(412, "precondition_failed")
		b.change(c.method, path, "*", c.body).is(200)
		b.change(c.method, path, "", c.body).is(200)
	}
	b.change("PATCH", "/v1/queues/"+uuid.NewString(), `"x"`, obj{"name": "x"}).problem(404, "not_found")
}

// An automated message is set by its occasion: to the version that was read, or only
// where nobody has set one.
func TestSeed_R2_StaleAutomatedMessagesAreRefused(t *testing.T) {
	b := setup(t)
	said := func(text string) obj { return obj{"trigger": "greeting", "texts": obj{"en": text}} }
	first := func(text string) answer {
		r := b.request("PUT", "/v1/automated-messages", b.admin, said(text))
		r.Header.Set("If-None-Match", "*")
		return b.send(r)
	}
	b.change("PUT", "/v1/automated-messages", `"x"`, said("Hello")).problem(412, "precondition_failed")
	made := first("Hello").is(200)
	first("Good day").problem(412, "precondition_failed")
	path := "/v1/automated-messages/" + made.str("id")
	known := b.get(path, b.admin).is(200).Header().Get("ETag")
	require.Equal(t, made.Header().Get("ETag"), known)
	next := b.change("PUT", "/v1/automated-messages", known, said("Hi")).is(200)
	require.NotEqual(t, known, next.Header().Get("ETag"))
	b.change("PUT", "/v1/automated-messages", known, said("Good day")).problem(412, "precondition_failed")
	require.Equal(t, "Hi", b.get(path, b.admin).is(200).get("texts.en"))
	b.change("PUT", "/v1/automated-messages", "", said("Hello again")).is(200)
	b.del(path, b.admin).is(204)
	b.get(path, b.admin).problem(404, "not_found")
	b.change("PUT", "/v1/automated-messages", next.Header().Get("ETag"), said("Hi")).problem(412, "precondition_failed")
	require.Equal(t, 0, b.count(`SELECT count(*) FROM automated_message`))
}

// Two who change different fields of a widget at once: both are kept.
func TestSeed_R2_WidgetChangesAreNotLost(t *testing.T) {
	b := setup(t)
	b.db.SQL.MustExec(`UPDATE workstream SET style = 'persistent'`)
	w := b.post("/v1/widgets", b.admin, obj{"name": "Shop", "workstream_id": b.site.Workstream, "language": "en", "anonymous_threads": true}).is(201)
	path := "/v1/widgets/" + w.str("id")
	for i := range 15 {
		name, language := "Shop "+string(rune('a'+i)), []string{"nl", "fr"}[i%2]
		var wg sync.WaitGroup
		for _, in := range []obj{{"name": name}, {"language": language}} {
			r := b.request("PATCH", path, b.admin, in)
			wg.Go(func() {
				w := httptest.NewRecorder()
				if b.e.ServeHTTP(w, r); w.Code != http.StatusOK {
					t.Errorf("status %d", w.Code)
				}
			})
		}
		wg.Wait()
		is := b.get(path, b.admin).is(200)
		require.Equal(t, []string{name, language}, []string{is.str("name"), is.str("language")})
	}
}
