package api_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/api"
)

// Whoever has many addresses fills the counters and undoes no lockout by it.
func TestSecurity_L13_ManyKeysUndoNoLockout(t *testing.T) {
	t.Parallel()
	now := time.Now()
	tries := api.NewTries(func() time.Time { now = now.Add(time.Microsecond); return now })
	for range 5 {
		require.True(t, tries.Take("victim"))
	}
	require.False(t, tries.Take("victim"))
	for i := range api.TriesToKeep + api.TriesToKeep/5 {
		tries.Take(strconv.Itoa(i))
	}
	require.LessOrEqual(t, tries.Len(), api.TriesToKeep)
	require.False(t, tries.Take("victim"))
}
