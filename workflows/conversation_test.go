package workflows_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"switchboard/activities"
	"switchboard/domain/conversation"
	"switchboard/workflows"
	"switchboard/workflows/contract"
)

var (
	ann = uuid.MustParse("11111111-1111-1111-1111-111111111111")
	ben = uuid.MustParse("22222222-2222-2222-2222-222222222222")
)

// row stands for the conversation's row: it answers projections by the same
// compare-and-set as the store.
type row struct {
	mu        sync.Mutex
	facts     activities.Facts
	inbound   int64
	next      []uuid.UUID           // whom to offer it to, in turn
	away      time.Time             // until then the database is
	tries     []time.Time           // of projections
	lostReply bool                  // the next projection is written, but its answer is lost
	refuse    *conversation.Refusal // of the next projection's target
	events    []string
	reasons   []string // of endings
	rules     []string // that were applied
	delivered []int64
	onEnter   func(*conversation.State, time.Time) // what the pipeline decides
}

type bench struct {
	*testsuite.TestWorkflowEnvironment
	row   *row
	start time.Time
	id    uuid.UUID
}

func setup(t *testing.T, next ...uuid.UUID) *bench {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	b := &bench{TestWorkflowEnvironment: env, row: &row{next: next, inbound: 1}, start: env.Now(), id: uuid.New()}
	b.row.facts = activities.Facts{Channel: "line", Provider: "line", State: conversation.State{
		Phase: conversation.Open, Version: 1, InboundSeq: 1, InboundAt: b.start, Activity: b.start,
		Policy: conversation.Policy{OpenTimeout: 30 * 24 * time.Hour, ActiveTimeout: 30 * 24 * time.Hour, WrapUpTimeout: 24 * time.Hour, WrapUpBlocks: true},
	}}
	var c *activities.Conversations
	var d *activities.Delivery
	var m *activities.Media
	env.RegisterWorkflowWithOptions(workflows.ConversationWorkflow, workflow.RegisterOptions{Name: contract.ConversationWorkflow})
	env.OnActivity(c.Begin, mock.Anything, b.id).Return(func(context.Context, uuid.UUID) (activities.Facts, error) {
		b.row.mu.Lock()
		defer b.row.mu.Unlock()
		b.row.offer(env.Now())
		return b.row.facts, nil
	})
	env.OnActivity(c.Project, mock.Anything, mock.Anything).Return(func(_ context.Context, p activities.Projection) (activities.Projected, error) {
		return b.row.project(p, env.Now())
	})
	env.OnActivity(d.Deliver, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.Deliver) (activities.Delivered, error) {
		b.row.mu.Lock()
		defer b.row.mu.Unlock()
		b.row.delivered = append(b.row.delivered, in.UpTo)
		return activities.Delivered{Sent: 1}, nil
	})
	env.OnActivity(m.Fetch, mock.Anything, mock.Anything).Return(nil)
	return b
}

// offer gives the conversation to the next agent in turn.
func (r *row) offer(now time.Time) {
	if len(r.next) == 0 {
		return
	}
	r.facts.State.Version++
	r.facts.State.Offer = &conversation.Offer{ID: uuid.NewString(), Agent: r.next[0].String(), Until: now.Add(120 * time.Second)}
	r.next = r.next[1:]
}

func (r *row) project(p activities.Projection, now time.Time) (activities.Projected, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tries = append(r.tries, now)
	if now.Before(r.away) {
		return activities.Projected{}, errors.New("connection refused")
	}
	r.facts.State.InboundSeq = r.inbound
	switch {
	case p.From != r.facts.State.Version:
		return activities.Projected{Facts: r.facts}, nil
	case r.refuse != nil:
		out := activities.Projected{Refused: r.refuse, Facts: r.facts}
		r.refuse = nil
		return out, nil
	case (p.Effects.Closing && !p.Effects.Merge || p.Effects.Quiet) && r.inbound > p.To.InboundSeq:
		return activities.Projected{Unseen: true, Facts: r.facts}, nil
	}
	version := r.facts.State.Version
	r.facts.Heard = max(r.facts.Heard, p.To.InboundSeq)
	r.facts.State = p.To
	r.facts.State.Version, r.facts.State.InboundSeq = version+1, r.inbound
	r.events = append(r.events, p.Effects.Event)
	if p.Effects.Reason != "" {
		r.reasons = append(r.reasons, p.Effects.Reason)
	}
	if p.Effects.Rule != "" {
		r.rules = append(r.rules, p.Effects.Rule)
	}
	r.name(&r.facts.State)
	if p.Effects.Hand != "" {
		r.next = append([]uuid.UUID{uuid.MustParse(p.Effects.Hand)}, r.next...)
		r.offer(now)
	}
	if p.Effects.Prefer != "" {
		r.next = append([]uuid.UUID{uuid.MustParse(p.Effects.Prefer)}, r.next...)
	}
	if p.Effects.Decide && r.onEnter != nil {
		r.onEnter(&r.facts.State, now)
	}
	if p.Effects.Route {
		r.offer(now)
	}
	if r.lostReply {
		r.lostReply = false
		return activities.Projected{}, errors.New("connection lost")
	}
	return activities.Projected{Done: true, Facts: r.facts}, nil
}

