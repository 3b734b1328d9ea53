package activities_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/activities"
	"switchboard/channel"
)

// The provider is asked who the customer is before the conversation is routed: the
// greeting and the rules know the name. One that does not answer holds up nobody.
func TestSeed_D11_TheGreetingKnowsTheName(t *testing.T) {
	t.Parallel()
	begin := func(p *profiler) (s stranger, said string) {
		s = newStranger(t)
		s.db.SQL.MustExec(`UPDATE conversation SET queue_id = NULL, waiting_since = NULL`)
		s.db.SQL.MustExec(`INSERT INTO automated_message (trigger, channel, enabled, visibility, texts)
			VALUES ('greeting', 'line', true, 'customer', '{"en": "Hi {CustomerName}, welcome"}')`)
		registry := channel.NewRegistry(p)
		a := activities.Conversations{Store: s.db.Store, Registry: registry,
			Profiles: &activities.Profiles{Store: s.db.Store, Accounts: s.db.Store.Config, Registry: registry}}
		f, err := a.Begin(t.Context(), s.conversation)
		require.NoError(t, err)
		require.NotZero(t, f.Queue, "it is routed")
		require.NoError(t, s.db.SQL.Get(&said, `SELECT text FROM message WHERE automated = 'greeting'`))
		_, err = a.Begin(t.Context(), s.conversation)
		require.NoError(t, err)
		require.Len(t, p.asked, 1, "a workflow that is started anew does not ask again")
		return s, said
	}
	_, said := begin(&profiler{profile: channel.Profile{Name: "Nok"}})
	require.Equal(t, "Hi Nok, welcome", said)
	s, said := begin(&profiler{err: errors.New("connection refused")})
	require.Equal(t, "Hi, welcome", said)
	require.Nil(t, s.point(t).ProfileAt, "and is asked later")
}
