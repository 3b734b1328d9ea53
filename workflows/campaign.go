package workflows

import (
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"switchboard/activities"
	"switchboard/domain/campaign"
	"switchboard/workflows/contract"
)

// CampaignInput starts a campaign's workflow. Carried is set by Continue-As-New.
type CampaignInput struct {
	contract.CampaignStart
	Carried *CampaignState `json:"carried,omitempty"`
}

// CampaignState is all that survives Continue-As-New. It holds numbers and times:
// who is written to stands in the database.
type CampaignState struct {
	Facts  activities.CampaignFacts `json:"facts"`
	Next   int                      `json:"next"`             // the first recipient of the next range
	Waits  time.Time                `json:"waits,omitzero"`   // nothing is sent before
	Sent   int                      `json:"sent,omitempty"`   // in all runs, for whoever looks at the history
	Passes int                      `json:"passes,omitempty"` // over all recipients
}

const (
	rangeSize  = 2000 // recipients
	rangesOnce = 2    // under way
)

// campaignRun is one run of a campaign's workflow.
type campaignRun struct {
	CampaignState
	id       uuid.UUID
	flying   int  // ranges under way
	changed  bool // a command or the end of a range wakes the loop
	stale    bool // a range found another state than is known here
	commands int  // that were carried out
}

// CampaignWorkflow runs one campaign from its start to its end: it waits for the
// time, has ranges of recipients sent, some at a time, comes back to those whom
// it may not write to yet, and takes commands. What was sent to whom is decided
// by rows, so that a range can be sent again at any moment.
func CampaignWorkflow(ctx workflow.Context, in CampaignInput) error {
	c := &campaignRun{id: in.Campaign}
	if in.Carried != nil {
		c.CampaignState = *in.Carried
	}
	if err := c.listen(ctx); err != nil {
		return err
	}
	if in.Carried == nil {
		c.Next = 1
		var a *activities.Campaigns // only its methods' names are used
		if err := c.ask(ctx, a.BeginCampaign); err != nil {
			return err
		}
	}
	for {
		c.changed = false
		switch {
		case c.Facts.State.Over():
			return workflow.Await(ctx, func() bool { return c.flying == 0 && workflow.AllHandlersFinished(ctx) })
		case c.flying == 0 && workflow.GetInfo(ctx).GetContinueAsNewSuggested():
			return c.continueAsNew(ctx)
		}
		if err := c.step(ctx); err != nil {
			return err
		}
	}
}

// step does what is to be done in the state that the campaign is in, and waits
// for it to change.
func (c *campaignRun) step(ctx workflow.Context) error {
	var a *activities.Campaigns
	now := workflow.Now(ctx)
	switch {
	case c.stale:
		c.stale = false
		return c.ask(ctx, a.BeginCampaign)
	case c.Facts.State == campaign.Paused:
		return workflow.Await(ctx, c.woken)
	case c.Facts.State == campaign.Scheduled && now.Before(c.Facts.StartAt):
		return c.waitUntil(ctx, c.Facts.StartAt, "start")
	case c.Facts.State == campaign.Scheduled:
		return c.ask(ctx, a.OpenCampaign)
	case now.Before(c.Waits):
		return c.waitUntil(ctx, c.Waits, "wait")
	case c.Next > c.Facts.Last && c.flying == 0:
		return c.rest(ctx)
	}
	more := !workflow.GetInfo(ctx).GetContinueAsNewSuggested()
	for more && c.flying < rangesOnce && c.Next <= c.Facts.Last {
		c.launch(ctx)
	}
	return workflow.Await(ctx, c.woken)
}

func (c *campaignRun) woken() bool { return c.changed }

// waitUntil waits for a moment, or for something to change.
func (c *campaignRun) waitUntil(ctx workflow.Context, at time.Time, why string) error {
	tctx, disarm := workflow.WithCancel(ctx)
	defer disarm()
	timer := workflow.NewTimerWithOptions(tctx, at.Sub(workflow.Now(ctx)), workflow.TimerOptions{Summary: why})
	return workflow.Await(ctx, func() bool { return c.changed || timer.IsReady() })
}

