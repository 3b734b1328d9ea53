package workflows_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"switchboard/workflows"
	"switchboard/workflows/contract"
)

func recorded(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 8, "the histories are missing; test/record makes them")
	return files
}

// What began with earlier code goes on with this one.
func TestReplay_RecordedHistories(t *testing.T) {
	t.Parallel()
	for _, file := range recorded(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			r := worker.NewWorkflowReplayer()
			for name, w := range workflows.All() {
				r.RegisterWorkflowWithOptions(w, workflow.RegisterOptions{Name: name})
			}
			require.NoError(t, r.ReplayWorkflowHistoryFromJSONFile(nil, file))
		})
	}
}

// Each type of workflow is among the recorded histories: one that ended and, where
// it may run for long, one that continued as new.
func TestReplay_CoversEveryWorkflow(t *testing.T) {
	t.Parallel()
	ended, continued := map[string]bool{}, map[string]bool{}
	for _, file := range recorded(t) {
		f, err := os.Open(file)
		require.NoError(t, err)
		h, err := client.HistoryFromJSON(f, client.HistoryJSONOptions{})
		require.NoError(t, err, file)
		require.NoError(t, f.Close())
		name := h.Events[0].GetWorkflowExecutionStartedEventAttributes().GetWorkflowType().GetName()
		switch h.Events[len(h.Events)-1].EventType {
		case enums.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
			ended[name] = true
		case enums.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
			continued[name] = true
		}
	}
	for name := range workflows.All() {
		require.True(t, ended[name], "no history of a %s that ended; test/record makes them", name)
		if name != contract.TriggerWorkflow { // a trigger fires once, within some events
			require.True(t, continued[name], "no history of a %s that continued as new; test/record makes them", name)
		}
	}
}

// The check bites: a workflow that does something else first is found out.
func TestReplay_FindsAChange(t *testing.T) {
	t.Parallel()
	for _, file := range recorded(t) {
		r := worker.NewWorkflowReplayer()
		for name, w := range workflows.All() {
			r.RegisterWorkflowWithOptions(drawFirst(w), workflow.RegisterOptions{Name: name})
		}
		require.Error(t, r.ReplayWorkflowHistoryFromJSONFile(nil, file), file)
	}
}

func drawFirst(w any) any {
	switch w := w.(type) {
	case func(workflow.Context, workflows.Input) error:
		return after(w)
	case func(workflow.Context, workflows.CampaignInput) error:
		return after(w)
	case func(workflow.Context, workflows.PresenceInput) error:
		return after(w)
	case func(workflow.Context, contract.TriggerStart) error:
		return after(w)
	}
	return w // is replayed without an error, which fails the test
}

func after[In any](w func(workflow.Context, In) error) func(workflow.Context, In) error {
	return func(ctx workflow.Context, in In) error {
		workflow.SideEffect(ctx, func(workflow.Context) any { return 1 }) // no workflow has one, though many begin with a timer
		return w(ctx, in)
	}
}

// Histories are read in Temporal's UI: they hold ids, times and codes, and none
// of the texts, names and numbers that test/record plays with.
func TestReplay_HistoriesHoldNoTexts(t *testing.T) {
	t.Parallel()
	data := regexp.MustCompile(`"(?:data|[Dd]etails)":\s*"([A-Za-z0-9+/=]+)"`)
	texts := regexp.MustCompile(`"text |are you there|zqtext|secret-marked|@|agent-[01]|[^0-9a-f]U[0-9a-f]{32}|\+[0-9]{6,}|"\+?199977`)
	for _, file := range recorded(t) {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		found := data.FindAllSubmatch(b, -1)
		require.NotEmpty(t, found, file)
		for _, m := range found {
			raw, err := base64.StdEncoding.DecodeString(string(m[1]))
			require.NoError(t, err)
			require.NotRegexp(t, texts, string(raw), file)
		}
		require.NotRegexp(t, texts, string(b), file)
	}
}
