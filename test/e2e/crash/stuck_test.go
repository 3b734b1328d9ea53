package crash

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"switchboard/test/rig"
	"switchboard/workflows"
	"switchboard/workflows/contract"
)

// A workflow whose history does not fit its code fails its task for ever. It is
// ended and started again from its row; nobody has to do it by hand, and what the
// customer wrote is answered.
func TestFault_StuckWorkflowIsStartedAgain(t *testing.T) {
	shared.ExplainFailure(t)
	site, err := shared.NewSite(t.Context(), 15, nil)
	require.NoError(t, err)
	h := followOffers(t, site)
	c, err := client.DialContext(t.Context(), client.Options{HostPort: shared.Temporal.Address(), Namespace: shared.Namespace()})
	require.NoError(t, err)
	defer c.Close()

	shared.Process("worker").Kill()
	customer := site.LINE.User(fmt.Sprintf(rig.MarkUser+"%024x", 0xddd000))
	says := func(text string) {
		t.Helper()
		sent, err := customer.Says(t.Context(), rig.MarkText+" "+text)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, sent.Status)
	}
	other := worker.New(c, contract.TaskQueue, worker.Options{DisableRegistrationAliasing: true})
	other.RegisterWorkflowWithOptions(func(ctx workflow.Context, _ workflows.Input) error { return workflow.Sleep(ctx, 24*time.Hour) },
		workflow.RegisterOptions{Name: contract.ConversationWorkflow})
	require.NoError(t, other.Start())
	says("hello")
	var conv uuid.UUID
	db := database(t, "switchboard")
	eventually(t, "its first task was done by other code", func() bool {
		err := db.GetContext(t.Context(), &conv, `SELECT id FROM conversation WHERE workstream_id = $1`, site.Workstream)
		if err != nil {
			return false
		}
		d, err := c.DescribeWorkflowExecution(t.Context(), contract.ConversationID(conv), "")
		return err == nil && d.WorkflowExecutionInfo.HistoryLength > 4 && d.PendingWorkflowTask == nil
	})
	other.Stop()
	shared.ExpectPanic(contract.ConversationID(conv))
	require.NoError(t, shared.Run(t.Context(), "worker"))
	says("anybody there?")
	require.Equal(t, []uuid.UUID{conv}, h.accept(t, 1))
	text := rig.MarkText + " here I am"
	_, _, err = h.ann.Answer(t.Context(), conv, uuid.NewString(), text)
	require.NoError(t, err)
	eventually(t, "the answer arrived", func() bool { return customer.Count(text) == 1 })
	same(t)
	closeAll(t, site)
}
