package relay

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// A workflow whose task fails again and again answers nothing any more, and no
// retry mends it: its history does not fit its code. Rows hold every fact, so it
// is terminated, and whoever finds that it is missing starts it from them:
// Comparison for conversations, Campaigns for campaigns, the next deadline or the
// sweep for presences. Its history stays in Temporal for whoever looks for the cause.

// stuckQuery lists workflows whose task failed five times in a row (the server's
// system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute).
const stuckQuery = "ExecutionStatus = 'Running' AND TemporalReportedProblems IN ('category=WorkflowTaskFailed')"

const (
	stuckAttempts = 5   // of one task; fewer may be a worker that is being replaced
	stuckPage     = 100 // a round ends no more, so that a faulty release does not restart all at once
)

// endStuck terminates workflows that are stuck and returns how many. One that gets
// stuck again is left alone for longer each time.
func (c *Comparison) endStuck(ctx context.Context) (int, error) {
	listed, err := c.Relay.listStuck(ctx)
	if err != nil {
		return 0, err
	}
	before, ended := c.stuck, 0
	c.stuck = map[string]tries{}
	for id, tried := range before {
		if time.Since(tried.next) < longestPause { // it may be stuck again by then
			c.stuck[id] = tried
		}
	}
	for _, e := range listed {
		tried := before[e.GetWorkflowId()]
		if time.Now().Before(tried.next) {
			continue
		}
		done, err := c.Relay.terminateStuck(ctx, e)
		if err != nil {
			return ended, err
		}
		if !done {
			continue
		}
		ended++
		c.stuck[e.GetWorkflowId()] = tries{n: min(tried.n+1, 10), next: time.Now().Add(min(c.Every<<tried.n, longestPause))}
		c.log().Error("a workflow's task kept failing; the workflow is started again from its row", "workflow_id", e.GetWorkflowId(),
			"run_id", e.GetRunId(), "times", tried.n+1)
	}
	return ended, nil
}

func (r *Relay) listStuck(ctx context.Context) ([]*common.WorkflowExecution, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	page, err := r.Temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: stuckQuery, PageSize: stuckPage})
	if err != nil {
		return nil, fmt.Errorf("list workflows that are stuck: %w", err)
	}
	var out []*common.WorkflowExecution
	for _, e := range page.Executions {
		out = append(out, e.GetExecution())
	}
	return out, nil
}

// terminateStuck ends exactly the run that was listed, unless its task got through
// since: the list may be late.
func (r *Relay) terminateStuck(ctx context.Context, e *common.WorkflowExecution) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	d, err := r.Temporal.DescribeWorkflowExecution(ctx, e.GetWorkflowId(), e.GetRunId())
	if err != nil {
		return false, fmt.Errorf("describe workflow: %w", err)
	}
	running := d.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING
	if !running || d.GetPendingWorkflowTask().GetAttempt() < stuckAttempts {
		return false, nil
	}
	if err := r.Temporal.TerminateWorkflow(ctx, e.GetWorkflowId(), e.GetRunId(), "its task kept failing; started again from its row"); err != nil {
		return false, fmt.Errorf("terminate workflow: %w", err)
	}
	return true, nil
}
