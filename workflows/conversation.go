// Package workflows orchestrates: it decides with the pure domain when what must
// happen, and lets activities do it. It is deterministic and holds no facts that
// the database does not have.
package workflows

import (
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"switchboard/activities"
	"switchboard/domain/conversation"
	"switchboard/workflows/contract"
)

// Input starts a conversation's workflow. Carried is set by Continue-As-New.
type Input struct {
	contract.Start
	Carried *State `json:"carried,omitempty"`
}

// State is all that survives Continue-As-New. Deadlines are absolute, because
// timers do not survive.
type State struct {
	Facts    activities.Facts `json:"facts"`
	Outbound int64            `json:"outbound"`          // answers up to this seq wait or were handed to delivery
	Handed   int64            `json:"handed"`            // answers up to this seq were handed to delivery
	Media    bool             `json:"media"`             // customers' files wait to be fetched
	Profile  bool             `json:"profile,omitempty"` // the provider is to be asked who the customer is
	Learned  bool             `json:"learned,omitempty"` // that an agent has it was read from the row, not decided here
	Runs     int              `json:"runs"`
}

// parkedEvents is the length of a run past which a quiet conversation continues
// as new: a cold wake-up replays the whole run.
const parkedEvents = 500

// ConversationWorkflow runs one conversation until it is closed.
func ConversationWorkflow(ctx workflow.Context, in Input) error {
	c := &run{id: in.Conversation, provider: in.Provider, mu: workflow.NewMutex(ctx)}
	if in.Carried != nil {
		c.State = *in.Carried
	}
	c.Runs++
	c.versioned = workflow.GetVersion(ctx, "row-version", workflow.DefaultVersion, 1) >= 1
	c.bells = workflow.GetSignalChannel(ctx, contract.SignalBell)
	if err := c.listen(ctx); err != nil {
		return err
	}
	if in.Carried == nil {
		if err := c.begin(ctx); err != nil {
			return err
		}
	}
	c.began = true
	workflow.GoNamed(ctx, "deliver", c.deliver)
	workflow.GoNamed(ctx, "fetch", c.fetch)
	workflow.GoNamed(ctx, "profile", c.learnProfile)
	return c.loop(ctx)
}

func (c *run) loop(ctx workflow.Context) error {
	for {
		c.take()
		if err := c.hear(ctx); err != nil {
			return err
		}
		if err := c.due(ctx); err != nil {
			return err
		}
		if err := c.describe(ctx); err != nil {
			return err
		}
		if c.phase() == conversation.Closed {
			return c.finish(ctx)
		}
		if c.shouldContinue(ctx) {
			return c.continueAsNew(ctx)
		}
		c.arm(ctx)
		err := workflow.Await(ctx, func() bool {
			return c.dirty || c.bells.Len() > 0 || c.timer != nil && c.timer.IsReady()
		})
		if err != nil {
			return err
		}
		c.dirty = false
	}
}

// begin routes the conversation and learns its facts.
func (c *run) begin(ctx workflow.Context) error {
	var a *activities.Conversations // only its methods' names are used
	ctx = local(ctx)
	var f activities.Facts
	if err := workflow.ExecuteLocalActivity(ctx, a.Begin, c.id).Get(ctx, &f); err != nil {
		return err
	}
	seen := f.State
	if p := seen.Phase; p == conversation.Waiting || p == conversation.WrapUp {
		seen.InboundSeq = f.Heard // a message that no workflow acted on brings it back
	}
	c.learn(f, seen)
	c.Learned = true
	c.Profile = f.NoProfile
	if f.State.Offer != nil || f.Abandoned != uuid.Nil {
		return c.react(ctx, contract.Bell{Abandoned: f.Abandoned}, nil)
	}
	return nil
}

// due does what time demands.
func (c *run) due(ctx workflow.Context) error {
	at, kind := c.Facts.State.Deadline()
	if at.IsZero() || workflow.Now(ctx).Before(at) {
		return nil
	}
	_, err := c.apply(ctx, conversation.Command{Kind: kind})
	return ignoreRefusal(err)
}

// arm keeps one timer for the earliest deadline. A deadline that moves later
// leaves the timer alone: it fires early, finds nothing due and is set again.
// Only an offer's timer is replaced once the offer is answered, because it
// would fire in nearly every conversation, and any timer of a conversation that
// is parked.
func (c *run) arm(ctx workflow.Context) {
	at, kind := c.Facts.State.Deadline()
	running := c.timer != nil && !c.timer.IsReady()
	if at.IsZero() {
		if running && c.phase() == conversation.Waiting {
			c.disarm()
			running = false
		}
		if !running {
			c.timer = nil // a ready one would wake the loop for ever
		}
		return
	}
	// While it is parked the timer is exact, so that nothing at all happens before.
	exact := c.phase() == conversation.Waiting && !at.Equal(c.armedFor)
	if running && !at.Before(c.armedFor) && (c.armedKind == kind || c.armedKind != conversation.Lapse) && !exact {
		return
	}
	if running {
		c.disarm()
	}
	tctx, cancel := workflow.WithCancel(ctx)
	c.disarm, c.armedFor, c.armedKind = cancel, at, kind
	c.timer = workflow.NewTimerWithOptions(tctx, max(at.Sub(workflow.Now(ctx)), 0), workflow.TimerOptions{Summary: string(kind)})
}

// finish waits until what was accepted is done, and completes. A bell that comes
// later belongs to nobody: closing made sure that no message was unseen.
func (c *run) finish(ctx workflow.Context) error {
	return workflow.Await(ctx, func() bool { return c.idle() && workflow.AllHandlersFinished(ctx) })
}

// shouldContinue: the run is long and nothing is in flight.
func (c *run) shouldContinue(ctx workflow.Context) bool {
	info := workflow.GetInfo(ctx)
	long := info.GetContinueAsNewSuggested() || info.GetCurrentHistoryLength() > parkedEvents && c.phase() == conversation.Waiting
	return long && c.idle()
}

func (c *run) continueAsNew(ctx workflow.Context) error {
	err := workflow.Await(ctx, func() bool { return c.idle() && workflow.AllHandlersFinished(ctx) })
	if err != nil {
		return err
	}
	c.take()
	if c.ringing {
		// What was rung meanwhile is heard by the next run, which begins with it.
		if err := c.hear(ctx); err != nil {
			return err
		}
	}
	state := c.State
	return workflow.NewContinueAsNewError(ctx, ConversationWorkflow, Input{
		Start: contract.Start{Conversation: c.id, Channel: c.Facts.Channel, Provider: c.Facts.Provider}, Carried: &state})
}

// local is for short, idempotent work on the product's own database. It is
// tried until the database is back, and so often that people do not wait for the
// next try: the workflow takes no other command meanwhile.
func local(ctx workflow.Context) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout:    5 * time.Second,
		ScheduleToCloseTimeout: 30 * 24 * time.Hour,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 4 * time.Second},
	})
}
