// Package tier says how much a test does, and how long it may wait: a crowd is
// small in the run of every change and large in the long one, and limits grow
// with how slow the machine is.
package tier

import (
	"crypto/sha256"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"
)

const (
	// Faults names the environment variable that asks for the long form of tests:
	// crowds, kills, soaks. `make test/faults` sets it.
	Faults = "SWITCHBOARD_TEST_FAULTS"
	// Slowness names the environment variable with what MeasureSlowness returned at
	// the start of a run, so that it is measured once and not beside the tests.
	Slowness = "SWITCHBOARD_TEST_SLOWNESS"
)

// What all packages of one run share, started by package test/run. Without it
// each package starts its own.
const (
	PostgresURL     = "SWITCHBOARD_TEST_DATABASE_URL" // a server, as its superuser; nothing of it is flushed
	Template        = "SWITCHBOARD_TEST_TEMPLATE"     // a migrated database there, to be copied
	ProductURL      = "SWITCHBOARD_TEST_PRODUCT_URL"  // another server, for whole products: events wait for each transaction of their server
	TemporalAddress = "SWITCHBOARD_TEST_TEMPORAL"
	Binary          = "SWITCHBOARD_TEST_BINARY" // the product
)

// Long reports whether this is the long run.
func Long() bool { return os.Getenv(Faults) != "" }

// Size is the short form's number, or the long form's in the long run.
func Size[T any](short, long T) T {
	if Long() {
		return long
	}
	return short
}

// Patience is how long to wait at most for what takes d at most on a machine
// that has nothing else to do. It is a limit against waiting for ever, never a
// measure of the product.
func Patience(d time.Duration) time.Duration {
	return time.Duration(float64(d) * Slowdown())
}

// Slowdown is how many times longer this machine takes than the one for which
// limits are written, as it was measured at the start of the run.
func Slowdown() float64 { return slowness() }

var slowness = sync.OnceValue(func() float64 {
	if f, err := strconv.ParseFloat(os.Getenv(Slowness), 64); err == nil && f >= 1 {
		return f
	}
	return MeasureSlowness()
})

// The work that is timed, and how long it takes one core of a machine on which
// limits are meant as they are written.
const (
	blocks    = 3000 // of 16 KiB, hashed by every core
	reference = 100 * time.Millisecond
	slowest   = 10
)

// MeasureSlowness times a fixed piece of work on all cores and returns how many
// times longer it took than on an idle machine of the kind that the limits were
// written for: 1 at least, 10 at most.
func MeasureSlowness() float64 {
	began := time.Now()
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			var block [16 << 10]byte
			for range blocks {
				sum := sha256.Sum256(block[:])
				copy(block[:], sum[:])
			}
		})
	}
	all.Wait()
	return min(max(float64(time.Since(began))/float64(reference), 1), slowest)
}
