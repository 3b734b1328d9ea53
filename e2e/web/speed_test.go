package web

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// testSpeed names the environment variable with how much longer things take here
// than on an idle machine of two cores; the browsers' time limits are multiplied
// by it.
const testSpeed = "SWITCHBOARD_TEST_SPEED"

const (
	work     = 200_000_000 // steps for each core
	onIdle   = 400 * time.Millisecond
	slowest  = 10.0 // beyond this nothing useful is tested
	fastest  = 1.0
	headroom = 1.5 // others may begin when we have measured
)

// speed is what the environment says, or what is measured.
func speed() (float64, error) {
	if set := os.Getenv(testSpeed); set != "" {
		factor, err := strconv.ParseFloat(set, 64)
		if err != nil || !(factor >= fastest && factor <= 100) {
			return 0, fmt.Errorf("%s must be a number from 1 to 100, not %q", testSpeed, set)
		}
		return factor, nil
	}
	factor := headroom * float64(measure()) / float64(onIdle)
	return min(max(factor, fastest), slowest), nil
}

// measure says how long every core takes for the same work.
func measure() time.Duration {
	began := time.Now()
	var all sync.WaitGroup
	for range runtime.NumCPU() {
		all.Go(func() {
			x := uint64(began.UnixNano()) | 1
			for range work {
				x ^= x << 13
				x ^= x >> 7
				x ^= x << 17
			}
			runtime.KeepAlive(x)
		})
	}
	all.Wait()
	return time.Since(began)
}

func TestSpeed_IsWhatTheEnvironmentSaysOrMeasured(t *testing.T) {
	t.Setenv(testSpeed, "2.5")
	factor, err := speed()
	require.NoError(t, err)
	require.InDelta(t, 2.5, factor, 0)
	for _, wrong := range []string{"fast", "0.5", "NaN", "1000"} {
		t.Setenv(testSpeed, wrong)
		_, err = speed()
		require.ErrorContains(t, err, testSpeed)
	}
	t.Setenv(testSpeed, "")
	factor, err = speed()
	require.NoError(t, err)
	require.GreaterOrEqual(t, factor, fastest)
	require.LessOrEqual(t, factor, slowest)
}
