package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// callback is a creator's own system: it refuses the first try of every
// conversation and keeps what it was told.
type callback struct {
	*httptest.Server
	mu     sync.Mutex
	ids    []string // of all tries
	told   []string // changes, once each
	extern []any
}

func newCallback(t *testing.T) *callback {
	t.Helper()
	c := &callback{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var in struct {
			Type string
			Data map[string]any
		}
		if json.Unmarshal(body, &in) != nil || r.Header.Get("Webhook-Signature") == "" {
			t.Error("no signed event")
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ids = append(c.ids, r.Header.Get("Webhook-Id"))
		if len(c.ids) == 1 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		c.extern = append(c.extern, in.Data["external_id"])
		if change, ok := in.Data["change"].(string); ok {
			c.told = append(c.told, change)
		} else {
			c.told = append(c.told, in.Type)
		}
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *callback) changes() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.told)
}

// A phone call is routed, declined, accepted, ended and closed like a message's
// conversation, and its creator hears of each step in order, the refused first
// one again under the same id.
func TestWorkItem_LivesAndCallsBack(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	ann, ben := newAgent(t, site, 1), newAgent(t, site, 1)
	pbx := newCallback(t)
	_, err := shared.Admin.Do(t.Context(), http.MethodPost, "/v1/webhooks", map[string]any{"name": "PBX", "url": pbx.URL, "internal": true, "work_items": true,
		"kinds": []string{"conversation.updated", "offer.made"}}, nil)
	require.NoError(t, err)
	var item struct{ ID uuid.UUID }
	in := map[string]any{"workstream_id": site.Workstream, "title": said("call"), "external_id": uuid.NewString(), "callback_url": pbx.URL,
		"attributes": map[string]any{"topic": said("topic")}}
	status, err := shared.Admin.Do(t.Context(), http.MethodPost, "/v1/work-items", in, &item)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status)
	status, err = shared.Admin.Do(t.Context(), http.MethodPost, "/v1/work-items", in, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status, "the same call")

	mine := func(id uuid.UUID) bool { return id == item.ID }
	first, second := ann, ben
	eventually(t, "it is offered", func() bool {
		c, err := shared.Admin.Conversation(t.Context(), item.ID)
		require.NoError(t, err)
		if c.Offer != nil && c.Offer.AgentID == ben.id {
			first, second = ben, ann
		}
		return c.Offer != nil
	})
	require.Equal(t, 1, first.load(t), "it takes capacity")
	offer := first.offer(t, mine)
	require.NoError(t, first.Command(t.Context(), item.ID, "decline", "", map[string]any{"offer_id": offer.OfferID()}))
	second.acceptWhere(t, mine)
	_, _, err = second.Answer(t.Context(), item.ID, uuid.NewString(), said("anybody?"))
	require.Equal(t, "no_customer", refusal(t, err).Code)
	second.do(t, item.ID, "end")
	second.do(t, item.ID, "close")
	require.Zero(t, second.load(t))
	require.Equal(t, []string{"agent_rejected", "agent_closed"}, reasons(t, shared.Admin, item.ID))

	want := []string{"context", "created", "offer.made", "declined", "offer.made", "accepted", "ended", "closed"}
	eventually(t, "its creator is told of all", func() bool { return len(pbx.changes()) >= len(want) })
	require.Equal(t, want, pbx.changes())
	pbx.mu.Lock()
	defer pbx.mu.Unlock()
	require.Equal(t, pbx.ids[0], pbx.ids[1], "the same id in every try")
	for _, id := range pbx.extern {
		require.Equal(t, in["external_id"], id)
	}
}
