package store_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"switchboard/store/admindb"
	"switchboard/store/assigndb"
	"switchboard/store/auditdb"
	"switchboard/store/storetest"
)

var refSkills = []string{"dutch", "french", "billing"}

func drawSkills(t *rapid.T, most int, what string) map[string]int {
	out := map[string]int{}
	for _, name := range refSkills[:rapid.IntRange(0, most).Draw(t, what)] {
		out[name] = rapid.IntRange(1, 3).Draw(t, "rating")
	}
	return out
}

func drawRules(t *rapid.T, method string) []assigndb.AssignmentRule {
	if method == "" {
		return nil
	}
	out := []assigndb.AssignmentRule{{Skills: rapid.SampledFrom([]string{"exact", "closest", "none"}).Draw(t, "skills"), Method: method}}
	for after := 50; method == "custom" && after < 50+100*3; after += 100 {
		out[0].Method = rapid.SampledFrom(refMethods[:5]).Draw(t, "method")
		out = append(out, assigndb.AssignmentRule{After: after, Skills: rapid.SampledFrom([]string{"exact", "closest", "none"}).Draw(t, "skills"),
			Method: rapid.SampledFrom(refMethods[:5]).Draw(t, "method")})
	}
	return out
}

var refMethods = []string{assigndb.HighestCapacity, assigndb.RoundRobin, assigndb.LeastActive, assigndb.MostIdle, assigndb.Proficiency, "", "custom"}

func drawWorld(t *rapid.T, method string, profiles []uuid.UUID) *refWorld {
	w := &refWorld{rules: drawRules(t, method), blocking: map[uuid.UUID]bool{profiles[1]: true},
		agePriority: rapid.SampledFrom([]int{0, 7}).Draw(t, "age of priority")}
	if rapid.Bool().Draw(t, "buckets") {
		ten := 10
		w.buckets = assigndb.Buckets{{Name: "a", PriorityUpTo: &ten, Order: "oldest"}, {Name: "b", Skills: []string{"dutch"}, Order: "priority"}}
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
	change := func(q *admindb.Queue) error {
		q.Rules, q.Buckets, q.AgePriority, q.AgeBucket = w.rules, w.buckets, w.agePriority, w.ageBucket
		return nil
	}
	_, err := db.Admin.ChangeQueue(t.Context(), auditdb.Actor{}, site.Queue, change)
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
		at := now
		if c.again {
			at = ago(3600)
		}
		conversations = append(conversations, row{"id": c.id, "waiting_since": ago(c.waited), "priority": c.priority, "units": c.units, "skills": c.skills,
			"profile_ids": c.profiles, "declined_by": c.declined, "declined_at": slices.Repeat([]time.Time{at}, len(c.declined))})
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
WITH x AS (SELECT * FROM jsonb_to_recordset($1) x (id uuid, waiting_since timestamptz, priority int, units int, skills jsonb, profile_ids uuid[], declined_by uuid[], declined_at timestamptz[])),
p AS (INSERT INTO contact_point (id, account_id, channel, external_id) SELECT id, $2, 'line', id::text FROM x)
INSERT INTO conversation (id, contact_point_id, account_id, address_id, workstream_id, channel, queue_id, pushed, waiting_since, priority, units, skills,
                          profile_ids, declined_by, declined_at)
SELECT id, id, $2, $3, $4, 'line', $5, true, waiting_since, priority, units, skills, COALESCE(profile_ids, '{}'), COALESCE(declined_by, '{}'), COALESCE(declined_at, '{}') FROM x`

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
		p, err := db.Admin.CreateCapacityProfile(t.Context(), auditdb.Actor{}, admindb.CapacityProfile{Name: fmt.Sprint("profile ", i), Limit: 1, Reset: "immediate", Zone: "UTC", Blocking: i == 1})
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
					most := rapid.IntRange(1, 4).Draw(t, "most")
					made, err := db.Assignment.AssignNext(t.Context(), site.Queue, most)
					require.NoError(t, err)
					require.LessOrEqual(t, len(made), most)
					for range max(1, len(made)) { // none only if there is none
						want = append(want, w.next()...)
					}
				case 1:
					a := rapid.SampledFrom(w.agents).Draw(t, "agent")
					want = w.freed(a)
					_, err := db.Assignment.AssignFor(t.Context(), a.id)
					require.NoError(t, err)
				case 2:
					c := rapid.SampledFrom(w.conversations).Draw(t, "conversation")
					want = w.arrive(c)
					require.NoError(t, arrive(t.Context(), db.Store, c.id))
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
