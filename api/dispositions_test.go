package api_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestDispositions_OfAWorkstream(t *testing.T) {
	b := setup(t)
	list := "/v1/workstreams/" + b.site.Workstream.String() + "/dispositions"
	b.post(list, b.super, obj{"name": "Resolved"}).problem(403, "forbidden")
	made := b.post(list, b.admin, obj{"name": " Resolved  now "}).is(201)
	require.Equal(t, "Resolved now", made.get("name"))
	b.post(list, b.admin, obj{"name": "resolved NOW"}).problem(409, "conflict")
	b.post(list, b.admin, obj{"name": ""}).problem(422, "invalid")
	b.post("/v1/workstreams/"+uuid.NewString()+"/dispositions", b.admin, obj{"name": "x"}).problem(404, "not_found")
	require.Equal(t, "Resolved now", b.get(list, b.agent).is(200).get("items.0.name"))
	path := "/v1/dispositions/" + made.str("id")
	require.Equal(t, "Resolved", b.patch(path, b.admin, obj{"name": "Resolved"}).is(200).get("name"))

	id := b.active()
	b.put("/v1/conversations/"+id.String()+"/disposition", b.agent, obj{"disposition_id": made.str("id")}).is(200)
	b.del(path, b.admin).problem(409, "conflict")
	b.put("/v1/conversations/"+id.String()+"/disposition", b.agent, obj{"disposition_id": nil}).is(200)
	b.del(path, b.admin).is(204)
	require.Equal(t, 3, b.count(`SELECT count(*) FROM audit WHERE object_type = 'disposition'`))
}

// Where a disposition is required, an agent cannot close without; time and
// supervisors can.
func TestDispositions_RequiredToClose(t *testing.T) {
	b := setup(t)
	workstream := "/v1/workstreams/" + b.site.Workstream.String()
	id := b.active()
	path := "/v1/conversations/" + id.String()
	require.Equal(t, true, b.patch(workstream, b.admin, obj{"disposition_required": true}).is(200).get("disposition_required"))
	require.Equal(t, false, b.get(path, b.agent).is(200).get("disposition_required"), "there is none to choose")
	resolved := b.post(workstream+"/dispositions", b.admin, obj{"name": "Resolved"}).is(201).str("id")
	other := b.post("/v1/workstreams", b.admin, obj{"name": "Other", "mode": "push", "queue_id": b.site.Queue}).is(201).str("id")
	foreign := b.post("/v1/workstreams/"+other+"/dispositions", b.admin, obj{"name": "Resolved"}).is(201).str("id")
	require.Equal(t, true, b.get(path, b.agent).is(200).get("disposition_required"))

	b.post(path+"/end", b.agent, nil).is(200)
	b.post(path+"/close", b.agent, nil).problem(409, "disposition_required")
	set := func(d any) answer { return b.put(path+"/disposition", b.agent, obj{"disposition_id": d}) }
	require.Equal(t, "disposition_id", set(foreign).problem(422, "invalid").get("errors.0.field"))
	b.put(path+"/disposition", b.stranger(), obj{"disposition_id": resolved}).problem(404, "not_found")
	require.Equal(t, "Resolved", set(resolved).is(200).get("disposition.name"))
	b.post(path+"/close", b.agent, nil).is(200)
	require.Equal(t, "Resolved", b.get("/v1/conversations?view=closed", b.super).is(200).get("items.0.disposition.name"))
	b.patch("/v1/dispositions/"+resolved, b.admin, obj{"archived": true}).is(200)
	require.Nil(t, set(nil).is(200).get("disposition"))
	set(resolved).problem(422, "invalid")
	require.Equal(t, 2, b.count(`SELECT count(*) FROM event WHERE conversation_id = $1 AND data->>'change' = 'disposition_changed'`, id))

	forced := b.active()
	b.post(workstream+"/dispositions", b.admin, obj{"name": "Again"}).is(201)
	b.post("/v1/conversations/"+forced.String()+"/force-close", b.super, nil).is(200)
}
