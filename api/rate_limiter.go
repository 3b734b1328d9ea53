package api

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// How many failed sign-ins are allowed at once, and how fast they are forgiven. One
// network guesses little for one address, and not much for all of them; all networks
// together are slowed down for one address. A browser that its owner signed in with
// before is counted by itself, so that nobody can keep them out.
const (
	pairTries   = 5 // of one network for one e-mail address, or of one known browser
	pairEvery   = 3 * time.Minute
	ipTries     = 50 // of one network
	ipEvery     = 15 * time.Second
	emailTries  = 100 // of all networks for one e-mail address
	emailEvery  = 10 * time.Second
	emptyAfter  = 20 * time.Minute // a bucket that nothing was added to
	triesToKeep = 50_000
)

// rateLimiter counts failed sign-ins as leaky buckets: each failure adds one, time
// takes them away. A try is counted before the password is checked and given
// back when it was right, so that parallel tries cannot slip through.
type rateLimiter struct {
	mu   sync.Mutex
	now  func() time.Time
	full map[string]bucket
}

type bucket struct {
	level float64
	at    time.Time
}

func newTries(now func() time.Time) *rateLimiter {
	return &rateLimiter{now: now, full: map[string]bucket{}}
}

// limit is one bucket to fill.
type limit struct {
	key   string
	most  float64
	every time.Duration
}

// signInLimits are the buckets of a try. device is the browser's, "" if nobody has
// signed in with it for the address.
func signInLimits(email, ip, device string) []limit {
	if device != "" {
		return []limit{{key: "device/" + device, most: pairTries, every: pairEvery}}
	}
	from := network(ip)
	return []limit{
		{key: "pair/" + from + "/" + email, most: pairTries, every: pairEvery},
		{key: "ip/" + from, most: ipTries, every: ipEvery},
		{key: "email/" + email, most: emailTries, every: emailEvery},
	}
}

// network is what one client has of addresses: of IPv6 whole networks.
func network(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	if a = a.Unmap().WithZone(""); a.Is4() {
		return a.String()
	}
	p, _ := a.Prefix(64) // IPv6 has as many bits
	return p.String()
}

// take counts a try in all buckets, or in none and says how long to wait.
func (t *rateLimiter) take(limits []limit) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	var wait time.Duration
	for _, l := range limits {
		if level := t.level(l, now); level+1 > l.most {
			wait = max(wait, time.Duration((level+1-l.most)*float64(l.every)))
		}
	}
	if wait > 0 {
		return wait
	}
	t.makeRoom(now)
	for _, l := range limits {
		t.full[l.key] = bucket{level: t.level(l, now) + 1, at: now}
	}
	return 0
}

// giveBack forgives the try that take counted.
func (t *rateLimiter) giveBack(limits []limit) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for _, l := range limits {
		t.full[l.key] = bucket{level: max(0, t.level(l, now)-1), at: now}
	}
}

func (t *rateLimiter) level(l limit, now time.Time) float64 {
	b, ok := t.full[l.key]
	if !ok {
		return 0
	}
	return max(0, b.level-float64(now.Sub(b.at))/float64(l.every))
}

// makeRoom drops buckets that have surely run empty, and where that is not enough
// a tenth: those that are least full, the oldest first. An attacker with that many
// addresses must neither take the memory nor undo what others are held up for.
func (t *rateLimiter) makeRoom(now time.Time) {
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
