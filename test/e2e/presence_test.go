package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"switchboard/api/apiclient"
	"switchboard/workflows/contract"
)

// The grace of an agent who left is waited for by a workflow, which ends with it.
func TestPresence_GraceIsAWorkflow(t *testing.T) {
	t.Parallel()
	temporal, err := client.DialContext(t.Context(), client.Options{HostPort: shared.Temporal.Address(), Namespace: shared.Namespace()})
	require.NoError(t, err)
	defer temporal.Close()
	site := newSite(t, nil)
	ann := offlineAgent(t, site, 3)
	id := contract.PresenceID(ann.id)
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		ann.Follow(ctx, ann.see)
	}()
	ann.await(t, "hello", func(e apiclient.Event) bool { return e.Kind == "hello" })
	say(t, site.LINE.User(userID()), said("hi"))
	offer := ann.offer(t, func(uuid.UUID) bool { return true })
	_, err = temporal.DescribeWorkflowExecution(t.Context(), id, "")
	require.Error(t, err, "whoever is there costs nothing")
	leave()
	<-gone
	is := func(want enums.WorkflowExecutionStatus) func() bool {
		return func() bool {
			d, err := temporal.DescribeWorkflowExecution(t.Context(), id, "")
			return err == nil && d.GetWorkflowExecutionInfo().GetStatus() == want
		}
	}
	eventually(t, "the workflow waits", is(enums.WORKFLOW_EXECUTION_STATUS_RUNNING))
	offered := func() int {
		n, err := shared.Count(t.Context(), `SELECT count(*) FROM conversation WHERE id = $1 AND offer_agent_id = $2`, offer.Conversation.UUID, ann.id)
		require.NoError(t, err)
		return n
	}
	require.Equal(t, 1, offered(), "kept within the grace period")
	n, err := shared.Count(t.Context(), `WITH over AS (UPDATE agent_status SET grace_until = now() WHERE agent_id = $1 RETURNING 1) SELECT count(*) FROM over`, ann.id)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.NoError(t, temporal.SignalWorkflow(t.Context(), id, "", contract.SignalDeadlines, contract.Deadlines{Grace: time.Now()}))
	eventually(t, "the workflow ends", is(enums.WORKFLOW_EXECUTION_STATUS_COMPLETED))
	require.Zero(t, offered())
}
