package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Agents see to whom they can give a conversation: first who can take it now.
func TestTransferTargets_ReadyFirst(t *testing.T) {
	b := setup(t)
	id := b.active()
	path := "/v1/conversations/" + id.String() + "/transfer-targets"
	b.db.SQL.MustExec(`UPDATE agent SET name = 'Zed' WHERE id = $1`, b.agents[1])
	b.db.SQL.MustExec(`UPDATE agent_status SET presence = 'available', capacity = 5, load = 0 WHERE agent_id = $1`, b.agents[1])
	b.db.SQL.MustExec(`INSERT INTO queue (name) VALUES ('Nobody is in it')`)
	list := b.get(path, b.agent).is(200)
	require.Equal(t, "Zed", list.get("agents.0.name"), "whoever is ready comes before those who are not")
	require.Equal(t, true, list.get("agents.0.ready"))
	require.Equal(t, true, list.get("agents.0.member"))
	require.Equal(t, false, list.get("agents.1.ready"))
	require.Len(t, list.get("queues"), 0, "neither its own queue nor one without members")
	require.Len(t, b.get(path+"?q=zE", b.agent).is(200).get("agents"), 1)
	require.Len(t, b.get(path+"?q=%25", b.agent).is(200).get("agents"), 0)
	b.get(path, b.stranger()).problem(404, "not_found")
}

// Agents see before they transfer that nobody would be there.
func TestSeed_R2_TransferTargetsMarkClosedQueues(t *testing.T) {
	b := setup(t)
	id := b.active()
	hours := b.closedHours()
	for name, in := range map[string]obj{"A closed": {"operating_hours_id": hours}, "B open": {}} {
		in["name"] = name
		queue := b.post("/v1/queues", b.admin, in).is(201).str("id")
		b.put("/v1/queues/"+queue+"/members/"+b.agents[1].String(), b.admin, nil).is(204)
	}
	list := b.get("/v1/conversations/"+id.String()+"/transfer-targets", b.agent).is(200)
	require.Equal(t, []any{"A closed", false}, []any{list.get("queues.0.name"), list.get("queues.0.open")})
	require.Equal(t, []any{"B open", true}, []any{list.get("queues.1.name"), list.get("queues.1.open")})
}
