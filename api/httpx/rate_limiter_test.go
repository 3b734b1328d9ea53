package httpx_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/api/httpx"
)

// Whoever has many addresses fills the counters and undoes no lockout by it.
func TestSecurity_L13_ManyKeysUndoNoLockout(t *testing.T) {
	t.Parallel()
	now := time.Now()
	tries := httpx.NewRateLimiter(func() time.Time { now = now.Add(time.Microsecond); return now })
	take := func(key string) bool {
		return tries.Take([]httpx.Limit{{Key: key, Most: 5, Every: 3 * time.Minute}}) == 0
	}
	for range 5 {
		require.True(t, take("victim"))
	}
	require.False(t, take("victim"))
	for i := range httpx.TriesToKeep + httpx.TriesToKeep/5 {
		take(strconv.Itoa(i))
	}
	require.LessOrEqual(t, tries.Len(), httpx.TriesToKeep)
	require.False(t, take("victim"))
}
