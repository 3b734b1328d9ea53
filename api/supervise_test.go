package api_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// Supervisors see every conversation that is not closed, by figure, filter and
// order; those who are limited to queues see these; agents see none of it.
func TestLive_SupervisorsSeeEverythingThatIsOngoing(t *testing.T) {
	b := setup(t)
	b.db.SQL.MustExec(`UPDATE agent_status SET capacity = 9`)
	waits, active, closed := b.waiting().String(), b.active().String(), b.active().String()
	b.post("/v1/conversations/"+closed+"/force-close", b.super, nil).is(200)
	list := func(token string, query ...string) answer {
		t.Helper()
		v := url.Values{}
		for i := 0; i < len(query); i += 2 {
			v.Set(query[i], query[i+1])
		}
		return b.get("/v1/live/conversations?"+v.Encode(), token).is(200)
	}
	all := list(b.super)
	require.Equal(t, []string{waits, active}, all.ids(), "what waits comes first")
	require.EqualValues(t, 2, all.get("total"))
	require.Equal(t, []string{active, waits}, list(b.super, "order", "newest").ids())
	require.Equal(t, []string{waits}, list(b.super, "figure", "waiting").ids())
	require.Equal(t, []string{active}, list(b.super, "figure", "active", "agent_id", b.agents[0].String(), "channel", "line").ids())
	require.Empty(t, list(b.super, "queue_id", "none").ids())
	require.Empty(t, list(b.super, "q", "nobody of this name").ids())
	first := list(b.super, "limit", "1")
	require.EqualValues(t, 2, first.get("total"))
	require.Equal(t, []string{active}, list(b.super, "limit", "1", "cursor", first.str("next")).ids())

	board := b.get("/v1/live/figures", b.super).is(200)
	require.EqualValues(t, 1, board.get("total.waiting"))
	require.EqualValues(t, 2, board.get("total.ongoing"))
	require.NotNil(t, board.get("total.longest_waiting_since"))
	for _, by := range []string{"channel", "workstream"} {
		require.EqualValues(t, 2, b.get("/v1/live/figures?by="+by, b.super).is(200).get("rows.0.figures.ongoing"), by)
	}

	for _, path := range []string{"figures", "conversations", "agents"} {
		b.get("/v1/live/"+path, b.agent).problem(403, "forbidden")
	}
	limited, token := b.person("supervisor")
	b.put("/v1/agents/"+limited.String()+"/access", b.admin, obj{"role": "supervisor", "queue_ids": []string{}}).is(200)
	require.Empty(t, list(token).ids())
	require.Empty(t, b.get("/v1/live/figures", token).is(200).get("rows"))
	require.Empty(t, b.get("/v1/live/agents", token).is(200).get("items"))
	b.put("/v1/agents/"+limited.String()+"/access", b.admin, obj{"role": "supervisor", "queue_ids": []string{b.site.Queue.String()}}).is(200)
	require.Len(t, list(token).ids(), 2)
	require.Len(t, b.get("/v1/live/agents", token).is(200).ids(), 2)

	for query, field := range map[string]string{"conversations?figure=all": "figure", "conversations?order=name": "order", "conversations?queue_id=x": "queue_id",
		"agents?presence=here": "presence", "figures?by=agent": "by", "conversations?cursor=x": "cursor"} {
		require.Equal(t, field, b.get("/v1/live/"+query, b.super).problem(400, "malformed").str("errors.0.field"), query)
	}
}

func TestLive_AgentsWithWhatTheyHave(t *testing.T) {
	b := setup(t)
	b.active()
	rows := b.get("/v1/live/agents?queue_id="+b.site.Queue.String(), b.super).is(200)
	require.Len(t, rows.ids(), 2)
	require.Equal(t, b.agents[0].String(), rows.str("items.0.id"))
	require.EqualValues(t, 1, rows.get("items.0.active"))
	require.NotNil(t, rows.get("items.0.presence_since"))
	require.Equal(t, b.site.Queue.String(), rows.str("items.0.queues.0.id"))
	require.Len(t, b.get("/v1/live/agents?presence=offline", b.super).is(200).ids(), 2, "who has never been there is listed, too")
}

