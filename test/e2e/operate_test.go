package e2e

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"switchboard/dev/sandbox"
	"switchboard/workflows/contract"
)

// An operator may terminate a workflow or reset it to its first task: its
// conversation goes on from its row, with the customer's next message or the
// agent's next command.
func TestOperate_WorkflowGoesOn(t *testing.T) {
	t.Parallel()
	c, err := client.DialContext(t.Context(), client.Options{HostPort: shared.Temporal.Address(), Namespace: shared.Namespace()})
	require.NoError(t, err)
	defer c.Close()
	for _, first := range []string{"message", "command", "reset"} {
		site := newSite(t, nil)
		ann := newAgent(t, site, 3)
		customer := site.LINE.User(userID())
		say(t, customer, said("hi"))
		conv := ann.accept(t)
		id := contract.ConversationID(conv)
		if first == "reset" {
			_, err := c.ResetWorkflowExecution(t.Context(), &workflowservice.ResetWorkflowExecutionRequest{
				Namespace: shared.Namespace(), WorkflowExecution: &common.WorkflowExecution{WorkflowId: id}, Reason: "by an operator",
				WorkflowTaskFinishEventId: firstTask(t, c, id), RequestId: uuid.NewString()})
			require.NoError(t, err)
		} else {
			require.NoError(t, c.TerminateWorkflow(t.Context(), id, "", "by an operator"))
		}
		if first == "message" {
			say(t, customer, said("are you there?"))
		}
		text := said("yes")
		_, _, err := ann.Answer(t.Context(), conv, uuid.NewString(), text)
		require.NoError(t, err)
		_, err = customer.Await(t.Context(), func(m sandbox.Message) bool { return m.Text == text })
		require.NoError(t, err)
		for _, name := range []string{"end", "close"} {
			require.NoError(t, ann.Command(t.Context(), conv, name, uuid.NewString(), nil))
		}
		got, err := ann.Conversation(t.Context(), conv)
		require.NoError(t, err)
		require.Equal(t, "closed", got.State)
	}
}

// firstTask is the event with which the first workflow task was completed.
func firstTask(t *testing.T, c client.Client, id string) int64 {
	t.Helper()
	for it := c.GetWorkflowHistory(t.Context(), id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
		e, err := it.Next()
		require.NoError(t, err)
		if e.EventType == enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			return e.EventId
		}
	}
	t.Fatal("no task was completed")
	return 0
}
