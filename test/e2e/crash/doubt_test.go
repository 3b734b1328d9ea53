package crash

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/dev/sandbox"
	"switchboard/test/rig"
)

// A worker that dies between WeChat's taking of an answer and its note of it leaves
// a doubt that nobody can settle: WeChat gives messages no ids. The answer is not
// sent again, and the agent sees that it may not have arrived.
func TestWorkerKilled_WeChatIsNotSentTwice(t *testing.T) {
	shared.ExplainFailure(t)
	site, err := shared.NewSite(t.Context(), 31, nil)
	require.NoError(t, err)
	wechat, err := site.AddWeChat(t.Context(), 31, true)
	require.NoError(t, err)
	ann, id, err := site.NewAgent(t.Context(), "ann", 3)
	require.NoError(t, err)
	events := make(chan apiclient.Event, 1000)
	stopped := make(chan struct{})
	go func() { defer close(stopped); ann.Follow(t.Context(), func(e apiclient.Event) { events <- e }) }()
	t.Cleanup(func() { <-stopped })
	customer := wechat.Official.Person(rig.MarkUser + "-mKxQyPzR2vLbNdEg")
	sent, err := customer.Says(t.Context(), rig.MarkText+" to WeChat")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, sent.Status)
	var conv uuid.UUID
	late := time.After(patience)
	for conv == uuid.Nil {
		select {
		case e := <-events:
			if e.Kind == "offer.made" && e.Agent.UUID == id {
				conv = e.Conversation.UUID
				require.NoError(t, ann.Command(t.Context(), conv, "accept", uuid.NewString(), map[string]any{"offer_id": e.OfferID()}))
			}
		case <-late:
			t.Fatalf("no offer\n%s", shared.Diagnose())
		}
	}

	shared.Sandbox.Fault(wechat.AppID, sandbox.Fault{Kind: "hang_after_accept", Times: 1})
	answer := rig.MarkText + " from WeChat's agent"
	_, _, err = ann.Answer(t.Context(), conv, "wechat-key", answer)
	require.NoError(t, err)
	eventually(t, "WeChat took it and does not answer", func() bool { return shared.Sandbox.Hanging(wechat.AppID) == 1 })
	shared.Process("worker").Kill()
	shared.Sandbox.ClearFaults(wechat.AppID)
	require.NoError(t, shared.Run(t.Context(), "worker"))
	eventually(t, "its outcome is unknown", func() bool {
		return count(t, `SELECT count(*) FROM message WHERE conversation_id = $1 AND text = $2 AND status = 'unknown'`, conv, answer) == 1
	})
	require.Equal(t, 1, customer.Count(answer))
}
