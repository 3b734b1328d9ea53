package crash

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/test/rig"
)

// While no worker runs, messages and answers are kept and commands say that they
// could not be done. All of it is true once one runs, and a repeat with the same
// key is the same command.
func TestWorkerStopped(t *testing.T) {
	shared.ExplainFailure(t)
	site, err := shared.NewSite(t.Context(), 2, nil)
	require.NoError(t, err)
	ann, id, err := site.NewAgent(t.Context(), "ann", 3)
	require.NoError(t, err)
	kept := rig.MarkText + " kept"
	events := make(chan apiclient.Event, 1000)
	stopped := make(chan struct{})
	go func() { defer close(stopped); ann.Follow(t.Context(), func(e apiclient.Event) { events <- e }) }()
	t.Cleanup(func() { <-stopped })
	customer := site.LINE.User(rig.MarkUser + "ffffffffffffffffffffffff")
	say := func(text string) {
		sent, err := customer.Says(t.Context(), text)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, sent.Status)
	}
	say(rig.MarkText + " first")
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

	shared.Process("worker").Kill()
	say(rig.MarkText + " second")
	m, status, err := ann.Answer(t.Context(), conv, "answer-key", kept)
	require.NoError(t, err)
	require.Equal(t, http.StatusAccepted, status, "kept, and not yet taken by its workflow")
	err = ann.CommandOnce(t.Context(), conv, "end", "end-key", nil)
	var refused *apiclient.Refused
	require.ErrorAs(t, err, &refused)
	require.Equal(t, http.StatusServiceUnavailable, refused.Status)

	require.NoError(t, shared.Run(t.Context(), "worker"))
	require.NoError(t, ann.Command(t.Context(), conv, "end", "end-key", nil), "done, or repeated")
	eventually(t, "the answer arrived", func() bool { return customer.Count(kept) == 1 })
	again, status, err := ann.Answer(t.Context(), conv, "answer-key", kept)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, m.ID, again.ID)
	c, err := ann.Conversation(t.Context(), conv)
	require.NoError(t, err)
	require.Equal(t, "wrap-up", c.State)
	require.Equal(t, 2, count(t, `SELECT count(*) FROM message WHERE conversation_id = $1 AND direction = 'in'`, conv))
	require.Equal(t, 1, customer.Count(kept))
}
