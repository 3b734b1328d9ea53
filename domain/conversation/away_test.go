package conversation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	. "switchboard/domain/conversation"
)

// Who leaves is held first, and the agent told once for each absence.
func TestGone_HeldThenEnded(t *testing.T) {
	t.Parallel()
	s := held(in(Active))
	at, kind := s.Deadline()
	require.Equal(t, Gone, kind)
	require.Equal(t, now.Add(3*time.Minute), at)
	s, e, err := Apply(s, Command{Kind: Gone}, at)
	require.NoError(t, err)
	require.Equal(t, SayCustomerHeld, e.Say)
	require.True(t, e.Gone, "true only if the customer is still away")
	at, _ = s.Deadline()
	require.Equal(t, now.Add(10*time.Minute), at, "told once")
	s.Away = now.Add(5 * time.Minute) // they were back in between
	at, _ = s.Deadline()
	require.Equal(t, now.Add(8*time.Minute), at, "another absence is told of again")
	s.Away = time.Time{}
	_, kind = s.Deadline()
	require.NotEqual(t, Gone, kind)
	s.Away = now
	s, e, err = Apply(s, Command{Kind: Gone}, now.Add(10*time.Minute))
	require.NoError(t, err)
	require.Equal(t, []any{WrapUp, "ended", "customer_gone", SayCustomerGone}, []any{s.Phase, e.Event, e.Reason, e.Say})
}

// Before an agent came nobody is left to wrap up, and nobody to tell.
func TestGone_BeforeAnAgentCame(t *testing.T) {
	t.Parallel()
	s, e, err := Apply(away(offered("ann")), Command{Kind: Gone}, now.Add(3*time.Minute))
	require.NoError(t, err)
	require.Equal(t, Closed, s.Phase)
	require.True(t, e.Closing, "not if a message came at this moment")
	require.Empty(t, e.Say)
	require.Nil(t, s.Offer)
}
