package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"switchboard/store/campaigndb"
	"switchboard/workflows/contract"
)

// Scheduler is what it needs of a Temporal client for schedules.
type Scheduler interface {
	ScheduleClient() client.ScheduleClient
}

// catchUp is how late a time that was missed is still taken.
const catchUp = 10 * time.Minute

// Place makes the schedule of a trigger what its row says.
func (c *Campaigns) Place(ctx context.Context, t campaigndb.Trigger) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err := c.place(ctx, t)
	if err != nil {
		return fmt.Errorf("place schedule of trigger %s: %w", t.ID, err)
	}
	return c.Store.Campaign.TriggerPlaced(ctx, t.ID, t.Version)
}

// unplaced says that Temporal does not know the schedule of a trigger.
func (c *Campaigns) unplaced(ctx context.Context, t campaigndb.Trigger) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	_, err := c.Schedules.ScheduleClient().GetHandle(ctx, contract.TriggerID(t.ID)).Describe(ctx)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return true, nil
	} else if err != nil {
		return false, fmt.Errorf("look at schedule of trigger %s: %w", t.ID, err)
	}
	return false, nil
}

func (c *Campaigns) place(ctx context.Context, t campaigndb.Trigger) error {
	all := c.Schedules.ScheduleClient()
	id := contract.TriggerID(t.ID)
	handle := all.GetHandle(ctx, id)
	if t.DeletedAt != nil {
		err := handle.Delete(ctx)
		var missing *serviceerror.NotFound
		if errors.As(err, &missing) {
			return nil
		}
		return err
	}
	spec := client.ScheduleSpec{CronExpressions: []string{t.Cron}, TimeZoneName: t.TimeZone}
	action := &client.ScheduleWorkflowAction{ID: id, Workflow: contract.TriggerWorkflow, Args: []any{contract.TriggerStart{Trigger: t.ID}}, TaskQueue: contract.CampaignQueue}
	_, err := all.Create(ctx, client.ScheduleOptions{ID: id, Spec: spec, Action: action, Overlap: enums.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: catchUp, Paused: !t.Enabled})
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return err
	}
	return handle.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		s := in.Description.Schedule
		s.Spec, s.Action = &spec, action
		s.State.Paused = !t.Enabled
		return &client.ScheduleUpdate{Schedule: &s}, nil
	}})
}
