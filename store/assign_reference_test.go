package store_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"switchboard/store"
	"switchboard/store/storetest"
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
	rules         []store.AssignmentRule
	buckets       store.Buckets
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
			if has, ok := a.skills[name]; r.Skills == store.SkillsExact && (!ok || has < rating) {
				fits = false
			}
		}
		if fits {
			return i
		}
	}
	return -1
}

func (w *refWorld) usedRules() []store.AssignmentRule {
	if len(w.rules) == 0 {
		return []store.AssignmentRule{{Skills: store.SkillsExact, Method: store.HighestCapacity}}
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
	if r.Skills == store.SkillsClosest {
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
	if method == store.RoundRobin {
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
	case store.HighestCapacity:
		if c.units == 0 && len(c.profiles) > 0 {
			return cmp.Compare(w.profileRoom(b, c), w.profileRoom(a, c))
		}
		return cmp.Compare(b.capacity-b.load, a.capacity-a.load)
	case store.MostIdle:
		return cmp.Or(cmp.Compare(a.load*max(b.capacity, 1), b.load*max(a.capacity, 1)), cmp.Compare(b.idle, a.idle))
	case store.LeastActive:
		return cmp.Compare(b.idle, a.idle)
	case store.Proficiency:
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

var refSkills = []string{"dutch", "french", "billing"}

func drawSkills(t *rapid.T, most int, what string) map[string]int {
	out := map[string]int{}
	for _, name := range refSkills[:rapid.IntRange(0, most).Draw(t, what)] {
		out[name] = rapid.IntRange(1, 3).Draw(t, "rating")
	}
	return out
}

func drawRules(t *rapid.T, method string) []store.AssignmentRule {
	if method == "" {
		return nil
	}
	out := []store.AssignmentRule{{Skills: rapid.SampledFrom([]string{"exact", "closest", "none"}).Draw(t, "skills"), Method: method}}
	for after := 50; method == "custom" && after < 50+100*3; after += 100 {
		out[0].Method = rapid.SampledFrom(refMethods[:5]).Draw(t, "method")
		out = append(out, store.AssignmentRule{After: after, Skills: rapid.SampledFrom([]string{"exact", "closest", "none"}).Draw(t, "skills"),
			Method: rapid.SampledFrom(refMethods[:5]).Draw(t, "method")})
	}
	return out
}

var refMethods = []string{store.HighestCapacity, store.RoundRobin, store.LeastActive, store.MostIdle, store.Proficiency, "", "custom"}

func drawWorld(t *rapid.T, method string, profiles []uuid.UUID) *refWorld {
	w := &refWorld{rules: drawRules(t, method), blocking: map[uuid.UUID]bool{profiles[1]: true},
		agePriority: rapid.SampledFrom([]int{0, 7}).Draw(t, "age of priority")}
	if rapid.Bool().Draw(t, "buckets") {
		ten := 10
		w.buckets = store.Buckets{{Name: "a", PriorityUpTo: &ten, Order: "oldest"}, {Name: "b", Skills: []string{"dutch"}, Order: "priority"}}
		w.ageBucket = rapid.SampledFrom([]int{0, 130}).Draw(t, "age of bucket")
	}
	withProfiles := rapid.IntRange(0, 2).Draw(t, "profiles") == 0
	for range rapid.IntRange(1, 4).Draw(t, "agents") {
		a := &refAgent{id: uuid.New(), capacity: rapid.IntRange(0, 4).Draw(t, "capacity"), skills: drawSkills(t, 3, "agent's skills"),
			profiles: map[uuid.UUID]*refProfile{}, idle: rapid.IntRange(1, 3).Draw(t, "idle"), added: rapid.IntRange(1, 3).Draw(t, "added")}
		for _, id := range profiles {
			if withProfiles && rapid.IntRange(0, 3).Draw(t, "has profile") > 0 {
				a.profiles[id] = &refProfile{limit: rapid.IntRange(1, 2).Draw(t, "limit")}
			}
		}
		a.presence = w.presence(a)
		if a.chosen = rapid.IntRange(0, 4).Draw(t, "chosen") == 0; a.chosen {
			a.presence = rapid.SampledFrom([]string{"available", "busy", "do_not_disturb", "away", "offline"}).Draw(t, "presence")
		}
		w.agents = append(w.agents, a)
	}
	for range rapid.IntRange(1, 7).Draw(t, "conversations") {
		c := &refConversation{id: uuid.New(), priority: rapid.SampledFrom([]int{5, 10, 20}).Draw(t, "priority"), units: rapid.IntRange(0, 2).Draw(t, "units"),
			waited: 100 * rapid.IntRange(0, 4).Draw(t, "waited"), skills: drawSkills(t, 2, "skills asked for"), again: rapid.Bool().Draw(t, "again")}
		if withProfiles && rapid.Bool().Draw(t, "takes a profile") {
			c.profiles = profiles[:rapid.IntRange(1, 2).Draw(t, "how many")]
		}
		for range rapid.IntRange(0, 2).Draw(t, "declines") {
			c.declined = append(c.declined, rapid.SampledFrom(w.agents).Draw(t, "who").id)
		}
		w.conversations = append(w.conversations, c)
	}
	return w
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// write makes the world real.
func (w *refWorld) write(t *rapid.T, db *storetest.DB, site storetest.Site) {
	db.SQL.MustExec(`DELETE FROM bell; DELETE FROM session; DELETE FROM event; DELETE FROM conversation; DELETE FROM contact_point; DELETE FROM agent`)
	change := func(q *store.Queue) error {
		q.Rules, q.Buckets, q.AgePriority, q.AgeBucket = w.rules, w.buckets, w.agePriority, w.ageBucket
		return nil
	}
	_, err := db.ChangeQueue(t.Context(), store.Actor{}, site.Queue, change)
	require.NoError(t, err)
	now := time.Now()
	ago := func(seconds int) time.Time { return now.Add(-time.Duration(seconds) * time.Second) }
	type row = map[string]any
	var agents, conversations []row
	for _, a := range w.agents {
		profiles := row{}
		for id, p := range a.profiles {
			profiles[id.String()] = row{"limit": p.limit, "used": p.used, "blocking": w.blocking[id]}
		}
		agents = append(agents, row{"id": a.id, "presence": a.presence, "by_hand": a.chosen, "capacity": a.capacity, "load": a.load, "skills": a.skills,
			"profiles": profiles, "idle_since": ago(a.idle), "added_at": ago(a.added)})
	}
	for _, c := range w.conversations {
		again := now.Add(time.Hour)
		if c.again {
			again = ago(60)
		}
		conversations = append(conversations, row{"id": c.id, "waiting_since": ago(c.waited), "priority": c.priority, "units": c.units, "skills": c.skills,
			"profile_ids": c.profiles, "declined_by": c.declined, "reoffer_at": again})
	}
	db.SQL.MustExec(writeAgents, asJSON(agents), site.Queue)
	db.SQL.MustExec(writeConversations, asJSON(conversations), site.Account, site.Address, site.Workstream, site.Queue)
}

const writeAgents = `
WITH x AS (SELECT * FROM jsonb_to_recordset($1) x (id uuid, presence text, by_hand boolean, capacity int, load int, skills jsonb, profiles jsonb, idle_since timestamptz, added_at timestamptz)),
a AS (INSERT INTO agent (id, name, email, role) SELECT id, 'Agent', id || '@example.com', 'agent' FROM x),
s AS (INSERT INTO agent_status (agent_id, presence, chosen, capacity, load, skills, profiles, idle_since)
      SELECT id, presence, CASE WHEN by_hand AND presence <> 'offline' THEN presence END, capacity, load, skills, profiles, idle_since FROM x)
INSERT INTO queue_member (queue_id, agent_id, added_at) SELECT $2, id, added_at FROM x`

const writeConversations = `
WITH x AS (SELECT * FROM jsonb_to_recordset($1) x (id uuid, waiting_since timestamptz, priority int, units int, skills jsonb, profile_ids uuid[], declined_by uuid[], reoffer_at timestamptz)),
p AS (INSERT INTO contact_point (id, account_id, channel, external_id) SELECT id, $2, 'line', id::text FROM x)
INSERT INTO conversation (id, contact_point_id, account_id, address_id, workstream_id, channel, queue_id, pushed, waiting_since, priority, units, skills,
                          profile_ids, declined_by, reoffer_at)
SELECT id, id, $2, $3, $4, 'line', $5, true, waiting_since, priority, units, skills, COALESCE(profile_ids, '{}'), COALESCE(declined_by, '{}'), reoffer_at FROM x`

// offers are all that were made since the last look.
func offers(t *rapid.T, db *storetest.DB) (out []string) {
	require.NoError(t, db.SQL.Select(&out, `WITH e AS (DELETE FROM event WHERE kind = 'offer.made' RETURNING id, conversation_id, agent_id)
		SELECT conversation_id || ' to ' || agent_id FROM e ORDER BY id`))
	return out
}

// Every way of assigning chooses whom and what the reference chooses, from
// whichever side it begins, and keeps an explanation that says the same.
func TestAssign_MethodsAgainstReference(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	var profiles []uuid.UUID
	for i := range 2 {
		p, err := db.CreateCapacityProfile(t.Context(), store.Actor{}, store.CapacityProfile{Name: fmt.Sprint("profile ", i), Limit: 1, Reset: "immediate", Zone: "UTC", Blocking: i == 1})
		require.NoError(t, err)
		profiles = append(profiles, p.ID)
	}
	for _, method := range refMethods {
		rapid.Check(t, func(t *rapid.T) {
			w := drawWorld(t, method, profiles)
			w.write(t, db, site)
			for range rapid.IntRange(1, 5).Draw(t, "steps") {
				var want []string
				switch rapid.IntRange(0, 2).Draw(t, "step") {
				case 0:
					want = w.next()
					_, err := db.AssignNext(t.Context(), site.Queue)
					require.NoError(t, err)
				case 1:
					a := rapid.SampledFrom(w.agents).Draw(t, "agent")
					want = w.freed(a)
					_, err := db.AssignFor(t.Context(), a.id)
					require.NoError(t, err)
				case 2:
					c := rapid.SampledFrom(w.conversations).Draw(t, "conversation")
					want = w.arrive(c)
					require.NoError(t, db.Arrive(t.Context(), c.id))
				}
				require.Equal(t, want, offers(t, db))
			}
			wrong, err := db.Overloaded()
			require.NoError(t, err)
			require.Empty(t, wrong)
			var unexplained int
			require.NoError(t, db.SQL.Get(&unexplained, `SELECT count(*) FROM conversation c WHERE offer_id IS NOT NULL AND NOT EXISTS (
				SELECT FROM assignment_decision d WHERE d.offer_id = c.offer_id AND d.agent_id = c.offer_agent_id)`))
			require.Zero(t, unexplained)
		})
	}
}
