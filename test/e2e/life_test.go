package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/dev/sandbox"
	"switchboard/test/rig"
)

// changed waits for a change of a conversation.
func (a *agent) changed(t *testing.T, conv uuid.UUID, change string) {
	t.Helper()
	a.await(t, change, func(e apiclient.Event) bool {
		return e.Kind == "conversation.updated" && e.Conversation.UUID == conv && changeOf(e) == change
	})
}

func changeOf(e apiclient.Event) string {
	var frame struct{ Data struct{ Change string } }
	_ = json.Unmarshal(e.Data, &frame)
	return frame.Data.Change
}

func (a *agent) do(t *testing.T, conv uuid.UUID, command string) {
	t.Helper()
	require.NoError(t, a.Command(t.Context(), conv, command, "", nil))
}

func (a *agent) load(t *testing.T) int {
	t.Helper()
	var me struct{ Agent struct{ Load int } }
	_, err := a.Do(t.Context(), http.MethodGet, "/v1/me", nil, &me)
	require.NoError(t, err)
	return me.Agent.Load
}

// returns waits for an offer of a conversation that came after the first.
func (a *agent) returns(t *testing.T, conv, before uuid.UUID) apiclient.Event {
	t.Helper()
	return a.await(t, "it comes back", func(e apiclient.Event) bool {
		return a.offered(e) && e.Conversation.UUID == conv && e.OfferID() != before
	})
}

func (a *agent) answer(t *testing.T, conv uuid.UUID) string {
	t.Helper()
	text := said("answer")
	_, status, err := a.Answer(t.Context(), conv, uuid.NewString(), text)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status)
	return text
}

type session struct {
	Agent         apiclient.Ref
	AcceptedAt    *time.Time `json:"accepted_at"`
	ClosureReason *string    `json:"closure_reason"`
}

func reasons(t *testing.T, c *apiclient.Client, conv uuid.UUID) []string {
	t.Helper()
	var out struct{ Items []session }
	_, err := c.Do(t.Context(), http.MethodGet, "/v1/conversations/"+conv.String()+"/sessions", nil, &out)
	require.NoError(t, err)
	var list []string
	for _, s := range out.Items {
		reason := "open"
		if s.ClosureReason != nil {
			reason = *s.ClosureReason
		}
		list = append(list, reason)
	}
	return list
}

// Parking frees capacity at once; a customer who returns is offered to the same
// agent although they are full, and to somebody else only when they decline.
func TestLife_ParkedAndBackToTheSameAgent(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	ann := newAgent(t, site, 1)
	customer := site.LINE.User(userID())
	say(t, customer, said("hello"))
	conv := ann.accept(t)
	first := ann.offer(t, func(id uuid.UUID) bool { return id == conv })
	ann.do(t, conv, "park")
	require.Zero(t, ann.load(t))
	r := refusal(t, ann.Command(t.Context(), conv, "end", "", nil))
	require.Equal(t, "wrong_state", r.Code)

	ann.do(t, conv, "resume")
	require.Equal(t, 1, ann.load(t))
	ann.do(t, conv, "park")
	say(t, site.LINE.User(userID()), said("another"))
	other := ann.acceptWhere(t, func(id uuid.UUID) bool { return id != conv })
	require.Equal(t, "no_capacity", refusal(t, ann.Command(t.Context(), conv, "resume", "", nil)).Code)

	ben := newAgent(t, site, 5)
	say(t, customer, said("I am back"))
	back := ann.returns(t, conv, first.OfferID())
	require.Equal(t, 2, ann.load(t), "regardless of capacity")
	require.NoError(t, ann.Command(t.Context(), conv, "decline", "", map[string]any{"offer_id": back.OfferID()}))
	ben.acceptWhere(t, func(id uuid.UUID) bool { return id == conv })
	require.Equal(t, 1, ann.load(t))
	require.Equal(t, []string{"agent_moved_to_waiting", "agent_moved_to_waiting", "agent_rejected", "open"}, reasons(t, ann.Client, conv))

	ben.do(t, conv, "release")
	released := ann.returns(t, conv, back.OfferID())
	require.NotEqual(t, uuid.Nil, released.OfferID(), "another agent is asked first, who has no room any more")
	_ = other
}

// The same agent is waited for as long as the workstream says, then the next best is asked.
func TestLife_PatienceForTheSameAgent(t *testing.T) {
	t.Parallel()
	site := newSite(t, map[string]any{"same_agent_patience": 1})
	ann := newAgent(t, site, 3)
	customer := site.LINE.User(userID())
	say(t, customer, said("hello"))
	conv := ann.accept(t)
	ann.do(t, conv, "park")
	ben := newAgent(t, site, 3)
	say(t, customer, said("I am back"))
	ben.acceptWhere(t, func(id uuid.UUID) bool { return id == conv })
	require.Equal(t, []string{"agent_moved_to_waiting", "agent_timeout", "open"}, reasons(t, ben.Client, conv))

	err := ben.Command(t.Context(), conv, "force-close", "", nil)
	require.Equal(t, http.StatusForbidden, refusal(t, err).Status)
	_, err = shared.Admin.Do(t.Context(), http.MethodPost, "/v1/conversations/"+conv.String()+"/force-close", nil, nil)
	require.NoError(t, err)
	c, err := ben.Conversation(t.Context(), conv)
	require.NoError(t, err)
	require.Equal(t, "closed", c.State)
	require.Equal(t, "force_closed", *c.CloseReason)
	require.Zero(t, ben.load(t))
}

