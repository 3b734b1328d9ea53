package e2e

import (
	"net/http"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
)

// A message that arrives while its conversation is closed is either in it, and
// kept it open, or in a new one. None is left in a closed one unseen.
func TestRace_MessageDuringClose(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	ann := newAgent(t, site, 100)
	var wg sync.WaitGroup
	for range 15 {
		user := userID()
		customer := site.LINE.User(user)
		say(t, customer, said("hi"))
		seen := map[uuid.UUID]bool{}
		conv := ann.acceptWhere(t, func(id uuid.UUID) bool {
			c, err := ann.Conversation(t.Context(), id)
			return err == nil && c.Customer.ExternalID == user && !seen[id]
		})
		require.NoError(t, ann.Command(t.Context(), conv, "end", "", nil))
		last := said("just now")
		wg.Go(func() {
			if err := ann.Command(t.Context(), conv, "close", "", nil); err != nil {
				if r := refusal(t, err); r.Status != http.StatusConflict {
					t.Errorf("close: %v", r)
				}
			}
		})
		wg.Go(func() {
			if sent, err := customer.Says(t.Context(), last); err != nil || sent.Status != http.StatusOK {
				t.Errorf("message: %d %v", sent.Status, err)
			}
		})
		wg.Wait()
		require.Equal(t, 1, count(t, `SELECT count(*) FROM message m JOIN conversation c ON c.id = m.conversation_id WHERE m.text = $1 AND c.state <> 'closed'`, last),
			"the last message is in a conversation that lives")
	}
}

// An offer that is accepted at the moment it expires is one or the other.
func TestRace_AcceptWhileOfferExpires(t *testing.T) {
	t.Parallel()
	site := newSite(t, map[string]any{"offer_timeout": 1, "reoffer_after": 1})
	ann := newAgent(t, site, 100)
	for range 5 {
		user := userID()
		customer := site.LINE.User(user)
		say(t, customer, said("hi"))
		offer := ann.offer(t, func(id uuid.UUID) bool {
			c, err := ann.Conversation(t.Context(), id)
			return err == nil && c.Customer.ExternalID == user
		})
		id := offer.Conversation.UUID
		var wg sync.WaitGroup
		wg.Go(func() { // messages ring it all the while
			for range 20 {
				if _, err := customer.Says(t.Context(), said("still there")); err != nil {
					t.Error(err)
				}
			}
		})
		ann.await(t, "expired", func(e apiclient.Event) bool { return e.Kind == "offer.withdrawn" && e.Conversation.UUID == id })
		err := ann.Command(t.Context(), id, "accept", "", map[string]any{"offer_id": offerID(t, offer)})
		require.Equal(t, http.StatusConflict, refusal(t, err).Status)
		wg.Wait()
		// It is offered anew and can be had.
		again := ann.await(t, "offered again", func(e apiclient.Event) bool {
			return e.Kind == "offer.made" && e.Conversation.UUID == id && offerID(t, e) != offerID(t, offer)
		})
		if err := ann.Command(t.Context(), id, "accept", "", map[string]any{"offer_id": offerID(t, again)}); err != nil {
			refusal(t, err) // it expired again while we looked
		}
		held := count(t, `SELECT count(*) FROM conversation WHERE id = $1 AND (held_by IS NULL) = (agent_id IS NULL AND offer_id IS NULL)`, id)
		require.Equal(t, 1, held, "capacity is held exactly while somebody has it")
	}
	require.Equal(t, 0, count(t, `SELECT count(*) FROM agent_status s WHERE s.agent_id = $1 AND (s.load > s.capacity OR s.load <>
		COALESCE((SELECT sum(held_units) FROM conversation c WHERE c.held_by = s.agent_id), 0))`, ann.id))
}
