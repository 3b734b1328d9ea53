package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
)

// A time-out that was shortened, and a rule that was added, hold for a
// conversation that lives: nobody has to write first.
func TestSeed_R2_ChangedTimeoutsHoldAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*conversation.Policy)
		events []string
		after  time.Duration
	}{
		"shorter": {func(p *conversation.Policy) { p.ActiveTimeout = 10 * time.Minute }, []string{"accepted", "closed"}, 10*time.Minute + time.Second},
		"a rule": {func(p *conversation.Policy) {
			p.Rules = []conversation.Rule{{ID: "33333333-3333-3333-3333-333333333333", Silent: conversation.Agent, After: 5 * time.Minute, Action: conversation.CloseIt}}
		}, []string{"accepted", "closed"}, 5 * time.Minute},
	} {
		b := active(t)
		b.row.facts.State.Unanswered = b.start
		b.at(2*time.Minute, func() {
			b.row.mu.Lock()
			c.change(&b.row.facts.State.Policy)
			b.row.mu.Unlock()
			b.check() // as the bell of the change does
		})
		b.run(t)
		require.NoError(t, b.GetWorkflowError())
		require.Equal(t, c.events, b.row.events, name)
		require.Equal(t, c.after, b.Now().Sub(b.start).Truncate(time.Second), name)
	}
}