// What agents and queues did is reported with the figures that are defined, and
// nothing is divided by nothing.
func TestReports_TellWhatHappened(t *testing.T) {
	b := setup(t)
	b.active()
	b.waiting()
	defined := b.get("/v1/reports/figures", b.super).is(200)
	require.NotEmpty(t, defined.str("queues.0.text"))
	span := url.Values{"from": {time.Now().Add(-2 * time.Hour).Format(time.RFC3339)}, "until": {time.Now().Add(time.Hour).Format(time.RFC3339)}}
	queues := b.get("/v1/reports/queues?"+span.Encode(), b.super).is(200)
	require.EqualValues(t, 2, queues.get("items.0.arrived"))
	require.EqualValues(t, 1, queues.get("items.0.answered"))
	require.EqualValues(t, 0, queues.get("items.0.abandon_rate"))
	require.EqualValues(t, 0, queues.get("items.0.service_level"), "they have waited for an hour")
	span.Set("bucket", "hour")
	span.Set("time_zone", "Asia/Kolkata")
	require.NotEmpty(t, b.get("/v1/reports/queues?"+span.Encode(), b.super).is(200).get("items"))
	agents := b.get("/v1/reports/agents?"+span.Encode()+"&agent_id="+b.agents[0].String(), b.super).is(200)
	require.EqualValues(t, 1, agents.get("items.0.accepted"))
	require.Nil(t, agents.get("items.0.average_handle"))
	require.Empty(t, b.get("/v1/reports/queues?queue_id="+uuid.NewString(), b.super).is(200).get("items"))

	b.get("/v1/reports/queues", b.agent).problem(403, "forbidden")
	for query, field := range map[string]string{"bucket=week": "bucket", "time_zone=Mars": "time_zone", "from=today": "from",
		"from=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z": "until", "from=2020-01-01T00:00:00Z&until=2026-01-01T00:00:00Z": "from",
		"from=2026-01-01T00:00:00Z&until=2026-03-01T00:00:00Z&bucket=hour": "bucket"} {
		require.Equal(t, field, b.get("/v1/reports/queues?"+query, b.super).problem(400, "malformed").str("errors.0.field"), query)
	}
}

// Red comes after amber, and whoever has read an older version changes nothing.
func TestThresholds_AreSetForAQueue(t *testing.T) {
	b := setup(t)
	at := "/v1/queues/" + b.site.Queue.String() + "/thresholds"
	require.Nil(t, b.get(at, b.super).is(200).get("wait_red"))
	limits := obj{"waiting_amber": 1, "waiting_red": 10, "wait_amber": nil, "wait_red": 300}
	b.put(at, b.super, limits).problem(403, "forbidden")
	etag := b.put(at, b.admin, limits).is(200).Header().Get("ETag")
	require.NotEmpty(t, etag)
	require.EqualValues(t, 300, b.get(at, b.super).is(200).get("wait_red"))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM audit WHERE action = 'set_thresholds' AND object_id = $1`, b.site.Queue))
	limits["waiting_red"] = nil
	limits["wait_red"] = 86400
	b.put(at, b.admin, limits).is(200)
	r := b.request("PUT", at, b.admin, limits)
	r.Header.Set("If-Match", etag)
	b.send(r).problem(412, "precondition_failed")
	b.waiting()
	require.Equal(t, "amber", b.get("/v1/live/figures", b.super).is(200).str("rows.0.level"))

	require.Equal(t, "wait_red", b.put(at, b.admin, obj{"waiting_amber": nil, "waiting_red": nil, "wait_amber": 9, "wait_red": 8}).problem(422, "invalid").str("errors.0.field"))
	require.Equal(t, "waiting_amber", b.put(at, b.admin, obj{"waiting_amber": 0, "waiting_red": nil, "wait_amber": nil, "wait_red": nil}).problem(422, "invalid").str("errors.0.field"))
	b.get("/v1/queues/"+uuid.NewString()+"/thresholds", b.super).problem(404, "not_found")
}