// rest looks who is left after a pass, and begins another one when they may be
// written to.
func (c *campaignRun) rest(ctx workflow.Context) error {
	var a *activities.Campaigns
	if err := c.ask(ctx, a.RestOfCampaign); err != nil || c.Facts.State.Over() {
		return err
	}
	if c.Facts.Left == 0 {
		return nil // it was paused or canceled meanwhile
	}
	c.Next, c.Passes = 1, c.Passes+1
	if c.Facts.Again.After(c.Waits) {
		c.Waits = c.Facts.Again
	}
	return nil
}

// launch has the next range sent.
func (c *campaignRun) launch(ctx workflow.Context) {
	in := activities.SendRange{Campaign: c.id, Lo: c.Next, Hi: min(c.Next+rangeSize-1, c.Facts.Last)}
	c.Next = in.Hi + 1
	c.flying++
	workflow.Go(ctx, func(ctx workflow.Context) {
		var a *activities.Campaigns
		actx := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			TaskQueue: contract.CampaignQueue, StartToCloseTimeout: 24 * time.Hour, HeartbeatTimeout: 20 * time.Second,
			RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
			Summary:     "send",
		})
		var out activities.RangeSent
		err := workflow.ExecuteActivity(actx, a.SendRange, in).Get(ctx, &out)
		c.flying--
		c.changed = true
		if err != nil {
			return // canceled; what is left is found by the next pass
		}
		c.Sent += out.Sent
		c.stopped(out)
	})
}

// stopped takes note of why a range came back before its end.
func (c *campaignRun) stopped(out activities.RangeSent) {
	c.stale = c.stale || out.State != c.Facts.State // the row says what is so now
	if out.NotBefore.After(c.Waits) {
		c.Waits = out.NotBefore
	}
	if out.Left {
		c.Next = min(c.Next, out.Lo)
	}
}

// listen takes commands. What is possible is decided by the row.
func (c *campaignRun) listen(ctx workflow.Context) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, contract.UpdateCommand, func(ctx workflow.Context, in contract.CampaignCommand) (contract.CampaignActed, error) {
		var a *activities.Campaigns
		lctx := local(ctx)
		var f activities.CampaignFacts
		if err := workflow.ExecuteLocalActivity(lctx, a.CommandCampaign, c.id, in).Get(lctx, &f); err != nil {
			return contract.CampaignActed{}, err
		}
		c.commands++
		c.learn(f)
		if campaign.Command(in.Command) == campaign.Resume {
			c.Waits = time.Time{}
		}
		return contract.CampaignActed{State: string(f.State)}, nil
	}, workflow.UpdateHandlerOptions{Validator: func(_ workflow.Context, in contract.CampaignCommand) error {
		// It may have paused itself a moment ago: only what cannot change is refused here.
		if s := c.Facts.State; s.Over() {
			return temporal.NewNonRetryableApplicationError(s.May(campaign.Command(in.Command)), contract.RefusedCommand, nil)
		}
		return nil
	}})
}

// ask has the database say how things are, after all commands.
func (c *campaignRun) ask(ctx workflow.Context, question any) error {
	lctx := local(ctx)
	for {
		before := c.commands
		var f activities.CampaignFacts
		if err := workflow.ExecuteLocalActivity(lctx, question, c.id).Get(lctx, &f); err != nil {
			return err
		}
		if before == c.commands { // else the answer may be older than what the command made of it
			c.learn(f)
			return nil
		}
	}
}

func (c *campaignRun) learn(f activities.CampaignFacts) {
	c.Facts, c.changed = f, true
}

func (c *campaignRun) continueAsNew(ctx workflow.Context) error {
	if err := workflow.Await(ctx, func() bool { return c.flying == 0 && workflow.AllHandlersFinished(ctx) }); err != nil {
		return err
	}
	state := c.CampaignState
	return workflow.NewContinueAsNewError(ctx, CampaignWorkflow, CampaignInput{CampaignStart: contract.CampaignStart{Campaign: c.id}, Carried: &state})
}
