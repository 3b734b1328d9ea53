package api_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func (a answer) ids() []string {
	a.t.Helper()
	var list struct {
		Items []struct{ ID string }
	}
	a.into(&list)
	out := []string{}
	for _, x := range list.Items {
		out = append(out, x.ID)
	}
	return out
}

// Supervisors find every conversation, whoever has it and whatever its state, by
// what they know of it.
func TestSeed_R2_SupervisorsListEveryConversation(t *testing.T) {
	b := setup(t)
	b.db.SQL.MustExec(`UPDATE agent_status SET capacity = 9`)
	byState := map[string]string{}
	for state, commands := range map[string][]string{"open": nil, "active": {"pick"}, "waiting": {"pick", "park"}, "wrap-up": {"pick", "end"}, "closed": {"pick", "end", "close"}} {
		id := b.waiting().String()
		for _, cmd := range commands {
			b.post("/v1/conversations/"+id+"/"+cmd, b.agent, nil).is(200)
		}
		byState[state] = id
	}
	list := func(query ...string) []string {
		t.Helper()
		v := url.Values{"view": {"all"}}
		for i := 0; i < len(query); i += 2 {
			v.Set(query[i], query[i+1])
		}
		return b.get("/v1/conversations?"+v.Encode(), b.super).is(200).ids()
	}
	all := slices.Collect(func(yield func(string) bool) {
		for _, id := range byState {
			if !yield(id) {
				return
			}
		}
	})
	require.ElementsMatch(t, all, list())
	require.ElementsMatch(t, all, b.get("/v1/conversations", b.super).is(200).ids(), "it is their view without a parameter")
	for state, id := range byState {
		require.Equal(t, []string{id}, list("state", state))
		require.Equal(t, []string{id}, list("state", state, "queue_id", b.site.Queue.String(), "workstream_id", b.site.Workstream.String(), "channel", "line"))
	}
	require.ElementsMatch(t, []string{byState["active"], byState["waiting"]}, list("state", "active,waiting"))
	mine := []string{byState["active"], byState["waiting"], byState["wrap-up"], byState["closed"]}
	require.ElementsMatch(t, mine, list("agent_id", b.agents[0].String()))
	require.Empty(t, list("agent_id", b.agents[1].String()))
	for _, name := range []string{"queue_id", "workstream_id", "agent_id", "contact_id", "contact_point_id"} {
		require.Empty(t, list(name, uuid.NewString()), name)
	}
	require.Empty(t, list("channel", "sms"))

	var point uuid.UUID
	require.NoError(t, b.db.SQL.Get(&point, `SELECT contact_point_id FROM conversation WHERE id = $1`, byState["active"]))
	contact := b.post("/v1/contacts", b.super, obj{"name": "Cara"}).is(201).str("id")
	b.db.SQL.MustExec(`UPDATE contact_point SET contact_id = $2 WHERE id = $1`, point, contact)
	require.Equal(t, []string{byState["active"]}, list("contact_id", contact))
	require.Equal(t, []string{byState["active"]}, list("contact_point_id", point.String()))
	require.Empty(t, list("contact_id", contact, "state", "closed"))

	b.db.SQL.MustExec(`UPDATE conversation SET created_at = '2026-01-02T10:00:00Z' WHERE id = $1`, byState["closed"])
	require.Equal(t, []string{byState["closed"]}, list("created_before", "2026-01-02T10:00:01Z"))
	require.Empty(t, list("created_before", "2026-01-02T10:00:00Z"))
	require.Equal(t, []string{byState["closed"]}, list("created_from", "2026-01-02T10:00:00Z", "created_before", "2026-02-01T00:00:00+01:00"))
	require.NotContains(t, list("created_from", "2026-01-02T10:00:01Z"), byState["closed"])

	// Page by page, each once.
	var paged []string
	for cursor := ""; ; {
		a := b.get("/v1/conversations?view=all&limit=2&cursor="+url.QueryEscape(cursor), b.super).is(200)
		paged = append(paged, a.ids()...)
		if a.get("next") == nil {
			break
		}
		cursor = a.str("next")
	}
	require.ElementsMatch(t, all, paged)
	require.Equal(t, byState["closed"], paged[4], "the newest first")
	require.WithinDuration(t, time.Now(), b.clock.now(), time.Hour)
}

func TestSeed_R2_FiltersAreRefusedNotIgnored(t *testing.T) {
	b := setup(t)
	for query, field := range map[string]string{
		"view=all&state=activ": "state", "view=all&state=": "", "view=all&queue_id=x": "queue_id", "view=all&created_from=yesterday": "created_from",
		"view=open&queue_id=" + b.site.Queue.String(): "queue_id", "view=all&que_id=1": "que_id", "view=all&State=active": "State", "view=nobody": "view",
	} {
		a := b.get("/v1/conversations?"+query, b.super)
		if field == "" {
			a.is(200)
			continue
		}
		require.Equal(t, field, a.problem(400, "malformed").str("errors.0.field"), query)
	}
	b.get("/v1/conversations?view=all", b.agent).problem(400, "malformed")
	b.get("/v1/conversations", b.agent).problem(400, "malformed")
	b.get("/v1/queues?limit=%zz", b.super).problem(400, "malformed")
}

// A parameter that is not known is a mistake of whoever sends it, wherever that is.
func TestSeed_R2_UnknownParametersAreRefusedEverywhere(t *testing.T) {
	b := setup(t)
	variable := regexp.MustCompile(`\{[a-z_]+\}`)
	n := 0
	for path, item := range b.contract.Paths.Map() {
		for method, op := range item.Operations() {
			if !strings.HasPrefix(path, "/v1/") || op.Extensions["x-permission"] == "public" || op.Extensions["x-permission"] == nil {
				continue
			}
			n++
			a := b.send(b.request(method, variable.ReplaceAllString(path, uuid.NewString())+"?nonsense=1", b.admin, nil))
			a.problem(400, "malformed")
			require.Equal(t, "nonsense", a.str("errors.0.field"), method+" "+path)
		}
	}
	require.Greater(t, n, 100)
}
