package workflows

import (
	"errors"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"switchboard/activities"
	"switchboard/domain/conversation"
	"switchboard/workflows/contract"
)

// run is one run of a conversation's workflow.
type run struct {
	State
	id       uuid.UUID
	provider string

	bells   workflow.ReceiveChannel
	bell    contract.Bell // rung and not yet heard
	ringing bool
	began   bool
	dirty   bool
	mu      workflow.Mutex // one transition at a time

	timer     workflow.Future
	disarm    workflow.CancelFunc
	armedFor  time.Time
	armedKind conversation.Kind

	delivering, fetching, profiling bool
	learned                         int  // how often the row was read because it was another
	versioned                       bool // this run shows the row's version; those that began with earlier code do not
	shown                           shown
}

func (c *run) phase() conversation.Phase { return c.Facts.State.Phase }

// idle says that nothing is in flight that a new run would not know of.
func (c *run) idle() bool {
	return !c.delivering && !c.fetching && !c.profiling && c.Handed >= c.Outbound && !c.Media
}

// take merges every waiting bell. No goroutine may block in Receive on this
// channel: a bell handed to a blocked receiver is lost if the run ends first.
func (c *run) take() {
	for b := (contract.Bell{}); c.bells.ReceiveAsync(&b); b = (contract.Bell{}) {
		c.rung(b)
	}
}

// rung takes note of a bell, from a signal or carried by a command.
func (c *run) rung(b contract.Bell) {
	c.bell, c.ringing, c.dirty = c.bell.Merge(b), true, true
}

// hear acts on what was rung.
func (c *run) hear(ctx workflow.Context) error {
	if !c.ringing {
		return nil
	}
	b := c.bell
	c.bell, c.ringing = contract.Bell{}, false
	c.Outbound = max(c.Outbound, b.OutboundSeq)
	c.Media = c.Media || b.Media
	if err := c.relearn(ctx, b); err != nil {
		return err
	}
	known := c.Facts.State.Offer
	c.Facts.State = withPresence(withOffer(c.Facts.State, b), b)
	if err := c.react(ctx, b, known); err != nil {
		return err
	}
	if b.InboundSeq > c.Facts.State.InboundSeq {
		_, err := c.apply(ctx, conversation.Command{Kind: conversation.Write, Seq: b.InboundSeq, At: b.InboundAt})
		if ignoreRefusal(err) != nil {
			return err
		}
	}
	if b.Merging {
		_, err := c.apply(ctx, conversation.Command{Kind: conversation.Merge})
		return ignoreRefusal(err)
	}
	return nil
}

// differs says that the row may not be what this workflow takes it for: a
// transition was written, and the update that wrote it was lost with its answer;
// the row was restored from a time before the workflow's, or the workflow from one
// before the row's. Or the bell is only an old one: the row tells.
func differs(s conversation.State, b contract.Bell) bool {
	return b.Check || b.Version > 0 && b.Version != s.Version && !offeredElsewhere(s, b)
}

// offeredElsewhere is the one change of a row that is not made by its workflow and
// that a bell tells whole: who waited was offered to an agent.
func offeredElsewhere(s conversation.State, b contract.Bell) bool {
	return s.Phase == conversation.Open && s.Offer == nil && string(s.Hold) == b.Hold &&
		b.Phase == "" && b.OfferID != uuid.Nil && b.Version == s.Version+1
}

// behind says that the row must be read. A run that began with earlier code read
// it only where it had left the open phase.
func (c *run) behind(ctx workflow.Context, b contract.Bell) bool {
	s := c.Facts.State
	if b.Phase != "" && s.Phase == conversation.Open && b.Version > s.Version {
		return true
	}
	return differs(s, b) && c.learnsAnything(ctx)
}

// learnsAnything: this code may learn any row, in any phase.
func (c *run) learnsAnything(ctx workflow.Context) bool {
	return c.versioned || workflow.GetVersion(ctx, "learn-any-row", workflow.DefaultVersion, 1) >= 1
}

// relearn reads the row where it is not what this workflow takes it for. The row
// is right, always.
func (c *run) relearn(ctx workflow.Context, b contract.Bell) error {
	if !c.behind(ctx, b) {
		return nil
	}
	if err := c.mu.Lock(ctx); err != nil {
		return err
	}
	defer c.mu.Unlock()
	if !c.behind(ctx, b) { // it was being written at this moment
		return nil
	}
	var a *activities.Conversations // only its methods' names are used
	var f activities.Facts
	lctx := local(ctx)
	if err := workflow.ExecuteLocalActivity(lctx, a.Begin, c.id).Get(lctx, &f); err != nil {
		return err
	}
	c.dirty = true
	from := c.Facts.State
	c.learn(f, c.heard(ctx, f, from))
	if f.State.Version == from.Version && !b.Check {
		return nil // it was an old bell
	}
	c.Learned = true
	if c.learnsAnything(ctx) {
		// What waits to be sent is the row's to say too: an older one counts its messages anew.
		c.Outbound, c.Handed = f.Outbound, 0
		c.learned++
	}
	return nil
}

// heard is a state that has heard no more of the customer's messages than had
// been when the row was written: one that this workflow took for part of another
// phase is answered by nobody, and brings the conversation back.
func (c *run) heard(ctx workflow.Context, f activities.Facts, s conversation.State) conversation.State {
	parked := f.State.Phase == conversation.Waiting || f.State.Phase == conversation.WrapUp
	if parked && f.Heard < s.InboundSeq && c.learnsAnything(ctx) {
		s.InboundSeq = f.Heard
	}
	return s
}

