package rig

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/encoding/protojson"
)

// stuckAfter is the attempt of a workflow's task from which on it is looked into.
const stuckAfter = 3

// stuckWorkflows says which workflows' tasks fail, or failed until they were ended,
// and keeps their histories in a folder that outlives the test, to be replayed.
// Histories hold ids and states only.
func (r *Rig) stuckWorkflows(ctx context.Context) string {
	c, err := client.DialContext(ctx, client.Options{HostPort: r.Temporal.Address(), Namespace: r.Namespace()})
	if err != nil {
		return "Temporal: " + err.Error()
	}
	defer c.Close()
	query := "ExecutionStatus = 'Running' OR TemporalReportedProblems IN ('category=WorkflowTaskFailed')"
	page, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: 500})
	if err != nil {
		return "list workflows: " + err.Error()
	}
	var b strings.Builder
	for _, e := range page.Executions {
		id, run := e.Execution.WorkflowId, e.Execution.RunId
		d, err := c.DescribeWorkflowExecution(ctx, id, run)
		if err != nil {
			fmt.Fprintln(&b, "describe:", err)
			continue
		}
		attempt := d.GetPendingWorkflowTask().GetAttempt()
		if e.Status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING && attempt < stuckAfter {
			continue
		}
		file, err := keepHistory(ctx, c, id, run)
		fmt.Fprintf(&b, "the task of %s %s kept failing (%s, attempt %d); its history: %s %v\n", e.Type.Name, id, e.Status, attempt, file, err)
	}
	return b.String()
}

func keepHistory(ctx context.Context, c client.Client, id, run string) (string, error) {
	var h history.History
	for it := c.GetWorkflowHistory(ctx, id, run, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
		e, err := it.Next()
		if err != nil {
			return "", err
		}
		h.Events = append(h.Events, e)
	}
	b, err := protojson.Marshal(&h)
	if err != nil {
		return "", err
	}
	file := filepath.Join(os.TempDir(), "switchboard-stuck-"+id+".json")
	return file, os.WriteFile(file, b, 0o600)
}
