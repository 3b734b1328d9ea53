package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/workflows/contract"
)

// A bell that says that the customer has another conversation closes this one,
// with what it has not heard yet, whoever has it. In wrap-up it closes by itself.
func TestFault_F11_MergedConversationsClose(t *testing.T) {
	for name, c := range map[string]struct {
		before func(*testing.T, *bench)
		events []string
	}{
		"open": {func(*testing.T, *bench) {}, []string{"closed"}},
		"active": {func(t *testing.T, b *bench) {
			b.at(time.Second, func() { b.act(t, contract.UpdateAccept, ok(t)) })
		}, []string{"accepted", "closed"}},
		"wrap-up": {func(t *testing.T, b *bench) {
			b.at(time.Second, func() { b.act(t, contract.UpdateAccept, ok(t)) })
			b.at(2*time.Second, func() { b.act(t, contract.UpdateEnd, ok(t)) })
		}, []string{"accepted", "ended", "closed"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t, ann)
			b.row.facts.State.Policy.WrapUpTimeout = time.Hour
			c.before(t, b)
			b.at(time.Minute, func() {
				if name != "wrap-up" {
					b.row.mu.Lock()
					b.row.inbound = 3
					b.row.mu.Unlock()
				}
				bell := b.bell()
				bell.Merging = true
				b.SignalWorkflow(contract.SignalBell, bell)
			})
			b.run(t)
			require.NoError(t, b.GetWorkflowError())
			require.Equal(t, c.events, b.row.events)
			if name == "wrap-up" {
				require.Equal(t, "timeout_wrap-up", b.row.reasons[len(b.row.reasons)-1])
			} else {
				require.Equal(t, []string{"merged"}, b.row.reasons)
				require.Less(t, b.Now().Sub(b.start), 2*time.Minute)
			}
		})
	}
}

// Whatever was to be written while the database was away is written seconds after
// it is back, however long it was away, and commands are answered again.
func TestFault_F11_WrittenSoonAfterTheDatabaseIsBack(t *testing.T) {
	for _, away := range []time.Duration{20 * time.Second, 3 * time.Minute, time.Hour} {
		b := active(t)
		b.row.facts.State.Policy.FollowUpAfter = 0
		back := b.start.Add(time.Minute + away)
		b.at(time.Minute, func() {
			b.row.away = back
			b.act(t, contract.UpdatePark, ok(t))
		})
		b.at(2*time.Hour, func() { b.act(t, contract.UpdateResume, ok(t)) })
		b.at(3*time.Hour, func() { b.act(t, contract.UpdateForce, ok(t)) })
		b.run(t)
		require.NoError(t, b.GetWorkflowError())
		require.Equal(t, "parked", b.row.events[1])
		for _, at := range b.row.tries {
			if !at.Before(back) {
				require.LessOrEqual(t, at.Sub(back), 5*time.Second, "away for %s", away)
				break
			}
		}
	}
}
