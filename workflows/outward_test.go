package workflows_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"

	"switchboard/activities"
	"switchboard/workflows/contract"
)

// Answers, files and profiles have a queue each.
func TestTemporal_EachKindHasItsQueue(t *testing.T) {
	b := setup(t, ann)
	b.row.facts.NoProfile = true
	var p *activities.Profiles
	b.OnActivity(p.Profile, mock.Anything, mock.Anything).Return(nil)
	var mu sync.Mutex
	queues := map[string]string{}
	b.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		mu.Lock()
		defer mu.Unlock()
		queues[info.ActivityType.Name] = info.TaskQueue
	})
	b.at(time.Second, func() { b.SignalWorkflow(contract.SignalBell, contract.Bell{Media: true}) })
	b.at(2*time.Second, func() { b.do(t, contract.UpdateAccept, contract.Act{Agent: ann, Offer: b.offerID()}, ok(t)) })
	b.at(3*time.Second, func() { b.do(t, contract.UpdateSend, contract.Send{Agent: ann, Seq: 2}, ok(t)) })
	b.at(time.Minute, func() { b.CancelWorkflow() })
	b.run(t)
	require.Equal(t, map[string]string{"Deliver": "send-line", "Fetch": "media-line", "Profile": "profile-line"}, queues)
}
