package e2e

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/dev/sandbox"
)

// /metrics tells how Temporal's client and workers are: a worker without free
// slots, or tasks that wait, are seen. No label names a workflow.
func TestTemporal_Metrics(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	ann := newAgent(t, site, 1)
	customer := site.LINE.User(userID())
	say(t, customer, said("hi"))
	conv, text := ann.accept(t), said("answer")
	_, _, err := ann.Answer(t.Context(), conv, uuid.NewString(), text)
	require.NoError(t, err)
	_, err = customer.Await(t.Context(), func(m sandbox.Message) bool { return m.Text == text })
	require.NoError(t, err)
	var all []byte
	has := func(line string) func() bool {
		return func() bool {
			_, err := shared.Admin.Do(t.Context(), http.MethodGet, "/metrics", nil, &all)
			require.NoError(t, err)
			return regexp.MustCompile(`(?m)^` + line + ` [0-9]`).Match(all)
		}
	}
	for _, line := range []string{
		`temporal_worker_task_slots_available\{.*task_queue="media-line".*\}`,
		`temporal_worker_task_slots_used\{.*task_queue="send-line".*\}`,
		`temporal_activity_schedule_to_start_latency_seconds_bucket\{.*task_queue="send-line".*le="1"\}`,
		`temporal_workflow_task_schedule_to_start_latency_seconds_count\{.*task_queue="switchboard".*\}`,
		`temporal_request_total\{.*operation="SignalWithStartWorkflowExecution".*\}`,
		`temporal_request_latency_seconds_count\{.*operation="RespondActivityTaskCompleted".*\}`,
	} {
		eventually(t, line, has(line))
	}
	for line := range strings.Lines(string(all)) {
		if strings.HasPrefix(line, "temporal_") {
			require.NotRegexp(t, `[0-9a-f]{8}-[0-9a-f]{4}-`, line)
		}
	}
}
