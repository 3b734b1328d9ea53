package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
	"switchboard/workflows"
	"switchboard/workflows/contract"
)

const day = 24 * time.Hour

// wrote stores a customer's message and rings.
func (b *bench) wrote() {
	b.row.mu.Lock()
	b.row.inbound += 2
	st := &b.row.facts.State
	st.InboundAt, st.Activity = b.Now(), b.Now()
	if st.Unanswered.IsZero() {
		st.Unanswered = b.Now()
	}
	seq := b.row.inbound
	b.row.mu.Unlock()
	b.SignalWorkflow(contract.SignalBell, contract.Bell{InboundSeq: seq, InboundAt: b.Now()})
}

// answers stores an agent's message and sends it.
func (b *bench) answers(t *testing.T, template bool, check func(error)) {
	t.Helper()
	b.row.mu.Lock()
	seq := max(b.row.inbound, b.row.facts.State.AgentSeq) + 1
	b.row.mu.Unlock()
	b.do(t, contract.UpdateSend, contract.Send{Agent: ann, Seq: seq, Template: template}, func(err error) {
		if err == nil {
			b.row.mu.Lock()
			st := &b.row.facts.State
			st.AgentSeq, st.AgentAt, st.Activity, st.Unanswered = seq, b.Now(), b.Now(), time.Time{}
			b.row.mu.Unlock()
		}
		check(err)
	})
}

func (b *bench) act(t *testing.T, name string, check func(error)) {
	t.Helper()
	b.do(t, name, contract.Act{Agent: ann, Offer: b.offerID()}, check)
}

func (b *bench) phase(t *testing.T) conversation.State {
	t.Helper()
	v, err := b.QueryWorkflow(contract.QueryState)
	require.NoError(t, err)
	var s workflows.State
	require.NoError(t, v.Get(&s))
	return s.Facts.State
}

// Weeks of a persistent conversation: parked for 20 days, resumed by the
// customer, its window closed, a template sent, reopened, parked again, and
// closed by itself on time.
func TestLife_WeeksOfAPersistentConversation(t *testing.T) {
	b := setup(t, ann)
	p := &b.row.facts.State.Policy
	*p = conversation.Policy{Style: conversation.Persistent, OpenTimeout: 30 * day, WaitingTimeout: 30 * day, WrapUpTimeout: day, WrapUpBlocks: true,
		SameAgent: true, Window: day, WindowNotice: time.Hour, Templates: true}
	parked, timers := false, 0
	b.SetOnTimerScheduledListener(func(string, time.Duration) {
		if parked {
			timers++
		}
	})
	b.at(time.Minute, func() { b.act(t, contract.UpdateAccept, ok(t)) })
	b.at(2*time.Minute, func() { b.answers(t, false, ok(t)) })
	b.at(3*time.Minute, func() { b.act(t, contract.UpdatePark, ok(t)) })
	b.at(4*time.Minute, func() {
		parked = true
		require.Empty(t, b.phase(t).Holder())
		b.answers(t, false, refusedAs(t, "wrong_state"))
	})
	back := 20 * day
	b.at(back-time.Second, func() {
		require.Zero(t, timers, "nothing happens while it is parked")
		parked = false
	})
	b.at(back, b.wrote)
	b.at(back+time.Minute, func() {
		require.Equal(t, ann.String(), b.phase(t).Offer.Agent, "the same agent is asked")
		b.act(t, contract.UpdateAccept, ok(t))
	})
	b.at(back+day-100*time.Millisecond, func() { b.answers(t, false, ok(t)) })
	b.at(back+day, func() { b.answers(t, false, refusedAs(t, "window_closed")) })
	b.at(back+day+time.Hour, func() { b.answers(t, true, ok(t)) })
	b.at(back+2*day, b.wrote)
	b.at(back+2*day+time.Minute, func() { b.answers(t, false, ok(t)) })
	b.at(back+60*time.Hour, func() { b.act(t, contract.UpdatePark, ok(t)) })
	b.run(t)
	require.NoError(t, b.GetWorkflowError())
	require.Equal(t, []string{"accepted", "parked", "returned", "accepted", "window_closing", "window_closed", "window_opened",
		"parked", "closed"}, b.row.events)
	require.Equal(t, (back + 60*time.Hour + 30*day).Truncate(time.Second), b.Now().Sub(b.start).Truncate(time.Second), "closed on time")
	require.Equal(t, "timeout_waiting", b.row.reasons[len(b.row.reasons)-1])
}

