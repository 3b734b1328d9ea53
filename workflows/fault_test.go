package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/activities"
	"switchboard/domain/conversation"
	"switchboard/workflows/contract"
)

// lost writes into the row what a command writes whose update is lost afterwards:
// the workflow knows nothing of it. It returns the bell as it is read from then on.
func (b *bench) lost(t *testing.T, cmd conversation.Command) contract.Bell {
	t.Helper()
	b.row.mu.Lock()
	from := b.row.facts.State
	b.row.mu.Unlock()
	next, effects, err := conversation.Apply(from, cmd, b.Now())
	require.NoError(t, err)
	_, err = b.row.project(activities.Projection{Conversation: b.id, From: from.Version, To: next, Effects: effects}, b.Now())
	require.NoError(t, err)
	return b.bell()
}

// bell is what the row says.
func (b *bench) bell() contract.Bell {
	b.row.mu.Lock()
	defer b.row.mu.Unlock()
	s := b.row.facts.State
	out := contract.Bell{InboundSeq: b.row.inbound, InboundAt: s.InboundAt, OutboundSeq: b.row.facts.Outbound, Version: s.Version, Hold: string(s.Hold), HeldUntil: s.HeldUntil}
	if s.Phase != conversation.Open {
		out.Phase = string(s.Phase)
	}
	if s.Offer != nil {
		out.OfferID, out.OfferAgent, out.OfferUntil = uuid.MustParse(s.Offer.ID), uuid.MustParse(s.Offer.Agent), s.Offer.Until
	}
	return out
}

// check has the workflow read its row, as the comparison of both does.
func (b *bench) check() {
	bell := b.bell()
	bell.Check = true
	b.SignalWorkflow(contract.SignalBell, bell)
}

// active begins a conversation that ann has after a second.
func active(t *testing.T) *bench {
	t.Helper()
	b := setup(t, ann)
	p := &b.row.facts.State.Policy
	p.SameAgent, p.FollowUpAfter, p.WrapUpTimeout = true, time.Hour, time.Hour
	b.at(time.Second, func() { b.act(t, contract.UpdateAccept, ok(t)) })
	return b
}

// An end whose update was lost ends the conversation all the same: its wrap-up is
// over on time, although nobody writes.
func TestFault_F1_LostEnd(t *testing.T) {
	b := active(t)
	b.at(time.Minute, func() { b.lost(t, conversation.Command{Kind: conversation.End, Agent: ann.String()}) })
	b.at(2*time.Minute, b.check)
	b.run(t)
	require.NoError(t, b.GetWorkflowError())
	require.Equal(t, []string{"accepted", "ended", "closed"}, b.row.events)
	require.Equal(t, 61*time.Minute, b.Now().Sub(b.start).Truncate(time.Second))
}

// A customer who writes after a lost end or park is brought back to their agent,
// whether the bell of the message told of the row or was an older one.
func TestFault_F1_MessageAfterALostCommand(t *testing.T) {
	for name, c := range map[string]struct {
		kind  conversation.Kind
		event string
	}{"end": {conversation.End, "reopened"}, "park": {conversation.Park, "returned"}} {
		for _, old := range []bool{false, true} {
			b := active(t)
			b.at(time.Minute, func() {
				before := b.bell().Version
				bell := b.lost(t, conversation.Command{Kind: c.kind, Agent: ann.String()})
				b.row.mu.Lock()
				b.row.inbound = 3
				b.row.mu.Unlock()
				bell.InboundSeq, bell.InboundAt = 3, b.Now()
				if old {
					bell.Version, bell.Phase = before, string(conversation.Active)
				}
				b.SignalWorkflow(contract.SignalBell, bell)
			})
			b.at(2*time.Minute, func() {
				if old {
					require.Equal(t, conversation.Active, b.phase(t).Phase, "heard in the wrong phase")
					b.check()
				}
			})
			b.at(150*time.Second, func() {
				require.Equal(t, conversation.Open, b.phase(t).Phase, name)
				require.Equal(t, ann.String(), b.phase(t).Offer.Agent, name)
				b.CancelWorkflow()
			})
			b.run(t)
			require.Len(t, b.row.events, 3)
			require.Equal(t, c.event, b.row.events[2], name)
		}
	}
}

// A park whose update was lost is followed up on time.
func TestFault_F1_LostPark(t *testing.T) {
	b := active(t)
	b.at(time.Minute, func() { b.lost(t, conversation.Command{Kind: conversation.Park, Agent: ann.String()}) })
	b.at(2*time.Minute, b.check)
	b.at(62*time.Minute, func() {
		require.Equal(t, ann.String(), b.phase(t).Offer.Agent)
		b.CancelWorkflow()
	})
	b.run(t)
	require.Equal(t, []string{"accepted", "parked", "followed_up"}, b.row.events)
}

