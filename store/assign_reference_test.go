package store_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"switchboard/store/assigndb"
)

// What assignment must do, written down the slow and simple way.

type refProfile struct{ limit, used int }

type refAgent struct {
	id             uuid.UUID
	presence       string
	chosen         bool
	capacity, load int
	skills         map[string]int
	profiles       map[uuid.UUID]*refProfile
	idle           int // seconds ago
	added          int // seconds ago
	assigned       int // order of the last offer; 0: never
}

type refConversation struct {
	id       uuid.UUID
	priority int
	waited   int // seconds
	units    int
	skills   map[string]int
	profiles []uuid.UUID
	declined []uuid.UUID
	again    bool // those who declined may be asked again
	offered  bool
}

type refWorld struct {
	agents        []*refAgent
	conversations []*refConversation
	rules         []assigndb.AssignmentRule
	buckets       assigndb.Buckets
	agePriority   int
	ageBucket     int
	blocking      map[uuid.UUID]bool
	turns         int
}

func (w *refWorld) room(a *refAgent, c *refConversation) bool {
	for id, p := range a.profiles {
		if w.blocking[id] && p.used >= p.limit {
			return false
		}
	}
	for _, id := range c.profiles {
		if p := a.profiles[id]; p == nil || p.used >= p.limit {
			return false
		}
	}
	full := a.load >= a.capacity && len(a.profiles) == 0 // who is full is offered nothing, not even what takes nothing
	return !full && a.capacity-a.load >= c.units
}

func (w *refWorld) profileRoom(a *refAgent, c *refConversation) int {
	least := 1000000
	for _, id := range c.profiles {
		least = min(least, a.profiles[id].limit-a.profiles[id].used)
	}
	return least
}

// rule is the first under which an agent may take a conversation; -1: none.
func (w *refWorld) rule(a *refAgent, c *refConversation) int {
	asked := 0
	for _, id := range c.declined {
		if id == a.id {
			asked++
		}
	}
	if a.presence != "available" && a.presence != "busy" || !w.room(a, c) || asked > 0 && (!c.again || asked >= 3) {
		return -1
	}
	for i, r := range w.usedRules() {
		fits := c.waited >= r.After
		for name, rating := range c.skills {
			if has, ok := a.skills[name]; r.Skills == assigndb.SkillsExact && (!ok || has < rating) {
				fits = false
			}
		}
		if fits {
			return i
		}
	}
	return -1
}

func (w *refWorld) usedRules() []assigndb.AssignmentRule {
	if len(w.rules) == 0 {
		return []assigndb.AssignmentRule{{Skills: assigndb.SkillsExact, Method: assigndb.HighestCapacity}}
	}
	return w.rules
}

// better compares two agents who may both take a conversation.
func (w *refWorld) better(c *refConversation, a, b *refAgent) int {
	count := func(g *refAgent) (n int) {
		for _, id := range c.declined {
			if id == g.id {
				n++
			}
		}
		return n
	}
	if o := cmp.Or(cmp.Compare(count(a), count(b)), cmp.Compare(w.rule(a, c), w.rule(b, c))); o != 0 {
		return o
	}
	r := w.usedRules()[w.rule(a, c)]
	if r.Skills == assigndb.SkillsClosest {
		exactA, overA, underA := closeTo(a, c)
		exactB, overB, underB := closeTo(b, c)
		if o := cmp.Or(cmp.Compare(exactB, exactA), cmp.Compare(overB, overA), cmp.Compare(underB, underA)); o != 0 {
			return o
		}
	}
	return cmp.Or(w.byMethod(r.Method, c, a, b), cmp.Compare(a.assigned, b.assigned), w.byIdle(r.Method, a, b),
		cmp.Compare(b.added, a.added), strings.Compare(a.id.String(), b.id.String()))
}

func (w *refWorld) byIdle(method string, a, b *refAgent) int {
	if method == assigndb.RoundRobin {
		return 0
	}
	return cmp.Compare(b.idle, a.idle)
}

func closeTo(a *refAgent, c *refConversation) (exact, over, under int) {
	for name, rating := range c.skills {
		switch has, ok := a.skills[name]; {
		case !ok:
		case has == rating:
			exact++
		case has > rating:
			over++
		default:
			under++
		}
	}
	return exact, over, under
}

