package api_test

import (
	"encoding/csv"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/api"
	"switchboard/store/auditdb"
)

// The filter takes every object that there is, and what was read is in the log too.
func TestSecurity_M11_AuditIsFound(t *testing.T) {
	b := setup(t)
	doc, err := api.Contract()
	require.NoError(t, err)
	promised := []string{}
	for _, p := range doc.Paths.Find("/v1/audit").Get.Parameters {
		if p.Value.Name == "object_type" {
			for _, v := range p.Value.Schema.Value.Enum {
				promised = append(promised, v.(string))
			}
		}
	}
	require.Equal(t, auditdb.AuditTypes(), promised)
	for _, typ := range auditdb.AuditTypes() {
		b.get("/v1/audit?object_type="+typ, b.admin).is(200)
	}
	b.get("/v1/audit?object_type=nothing", b.admin).problem(400, "malformed")
	require.Equal(t, len(promised), b.count(`SELECT count(*) FROM audit WHERE action = 'read' AND object_type = 'audit' AND agent_id = $1`, b.adminID))

	made := b.post("/v1/tokens", b.admin, obj{"name": "Auditor", "permissions": []string{"audit:read", "settings:write"}}).is(201)
	queue := b.post("/v1/queues", made.str("token"), obj{"name": "By a token"}).is(201).str("id")
	list := func(query ...string) answer {
		t.Helper()
		v := url.Values{"object_type": {"queue"}}
		for i := 0; i < len(query); i += 2 {
			v.Set(query[i], query[i+1])
		}
		return b.get("/v1/audit?"+v.Encode(), b.admin).is(200)
	}
	found := list("token_id", made.str("id"))
	require.Len(t, found.get("items"), 1)
	require.Equal(t, queue, found.str("items.0.object_id"))
	require.Equal(t, "Auditor", found.str("items.0.token_name"))
	require.Empty(t, list("agent_id", b.superID.String()).get("items"))
	require.Len(t, list("action", "create").get("items"), 1)
	require.Empty(t, list("action", "delete").get("items"))
	now := time.Now().UTC()
	require.Len(t, list("from", now.Add(-time.Hour).Format(time.RFC3339), "before", now.Add(time.Hour).Format(time.RFC3339)).get("items"), 1)
	require.Empty(t, list("before", now.Add(-time.Hour).Format(time.RFC3339)).get("items"))
	require.Empty(t, list("from", now.Add(time.Hour).Format(time.RFC3339)).get("items"))
	for _, bad := range []string{"agent_id=x", "token_id=1", "from=yesterday", "before=1", "cursor=x"} {
		b.get("/v1/audit?"+bad, b.admin).problem(400, "malformed")
	}
}

// The download has what the list has for the same filter, on all its pages, and is itself in the log.
func TestSecurity_M11_AuditIsDownloaded(t *testing.T) {
	b := setup(t)
	b.post("/v1/queues", b.admin, obj{"name": "=1+1"}).is(201)
	for range 600 { // more than are read at once
		require.NoError(t, b.db.Audit.Record(t.Context(), auditdb.Actor{}, "test", auditdb.AuditAccount, "=evil", nil))
	}
	download := func(query string) [][]string {
		t.Helper()
		got := b.get("/v1/audit/export?"+query, b.admin).is(200)
		require.Equal(t, `attachment; filename="audit-log.csv"`, got.Header().Get("Content-Disposition"))
		rows, err := csv.NewReader(got.Body).ReadAll()
		require.NoError(t, err)
		require.Equal(t, "at", rows[0][0])
		return rows[1:]
	}
	tested := download("object_type=account&action=test")
	require.Len(t, tested, 600)
	require.Equal(t, "'=evil", tested[0][7])
	queues := download("object_type=queue&agent_id=" + b.adminID.String())
	require.Len(t, queues, 1)
	require.Equal(t, "create", queues[0][5])
	require.Contains(t, queues[0][8], "=1+1")
	require.Len(t, download("object_type=audit&action=export"), 2)
	require.Equal(t, 400, b.get("/v1/audit/export?object_type=nothing", b.admin).Code)
	require.Equal(t, 403, b.get("/v1/audit/export", b.agent).Code)
}

// The log of requests says who asked, by ids.
func TestSecurity_M11_RequestsAreLoggedWithWhoAsked(t *testing.T) {
	b := setup(t)
	b.get("/v1/queues", b.admin).is(200)
	require.Contains(t, b.log.String(), `"actor_id":"`+b.adminID.String()+`"`)
	made := b.post("/v1/tokens", b.admin, obj{"name": "CRM", "permissions": []string{"audit:read"}}).is(201)
	b.get("/v1/queues", made.str("token")).problem(403, "forbidden")
	require.Contains(t, b.log.String(), `"token_id":"`+made.str("id")+`"`)
	require.NotContains(t, b.log.String(), made.str("token"))
	require.NotContains(t, b.log.String(), "@example.com")
}
