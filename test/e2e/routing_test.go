package e2e

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
)

func TestRouting_DeclinedAndMissedOffersGoOn(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	ann := newAgent(t, site, 3)
	say(t, site.LINE.User(userID()), said("hi"))
	first := ann.offer(t, func(uuid.UUID) bool { return true })
	ben := newAgent(t, site, 3)
	admin(t, http.MethodPatch, "/v1/workstreams/"+site.Workstream.String(), map[string]any{"offer_timeout": 2}, nil) // from the next offer on
	require.NoError(t, ann.Command(t.Context(), first.Conversation.UUID, "decline", "", map[string]any{"offer_id": offerID(t, first)}))
	second := ben.offer(t, func(id uuid.UUID) bool { return id == first.Conversation.UUID })
	stale := refusal(t, ann.Command(t.Context(), first.Conversation.UUID, "accept", "", map[string]any{"offer_id": offerID(t, first)}))
	require.Equal(t, http.StatusConflict, stale.Status, "an offer that was declined cannot be accepted")
	// Ben lets it pass: it expires and the offer is gone.
	ben.await(t, "the offer expires", func(e apiclient.Event) bool {
		return e.Kind == "offer.withdrawn" && e.Conversation.UUID == second.Conversation.UUID
	})
	late := refusal(t, ben.Command(t.Context(), second.Conversation.UUID, "accept", "", map[string]any{"offer_id": offerID(t, second)}))
	require.Equal(t, http.StatusConflict, late.Status)
}

// Capacity that is freed takes the oldest waiting conversation at once.
func TestRouting_FreedCapacityTakesTheOldest(t *testing.T) {
	t.Parallel()
	site := newSite(t, map[string]any{"wrap_up_blocks": false})
	ann := newAgent(t, site, 1)
	say(t, site.LINE.User(userID()), said("served"))
	served := ann.accept(t)
	var waiting []uuid.UUID
	for range 3 {
		user := userID()
		say(t, site.LINE.User(user), said("waits"))
		var id uuid.UUID
		eventually(t, "it waits in the queue", func() bool {
			open, err := ann.Conversations(t.Context(), "open")
			require.NoError(t, err)
			for _, c := range open {
				if c.Customer.ExternalID == user && c.State == "open" {
					id = c.ID
					return true
				}
			}
			return false
		})
		waiting = append(waiting, id)
	}
	require.NoError(t, ann.Command(t.Context(), served, "end", "", nil))
	next := ann.offer(t, func(id uuid.UUID) bool { return id != served })
	require.Equal(t, waiting[0], next.Conversation.UUID, "the oldest comes first")
}

// Without connection no offers; a manual presence counts only while connected.
func TestRouting_PresenceFollowsTheConnection(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	off := offlineAgent(t, site, 3)
	away := newAgent(t, site, 3)
	_, err := away.Do(t.Context(), http.MethodPut, "/v1/me/presence", map[string]any{"presence": "away"}, nil)
	require.NoError(t, err)
	say(t, site.LINE.User(userID()), said("hi"))
	there := newAgent(t, site, 3)
	conv := there.accept(t)
	mine, err := off.Conversations(t.Context(), "mine")
	require.NoError(t, err)
	require.Empty(t, mine)
	away.mu.Lock()
	for _, e := range away.events {
		require.False(t, away.offered(e), "an agent who is away was offered %s", conv)
	}
	away.mu.Unlock()
}

// Manual picks and offers at the same moment give a conversation to one agent.
func TestRouting_PickIsAtomic(t *testing.T) {
	t.Parallel()
	site := newSite(t, map[string]any{"mode": "pick"})
	var crew []*agent
	for range 6 {
		crew = append(crew, newAgent(t, site, 1))
	}
	user := userID()
	say(t, site.LINE.User(user), said("who takes me"))
	var conv uuid.UUID
	eventually(t, "it can be picked", func() bool {
		open, err := crew[0].Conversations(t.Context(), "open")
		require.NoError(t, err)
		if len(open) == 1 {
			conv = open[0].ID
		}
		return len(open) == 1
	})
	var won atomic.Int64
	var wg sync.WaitGroup
	for _, a := range crew {
		wg.Go(func() {
			err := a.Command(t.Context(), conv, "pick", "", nil)
			if err == nil {
				won.Add(1)
			} else if r := refusal(t, err); r.Status != http.StatusConflict {
				t.Errorf("refused with %d", r.Status)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, won.Load())
}

// Rules choose the queue and the priority of a real conversation, as their
// simulation said, and the decision can be read afterwards.
func TestRouting_RulesDecide(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	var vip apiclient.Ref
	admin(t, http.MethodPost, "/v1/queues", map[string]any{"name": "VIP " + site.LINEID}, &vip)
	rules := "/v1/workstreams/" + site.Workstream.String() + "/routing-rules"
	admin(t, http.MethodPut, rules, map[string]any{"version": 0, "rules": map[string]any{
		"classification": []any{map[string]any{"name": "urgency", "rules": []any{
			map[string]any{"name": "urgent", "when": `message.text contains "urgent"`, "set": map[string]any{"priority": 1}}}}},
		"route": map[string]any{"rules": []any{
			map[string]any{"name": "vip", "when": `channel.kind == "line" and message.text contains "urgent"`, "queues": []any{map[string]any{"queue": vip.ID, "percent": 100}}}}},
	}}, nil)
	ann := newAgent(t, site, 5)
	ben := newAgent(t, site, 5)
	admin(t, http.MethodPut, "/v1/queues/"+vip.ID.String()+"/members/"+ben.id.String(), nil, nil)
	admin(t, http.MethodDelete, "/v1/queues/"+site.Queue.String()+"/members/"+ben.id.String(), nil, nil)

	say(t, site.LINE.User(userID()), said("this is urgent"))
	conv := ben.accept(t)
	var c struct {
		Queue    apiclient.Ref
		Priority int
	}
	admin(t, http.MethodGet, "/v1/conversations/"+conv.String(), nil, &c)
	require.Equal(t, vip.ID, c.Queue.ID)
	require.Equal(t, 1, c.Priority)
	var decisions struct {
		Items []struct{ Decision map[string]any }
	}
	admin(t, http.MethodGet, "/v1/conversations/"+conv.String()+"/decisions", nil, &decisions)
	require.Len(t, decisions.Items, 1)
	var simulated struct{ Decision map[string]any }
	admin(t, http.MethodPost, "/v1/workstreams/"+site.Workstream.String()+"/simulate", map[string]any{"conversation_id": conv}, &simulated)
	require.Equal(t, simulated.Decision, decisions.Items[0].Decision, "simulation is what happens")

	say(t, site.LINE.User(userID()), said("no hurry"))
	other := ann.accept(t)
	admin(t, http.MethodGet, "/v1/conversations/"+other.String(), nil, &c)
	require.Equal(t, site.Queue, c.Queue.ID)
}
