package e2e

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/dev/sandbox"
	"switchboard/test/rig"
)

// newSupervisor is an agent of the site who was made a supervisor.
func newSupervisor(t *testing.T, s *rig.Site) *agent {
	t.Helper()
	a := offlineAgent(t, s, 3)
	_, err := shared.Admin.Do(t.Context(), http.MethodPatch, "/v1/agents/"+a.id.String(), map[string]any{"role": "supervisor"}, nil)
	require.NoError(t, err)
	return a
}

type participant struct {
	ID         uuid.UUID
	Agent      apiclient.Ref
	Role       string
	Stage      string
	LeftReason *string    `json:"left_reason"`
	SessionID  *uuid.UUID `json:"session_id"`
}

func participants(t *testing.T, c *apiclient.Client, conv uuid.UUID) []participant {
	t.Helper()
	var out struct{ Items []participant }
	_, err := c.Do(t.Context(), http.MethodGet, "/v1/conversations/"+conv.String()+"/participants", nil, &out)
	require.NoError(t, err)
	return out.Items
}

func (a *agent) to(t *testing.T, conv uuid.UUID, command string, in map[string]any) error {
	t.Helper()
	return a.Command(t.Context(), conv, command, uuid.NewString(), in)
}

// advise writes into a consult's pane.
func (a *agent) advise(t *testing.T, conv, part uuid.UUID, text string) error {
	t.Helper()
	_, err := a.Do(t.Context(), http.MethodPost, "/v1/conversations/"+conv.String()+"/consults/"+part.String()+"/messages",
		map[string]any{"text": text}, nil, "Idempotency-Key", uuid.NewString())
	return err
}

func (a *agent) pane(t *testing.T, conv, part uuid.UUID) ([]string, error) {
	t.Helper()
	var out struct{ Items []struct{ Text string } }
	_, err := a.Do(t.Context(), http.MethodGet, "/v1/conversations/"+conv.String()+"/consults/"+part.String()+"/messages", nil, &out)
	var texts []string
	for _, m := range out.Items {
		texts = append(texts, m.Text)
	}
	return texts, err
}

// One conversation through many hands: advice with a pane of its own, a
// consultant in front of the customer, a transfer, a supervisor who watches,
// joins, assigns beyond capacity and closes. The history is read back.
func TestTogether_ThroughManyHands(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	ann := newAgent(t, site, 3)
	customer := site.LINE.User(userID())
	say(t, customer, said("hello"))
	conv := ann.accept(t)
	ben, kim, sue := newAgent(t, site, 3), newAgent(t, site, 0), newSupervisor(t, site)

	part := adviceInPrivate(t, ann, ben, kim, customer, conv)
	refused := func(a *agent) string {
		_, _, err := a.Answer(t.Context(), conv, uuid.NewString(), said("not yet"))
		return refusal(t, err).Code
	}
	require.Equal(t, "not_primary", refused(ben))
	require.NoError(t, ann.to(t, conv, "consults/"+part.String()+"/bring-in", nil))
	reaches(t, ben, customer, conv)

	require.Equal(t, "no_capacity", refusal(t, ann.to(t, conv, "transfer", map[string]any{"agent_id": kim.id})).Code)
	require.NoError(t, ann.to(t, conv, "transfer", map[string]any{"agent_id": ben.id}))
	require.Zero(t, ann.load(t), "its capacity is free at once")
	ben.acceptWhere(t, func(id uuid.UUID) bool { return id == conv })
	require.Equal(t, "not_primary", refused(ann))

	require.Equal(t, "forbidden", refusal(t, ben.to(t, conv, "monitor", nil)).Code)
	before := len(customer.Received())
	require.NoError(t, sue.to(t, conv, "monitor", nil))
	require.Equal(t, "not_primary", refused(sue))
	require.NoError(t, sue.to(t, conv, "join", nil))
	require.Len(t, customer.Received(), before, "the customer learns nothing of who watches")
	reaches(t, sue, customer, conv)

	full := map[string]any{"agent_id": kim.id}
	require.Equal(t, "no_capacity", refusal(t, sue.to(t, conv, "assign", full)).Code)
	full["over_capacity"] = true
	require.NoError(t, sue.to(t, conv, "assign", full))
	kim.acceptWhere(t, func(id uuid.UUID) bool { return id == conv })
	require.Equal(t, 1, kim.load(t), "beyond the capacity of none")
	require.Zero(t, ben.load(t))
	require.NoError(t, sue.to(t, conv, "force-close", nil))
	require.Zero(t, kim.load(t))
	history(t, sue, conv, []uuid.UUID{ben.id, sue.id})
}

// adviceInPrivate: ann asks ben, and what they say stays between them.
func adviceInPrivate(t *testing.T, ann, ben, kim *agent, customer *sandbox.Phone, conv uuid.UUID) uuid.UUID {
	t.Helper()
	require.NoError(t, ann.to(t, conv, "consults", map[string]any{"agent_id": ben.id}))
	asked := ben.await(t, "the request", func(e apiclient.Event) bool { return e.Kind == "consult.asked" && e.Agent.UUID == ben.id })
	require.Equal(t, conv, asked.Conversation.UUID)
	part := participants(t, ann.Client, conv)[0].ID
	require.NoError(t, ben.to(t, conv, "consults/"+part.String()+"/accept", nil))
	require.Equal(t, 1, ann.load(t))
	require.Zero(t, ben.load(t), "advice takes no capacity")
	question, advice := said("what do I tell them?"), said("the truth")
	require.NoError(t, ann.advise(t, conv, part, question))
	ben.await(t, "the question", func(e apiclient.Event) bool { return e.Kind == "consult.message" })
	require.NoError(t, ben.advise(t, conv, part, advice))
	texts, err := ann.pane(t, conv, part)
	require.NoError(t, err)
	require.Equal(t, []string{question, advice}, texts)
	_, err = kim.pane(t, conv, part)
	require.Equal(t, http.StatusNotFound, refusal(t, err).Status, "a colleague of the queue reads the thread, not this")
	for _, m := range customer.Received() {
		require.NotContains(t, []string{question, advice}, m.Text)
	}
	for _, m := range kim.thread(t, conv) {
		require.NotContains(t, []string{question, advice}, m.Text)
	}
	return part
}

// reaches sends a message and waits until the customer has it.
func reaches(t *testing.T, a *agent, customer *sandbox.Phone, conv uuid.UUID) {
	t.Helper()
	text := a.answer(t, conv)
	_, err := customer.Await(t.Context(), func(m sandbox.Message) bool { return m.Text == text })
	require.NoError(t, err)
}

// history is what was written down: sessions by primary agent, and who took part
// in them.
func history(t *testing.T, a *agent, conv uuid.UUID, took []uuid.UUID) {
	t.Helper()
	require.Equal(t, []string{"agent_transferred", "supervisor_assigned", "force_closed"}, reasons(t, a.Client, conv))
	var who []uuid.UUID
	var left []string
	for _, p := range participants(t, a.Client, conv) {
		require.NotNil(t, p.SessionID)
		require.NotNil(t, p.LeftReason)
		who, left = append(who, p.Agent.ID), append(left, p.Role+" "+p.Stage+" "+*p.LeftReason)
	}
	require.Equal(t, took, who)
	require.Equal(t, []string{"consultant joined agent_transferred", "supervisor joined force_closed"}, left)
}
