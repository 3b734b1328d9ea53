package workflows

import (
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/workflow"

	"switchboard/activities"
	"switchboard/workflows/contract"
)

// PresenceInput starts the workflow of an agent's presence. Carried is set by
// Continue-As-New.
type PresenceInput struct {
	contract.PresenceStart
	Carried *PresenceState `json:"carried,omitempty"`
}

// PresenceState is all that survives Continue-As-New, in absolute times.
type PresenceState struct {
	Deadlines contract.Deadlines `json:"deadlines"`
	NotBefore time.Time          `json:"not_before,omitzero"` // when what was not due yet is looked at again
}

// presencePause separates looks at the row, whose clock may be behind this one.
const presencePause = time.Second

// presence is one run of the workflow of an agent's presence.
type presence struct {
	PresenceState
	agent    uuid.UUID
	signals  workflow.ReceiveChannel
	timer    workflow.Future
	disarm   workflow.CancelFunc
	armedFor time.Time
}

// PresenceWorkflow waits for the deadlines of an agent's presence, lets the
// database settle what is due, and ends when there is none left: an agent with
// nothing pending costs nothing. It decides nothing itself, so that a signal
// that is lost, late, old or sent twice does no harm.
func PresenceWorkflow(ctx workflow.Context, in PresenceInput) error {
	p := &presence{agent: in.Agent, signals: workflow.GetSignalChannel(ctx, contract.SignalDeadlines)}
	if in.Carried != nil {
		p.PresenceState = *in.Carried
	}
	for {
		p.take()
		if err := p.settle(ctx); err != nil {
			return err
		}
		p.take()
		if p.Deadlines.None() {
			return nil
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			state := p.PresenceState
			return workflow.NewContinueAsNewError(ctx, PresenceWorkflow, PresenceInput{PresenceStart: in.PresenceStart, Carried: &state})
		}
		p.arm(ctx)
		err := workflow.Await(ctx, func() bool { return p.signals.Len() > 0 || p.timer.IsReady() })
		if err != nil {
			return err
		}
	}
}

// take merges every waiting signal; see run.take.
func (p *presence) take() {
	for d := (contract.Deadlines{}); p.signals.ReceiveAsync(&d); d = (contract.Deadlines{}) {
		p.Deadlines = p.Deadlines.Merge(d)
	}
}

// next is when to look at the row.
func (p *presence) next() time.Time {
	at := p.Deadlines.First()
	if at.Before(p.NotBefore) {
		return p.NotBefore
	}
	return at
}

// settle lets the database do what is due. What remains replaces what was
// known; a signal that came meanwhile is taken after it.
func (p *presence) settle(ctx workflow.Context) error {
	if p.Deadlines.None() || workflow.Now(ctx).Before(p.next()) {
		return nil
	}
	var a *activities.Presence // only its methods' names are used
	lctx := local(ctx)
	var left contract.Deadlines
	if err := workflow.ExecuteLocalActivity(lctx, a.SettlePresence, p.agent).Get(lctx, &left); err != nil {
		return err
	}
	p.Deadlines, p.NotBefore = left, workflow.Now(ctx).Add(presencePause)
	return nil
}

// arm keeps one timer for the next look. One that is early is left alone: it
// fires, finds nothing due, and is set again.
func (p *presence) arm(ctx workflow.Context) {
	at := p.next()
	running := p.timer != nil && !p.timer.IsReady()
	if running && !at.Before(p.armedFor) {
		return
	}
	if running {
		p.disarm()
	}
	tctx, cancel := workflow.WithCancel(ctx)
	p.disarm, p.armedFor = cancel, at
	p.timer = workflow.NewTimerWithOptions(tctx, max(at.Sub(workflow.Now(ctx)), 0), workflow.TimerOptions{Summary: "presence"})
}
