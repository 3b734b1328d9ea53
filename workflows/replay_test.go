package workflows_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"switchboard/workflows"
	"switchboard/workflows/message"
)

func recorded(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 8, "the histories are missing; e2e/record makes them")
	return files
}

// Conversations that began with earlier code go on with this one.
func TestReplay_RecordedHistories(t *testing.T) {
	t.Parallel()
	for _, file := range recorded(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			r := worker.NewWorkflowReplayer()
			r.RegisterWorkflowWithOptions(workflows.ConversationWorkflow, workflow.RegisterOptions{Name: message.ConversationWorkflow})
			require.NoError(t, r.ReplayWorkflowHistoryFromJSONFile(nil, file))
		})
	}
}

// The check bites: a workflow that does something else first is found out.
func TestReplay_FindsAChange(t *testing.T) {
	t.Parallel()
	for _, file := range recorded(t) {
		r := worker.NewWorkflowReplayer()
		r.RegisterWorkflowWithOptions(func(ctx workflow.Context, in workflows.Input) error {
			if err := workflow.Sleep(ctx, 1); err != nil {
				return err
			}
			return workflows.ConversationWorkflow(ctx, in)
		}, workflow.RegisterOptions{Name: message.ConversationWorkflow})
		require.Error(t, r.ReplayWorkflowHistoryFromJSONFile(nil, file), file)
	}
}