// name gives new participants what the database gives them: an id and, where a
// queue was asked, its next agent in turn.
func (r *row) name(s *conversation.State) {
	for i := range s.Beside {
		p := &s.Beside[i]
		if p.ID != "" {
			continue
		}
		p.ID = uuid.NewString()
		if p.Request == "" {
			p.Request = p.ID
		}
		if p.Agent == "" {
			p.Agent, r.next = r.next[0].String(), r.next[1:]
		}
	}
}

// at calls f a while after the start.
func (b *bench) at(d time.Duration, f func()) { b.RegisterDelayedCallback(f, d) }

// do sends a command and hands its outcome to check.
func (b *bench) do(t *testing.T, name string, arg any, check func(error)) {
	t.Helper()
	b.UpdateWorkflow(name, uuid.NewString(), &testsuite.TestUpdateCallback{
		OnAccept: func() {}, OnReject: check, OnComplete: func(_ any, err error) { check(err) },
	}, arg)
}

func ok(t *testing.T) func(error) { return func(err error) { require.NoError(t, err) } }

func refusedAs(t *testing.T, code string) func(error) {
	return func(err error) {
		var app *temporal.ApplicationError
		require.ErrorAs(t, err, &app)
		require.Equal(t, code, app.Type())
	}
}

func (b *bench) run(t *testing.T) {
	t.Helper()
	b.ExecuteWorkflow(contract.ConversationWorkflow, workflows.Input{Start: contract.Start{Conversation: b.id, Channel: "line", Provider: "line"}})
	require.True(t, b.IsWorkflowCompleted())
}

func (b *bench) offerID() uuid.UUID {
	b.row.mu.Lock()
	defer b.row.mu.Unlock()
	if b.row.facts.State.Offer == nil {
		return uuid.Nil
	}
	return uuid.MustParse(b.row.facts.State.Offer.ID)
}

func TestConversation_FromFirstMessageToClosed(t *testing.T) {
	b := setup(t, ann)
	b.at(time.Second, func() { b.do(t, contract.UpdateAccept, contract.Act{Agent: ann, Offer: b.offerID()}, ok(t)) })
	b.at(2*time.Second, func() { b.do(t, contract.UpdateSend, contract.Send{Agent: ann, Seq: 2}, ok(t)) })
	b.at(3*time.Second, func() { b.do(t, contract.UpdateSend, contract.Send{Agent: ben, Seq: 3}, refusedAs(t, "not_primary")) })
	b.at(4*time.Second, func() { b.do(t, contract.UpdateClose, contract.Act{Agent: ann}, refusedAs(t, "wrong_state")) })
	b.at(5*time.Second, func() { b.do(t, contract.UpdateEnd, contract.Act{Agent: ann}, ok(t)) })
	b.at(6*time.Second, func() { b.do(t, contract.UpdateSend, contract.Send{Agent: ann, Seq: 3}, refusedAs(t, "wrong_state")) })
	b.at(7*time.Second, func() { b.do(t, contract.UpdateClose, contract.Act{Agent: ann}, ok(t)) })
	b.run(t)
	require.NoError(t, b.GetWorkflowError())
	require.Equal(t, []string{"accepted", "ended", "closed"}, b.row.events)
	require.Equal(t, []int64{2}, b.row.delivered)
}

func TestConversation_OfferGoesOnWhenDeclinedOrMissed(t *testing.T) {
	b := setup(t, ann, ben, ann)
	stale := uuid.Nil
	b.at(time.Second, func() {
		stale = b.offerID()
		b.do(t, contract.UpdateDecline, contract.Act{Agent: ann, Offer: stale}, ok(t))
	})
	b.at(2*time.Second, func() {
		b.do(t, contract.UpdateAccept, contract.Act{Agent: ann, Offer: stale}, refusedAs(t, "offer_gone"))
	})
	// Ben does not answer: after 120 s it is Ann's again.
	b.at(3*time.Minute, func() { b.do(t, contract.UpdateAccept, contract.Act{Agent: ann, Offer: b.offerID()}, ok(t)) })
	b.at(4*time.Minute, func() { b.CancelWorkflow() })
	b.run(t)
	require.Equal(t, []string{"declined", "offer_expired", "accepted"}, b.row.events)
}