func (w *refWorld) byMethod(method string, c *refConversation, a, b *refAgent) int {
	switch method {
	case assigndb.HighestCapacity:
		if c.units == 0 && len(c.profiles) > 0 {
			return cmp.Compare(w.profileRoom(b, c), w.profileRoom(a, c))
		}
		return cmp.Compare(b.capacity-b.load, a.capacity-a.load)
	case assigndb.MostIdle:
		return cmp.Or(cmp.Compare(a.load*max(b.capacity, 1), b.load*max(a.capacity, 1)), cmp.Compare(b.idle, a.idle))
	case assigndb.LeastActive:
		return cmp.Compare(b.idle, a.idle)
	case assigndb.Proficiency:
		sum := func(g *refAgent) (n int) {
			for name := range c.skills {
				n += g.skills[name]
			}
			return n
		}
		return cmp.Compare(sum(b), sum(a))
	}
	return 0
}

// earlier compares two conversations: strict buckets and priorities first, then
// since when they wait, moved by what waiting makes up for.
func (w *refWorld) earlier(a, b *refConversation) int {
	place := func(c *refConversation) (bucket, level, since int) {
		order := "priority"
		for ; bucket < len(w.buckets); bucket++ {
			x := w.buckets[bucket]
			any := len(x.Skills) == 0
			for _, name := range x.Skills {
				if _, ok := c.skills[name]; ok {
					any = true
				}
			}
			if any && (x.PriorityUpTo == nil || c.priority <= *x.PriorityUpTo) {
				order = x.Order
				break
			}
		}
		since = -c.waited
		if order == "priority" && w.agePriority > 0 {
			since += c.priority * w.agePriority
		} else if order == "priority" {
			level = c.priority
		}
		if w.ageBucket > 0 {
			since, bucket = since+bucket*w.ageBucket, 0
		}
		return bucket, level, since
	}
	bucketA, levelA, sinceA := place(a)
	bucketB, levelB, sinceB := place(b)
	return cmp.Or(cmp.Compare(bucketA, bucketB), cmp.Compare(levelA, levelB), cmp.Compare(sinceA, sinceB), strings.Compare(a.id.String(), b.id.String()))
}

func (w *refWorld) inOrder() []*refConversation {
	return slices.SortedFunc(slices.Values(w.conversations), w.earlier)
}

func (w *refWorld) best(c *refConversation) *refAgent {
	var best *refAgent
	for _, a := range w.agents {
		if !c.offered && w.rule(a, c) >= 0 && (best == nil || w.better(c, a, best) < 0) {
			best = a
		}
	}
	return best
}

func (w *refWorld) offer(c *refConversation, a *refAgent) string {
	w.turns++
	c.offered, a.load, a.assigned = true, a.load+c.units, w.turns
	for _, id := range c.profiles {
		a.profiles[id].used++
	}
	if !a.chosen {
		a.presence = w.presence(a)
	}
	return fmt.Sprintf("%s to %s", c.id, a.id)
}

func (w *refWorld) presence(a *refAgent) string {
	full, used := a.load >= a.capacity, a.load > 0
	for id, p := range a.profiles {
		if w.blocking[id] && p.used >= p.limit {
			return "do_not_disturb"
		}
		full, used = full && p.used >= p.limit, used || p.used > 0
	}
	switch {
	case full:
		return "do_not_disturb"
	case used:
		return "busy"
	}
	return "available"
}

// next goes through the queue; what it says is who was offered what.
func (w *refWorld) next() []string {
	for _, c := range w.inOrder() {
		if a := w.best(c); a != nil {
			return []string{w.offer(c, a)}
		}
	}
	return nil
}

func (w *refWorld) firstFor(a *refAgent) *refConversation {
	for _, c := range w.inOrder() {
		if !c.offered && w.rule(a, c) >= 0 {
			return c
		}
	}
	return nil
}

// freed gives an agent what they can take.
func (w *refWorld) freed(a *refAgent) (out []string) {
	for c := w.firstFor(a); c != nil; c = w.firstFor(a) {
		out = append(out, w.offer(c, a))
	}
	return out
}

// arrive finds somebody for a conversation, and for what has waited longer.
func (w *refWorld) arrive(c *refConversation) (out []string) {
	for a := w.best(c); a != nil; a = w.best(c) {
		first := w.firstFor(a)
		out = append(out, w.offer(first, a))
	}
	return out
}
