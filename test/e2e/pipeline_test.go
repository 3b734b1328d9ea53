package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/dev/sandbox"
)

// decision is what the API tells of one.
type decision struct {
	Queue    uuid.UUID
	Outcome  string
	Reason   string
	Rule     string
	Until    *time.Time
	Overflow []struct {
		Queue        uuid.UUID
		When, Action string
		Limit, Value int
	}
}

// routedOne is a conversation as the pipeline left it.
type routedOne struct {
	ID          uuid.UUID
	State       string
	Queue       *apiclient.Ref
	Hold        *string
	HeldUntil   *time.Time `json:"held_until"`
	CloseReason *string    `json:"close_reason"`
	Decisions   []decision `json:"-"`
}

// conversationOf looks for a customer's conversation through all there are.
func conversationOf(t *testing.T, user string) uuid.UUID {
	t.Helper()
	for _, view := range []string{"open", "closed"} {
		next := ""
		for {
			var page struct {
				Items []apiclient.Conversation
				Next  *string
			}
			admin(t, http.MethodGet, "/v1/conversations?limit=200&view="+view+next, nil, &page)
			for _, c := range page.Items {
				if c.Customer.ExternalID == user {
					return c.ID
				}
			}
			if page.Next == nil {
				break
			}
			next = "&cursor=" + url.QueryEscape(*page.Next)
		}
	}
	return uuid.Nil
}

// find waits until a customer's conversation has been decided about.
func find(t *testing.T, user string, settled func(routedOne) bool) routedOne {
	t.Helper()
	var out routedOne
	eventually(t, "a conversation is decided about", func() bool {
		id := conversationOf(t, user)
		if id == uuid.Nil {
			return false
		}
		admin(t, http.MethodGet, "/v1/conversations/"+id.String(), nil, &out)
		return settled(out)
	})
	var list struct {
		Items []struct{ Decision decision }
	}
	admin(t, http.MethodGet, "/v1/conversations/"+out.ID.String()+"/decisions", nil, &list)
	for _, d := range list.Items {
		out.Decisions = append(out.Decisions, d.Decision)
	}
	return out
}

// Rules, shares, hours and overflow decide about messages from real phones, and
// each decision can be read: who writes at night waits for the opening and is
// told so, whom no queue takes is told and turned away, the others are served.
func TestPipeline_RulesSharesHoursAndOverflow(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	queues := map[string]uuid.UUID{}
	for _, name := range []string{"first", "second", "night", "small"} {
		var q apiclient.Ref
		admin(t, http.MethodPost, "/v1/queues", map[string]any{"name": name + " " + site.LINEID}, &q)
		queues[name] = q.ID
	}
	var hours apiclient.Ref
	day := time.Now().UTC().AddDate(0, 0, 3).Format(time.DateOnly)
	once := map[string]any{"weekdays": []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, "start": "08:00", "end": "17:00", "from": day}
	admin(t, http.MethodPost, "/v1/operating-hours", map[string]any{"name": "night " + site.LINEID, "time_zone": "Europe/Brussels",
		"calendar": map[string]any{"events": []any{once}}}, &hours)
	admin(t, http.MethodPatch, "/v1/queues/"+queues["night"].String(), map[string]any{"operating_hours_id": hours.ID}, nil)
	admin(t, http.MethodPut, "/v1/queues/"+queues["small"].String()+"/overflow",
		map[string]any{"rules": []any{map[string]any{"when": "size", "limit": 1, "action": "end"}}}, nil)
	rule := func(word string, shares ...any) map[string]any {
		return map[string]any{"name": word, "when": `message.text contains "` + word + `"`, "queues": shares}
	}
	share := func(queue string, percent int) map[string]any {
		return map[string]any{"queue": queues[queue], "percent": percent}
	}
	admin(t, http.MethodPut, "/v1/workstreams/"+site.Workstream.String()+"/routing-rules", map[string]any{"version": 0, "rules": map[string]any{
		"classification": []any{}, "route": map[string]any{"rules": []any{rule("dark", share("night", 100)), rule("crowd", share("small", 100)),
			rule("either", share("first", 30), share("second", 70))}}}}, nil)
	automated(t, site, "out_of_hours", nil)
	ann := newAgent(t, site, 50)
	for _, name := range []string{"first", "second", "night"} {
		admin(t, http.MethodPut, "/v1/queues/"+queues[name].String()+"/members/"+ann.id.String(), nil, nil)
	}

	for range 4 { // shares: whichever the id says, and the simulation knows
		user := userID()
		say(t, site.LINE.User(user), said("either"))
		c := find(t, user, func(c routedOne) bool { return c.Queue != nil })
		require.Contains(t, []uuid.UUID{queues["first"], queues["second"]}, c.Queue.ID)
		var simulated struct{ Decision decision }
		admin(t, http.MethodPost, "/v1/workstreams/"+site.Workstream.String()+"/simulate", map[string]any{"conversation_id": c.ID}, &simulated)
		require.Equal(t, simulated.Decision, c.Decisions[0])
	}

	user := userID()
	phone := site.LINE.User(user)
	say(t, phone, said("dark"))
	closed, err := phone.Await(t.Context(), func(m sandbox.Message) bool { return strings.Contains(m.Text, "closed at the moment") })
	require.NoError(t, err)
	night := find(t, user, func(c routedOne) bool { return c.Hold != nil })
	brussels, err := time.LoadLocation("Europe/Brussels")
	require.NoError(t, err)
	opens, err := time.ParseInLocation("2006-01-02 15:04", day+" 08:00", brussels)
	require.NoError(t, err)
	require.Equal(t, []any{"open", "hours", true}, []any{night.State, *night.Hold, night.HeldUntil.Equal(opens)})
	require.Contains(t, closed.Text, day+" 08:00")
	require.Equal(t, []any{"held", "dark"}, []any{night.Decisions[0].Outcome, night.Decisions[0].Rule})

	first, second := userID(), userID()
	say(t, site.LINE.User(first), said("crowd"))
	waits := find(t, first, func(c routedOne) bool { return c.Queue != nil })
	say(t, site.LINE.User(second), said("crowd"))
	_, err = site.LINE.User(second).Await(t.Context(), func(m sandbox.Message) bool { return strings.Contains(m.Text, "All our colleagues are busy") })
	require.NoError(t, err)
	gone := find(t, second, func(c routedOne) bool { return c.State == "closed" })
	require.Equal(t, "turned_away", *gone.CloseReason)
	require.Equal(t, []any{"ended", "size", 1, 1}, []any{gone.Decisions[0].Outcome, gone.Decisions[0].Overflow[0].When, gone.Decisions[0].Overflow[0].Limit, gone.Decisions[0].Overflow[0].Value})
	require.Equal(t, "open", find(t, first, func(routedOne) bool { return true }).State)
	require.Equal(t, queues["small"], waits.Queue.ID)

	// It opens earlier than it was said: what is held is routed at once.
	once["from"], once["all_day"] = "2020-01-01", true
	delete(once, "start")
	delete(once, "end")
	admin(t, http.MethodPatch, "/v1/operating-hours/"+hours.ID.String(), map[string]any{"calendar": map[string]any{"events": []any{once}}}, nil)
	ann.offer(t, func(id uuid.UUID) bool { return id == night.ID })
	night = find(t, user, func(c routedOne) bool { return c.Hold == nil })
	require.Equal(t, "queued", night.Decisions[len(night.Decisions)-1].Outcome)
	require.Len(t, night.Decisions, 2)
}