// Rules fire to the second, each once for one silence, and can be switched off.
func TestLife_TimeoutRules(t *testing.T) {
	b := setup(t, ann)
	remind, giveUp, hurry := uuid.New(), uuid.New(), uuid.New()
	b.row.facts.State.Policy.Rules = []conversation.Rule{
		{ID: hurry.String(), Silent: conversation.Agent, After: 5 * time.Minute, Action: conversation.MessageAgent},
		{ID: remind.String(), Silent: conversation.Customer, After: 10 * time.Minute, Action: conversation.MessageCustomer},
		{ID: giveUp.String(), Silent: conversation.Customer, After: time.Hour, Action: conversation.CloseIt},
	}
	b.row.facts.State.Unanswered = b.start
	b.at(time.Minute, func() { b.act(t, contract.UpdateAccept, ok(t)) })
	b.at(6*time.Minute, func() { b.answers(t, false, ok(t)) })
	b.at(20*time.Minute, b.wrote)
	b.at(21*time.Minute, func() { b.answers(t, false, ok(t)) })
	b.at(22*time.Minute, func() {
		b.do(t, contract.UpdateRule, contract.Act{Agent: ann, Rule: remind}, ok(t))
		b.do(t, contract.UpdateRule, contract.Act{Agent: ben, Rule: giveUp}, refusedAs(t, "not_primary"))
	})
	b.run(t)
	require.NoError(t, b.GetWorkflowError())
	require.Equal(t, []string{"accepted", "rule_applied", "rule_applied", "rule_off", "closed"}, b.row.events)
	require.Equal(t, []string{hurry.String(), remind.String()}, b.row.rules)
	require.Equal(t, 81*time.Minute, b.Now().Sub(b.start).Truncate(time.Second), "an hour after the agent's last message")
}

// An agent who does not come back, a release, and a supervisor.
func TestLife_AbandonedReleasedAndForceClosed(t *testing.T) {
	b := setup(t, ann, ann, ben)
	b.at(time.Minute, func() { b.act(t, contract.UpdateAccept, ok(t)) })
	b.at(2*time.Minute, func() { b.act(t, contract.UpdateRelease, ok(t)) })
	b.at(3*time.Minute, func() { b.act(t, contract.UpdateAccept, ok(t)) })
	b.at(4*time.Minute, func() { b.SignalWorkflow(contract.SignalBell, contract.Bell{Abandoned: ben}) })
	b.at(5*time.Minute, func() { b.SignalWorkflow(contract.SignalBell, contract.Bell{Abandoned: ann}) })
	b.at(6*time.Minute, func() {
		b.row.mu.Lock()
		b.row.inbound = 9 // at this very moment, and its bell has not been rung yet
		b.row.mu.Unlock()
		b.do(t, contract.UpdateForce, contract.Act{Agent: uuid.New()}, ok(t))
	})
	b.run(t)
	require.NoError(t, b.GetWorkflowError())
	require.Equal(t, []string{"accepted", "released", "accepted", "abandoned", "closed"}, b.row.events)
}

// A follow-up brings a parked conversation back to its agent.
func TestLife_FollowUpAfterWaiting(t *testing.T) {
	b := setup(t, ann)
	b.row.facts.State.Policy.FollowUpAfter, b.row.facts.State.Policy.SameAgent = 2*day, true
	b.at(time.Minute, func() { b.act(t, contract.UpdateAccept, ok(t)) })
	b.at(2*time.Minute, func() { b.act(t, contract.UpdatePark, ok(t)) })
	b.at(2*day+time.Minute, func() { require.Equal(t, conversation.Waiting, b.phase(t).Phase) })
	b.at(2*day+2*time.Minute+time.Second, func() {
		require.Equal(t, ann.String(), b.phase(t).Offer.Agent)
		b.act(t, contract.UpdateAccept, ok(t))
	})
	b.at(3*day, b.CancelWorkflow)
	b.run(t)
	require.Equal(t, []string{"accepted", "parked", "followed_up", "accepted"}, b.row.events)
}

// A workflow that begins anew from the row of a parked conversation brings back
// the customer whose message no workflow had heard.
func TestLife_BegunAnewHearsWhatNobodyHeard(t *testing.T) {
	for name, heard := range map[string]int64{"unheard": 1, "heard": 3} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			b.row.inbound = 3
			f := &b.row.facts
			f.Heard, f.State.InboundSeq, f.State.Phase, f.State.Agent, f.State.ParkedAt = heard, 3, conversation.Waiting, ann.String(), b.start
			f.State.Policy.SameAgent = true
			b.at(time.Minute, b.CancelWorkflow)
			b.run(t)
			if name == "heard" {
				require.Empty(t, b.row.events)
				return
			}
			require.Equal(t, []string{"returned"}, b.row.events)
			require.Equal(t, ann.String(), b.row.facts.State.Offer.Agent)
		})
	}
}
