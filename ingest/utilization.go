package ingest

import (
	"math"
	"sync/atomic"
	"time"
)

// pressureWindow is how fast Pressure forgets.
const pressureWindow = 100 * time.Millisecond

// A gauge follows which share of time a committer works, as a moving average.
// Only the committer writes; anyone reads.
type gauge struct{ at atomic.Pointer[reading] }

type reading struct {
	share float64
	when  time.Time
	busy  bool
}

func (r *reading) now(t time.Time) float64 {
	var state float64
	if r.busy {
		state = 1
	}
	return state + (r.share-state)*math.Exp(-float64(t.Sub(r.when))/float64(pressureWindow))
}

func (g *gauge) set(busy bool) {
	t := time.Now()
	next := &reading{when: t, busy: busy}
	if last := g.at.Load(); last != nil {
		next.share = last.now(t)
	}
	g.at.Store(next)
}

func (g *gauge) share() float64 {
	r := g.at.Load()
	if r == nil {
		return 0
	}
	return r.now(time.Now())
}

// Utilization is the share of time in which the committers worked lately, from 0
// to 1. Near 1 there is always somebody waiting.
func (r *Receiver) Utilization() float64 {
	return r.share(func(l *partition) *gauge { return &l.busy })
}

// saturatedBatch is how many messages share a commit where they come faster than they can
// be stored. One by one they may keep the committers as busy, on a slow disk, but
// leave the processor to others.
const saturatedBatch = 8

// Saturation is the share of time in which the committers lately stored crowds. Near
// 1 others should give way.
func (r *Receiver) Saturation() float64 {
	return r.share(func(l *partition) *gauge { return &l.crowded })
}

func (r *Receiver) share(of func(*partition) *gauge) float64 {
	var sum float64
	for _, l := range r.lanes {
		sum += of(l).share()
	}
	return sum / float64(len(r.lanes))
}

// Away reports whether webhooks go to the journal.
func (r *Receiver) Away() bool {
	m, _, _ := r.gate.now()
	return m != direct
}
