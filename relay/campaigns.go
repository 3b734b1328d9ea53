package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"switchboard/store"
	"switchboard/workflows/contract"
)

// Campaigns starts the workflows of campaigns that were started by people, and
// keeps the schedules of triggers as their rows say. The row says that one is wanted; what cannot be started now is started later.
type Campaigns struct {
	Store     *store.Store
	Temporal  Starter
	Schedules Scheduler // nil: schedules are not placed
	Log       *slog.Logger
}

// Starter is what it needs of a Temporal client.
type Starter interface {
	ExecuteWorkflow(ctx context.Context, options client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error)
	DescribeWorkflowExecution(ctx context.Context, workflowID, runID string) (*workflowservice.DescribeWorkflowExecutionResponse, error)
}

const (
	campaignsEvery = 2 * time.Second
	campaignsCheck = 15 * time.Second // between two looks at those that were started
	startTimeout   = 10 * time.Second
)

// Start starts the workflow of a campaign at once. One that runs already is no error.
func (c *Campaigns) Start(ctx context.Context, id uuid.UUID) error {
	return c.start(ctx, id, enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
}

func (c *Campaigns) start(ctx context.Context, id uuid.UUID, reuse enums.WorkflowIdReusePolicy) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	opts := client.StartWorkflowOptions{
		ID: contract.CampaignID(id), TaskQueue: contract.CampaignQueue, WorkflowIDReusePolicy: reuse,
		WorkflowExecutionErrorWhenAlreadyStarted: true, StaticSummary: "campaign",
		TypedSearchAttributes: temporal.NewSearchAttributes(contract.Campaign.ValueSet(id.String())),
	}
	_, err := c.Temporal.ExecuteWorkflow(ctx, opts, contract.CampaignWorkflow, contract.CampaignStart{Campaign: id})
	var exists *serviceerror.WorkflowExecutionAlreadyStarted
	if err != nil && !errors.As(err, &exists) {
		return fmt.Errorf("start campaign %s: %w", id, err)
	}
	return c.Store.Campaign.CampaignAnnounced(ctx, id)
}

// Run starts what has no workflow yet, until ctx ends.
func (c *Campaigns) Run(ctx context.Context) error {
	t := time.NewTicker(campaignsEvery)
	defer t.Stop()
	var checked time.Time
	for said := ""; ; {
		err := c.sweep(ctx)
		if err == nil && time.Since(checked) >= campaignsCheck {
			err, checked = c.check(ctx), time.Now()
		}
		now := ""
		if err != nil && ctx.Err() == nil { // one that lasts does not hide another
			if now = err.Error(); now != said {
				c.Log.Warn("campaigns wait to be started", "error", err)
			}
		}
		said = now
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

// check starts campaigns anew, from their rows, whose workflow was terminated or
// lost with Temporal's database, and places schedules that are missing there.
func (c *Campaigns) check(ctx context.Context) error {
	ids, err := c.Store.Campaign.LiveCampaigns(ctx)
	for _, id := range ids {
		err = errors.Join(err, c.checkOne(ctx, id))
	}
	if c.Schedules == nil {
		return err
	}
	triggers, terr := c.Store.Campaign.PlacedTriggers(ctx)
	err = errors.Join(err, terr)
	for _, t := range triggers {
		if missing, merr := c.unplaced(ctx, t); merr != nil {
			err = errors.Join(err, merr)
		} else if missing {
			c.Log.Warn("schedule of a trigger was missing; placed anew", "trigger_id", t.ID)
			err = errors.Join(err, c.Place(ctx, t))
		}
	}
	return err
}

func (c *Campaigns) checkOne(ctx context.Context, id uuid.UUID) error {
	asked, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	d, err := c.Temporal.DescribeWorkflowExecution(asked, contract.CampaignID(id), "")
	var missing *serviceerror.NotFound
	switch {
	case errors.As(err, &missing):
	case err != nil:
		return fmt.Errorf("look at campaign %s: %w", id, err)
	case d.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING:
		return nil
	}
	c.Log.Warn("workflow of a campaign had ended; started anew", "campaign_id", id)
	return c.start(ctx, id, enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
}

func (c *Campaigns) sweep(ctx context.Context) error {
	ids, err := c.Store.Campaign.UnannouncedCampaigns(ctx)
	for _, id := range ids {
		err = errors.Join(err, c.Start(ctx, id))
	}
	if c.Schedules == nil {
		return err
	}
	triggers, terr := c.Store.Campaign.UnplacedTriggers(ctx)
	err = errors.Join(err, terr)
	for _, t := range triggers {
		err = errors.Join(err, c.Place(ctx, t))
	}
	return err
}
