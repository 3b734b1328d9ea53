package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"switchboard/activities"
	"switchboard/workflows/contract"
)

// TriggerWorkflow sends once what a scheduled trigger makes of this time. Its id
// holds the time that the schedule meant, so a repeat sends nothing.
func TriggerWorkflow(ctx workflow.Context, in contract.TriggerStart) error {
	var a *activities.Campaigns // only its methods' names are used
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: contract.TriggerQueue, StartToCloseTimeout: time.Minute, Summary: "fire",
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	})
	return workflow.ExecuteActivity(ctx, a.FireTrigger, activities.FireTrigger{Trigger: in.Trigger, Key: workflow.GetInfo(ctx).WorkflowExecution.ID}).Get(ctx, nil)
}
