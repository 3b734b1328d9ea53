package stack

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// A test's process that was killed leaves its cluster in memory; the next one
// that needs the room removes it, and nobody else's.
func TestMemory_IsGivenBack(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(memory); err != nil {
		require.ErrorIs(t, err, os.ErrNotExist)
		return // a system without it has nothing to give back
	}
	over := exec.Command("true")
	require.NoError(t, over.Run())
	dead, err := memoryOf(over.Process.Pid)
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dead) })
	ours, err := memoryOf(os.Getpid())
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(ours) })
	require.NoError(t, forgetDead())
	require.NoDirExists(t, dead)
	require.DirExists(t, ours)
}
