package conversation

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A chat that its customer ended, or left for too long, closes for that reason,
// whether the agent finishes wrap-up or it runs out; any other as before.
func TestSeed_R2_ACustomersEndIsRecorded(t *testing.T) {
	now := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	active := State{Phase: Active, Agent: "ann", Activity: now, Policy: Policy{Style: Live, WrapUpTimeout: time.Minute, AwayTimeout: time.Minute}}
	away := active
	away.Away = now.Add(-time.Hour)
	for name, c := range map[string]struct {
		from            State
		end             Command
		closed, expired string // reason of the conversation and of its session
		closedBy        string
		expiredBy       string
	}{
		"customer":     {active, Command{Kind: CustomerEnd}, "customer_ended", "customer_ended", "customer_ended", "customer_ended"},
		"disconnected": {away, Command{Kind: Gone}, "customer_gone", "customer_gone", "customer_gone", "customer_gone"},
		"agent":        {active, Command{Kind: End, Agent: "ann"}, "agent_closed", "timeout_wrap-up", "agent_closed", "auto_closed"},
	} {
		s, _, err := Apply(c.from, c.end, now)
		require.NoError(t, err, name)
		require.Equal(t, WrapUp, s.Phase, name)
		_, e, err := Apply(s, Command{Kind: Close, Agent: "ann"}, now)
		require.NoError(t, err, name)
		require.Equal(t, []string{c.closed, c.closedBy}, []string{e.Reason, e.Ends}, name)
		_, e, err = Apply(s, Command{Kind: Idle}, now.Add(time.Hour))
		require.NoError(t, err, name)
		require.Equal(t, []string{c.expired, c.expiredBy}, []string{e.Reason, e.Ends}, name)
		_, e, err = Apply(s, Command{Kind: ForceClose}, now)
		require.NoError(t, err, name)
		require.Equal(t, "force_closed", e.Ends, name)
		// Whoever writes again begins anew.
		open, _, err := Apply(s, Command{Kind: Write, Seq: 9, At: now}, now)
		require.NoError(t, err, name)
		require.Empty(t, open.EndReason, name)
	}
}
