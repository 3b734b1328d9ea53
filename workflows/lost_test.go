package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
	"switchboard/workflows/contract"
)

// acceptedUnknown writes into the row what an accept writes whose workflow task is lost
// afterwards: the workflow knows nothing of it.
func (r *row) acceptedUnknown(agent uuid.UUID) contract.Bell {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.facts.State
	s.Phase, s.Agent, s.Offer = conversation.Active, agent.String(), nil
	s.Version++
	r.next = nil
	return contract.Bell{InboundSeq: r.inbound, Version: s.Version, Phase: string(s.Phase)}
}

// A command that is given again after its task was lost is answered as the first
// time, for the bell it carries tells that the row went on.
func TestConversation_AcceptIsAnsweredAgainAfterItsTaskWasLost(t *testing.T) {
	b := setup(t, ann)
	var offer uuid.UUID
	var bell contract.Bell
	b.at(time.Second, func() {
		offer = b.offerID()
		bell = b.row.acceptedUnknown(ann)
		b.do(t, contract.UpdateAccept, contract.Act{Agent: ben, Offer: offer, Bell: bell}, refusedAs(t, "offer_gone"))
	})
	b.at(2*time.Second, func() {
		b.do(t, contract.UpdateAccept, contract.Act{Agent: ann, Offer: offer, Bell: bell}, ok(t))
	})
	b.at(3*time.Second, func() {
		b.do(t, contract.UpdateAccept, contract.Act{Agent: ben, Offer: offer, Bell: bell}, refusedAs(t, "offer_gone"))
		b.do(t, contract.UpdateEnd, contract.Act{Agent: ann}, ok(t))
	})
	b.at(4*time.Second, func() { b.do(t, contract.UpdateClose, contract.Act{Agent: ann}, ok(t)) })
	b.run(t)
	require.NoError(t, b.GetWorkflowError())
	require.Equal(t, []string{"ended", "closed"}, b.row.events, "nothing was written twice")
}

// The same when the lost task was the first: it begins anew with a row that an
// agent has already.
func TestConversation_AcceptIsAnsweredAgainByAWorkflowThatBeginsAnew(t *testing.T) {
	b := setup(t)
	b.row.acceptedUnknown(ann)
	b.at(time.Second, func() {
		b.do(t, contract.UpdateAccept, contract.Act{Agent: ben, Offer: uuid.New()}, refusedAs(t, "offer_gone"))
		b.do(t, contract.UpdateAccept, contract.Act{Agent: ann, Offer: uuid.New()}, ok(t))
		b.do(t, contract.UpdateEnd, contract.Act{Agent: ann}, ok(t))
	})
	b.at(2*time.Second, func() { b.CancelWorkflow() })
	b.run(t)
	require.Equal(t, []string{"ended"}, b.row.events)
}

// An answer that finds the workflow behind its row is delivered.
func TestConversation_SendIsTakenAfterALostAccept(t *testing.T) {
	b := setup(t, ann)
	b.at(time.Second, func() {
		bell := b.row.acceptedUnknown(ann)
		b.do(t, contract.UpdateSend, contract.Send{Agent: ben, Seq: 2, Bell: bell}, refusedAs(t, "not_primary"))
	})
	b.at(2*time.Second, func() { b.do(t, contract.UpdateSend, contract.Send{Agent: ann, Seq: 2}, ok(t)) })
	b.at(time.Minute, func() { b.CancelWorkflow() })
	b.run(t)
	require.Equal(t, []int64{2}, b.row.delivered)
	require.Empty(t, b.row.events)
}

// What an agent already has is not accepted twice when the workflow knows of it.
func TestConversation_SecondAcceptIsRefused(t *testing.T) {
	b := setup(t, ann)
	var offer uuid.UUID
	b.at(time.Second, func() {
		offer = b.offerID()
		b.do(t, contract.UpdateAccept, contract.Act{Agent: ann, Offer: offer}, ok(t))
	})
	b.at(2*time.Second, func() {
		b.do(t, contract.UpdateAccept, contract.Act{Agent: ann, Offer: offer}, refusedAs(t, "offer_gone"))
		b.CancelWorkflow()
	})
	b.run(t)
	require.Equal(t, []string{"accepted"}, b.row.events)
}

// The same when the offer's time is over meanwhile: what the workflow wants to
// write about it tells that the row went on.
func TestConversation_AcceptIsAnsweredAgainAfterItsOfferLapsed(t *testing.T) {
	b := setup(t, ann)
	var offer uuid.UUID
	b.at(time.Second, func() {
		offer = b.offerID()
		b.row.acceptedUnknown(ann)
	})
	b.at(3*time.Minute, func() {
		b.do(t, contract.UpdateAccept, contract.Act{Agent: ben, Offer: offer}, refusedAs(t, "offer_gone"))
		b.do(t, contract.UpdateAccept, contract.Act{Agent: ann, Offer: offer}, ok(t))
		b.do(t, contract.UpdateEnd, contract.Act{Agent: ann}, ok(t))
	})
	b.at(4*time.Minute, func() { b.CancelWorkflow() })
	b.run(t)
	require.Equal(t, []string{"ended"}, b.row.events)
}
