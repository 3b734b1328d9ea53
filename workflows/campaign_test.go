package workflows_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"switchboard/activities"
	"switchboard/domain/campaign"
	"switchboard/workflows"
	"switchboard/workflows/contract"
)

// ledger stands for a campaign's rows: it sends to whom the quiet hours allow it,
// as the store does.
type ledger struct {
	mu     sync.Mutex // activities run beside each other
	env    *testsuite.TestWorkflowEnvironment
	id     uuid.UUID
	facts  activities.CampaignFacts
	quiet  campaign.Quiet
	zones  []string    // of recipients 1, 2, …
	sent   []time.Time // when each was written to
	most   int         // recipients of one range; 0 is all
	ranges int
	wait   time.Time // the provider wants a pause until then
}

func newLedger(t *testing.T, start, at time.Time, quiet campaign.Quiet, zones ...string) *ledger {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartTime(start)
	env.SetTestTimeout(time.Minute)
	l := &ledger{env: env, id: uuid.New(), quiet: quiet, zones: zones, sent: make([]time.Time, len(zones))}
	l.facts = activities.CampaignFacts{State: campaign.Scheduled, StartAt: at, Last: len(zones)}
	env.RegisterWorkflowWithOptions(workflows.CampaignWorkflow, workflow.RegisterOptions{Name: contract.CampaignWorkflow})
	var a *activities.Campaigns
	env.OnActivity(a.BeginCampaign, mock.Anything, l.id).Return(func(context.Context, uuid.UUID) (activities.CampaignFacts, error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.facts, nil
	})
	env.OnActivity(a.OpenCampaign, mock.Anything, l.id).Return(func(context.Context, uuid.UUID) (activities.CampaignFacts, error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.facts.State == campaign.Scheduled && !env.Now().Before(l.facts.StartAt) {
			l.facts.State = campaign.Running
		}
		return l.facts, nil
	})
	env.OnActivity(a.SendRange, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.SendRange) (activities.RangeSent, error) { return l.send(in), nil })
	env.OnActivity(a.RestOfCampaign, mock.Anything, l.id).Return(func(context.Context, uuid.UUID) (activities.CampaignFacts, error) { return l.rest(), nil })
	env.OnActivity(a.CommandCampaign, mock.Anything, l.id, mock.Anything).Return(func(_ context.Context, _ uuid.UUID, c contract.CampaignCommand) (activities.CampaignFacts, error) {
		return l.command(c)
	})
	return l
}

func (l *ledger) zone(i int) *time.Location { return campaign.Zone(l.zones[i], "UTC") }

func (l *ledger) send(in activities.SendRange) activities.RangeSent {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ranges++
	out := activities.RangeSent{Lo: in.Lo, State: l.facts.State}
	now := l.env.Now()
	if now.Before(l.wait) {
		out.NotBefore, out.Left = l.wait, true
		return out
	}
	for i := in.Lo - 1; i < in.Hi && l.facts.State == campaign.Running; i++ {
		if l.most > 0 && out.Sent == l.most {
			out.Left = true
			break
		}
		if l.sent[i].IsZero() && l.quiet.Open(now, l.zone(i)) {
			l.sent[i] = now
			out.Sent++
		}
	}
	out.Left = out.Left || l.facts.State != campaign.Running
	return out
}

func (l *ledger) rest() activities.CampaignFacts {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.facts
	for i, at := range l.sent {
		if at.IsZero() {
			f.Left++
			if next := l.quiet.Next(l.env.Now(), l.zone(i)); f.Again.IsZero() || next.Before(f.Again) {
				f.Again = next
			}
		}
	}
	if f.Left == 0 && l.facts.State == campaign.Running {
		l.facts.State = campaign.Finished
		f.State = campaign.Finished
	}
	return f
}

func (l *ledger) command(c contract.CampaignCommand) (activities.CampaignFacts, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if why := l.facts.State.May(campaign.Command(c.Command)); why != "" {
		return activities.CampaignFacts{}, temporal.NewNonRetryableApplicationError(why, contract.RefusedCommand, nil)
	}
	switch campaign.Command(c.Command) {
	case campaign.Pause:
		l.facts.State = campaign.Paused
	case campaign.Cancel:
		l.facts.State = campaign.Canceled
	case campaign.Resume:
		l.facts.State = campaign.Running
	case campaign.Change:
		if c.StartAt != nil {
			l.facts.StartAt = *c.StartAt
		}
	}
	return l.facts, nil
}

func (l *ledger) run(t *testing.T) {
	t.Helper()
	l.env.ExecuteWorkflow(contract.CampaignWorkflow, contract.CampaignStart{Campaign: l.id})
	require.True(t, l.env.IsWorkflowCompleted())
	require.NoError(t, l.env.GetWorkflowError())
}

