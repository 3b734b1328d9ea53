package worker

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"switchboard/workflows"
	"switchboard/workflows/contract"
)

// Every workflow is served, by one queue.
func TestQueues_ServeEveryWorkflow(t *testing.T) {
	t.Parallel()
	var served, names []string
	for _, q := range (Config{Providers: []string{"line", "twilio"}}).queues() {
		served, names = append(served, q.workflows...), append(names, q.name)
	}
	slices.Sort(served)
	require.Equal(t, slices.Sorted(maps.Keys(workflows.All())), served)
	slices.Sort(names)
	require.Len(t, slices.Compact(slices.Clone(names)), len(names), "no queue is served twice")
	require.Subset(t, names, []string{contract.SendQueue("line"), contract.MediaQueue("line"), contract.ProfileQueue("twilio")})
}

// What an earlier version put into the queue of answers takes few of its slots,
// and is tried again when there is none.
func TestQueues_OlderWorkLeavesRoomForAnswers(t *testing.T) {
	t.Parallel()
	began, end, done := make(chan struct{}), make(chan struct{}), make(chan error)
	f := few(2, func(context.Context, uuid.UUID) error {
		began <- struct{}{}
		<-end
		return nil
	})
	for range 2 {
		go func() { done <- f(t.Context(), uuid.New()) }()
		<-began
	}
	var busy *temporal.ApplicationError
	require.True(t, errors.As(f(t.Context(), uuid.New()), &busy))
	require.False(t, busy.NonRetryable())
	require.Equal(t, busyRetry, busy.NextRetryDelay())
	close(end)
	require.NoError(t, errors.Join(<-done, <-done))
	go func() { <-began }()
	require.NoError(t, f(t.Context(), uuid.New()))
}
