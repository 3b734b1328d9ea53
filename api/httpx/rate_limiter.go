package httpx

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"
)

// How long buckets are remembered, and how many.
const (
	emptyAfter  = 20 * time.Minute // a bucket that nothing was added to
	triesToKeep = 50_000
)

// RateLimiter counts tries as leaky buckets: each adds one, time takes them away. Where
// only failures count, a try is counted before it is made and given back when it
// succeeded, so that parallel tries cannot slip through.
type RateLimiter struct {
	mu   sync.Mutex
	now  func() time.Time
	full map[string]bucket
}

type bucket struct {
	level float64
	at    time.Time
}

// NewRateLimiter returns one that has counted nothing and goes by the clock now.
func NewRateLimiter(now func() time.Time) *RateLimiter {
	return &RateLimiter{now: now, full: map[string]bucket{}}
}

// Limit is one bucket to fill: it holds Most, and one runs out every Every.
type Limit struct {
	Key   string
	Most  float64
	Every time.Duration
}

// Take counts a try in all buckets, or in none and says how long to wait.
func (t *RateLimiter) Take(limits []Limit) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	var wait time.Duration
	for _, l := range limits {
		if level := t.level(l, now); level+1 > l.Most {
			wait = max(wait, time.Duration((level+1-l.Most)*float64(l.Every)))
		}
	}
	if wait > 0 {
		return wait
	}
	t.makeRoom(now)
	for _, l := range limits {
		t.full[l.Key] = bucket{level: t.level(l, now) + 1, at: now}
	}
	return 0
}

// GiveBack forgives the try that Take counted.
func (t *RateLimiter) GiveBack(limits []Limit) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for _, l := range limits {
		t.full[l.Key] = bucket{level: max(0, t.level(l, now)-1), at: now}
	}
}

func (t *RateLimiter) level(l Limit, now time.Time) float64 {
	b, ok := t.full[l.Key]
	if !ok {
		return 0
	}
	return max(0, b.level-float64(now.Sub(b.at))/float64(l.Every))
}

// makeRoom drops buckets that have surely run empty, and where that is not enough
// a tenth: those that are least full, the oldest first. An attacker with that many
// addresses must neither take the memory nor undo what others are held up for.
func (t *RateLimiter) makeRoom(now time.Time) {
	if len(t.full) < triesToKeep {
		return
	}
	for k, b := range t.full {
		if now.Sub(b.at) > emptyAfter {
			delete(t.full, k)
		}
	}
	if len(t.full) < triesToKeep {
		return
	}
	keys := slices.SortedFunc(maps.Keys(t.full), func(a, b string) int {
		x, y := t.full[a], t.full[b]
		return cmp.Or(cmp.Compare(x.level, y.level), x.at.Compare(y.at))
	})
	for _, k := range keys[:triesToKeep/10] {
		delete(t.full, k)
	}
}