// update gives a command after a while and returns why it was refused, once it was.
func (l *ledger) update(after time.Duration, c contract.CampaignCommand) *string {
	refused := new(string)
	l.env.RegisterDelayedCallback(func() {
		l.env.UpdateWorkflow(contract.UpdateCommand, uuid.NewString(), &testsuite.TestUpdateCallback{
			OnAccept: func() {}, OnReject: func(err error) { *refused = err.Error() }, OnComplete: func(_ any, err error) {
				if err != nil {
					*refused = err.Error()
				}
			}}, c)
	}, after)
	return refused
}

func utc(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	require.NoError(t, err)
	return at.UTC()
}

// Everybody is written to at the first moment that their own clock allows, also
// when clocks are set forward or back in the night.
func TestCampaign_QuietHoursByEverybodysClock(t *testing.T) {
	t.Parallel()
	night := campaign.Quiet{From: "21:00", Until: "08:00"}
	for name, c := range map[string]struct {
		start string
		quiet campaign.Quiet
		want  map[string]string
	}{
		"around the world": {"2026-06-10T19:30:00Z", night, map[string]string{
			"Europe/Tallinn": "2026-06-11T05:00:00Z", "America/New_York": "2026-06-10T19:30:00Z", "Asia/Tokyo": "2026-06-10T23:00:00Z",
			"Europe/London": "2026-06-10T19:30:00+00:00"}},
		"clocks go forward": {"2026-03-28T22:00:00Z", night, map[string]string{ // Europe at 01:00 UTC
			"Europe/Berlin": "2026-03-29T06:00:00Z", "Europe/Helsinki": "2026-03-29T05:00:00Z"}},
		"clocks go back": {"2026-10-24T22:00:00Z", night, map[string]string{
			"Europe/Berlin": "2026-10-25T07:00:00Z", "Europe/Helsinki": "2026-10-25T06:00:00Z"}},
		"the end is an hour that does not exist": {"2026-03-28T23:30:00Z", campaign.Quiet{From: "22:00", Until: "02:30"}, map[string]string{
			"Europe/Berlin": "2026-03-29T01:00:00Z"}},
		"the end comes twice": {"2026-10-24T22:30:00Z", campaign.Quiet{From: "22:00", Until: "02:30"}, map[string]string{
			"Europe/Berlin": "2026-10-25T00:30:00Z"}},
		"a quarter of an hour off":  {"2026-06-10T20:00:00Z", night, map[string]string{"Asia/Kathmandu": "2026-06-11T02:15:00Z"}},
		"no zone is the campaign's": {"2026-06-10T22:00:00Z", night, map[string]string{"": "2026-06-11T08:00:00Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var zones []string
			for z := range c.want {
				zones = append(zones, z)
			}
			start := utc(t, c.start)
			l := newLedger(t, start, start, c.quiet, zones...)
			l.run(t)
			for i, z := range zones {
				require.Equal(t, utc(t, c.want[z]), l.sent[i].UTC(), z)
			}
		})
	}
}

// A start can be moved while it has not come, in both directions.
func TestCampaign_StartLaterAndMoved(t *testing.T) {
	t.Parallel()
	now := utc(t, "2026-06-10T08:00:00Z")
	for name, to := range map[string]time.Duration{"earlier": 2 * time.Hour, "later": 100 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLedger(t, now, now.Add(48*time.Hour), campaign.Quiet{}, "", "")
			at := now.Add(to)
			l.update(time.Hour, contract.CampaignCommand{Command: "change", StartAt: &at})
			l.run(t)
			require.Equal(t, at, l.sent[0].UTC())
		})
	}
}

func TestCampaign_Commands(t *testing.T) {
	t.Parallel()
	now := utc(t, "2026-06-10T08:00:00Z")
	l := newLedger(t, now, now.Add(time.Hour), campaign.Quiet{}, "", "")
	tooEarly := l.update(time.Minute, contract.CampaignCommand{Command: "resume"})
	l.update(2*time.Minute, contract.CampaignCommand{Command: "pause"})
	twice := l.update(3*time.Minute, contract.CampaignCommand{Command: "pause"})
	l.update(5*time.Hour, contract.CampaignCommand{Command: "resume"})
	l.run(t)
	require.Contains(t, *tooEarly, "not paused")
	require.Contains(t, *twice, "paused already")
	require.Equal(t, now.Add(5*time.Hour), l.sent[1].UTC())

	l = newLedger(t, now, now.Add(time.Hour), campaign.Quiet{}, "")
	l.update(time.Minute, contract.CampaignCommand{Command: "cancel"})
	l.run(t)
	require.True(t, l.sent[0].IsZero())
}

// What a provider's pause or a range that comes back early leaves is sent later.
func TestCampaign_RangesComeBack(t *testing.T) {
	t.Parallel()
	now := utc(t, "2026-06-10T08:00:00Z")
	l := newLedger(t, now, now, campaign.Quiet{}, make([]string, 9000)...)
	l.wait = now.Add(10 * time.Minute)
	l.most = 1500
	l.run(t)
	for i, at := range l.sent {
		require.False(t, at.Before(l.wait), "%d", i)
	}
	require.LessOrEqual(t, l.ranges, 30)
}