// react acts on what else a bell tells: an offer that the customer is to hear of,
// an agent who is gone. Neither costs anything where it means nothing.
func (c *run) react(ctx workflow.Context, b contract.Bell, known *conversation.Offer) error {
	st := c.Facts.State
	if st.Offer != known && st.Offer != nil && st.Policy.SaysAssigned {
		if _, err := c.apply(ctx, conversation.Command{Kind: conversation.Assign}); ignoreRefusal(err) != nil {
			return err
		}
	}
	if b.Abandoned != uuid.Nil && st.Phase == conversation.Active {
		_, err := c.apply(ctx, conversation.Command{Kind: conversation.Abandon, Agent: b.Abandoned.String()})
		return ignoreRefusal(err)
	}
	return nil
}

// withOffer is a state as a newer bell tells it: offers are made and withdrawn
// by the database, not by the workflow, and hours change.
func withOffer(s conversation.State, b contract.Bell) conversation.State {
	if b.Version <= s.Version || s.Phase != conversation.Open {
		return s
	}
	s.Version, s.Offer = b.Version, nil
	s.Hold, s.HeldUntil = conversation.Deferral(b.Hold), b.HeldUntil
	if b.OfferID != uuid.Nil {
		s.Offer = &conversation.Offer{ID: b.OfferID.String(), Agent: b.OfferAgent.String(), Until: b.OfferUntil}
	}
	return s
}

// withPresence is a state as a newer bell tells of the customer: who is connected
// the database knows, not the workflow.
func withPresence(s conversation.State, b contract.Bell) conversation.State {
	if b.Presence > s.Presence {
		s.Presence, s.Away = b.Presence, b.Away
	}
	return s
}

// apply carries out a command: the domain decides, one local activity makes it
// true. When the row is not as it was thought to be, it is decided anew. The
// error is a *conversation.Refusal, or one that no retry mended.
func (c *run) apply(ctx workflow.Context, cmd conversation.Command) (conversation.State, error) {
	if err := c.mu.Lock(ctx); err != nil {
		return c.Facts.State, err
	}
	defer c.mu.Unlock()
	var a *activities.Conversations // only its methods' names are used
	lctx := local(ctx)
	for {
		now := workflow.Now(ctx)
		from := c.Facts.State
		next, effects, err := conversation.Apply(from, cmd, now)
		if err != nil {
			return from, err
		}
		if !effects.Project {
			c.Facts.State = next
			return next, nil
		}
		var out activities.Projected
		in := activities.Projection{Conversation: c.id, From: from.Version, To: next, Effects: effects}
		if err := workflow.ExecuteLocalActivity(lctx, a.Project, in).Get(lctx, &out); err != nil {
			return from, err
		}
		c.dirty = true
		switch {
		case out.NoRoom:
			return from, &conversation.Refusal{Code: conversation.NoCapacity, Reason: "You have no room for another conversation."}
		case out.Refused != nil:
			return from, out.Refused
		case out.Unseen:
			c.rung(contract.Bell{InboundSeq: out.Facts.State.InboundSeq, InboundAt: out.Facts.State.InboundAt})
			return from, &conversation.Refusal{Code: conversation.Stale, Reason: "The customer wrote at this moment; it stays open."}
		case out.Done:
			c.learn(out.Facts, next)
			c.Learned = false
			return c.Facts.State, nil
		case written(from, next, out.Facts.State):
			c.learn(out.Facts, c.heard(ctx, out.Facts, next))
			c.Learned = false
			return c.Facts.State, nil
		}
		c.learn(out.Facts, c.heard(ctx, out.Facts, from))
		c.Learned = true
	}
}

// written says that a transition had been written by a try whose answer was lost.
func written(from, to, is conversation.State) bool {
	if !conversation.SameBeside(from, to) {
		return is.Version > from.Version && is.Phase == to.Phase && is.Agent == to.Agent && conversation.SameBeside(to, is)
	}
	if is.Version <= from.Version || is.Phase != to.Phase || is.Agent != to.Agent || from.Phase == to.Phase && from.Offer == nil {
		return false
	}
	return is.Offer == nil || from.Offer == nil || is.Offer.ID != from.Offer.ID
}

// learn takes over the row's facts. Messages that the row has and this workflow
// has not acted on yet are rung, never skipped.
func (c *run) learn(f activities.Facts, seen conversation.State) {
	if f.State.InboundSeq > seen.InboundSeq {
		c.rung(contract.Bell{InboundSeq: f.State.InboundSeq, InboundAt: f.State.InboundAt})
		f.State.InboundSeq, f.State.InboundAt = seen.InboundSeq, seen.InboundAt
	}
	c.Facts = f
	c.Outbound = max(c.Outbound, f.Outbound)
}

// ignoreRefusal: what the system asked for and the state no longer allows is
// simply not needed any more.
func ignoreRefusal(err error) error {
	var refusal *conversation.Refusal
	if errors.As(err, &refusal) {
		return nil
	}
	return err
}

// refused turns a refusal into the error that a caller of an update sees.
func refused(err error) error {
	var r *conversation.Refusal
	if errors.As(err, &r) {
		return temporal.NewNonRetryableApplicationError(r.Reason, r.Code, nil)
	}
	return err
}