// A conversation that was closed behind its workflow's back ends its workflow.
func TestFault_F1_LostForceClose(t *testing.T) {
	b := active(t)
	b.at(time.Minute, func() { b.lost(t, conversation.Command{Kind: conversation.ForceClose}) })
	b.at(2*time.Minute, b.check)
	b.run(t)
	require.NoError(t, b.GetWorkflowError())
	require.Equal(t, []string{"accepted", "closed"}, b.row.events)
	require.Equal(t, 2*time.Minute, b.Now().Sub(b.start).Truncate(time.Second))
}

// A command that is given again after its update was lost is answered as the first
// time; one of somebody else is refused for what the row says.
func TestFault_F1_LostCommandIsGivenAgain(t *testing.T) {
	for kind, update := range map[conversation.Kind]string{
		conversation.End: contract.UpdateEnd, conversation.Park: contract.UpdatePark, conversation.ForceClose: contract.UpdateForce,
	} {
		b := active(t)
		b.at(time.Minute, func() {
			bell := b.lost(t, conversation.Command{Kind: kind, Agent: ann.String()})
			b.do(t, update, contract.Act{Agent: ann, Bell: bell}, ok(t))
		})
		b.at(2*time.Minute, func() {
			if kind != conversation.ForceClose {
				b.do(t, update, contract.Act{Agent: ben}, refusedAs(t, "wrong_state"))
			}
			b.CancelWorkflow()
		})
		b.run(t)
		require.Len(t, b.row.events, 2, kind)
	}
}

// Whatever the workflow takes its row for, after a bell of the row's version it
// is as the row is: one version on, several on, or back, as after a restore.
func TestFault_F4_AnyRowIsLearned(t *testing.T) {
	for _, phase := range conversation.Phases() {
		for _, by := range []int64{-2, -1, 1, 2} {
			b := active(t)
			b.at(time.Minute, func() {
				b.row.mu.Lock()
				s := &b.row.facts.State
				s.Phase, s.Version, s.Agent, s.ParkedAt, s.EndedAt = phase, s.Version+by, ben.String(), b.Now(), b.Now()
				if phase == conversation.Open {
					s.Agent, s.ParkedAt, s.EndedAt = "", time.Time{}, time.Time{}
				}
				b.row.facts.Heard = b.row.inbound
				b.row.mu.Unlock()
				b.SignalWorkflow(contract.SignalBell, b.bell())
			})
			b.at(2*time.Minute, func() {
				is := b.phase(t)
				require.Equal(t, b.row.facts.State.Version, is.Version, "%s %d", phase, by)
				require.Equal(t, phase, is.Phase)
				require.Equal(t, b.row.facts.State.Agent, is.Agent)
				b.CancelWorkflow()
			})
			b.run(t)
			if phase == conversation.Closed {
				require.NoError(t, b.GetWorkflowError())
			}
			require.Equal(t, []string{"accepted"}, b.row.events, "nothing is written")
		}
	}
}

// A restored row counts its messages anew. What the workflow remembers of later
// ones keeps nothing from being heard or sent.
func TestFault_F4_OlderRowCountsItsMessagesAnew(t *testing.T) {
	b := active(t)
	b.at(time.Minute, func() {
		b.row.mu.Lock()
		b.row.inbound = 9
		b.row.mu.Unlock()
		b.SignalWorkflow(contract.SignalBell, b.bell())
		b.do(t, contract.UpdateSend, contract.Send{Agent: ann, Seq: 10}, ok(t))
	})
	b.at(2*time.Minute, func() {
		b.row.mu.Lock()
		b.row.inbound = 1
		b.row.mu.Unlock()
		b.do(t, contract.UpdateSend, contract.Send{Agent: ann, Seq: 2, Bell: b.bell()}, ok(t)) // of the same version
	})
	b.at(3*time.Minute, func() {
		b.row.mu.Lock()
		s := &b.row.facts.State
		s.Phase, s.ParkedAt, s.Version, b.row.facts.Heard, b.row.facts.Outbound = conversation.Waiting, b.Now(), s.Version-1, 1, 2
		b.row.mu.Unlock()
		b.SignalWorkflow(contract.SignalBell, b.bell())
	})
	b.at(4*time.Minute, func() {
		require.Equal(t, []int64{10, 10, 2}, b.row.delivered)
		b.row.mu.Lock()
		b.row.inbound = 3
		b.row.mu.Unlock()
		b.SignalWorkflow(contract.SignalBell, b.bell())
	})
	b.at(5*time.Minute, b.CancelWorkflow)
	b.run(t)
	require.Equal(t, []string{"accepted", "returned"}, b.row.events)
}
