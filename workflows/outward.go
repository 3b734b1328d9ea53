package workflows

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"switchboard/activities"
	"switchboard/domain/conversation"
	"switchboard/workflows/contract"
)

// deliver hands answers to their provider, in order and one batch at a time. It
// runs beside the loop, so that a provider's outage holds up answers only.
func (c *run) deliver(ctx workflow.Context) {
	var a *activities.Delivery
	for {
		if err := workflow.Await(ctx, func() bool { return c.Outbound > c.Handed }); err != nil {
			return
		}
		c.delivering = true
		upTo, learned := c.Outbound, c.learned
		// There is no time limit here: each answer's own stands in its row.
		actx := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			TaskQueue:           contract.SendQueue(c.provider),
			Priority:            c.priority(answerFirst),
			StartToCloseTimeout: 2 * time.Minute,
			HeartbeatTimeout:    30 * time.Second,
			RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 30 * time.Second},
			Summary:             fmt.Sprintf("up to %d", upTo),
		})
		err := workflow.ExecuteActivity(actx, a.Deliver, activities.Deliver{Conversation: c.id, UpTo: upTo}).Get(actx, nil)
		if err != nil {
			workflow.GetLogger(ctx).Error("answers were not delivered", "up_to", upTo, "error", err)
		}
		if learned == c.learned { // what was read from the row meanwhile counts
			c.Handed = upTo
		}
		c.delivering, c.dirty = false, true
	}
}

// fetch copies customers' files from the provider.
func (c *run) fetch(ctx workflow.Context) {
	var a *activities.Media
	for {
		if err := workflow.Await(ctx, func() bool { return c.Media }); err != nil {
			return
		}
		c.Media, c.fetching = false, true
		actx := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			TaskQueue:              contract.MediaQueue(c.provider),
			Priority:               c.priority(0),
			StartToCloseTimeout:    30 * time.Minute, // of all files together; one that stalls ends by itself
			ScheduleToCloseTimeout: 24 * time.Hour,
			HeartbeatTimeout:       time.Minute,
			RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
			Summary:                "customers' files",
		})
		if err := workflow.ExecuteActivity(actx, a.Fetch, c.id).Get(actx, nil); err != nil {
			workflow.GetLogger(ctx).Error("files were not fetched", "error", err)
		}
		c.fetching, c.dirty = false, true
	}
}

// learnProfile asks the provider who the customer is, once somebody is to see
// it: a flood that nobody can serve yet costs no request each. It is tried for an
// hour; the next conversation asks again.
func (c *run) learnProfile(ctx workflow.Context) {
	st := &c.Facts.State
	err := workflow.Await(ctx, func() bool { return c.Profile && (st.Offer != nil || st.Agent != "") })
	if err != nil {
		return
	}
	var a *activities.Profiles
	c.Profile, c.profiling = false, true
	actx := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              contract.ProfileQueue(c.provider),
		Priority:               c.priority(0),
		StartToCloseTimeout:    30 * time.Second,
		ScheduleToCloseTimeout: time.Hour,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
		Summary:                "who the customer is",
	})
	if err = workflow.ExecuteActivity(actx, a.Profile, c.id).Get(actx, nil); err != nil {
		workflow.GetLogger(ctx).Warn("profile was not fetched", "error", err)
	}
	c.profiling, c.dirty = false, true
}

// answerFirst is the priority of answers: before files that an earlier version
// left in their queue.
const answerFirst = 1

// priority of an activity in its queue. The accounts of a provider take turns,
// so that one with many that wait does not hold up the others.
func (c *run) priority(key int) temporal.Priority {
	p := temporal.Priority{PriorityKey: key}
	if c.Facts.Account != uuid.Nil {
		p.FairnessKey = c.Facts.Account.String()
	}
	return p
}

// shown is what operators were last shown in the search attributes.
type shown struct {
	state        conversation.Phase
	queue, agent string
	version      int64
}

// describe shows operators where the conversation stands, and those who compare
// it with its row (package relay) which version of that it knows. Attributes cost
// an event and are written only when one changed; the details cost nothing.
func (c *run) describe(ctx workflow.Context) error {
	f := c.Facts
	now := shown{state: f.State.Phase, agent: f.State.Agent}
	if f.Queue != uuid.Nil {
		now.queue = f.Queue.String()
	}
	if c.versioned {
		now.version = f.State.Version
	}
	workflow.SetCurrentDetails(ctx, details(f))
	if now == c.shown || f.State.Phase == "" {
		return nil
	}
	c.shown = now
	updates := []temporal.SearchAttributeUpdate{contract.State.ValueSet(string(now.state))}
	updates = append(updates, keyword(contract.Queue, now.queue), keyword(contract.Agent, now.agent))
	if f.Waiting.IsZero() || f.State.Phase != conversation.Open {
		updates = append(updates, contract.WaitingSince.ValueUnset())
	} else {
		updates = append(updates, contract.WaitingSince.ValueSet(f.Waiting))
	}
	if c.versioned {
		updates = append(updates, contract.Version.ValueSet(now.version))
	}
	return workflow.UpsertTypedSearchAttributes(ctx, updates...)
}

func keyword(key temporal.SearchAttributeKeyKeyword, value string) temporal.SearchAttributeUpdate {
	if value == "" {
		return key.ValueUnset()
	}
	return key.ValueSet(value)
}

func details(f activities.Facts) string {
	s := f.State
	out := "**" + string(s.Phase) + "** on " + f.Channel
	if s.Agent != "" {
		out += "\n\nAgent: `" + s.Agent + "`"
	}
	if s.Offer != nil {
		out += "\n\nOffered to `" + s.Offer.Agent + "` until " + s.Offer.Until.UTC().Format(time.RFC3339)
	}
	if w := s.WindowClosesAt(); !w.IsZero() {
		out += "\n\nReply window until " + w.UTC().Format(time.RFC3339)
	}
	if at, kind := s.Deadline(); !at.IsZero() {
		out += "\n\nNext: " + string(kind) + " at " + at.UTC().Format(time.RFC3339)
	}
	return out
}
