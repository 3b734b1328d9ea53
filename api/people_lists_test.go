package api_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// People and queues are found by what they are called, by role and by membership.
func TestPeopleLists_AreSearched(t *testing.T) {
	b := setup(t)
	mia := b.post("/v1/agents", b.admin, obj{"name": "Mia Tamm", "email": "mia@desk.example", "role": "agent"}).is(201).str("id")
	sup := b.post("/v1/agents", b.admin, obj{"name": "Miro Ong", "email": "ong@desk.example", "role": "supervisor"}).is(201).str("id")
	queue := b.newQueue()
	b.put("/v1/queues/"+queue+"/members/"+mia, b.admin, nil).is(204)

	require.Equal(t, []string{mia, sup}, b.listed("/v1/agents?q=mi"))
	require.Equal(t, []string{mia}, b.listed("/v1/agents?q=tamm%20mia@desk"))
	require.Empty(t, b.listed("/v1/agents?q=amm"))
	require.Equal(t, []string{sup}, b.listed("/v1/agents?q=mi&role=supervisor"))
	require.Equal(t, []string{sup}, b.listed("/v1/agents?q=mi&not_in_queue_id="+queue))
	require.Equal(t, []string{mia}, b.listed("/v1/agents?id="+mia+"&id="+uuid.NewString()))
	require.Equal(t, []string{queue}, b.listed("/v1/queues?agent_id="+mia))
	require.Empty(t, b.listed("/v1/queues?agent_id="+mia+"&archived=true"))
	found := b.get("/v1/queues/"+queue+"/members?q=mia", b.admin).is(200)
	require.Equal(t, mia, found.str("items.0.agent_id"))
	require.Empty(t, b.get("/v1/queues/"+queue+"/members?q=miro", b.admin).is(200).get("items"))

	for _, wrong := range []string{"not_in_queue_id=x", "presence_id=x", "id=x"} {
		require.Equal(t, 400, b.get("/v1/agents?"+wrong, b.admin).Code, wrong)
	}
	b.get("/v1/agents?q=mia&id="+mia, b.admin).problem(400, "malformed")
}
