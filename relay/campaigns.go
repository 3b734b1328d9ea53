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
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"switchboard/store"
	"switchboard/workflows/message"
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
}

const (
	campaignsEvery = 2 * time.Second
	startTimeout   = 10 * time.Second
)

// Start starts the workflow of a campaign at once. One that runs already is no error.
func (c *Campaigns) Start(ctx context.Context, id uuid.UUID) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	opts := client.StartWorkflowOptions{
		ID: message.CampaignID(id), TaskQueue: message.CampaignQueue, WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true, StaticSummary: "campaign",
		TypedSearchAttributes: temporal.NewSearchAttributes(message.Campaign.ValueSet(id.String())),
	}
	_, err := c.Temporal.ExecuteWorkflow(ctx, opts, message.CampaignWorkflow, message.CampaignStart{Campaign: id})
	var exists *serviceerror.WorkflowExecutionAlreadyStarted
	if err != nil && !errors.As(err, &exists) {
		return fmt.Errorf("start campaign %s: %w", id, err)
	}
	return c.Store.CampaignAnnounced(ctx, id)
}

// Run starts what has no workflow yet, until ctx ends.
func (c *Campaigns) Run(ctx context.Context) error {
	t := time.NewTicker(campaignsEvery)
	defer t.Stop()
	for said := false; ; {
		err := c.sweep(ctx)
		if err != nil && ctx.Err() == nil && !said {
			c.Log.Warn("campaigns wait to be started", "error", err)
		}
		said = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

func (c *Campaigns) sweep(ctx context.Context) error {
	ids, err := c.Store.UnannouncedCampaigns(ctx)
	for _, id := range ids {
		err = errors.Join(err, c.Start(ctx, id))
	}
	if c.Schedules == nil {
		return err
	}
	triggers, terr := c.Store.UnplacedTriggers(ctx)
	err = errors.Join(err, terr)
	for _, t := range triggers {
		err = errors.Join(err, c.Place(ctx, t))
	}
	return err
}