// Weeks in seconds, on real parts: the window is announced, closes for agents,
// rules and API alike, a template passes it, the customer opens it, and the
// parked conversation closes by itself.
func TestLife_WeeksInSeconds(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "switchboard-life-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	// Long enough to answer within it on any machine. Nothing but the window's own
	// end is waited for, and other tests run meanwhile.
	const window = 30 * time.Second
	r, err := rig.Start(t.Context(), rig.Options{Dir: dir + "/rig", Binary: binary, Env: []string{"SWITCHBOARD_WHATSAPP_WINDOW=" + window.String()}})
	require.NoError(t, err)
	t.Cleanup(r.Stop)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	site := siteOn(t, r, map[string]any{"waiting_timeout": 3, "window_notice": 15})
	rule := map[string]any{"name": "Remind", "silent": "customer", "after": int(window.Seconds()) + 1, "action": "message_customer", "texts": map[string]string{"en": "Are you still there?"}}
	_, err = r.Admin.Do(t.Context(), http.MethodPost, "/v1/workstreams/"+site.Workstream.String()+"/timeout-rules", rule, nil)
	require.NoError(t, err)
	_, err = r.Admin.Do(t.Context(), http.MethodPost, "/v1/accounts/"+site.TwilioAcct.String()+"/sync-templates", nil, nil)
	require.NoError(t, err)

	ann := newAgent(t, site, 3)
	customer := site.Twilio.WhatsApp(number(), site.WhatsApp)
	say(t, customer, said("hello"))
	conv := ann.accept(t)
	ann.answer(t, conv)
	ann.changed(t, conv, "window_closing")
	ann.changed(t, conv, "window_closed")
	before := len(customer.Received())
	_, _, err = ann.Answer(t.Context(), conv, uuid.NewString(), said("too late"))
	require.Equal(t, "window_closed", refusal(t, err).Code)
	ann.changed(t, conv, "rule_applied")
	reminder := ann.awaitMessage(t, conv, "the rule's message is there", withText("Are you still there?"))
	require.Equal(t, "failed", reminder.StatusText())
	require.Equal(t, "window_closed", reminder.Error.Code)
	require.Len(t, customer.Received(), before, "nothing was sent")

	sendTemplate(t, ann, customer, conv)
	say(t, customer, said("yes?"))
	ann.changed(t, conv, "window_opened")
	text := ann.answer(t, conv)
	_, err = customer.Await(t.Context(), func(m sandbox.Message) bool { return m.Text == text })
	require.NoError(t, err)
	ann.do(t, conv, "park")
	ann.changed(t, conv, "closed")
	c, err := ann.Conversation(t.Context(), conv)
	require.NoError(t, err)
	require.Equal(t, "timeout_waiting", *c.CloseReason)
	require.Equal(t, []string{"agent_moved_to_waiting"}, reasons(t, ann.Client, conv))
	require.NoError(t, searchForMarks(t.Context(), r))
}

func sendTemplate(t *testing.T, ann *agent, customer *sandbox.Phone, conv uuid.UUID) {
	t.Helper()
	var list struct {
		Items []struct {
			ID    uuid.UUID
			Texts []struct {
				Language, Text, Approval string
				Placeholders             []string
			}
		}
	}
	_, err := ann.Do(t.Context(), http.MethodGet, "/v1/templates?channel=whatsapp", nil, &list)
	require.NoError(t, err)
	for _, tmpl := range list.Items {
		for _, x := range tmpl.Texts {
			if x.Approval != "approved" {
				continue
			}
			values := map[string]string{}
			for _, p := range x.Placeholders {
				values[p] = said("value")
			}
			in := map[string]any{"template": map[string]any{"id": tmpl.ID, "language": x.Language, "values": values}}
			var m apiclient.Message
			_, err := ann.Do(t.Context(), http.MethodPost, "/v1/conversations/"+conv.String()+"/messages", in, &m, "Idempotency-Key", uuid.NewString())
			require.NoError(t, err)
			got, err := customer.Await(t.Context(), func(r sandbox.Message) bool { return r.Text == m.Text })
			require.NoError(t, err)
			require.NotContains(t, got.Text, "{")
			return
		}
	}
	t.Fatal("no approved template")
}

// What an agent has who was disconnected and does not return goes to somebody
// else, where the workstream says so.
func TestLife_AgentWhoDoesNotReturn(t *testing.T) {
	t.Parallel()
	site := newSite(t, map[string]any{"release_on_disconnect": true})
	ann := offlineAgent(t, site, 3)
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		ann.Follow(ctx, ann.see)
	}()
	ann.await(t, "hello", func(e apiclient.Event) bool { return e.Kind == "hello" })
	customer := site.LINE.User(userID())
	say(t, customer, said("hello"))
	conv := ann.accept(t)
	ben := newAgent(t, site, 3)
	leave()
	<-gone
	eventually(t, "she is offline, and her grace is over", func() bool {
		n, err := shared.Count(t.Context(), `WITH over AS (UPDATE agent_status SET grace_until = now() WHERE agent_id = $1 AND presence = 'offline' RETURNING 1) SELECT count(*) FROM over`, ann.id)
		require.NoError(t, err)
		return n == 1
	})
	ben.acceptWhere(t, func(id uuid.UUID) bool { return id == conv })
	require.Equal(t, []string{"agent_disconnected", "open"}, reasons(t, ben.Client, conv))
}
