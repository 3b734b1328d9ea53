package routing

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A level that is chosen is shown as that level, and a more urgent one goes first.
func TestLevel_ComesBackAsItWasChosen(t *testing.T) {
	t.Parallel()
	before := -1
	for _, name := range Levels() {
		l := Level(name)
		require.Equal(t, l, LevelOf(l.Priority()))
		require.Greater(t, l.Priority(), before)
		before = l.Priority()
	}
	require.Equal(t, Normal, LevelOf(DefaultPriority))
	for priority, want := range map[int]Level{0: Urgent, 25: Urgent, 26: High, 75: High, 76: Normal, 150: Normal, 151: Low, 1_000_000: Low} {
		require.Equal(t, want, LevelOf(priority), "%d", priority)
	}
}
