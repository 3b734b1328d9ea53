package conversation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	. "switchboard/domain/conversation"
)

var later = now.Add(60 * 24 * time.Hour) // after everything else

func snoozedUntil(at time.Time) State { return with(in(Waiting), func(s *State) { s.WakeAt = at }) }

// A snoozed conversation waits for its time, whatever else would end it before, and
// is offered to its agent then, also where the workstream has no same agent.
func TestSnooze_NothingElseIsDueBefore(t *testing.T) {
	t.Parallel()
	s := with(in(Waiting), func(s *State) {
		s.Policy.WaitingTimeout, s.Policy.FollowUpAfter, s.Policy.SameAgent = time.Hour, time.Minute, false
		s.Policy.Rules = []Rule{{ID: giveUp, Silent: Customer, After: time.Minute, Action: CloseIt}}
		s.AgentSeq, s.AgentAt = s.InboundSeq+1, now
	})
	s, e, err := Apply(s, Command{Kind: Snooze, Agent: "ann", Until: later}, now)
	require.NoError(t, err)
	require.Equal(t, "snoozed", e.Event)
	require.Empty(t, e.Ends, "its session ended when it was parked")
	at, kind := s.Deadline()
	require.Equal(t, later, at)
	require.Equal(t, Wake, kind)

	s, e, err = Apply(s, Command{Kind: Snooze, Agent: "ann", Until: later}, now)
	require.NoError(t, err)
	require.False(t, e.Project, "until the same time it is snoozed already")
	s, e, err = Apply(s, Command{Kind: Wake}, later)
	require.NoError(t, err)
	require.Equal(t, "ann", e.Prefer)
	require.Equal(t, Open, s.Phase)
	require.Zero(t, s.WakeAt)
}

// Whatever brings it back before leaves no time behind.
func TestSnooze_EndsWithIt(t *testing.T) {
	t.Parallel()
	for _, c := range []Command{{Kind: Write, Seq: 9, At: now}, {Kind: Resume, Agent: "ann"}, {Kind: Transfer, Agent: "ann", To: "ben"},
		{Kind: AssignTo, Agent: "sue", To: "ben"}} {
		s, e, err := Apply(snoozedUntil(later), c, now)
		require.NoError(t, err, c.Kind)
		require.True(t, e.Project, c.Kind)
		require.Zero(t, s.WakeAt, c.Kind)
	}
}

// What is passed on goes with a transfer; only an agent's own close asks how it ended.
func TestApply_NoteAndDisposition(t *testing.T) {
	t.Parallel()
	_, e, err := Apply(in(Active), Command{Kind: Transfer, Agent: "ann", To: "ben", Note: "n"}, now)
	require.NoError(t, err)
	require.Equal(t, "n", e.Note)
	_, e, err = Apply(in(WrapUp), Command{Kind: Close, Agent: "ann"}, now)
	require.NoError(t, err)
	require.True(t, e.Wraps)
	_, e, err = Apply(in(WrapUp), Command{Kind: ForceClose, Agent: "sue"}, now)
	require.NoError(t, err)
	require.False(t, e.Wraps)
}
