package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
	"switchboard/workflows/contract"
)

var (
	eva = uuid.MustParse("33333333-3333-3333-3333-333333333333")
	sue = uuid.MustParse("44444444-4444-4444-4444-444444444444") // a supervisor
)

// part is the participant's id of somebody who takes part now.
func (b *bench) part(t *testing.T, who uuid.UUID) uuid.UUID {
	t.Helper()
	for _, p := range b.phase(t).Beside {
		if p.Agent == who.String() {
			return uuid.MustParse(p.ID)
		}
	}
	t.Fatalf("%s does not take part", who)
	return uuid.Nil
}

func (b *bench) sends(t *testing.T, who uuid.UUID, seq int64, check func(error)) {
	t.Helper()
	b.do(t, contract.UpdateSend, contract.Send{Agent: who, Seq: seq}, check)
}

// Advice, a request that lapses, a consultant in front of the customer, a
// transfer, and a supervisor who watches, joins, assigns and closes.
func TestTogether_FromAdviceToForceClose(t *testing.T) {
	b := setup(t, ann)
	b.row.facts.State.Policy.OfferTimeout = 90 * time.Second
	minute := func(n int, f func()) { b.at(time.Duration(n)*time.Minute, f) }
	minute(1, func() { b.act(t, contract.UpdateAccept, ok(t)) })
	minute(2, func() {
		b.do(t, contract.UpdateConsult, contract.Act{Agent: ben, To: eva}, refusedAs(t, contract.RefusedPrimary))
		b.do(t, contract.UpdateConsult, contract.Act{Agent: ann, To: eva}, ok(t))
	})
	minute(4, func() { // eva did not answer in time
		require.Empty(t, b.phase(t).Beside)
		b.do(t, contract.UpdateConsultAccept, contract.Act{Agent: eva}, refusedAs(t, contract.RefusedOffer))
		b.do(t, contract.UpdateConsult, contract.Act{Agent: ann, To: ben}, ok(t))
	})
	minute(5, func() {
		b.do(t, contract.UpdateConsultAccept, contract.Act{Agent: ben, Part: b.part(t, ben)}, ok(t))
		b.sends(t, ben, 2, refusedAs(t, contract.RefusedPrimary))
	})
	minute(6, func() { b.do(t, contract.UpdateBringIn, contract.Act{Agent: ann, Part: b.part(t, ben)}, ok(t)) })
	minute(7, func() { b.sends(t, ben, 3, ok(t)) })
	minute(8, func() { b.do(t, contract.UpdateMonitor, contract.Act{Agent: sue}, ok(t)) })
	minute(9, func() {
		b.sends(t, sue, 4, refusedAs(t, contract.RefusedPrimary))
		b.do(t, contract.UpdateTransfer, contract.Act{Agent: ann, To: eva}, ok(t))
	})
	minute(10, func() {
		s := b.phase(t)
		require.Equal(t, conversation.Open, s.Phase)
		require.Equal(t, eva.String(), s.Offer.Agent)
		require.Len(t, s.Beside, 1, "the supervisor stays")
		b.do(t, contract.UpdateAccept, contract.Act{Agent: eva, Offer: b.offerID()}, ok(t))
	})
	minute(11, func() { b.do(t, contract.UpdateJoin, contract.Act{Agent: sue}, ok(t)) })
	minute(12, func() { b.sends(t, sue, 4, ok(t)) })
	minute(13, func() {
		b.row.mu.Lock()
		b.row.refuse = &conversation.Refusal{Code: conversation.NoCapacity, Reason: "They have no room for another conversation."}
		b.row.mu.Unlock()
		b.do(t, contract.UpdateAssign, contract.Act{Agent: sue, To: ann}, refusedAs(t, contract.RefusedCapacity))
	})
	minute(14, func() { b.do(t, contract.UpdateAssign, contract.Act{Agent: sue, To: ann, Over: true}, ok(t)) })
	minute(15, func() { b.act(t, contract.UpdateAccept, ok(t)) })
	minute(16, func() { b.do(t, contract.UpdateForce, contract.Act{Agent: sue}, ok(t)) })
	b.run(t)
	require.NoError(t, b.GetWorkflowError())
	require.Equal(t, []string{"accepted", "consult_asked", "consult_timed_out", "consult_asked", "consult_accepted", "brought_in", "monitored",
		"transferred", "accepted", "supervisor_joined", "assigned_by_supervisor", "accepted", "closed"}, b.row.events)
	require.Equal(t, []int64{3, 4}, b.row.delivered, "what was refused was not sent")
	require.Empty(t, b.row.facts.State.Beside)
}

// A queue that is asked for advice goes on to its next by itself, and the lost
// answer of a projection neither asks twice nor refuses what was done.
func TestTogether_QueueAskedOnceThoughTheAnswerIsLost(t *testing.T) {
	b := setup(t, ann, ben, eva)
	b.row.facts.State.Policy.OfferTimeout = time.Minute
	b.at(time.Minute, func() { b.act(t, contract.UpdateAccept, ok(t)) })
	b.at(2*time.Minute, func() {
		b.row.mu.Lock()
		b.row.lostReply = true
		b.row.mu.Unlock()
		b.do(t, contract.UpdateConsult, contract.Act{Agent: ann, Queue: uuid.New()}, ok(t))
	})
	b.at(150*time.Second, func() { require.Equal(t, ben.String(), b.phase(t).Beside[0].Agent) })
	b.at(200*time.Second, func() {
		require.Len(t, b.phase(t).Beside, 1)
		b.do(t, contract.UpdateConsultAccept, contract.Act{Agent: eva}, ok(t))
	})
	b.at(time.Hour, b.CancelWorkflow)
	b.run(t)
	require.Equal(t, []string{"accepted", "consult_asked", "consult_timed_out", "consult_accepted"}, b.row.events)
}
