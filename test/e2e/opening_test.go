package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/test/tier"
)

// opensSoon are operating hours of a city far from UTC, which begin with the next
// minute that is not too near.
func opensSoon(t *testing.T) (uuid.UUID, time.Time) {
	t.Helper()
	zone, err := time.LoadLocation("America/St_Johns")
	require.NoError(t, err)
	opens := time.Now().In(zone).Add(time.Minute + tier.Patience(10*time.Second)).Truncate(time.Minute)
	var made apiclient.Ref
	admin(t, http.MethodPost, "/v1/operating-hours", map[string]any{"name": uuid.NewString(), "time_zone": zone.String(),
		"calendar": map[string]any{"events": []any{map[string]any{"weekdays": []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"},
			"start": opens.Format("15:04"), "end": opens.Add(time.Hour).Format("15:04"), "from": opens.Format(time.DateOnly)}}}}, &made)
	return made.ID, opens
}

// Who writes into a persistent thread before the queue opens is not turned away:
// the conversation stays open and unoffered, and at the second of the opening it
// is routed to the agent who was there all the time.
func TestOpening_RoutesWhatWasWrittenBeforeToTheSecond(t *testing.T) {
	t.Parallel()
	site, key := persistentSite(t)
	ann := newAgent(t, site, 3)
	v := newVisitor(t, key)
	v.start(map[string]any{"token": signedIn(t, uuid.NewString())})
	closed, opens := opensSoon(t)
	admin(t, http.MethodPatch, "/v1/queues/"+site.Queue.String(), map[string]any{"operating_hours_id": closed}, nil)
	m := v.says(said("before you open"))
	var held routedOne
	eventually(t, "it is held", func() bool {
		admin(t, http.MethodGet, "/v1/conversations/"+m.Conversation.String(), nil, &held)
		return held.Hold != nil
	})
	require.Equal(t, []any{"open", "hours"}, []any{held.State, *held.Hold})
	require.True(t, held.HeldUntil.Equal(opens), "held until %s, it opens at %s", held.HeldUntil, opens)
	<-time.After(time.Until(opens))
	require.Equal(t, m.Conversation, ann.accept(t))
	early, err := shared.Count(t.Context(), `SELECT count(*) FROM event WHERE conversation_id = $1 AND kind = 'offer.made' AND created_at < $2`, m.Conversation, opens)
	require.NoError(t, err)
	require.Zero(t, early, "nobody is asked before")
	late, err := shared.Count(t.Context(), `SELECT (extract(epoch FROM min(created_at) - $2::timestamptz) * 1000)::int FROM event
		WHERE conversation_id = $1 AND kind = 'offer.made'`, m.Conversation, opens)
	require.NoError(t, err)
	t.Logf("offered %d ms after the opening", late)
	var decisions struct {
		Items []struct{ Decision decision }
	}
	admin(t, http.MethodGet, "/v1/conversations/"+m.Conversation.String()+"/decisions", nil, &decisions)
	require.Equal(t, []string{"held", "queued"}, []string{decisions.Items[0].Decision.Outcome, decisions.Items[1].Decision.Outcome})
	v.reads(ann.answer(t, m.Conversation))
}
