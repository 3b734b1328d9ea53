package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Typing 1.8: who waits is told of the agents of the queue that they wait in,
// whichever queue the widget began with.
func TestChat_AgentsOfTheQueueOneWaitsIn(t *testing.T) {
	c := setupChat(t, "live")
	c.db.SQL.MustExec(`UPDATE agent_status SET presence = 'offline'`)
	other := c.db.Site(t)
	c.db.Agents(t, &other, 1, 3)
	begun := c.post(c.path("/start"), "", obj{}).is(201)
	token, conv := begun.str("visitor_token"), begun.str("thread.conversation_id")
	require.Equal(t, false, begun.get("thread.agents_available"))
	c.db.SQL.MustExec(`UPDATE conversation SET queue_id = $1 WHERE id = $2`, other.Queue, conv)
	thread := c.get(c.path("/thread"), token).is(200)
	require.Equal(t, "waiting", thread.get("state"))
	require.Equal(t, true, thread.get("agents_available"))
	require.Equal(t, false, c.get(c.path(""), "").is(200).get("agents_available"), "who begins comes to the widget's queue")
}

// Who came just before an agent did is told too, although nobody had looked yet.
func TestChatStream_AgentWhoComesAtOnce(t *testing.T) {
	c := setupChat(t, "live")
	c.db.SQL.MustExec(`UPDATE agent_status SET presence = 'offline'`)
	token := c.post(c.path("/start"), "", obj{}).is(201).str("visitor_token")
	f := c.follow(token, "")
	c.db.SQL.MustExec(`UPDATE agent_status SET presence = 'available'`)
	for {
		if told := f.until("thread"); told.data["agents_available"] == true {
			return
		}
	}
}
