package workflows_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"switchboard/activities"
	"switchboard/workflows"
	"switchboard/workflows/contract"
)

const grace = 150 * time.Second

// chair stands for the row of an agent's presence: it alone says what is due.
type chair struct {
	*testsuite.TestWorkflowEnvironment
	start time.Time

	mu      sync.Mutex
	is      contract.Deadlines
	behind  time.Duration // of the row's clock
	fail    int           // looks that fail
	looks   []time.Duration
	settled []time.Duration // when something was due, after the start
}

func newChair(t *testing.T) *chair {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	c := &chair{TestWorkflowEnvironment: env, start: env.Now()}
	var a *activities.Presence
	env.RegisterWorkflowWithOptions(workflows.PresenceWorkflow, workflow.RegisterOptions{Name: contract.PresenceWorkflow})
	env.OnActivity(a.SettlePresence, mock.Anything, ann).Return(func(context.Context, uuid.UUID) (contract.Deadlines, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		now := env.Now().Add(-c.behind)
		c.looks = append(c.looks, env.Now().Sub(c.start).Round(time.Second))
		if c.fail > 0 {
			c.fail--
			return contract.Deadlines{}, errors.New("database is away")
		}
		due := func(at *time.Time) {
			if !at.IsZero() && !at.After(now) {
				*at = time.Time{}
				c.settled = append(c.settled, env.Now().Sub(c.start).Round(time.Second))
			}
		}
		due(&c.is.Grace)
		due(&c.is.Inactive)
		return c.is, nil
	})
	return c
}

// at lets the row become what f says a while after the start, and tells of it.
func (c *chair) at(d time.Duration, f func(now time.Time, is *contract.Deadlines), signals int) {
	c.RegisterDelayedCallback(func() {
		c.mu.Lock()
		f(c.Now(), &c.is)
		is := c.is
		c.mu.Unlock()
		for range signals {
			c.SignalWorkflow(contract.SignalDeadlines, is)
		}
	}, d)
}

func left(now time.Time, is *contract.Deadlines) { is.Grace = now.Add(grace) }
func back(_ time.Time, is *contract.Deadlines)   { is.Grace = time.Time{} }
func secs(n ...time.Duration) (s []time.Duration) {
	for _, d := range n {
		s = append(s, d*time.Second)
	}
	return s
}

func (c *chair) run(t *testing.T) {
	t.Helper()
	c.ExecuteWorkflow(contract.PresenceWorkflow, workflows.PresenceInput{PresenceStart: contract.PresenceStart{Agent: ann}})
	require.True(t, c.IsWorkflowCompleted())
}

func TestPresenceWorkflow_GraceEndsOnTimeAndNothingIsLeftRunning(t *testing.T) {
	c := newChair(t)
	c.at(0, left, 1)
	c.run(t)
	require.NoError(t, c.GetWorkflowError())
	require.Equal(t, secs(150), c.settled)
}

func TestPresenceWorkflow_BackWithinGrace(t *testing.T) {
	c := newChair(t)
	c.at(0, left, 1)
	c.at(149*time.Second, back, 0)
	c.run(t)
	require.NoError(t, c.GetWorkflowError())
	require.Empty(t, c.settled)
	require.Len(t, c.looks, 1, "looked at once, found nothing due, and ended")
}

func TestPresenceWorkflow_SecondDisconnectMovesTheDeadline(t *testing.T) {
	for name, signals := range map[string]int{"told": 1, "not told": 0} {
		t.Run(name, func(t *testing.T) {
			c := newChair(t)
			c.at(0, left, 1)
			c.at(100*time.Second, back, 0)
			c.at(110*time.Second, left, signals)
			c.run(t)
			require.NoError(t, c.GetWorkflowError())
			require.Equal(t, secs(260), c.settled)
			require.Equal(t, secs(150, 260), c.looks)
		})
	}
}

func TestPresenceWorkflow_AnEarlierDeadlineComesFirst(t *testing.T) {
	c := newChair(t)
	c.at(0, func(now time.Time, is *contract.Deadlines) { is.Inactive = now.Add(time.Hour) }, 1)
	c.at(time.Minute, left, 1)
	c.run(t)
	require.NoError(t, c.GetWorkflowError())
	require.Equal(t, secs(210, 3600), c.settled)
}

func TestPresenceWorkflow_RepeatedAndOldSignalsAreHarmless(t *testing.T) {
	c := newChair(t)
	timers := 0
	c.SetOnTimerScheduledListener(func(string, time.Duration) { timers++ })
	c.at(0, left, 20)
	old := contract.Deadlines{Grace: c.start.Add(-time.Hour)}
	c.RegisterDelayedCallback(func() {
		for range 20 {
			c.SignalWorkflow(contract.SignalDeadlines, old)
		}
	}, 10*time.Second)
	c.run(t)
	require.NoError(t, c.GetWorkflowError())
	require.Equal(t, secs(150), c.settled)
	require.LessOrEqual(t, len(c.looks), 3)
	require.LessOrEqual(t, timers, 5)
}

func TestPresenceWorkflow_WaitsForADatabaseThatIsAwayOrSlow(t *testing.T) {
	c := newChair(t)
	c.fail, c.behind = 3, 2*time.Second
	c.at(0, left, 1)
	c.run(t)
	require.NoError(t, c.GetWorkflowError())
	require.Len(t, c.settled, 1)
	require.GreaterOrEqual(t, c.settled[0], 152*time.Second)
	require.LessOrEqual(t, len(c.looks), 7, "a clock that is behind is waited for, not asked all the time")
}

func TestPresenceWorkflow_WithoutDeadlineEndsAtOnce(t *testing.T) {
	c := newChair(t)
	c.run(t)
	require.NoError(t, c.GetWorkflowError())
	require.Empty(t, c.looks)
}

func TestPresenceWorkflow_ContinuesAsNewWithTheDeadline(t *testing.T) {
	c := newChair(t)
	c.at(0, left, 1)
	c.RegisterDelayedCallback(func() {
		c.SetContinueAsNewSuggested(true)
		c.SignalWorkflow(contract.SignalDeadlines, contract.Deadlines{Inactive: c.start.Add(time.Hour)})
	}, time.Minute)
	c.run(t)
	var again *workflow.ContinueAsNewError
	require.ErrorAs(t, c.GetWorkflowError(), &again)
	var carried workflows.PresenceInput
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(again.Input, &carried))
	require.Equal(t, ann, carried.Agent)
	require.True(t, carried.Carried.Deadlines.Grace.Equal(c.start.Add(grace)))
	require.True(t, carried.Carried.Deadlines.Inactive.Equal(c.start.Add(time.Hour)))

	next := newChair(t)
	next.is = contract.Deadlines{Grace: next.start.Add(grace)}
	carried.Carried.Deadlines = next.is
	next.ExecuteWorkflow(contract.PresenceWorkflow, carried)
	require.NoError(t, next.GetWorkflowError())
	require.Equal(t, secs(150), next.settled)
}
