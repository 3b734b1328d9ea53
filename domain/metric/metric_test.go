package metric

import (
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every figure has one name, and a definition that somebody can read.
func TestFigures_AreDefinedOnce(t *testing.T) {
	t.Parallel()
	name, seen := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`), map[string]bool{}
	for _, f := range slices.Concat(Live(), OfQueues(), OfAgents()) {
		require.Regexp(t, name, f.Name)
		require.False(t, seen[f.Name], f.Name)
		seen[f.Name] = true
		require.NotEmpty(t, f.Label, f.Name)
		require.Regexp(t, `^[A-Z].*\.$`, f.Text, f.Name)
		require.Contains(t, []Unit{Count, Seconds, Percent}, f.Unit, f.Name)
		require.True(t, f.Unit != Seconds || f.Clock != NoClock, f.Name)
	}
	require.True(t, IsLive(Waiting))
	require.False(t, IsLive(Arrived))
}

// Nothing divided by nothing is unknown, and not zero.
func TestFormulas(t *testing.T) {
	t.Parallel()
	require.Nil(t, Ratio(0, 0))
	require.InDelta(t, 0.25, *Ratio(1, 4), 1e-9)
	require.Nil(t, Mean(0, 0))
	require.InDelta(t, 2.5, *Mean(5, 2), 1e-9)
	require.InDelta(t, 0.6, *Service(6, 8, 2), 1e-9)
	require.Nil(t, Service(0, 0, 0))
}