func TestConversation_MessageDuringCloseKeepsItOpen(t *testing.T) {
	b := setup(t, ann)
	b.at(time.Second, func() { b.do(t, contract.UpdateAccept, contract.Act{Agent: ann, Offer: b.offerID()}, ok(t)) })
	b.at(2*time.Second, func() { b.do(t, contract.UpdateEnd, contract.Act{Agent: ann}, ok(t)) })
	b.at(3*time.Second, func() {
		b.row.mu.Lock()
		b.row.inbound = 2 // committed, and its bell has not been rung yet
		b.row.mu.Unlock()
		b.do(t, contract.UpdateClose, contract.Act{Agent: ann}, refusedAs(t, "stale"))
	})
	b.at(4*time.Second, func() {
		v, err := b.QueryWorkflow(contract.QueryState)
		require.NoError(t, err)
		var s workflows.State
		require.NoError(t, v.Get(&s))
		require.Equal(t, conversation.Open, s.Facts.State.Phase)
		b.CancelWorkflow()
	})
	b.run(t)
	require.Equal(t, []string{"accepted", "ended", "reopened"}, b.row.events)
}

func TestConversation_ClosesByItselfOnTime(t *testing.T) {
	b := setup(t, ann)
	b.at(time.Second, func() { b.do(t, contract.UpdateAccept, contract.Act{Agent: ann, Offer: b.offerID()}, ok(t)) })
	b.at(time.Minute, func() { b.do(t, contract.UpdateEnd, contract.Act{Agent: ann}, ok(t)) })
	b.run(t)
	require.NoError(t, b.GetWorkflowError())
	require.Equal(t, 24*time.Hour+time.Minute, b.Now().Sub(b.start).Truncate(time.Second))
}

func TestConversation_LostAnswerOfAProjectionIsNotDoneTwice(t *testing.T) {
	b := setup(t, ann)
	b.at(time.Second, func() {
		b.row.mu.Lock()
		b.row.lostReply = true
		b.row.mu.Unlock()
		b.do(t, contract.UpdateAccept, contract.Act{Agent: ann, Offer: b.offerID()}, ok(t))
	})
	b.at(time.Minute, func() { b.CancelWorkflow() })
	b.run(t)
	require.Equal(t, []string{"accepted"}, b.row.events)
}

func TestConversation_LateAndRepeatedBellsAreHarmless(t *testing.T) {
	b := setup(t)
	timers := 0
	b.SetOnTimerScheduledListener(func(string, time.Duration) { timers++ })
	b.at(time.Minute, func() {
		for _, seq := range []int64{5, 3, 5, 4} {
			b.row.mu.Lock()
			b.row.inbound = 5
			b.row.mu.Unlock()
			b.SignalWorkflow(contract.SignalBell, contract.Bell{InboundSeq: seq, InboundAt: b.Now()})
		}
	})
	b.at(2*time.Minute, func() {
		v, err := b.QueryWorkflow(contract.QueryState)
		require.NoError(t, err)
		var s workflows.State
		require.NoError(t, v.Get(&s))
		require.EqualValues(t, 5, s.Facts.State.InboundSeq)
		b.CancelWorkflow()
	})
	b.run(t)
	require.LessOrEqual(t, timers, 2)
	require.Empty(t, b.row.events)
}

func TestConversation_OfferMadeElsewhereIsHeard(t *testing.T) {
	b := setup(t)
	b.at(time.Minute, func() {
		b.row.mu.Lock()
		b.row.next = []uuid.UUID{ben, ann}
		b.row.offer(b.Now())
		o, v := *b.row.facts.State.Offer, b.row.facts.State.Version
		b.row.mu.Unlock()
		b.SignalWorkflow(contract.SignalBell, contract.Bell{InboundSeq: 1, Version: v, OfferID: uuid.MustParse(o.ID), OfferAgent: ben, OfferUntil: o.Until})
	})
	b.at(4*time.Minute, func() { b.do(t, contract.UpdateAccept, contract.Act{Agent: ann, Offer: b.offerID()}, ok(t)) })
	b.at(5*time.Minute, func() { b.CancelWorkflow() })
	b.run(t)
	require.Equal(t, []string{"offer_expired", "accepted"}, b.row.events)
}

func TestConversation_ContinuesAsNewWithNothingLost(t *testing.T) {
	b := setup(t, ann)
	b.at(time.Second, func() { b.do(t, contract.UpdateAccept, contract.Act{Agent: ann, Offer: b.offerID()}, ok(t)) })
	b.at(time.Hour, func() {
		b.SetContinueAsNewSuggested(true)
		b.SignalWorkflow(contract.SignalBell, contract.Bell{InboundSeq: 3, InboundAt: b.Now(), OutboundSeq: 4})
	})
	b.run(t)
	var again *workflow.ContinueAsNewError
	require.ErrorAs(t, b.GetWorkflowError(), &again)
	require.Equal(t, []int64{4}, b.row.delivered, "what was rung before is delivered before")
	var carried workflows.Input
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(again.Input, &carried))
	require.EqualValues(t, 3, carried.Carried.Facts.State.InboundSeq)
	require.Equal(t, ann.String(), carried.Carried.Facts.State.Agent)
}
