package store_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/presencedb"
	"switchboard/store/storetest"
)

// Agents, what they have, and what it is made of change while browsers come and
// go. Everything locks in one order: no transaction has to be repeated.
func TestField_D6_AgentsChangeWithoutDeadlocks(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	agents := db.Agents(t, &site, 3, 5)
	p := &presencedb.Presence{Store: db.Store.Presence}
	profile, err := db.Admin.CreateCapacityProfile(t.Context(), auditdb.Actor{}, admindb.CapacityProfile{Name: "calls", Limit: 3, Reset: "immediate", Zone: "UTC"})
	require.NoError(t, err)
	skill, err := db.Admin.CreateSkill(t.Context(), auditdb.Actor{}, admindb.Skill{Name: "french", Kind: "language"})
	require.NoError(t, err)
	custom, err := db.Presence.CreateCustomPresence(t.Context(), auditdb.Actor{}, presencedb.CustomPresence{Name: "lunch", Base: "away", Text: "At lunch"})
	require.NoError(t, err)
	base := "busy"
	work := map[string]func(i int, agent uuid.UUID) error{
		"connect": func(_ int, agent uuid.UUID) error {
			id := uuid.New()
			if err := p.Connect(t.Context(), agent, id, "node"); err != nil {
				return err
			}
			return p.Disconnect(t.Context(), id)
		},
		"capacity": func(i int, agent uuid.UUID) error {
			n, after := 1+i%9, i
			_, err := db.Admin.ChangeAgent(t.Context(), auditdb.Actor{}, agent, admindb.AgentChange{Capacity: &n, InactiveAfter: &after})
			return err
		},
		"disable": func(i int, agent uuid.UUID) error {
			no := i%2 == 0
			_, err := db.Admin.ChangeAgent(t.Context(), auditdb.Actor{}, agent, admindb.AgentChange{Disabled: &no})
			return err
		},
		"profiles": func(i int, agent uuid.UUID) error {
			return db.Admin.SetAgentProfiles(t.Context(), auditdb.Actor{}, agent, []admindb.AgentProfile{{Profile: profile.ID}}[:i%2])
		},
		"profile": func(i int, _ uuid.UUID) error {
			_, _, err := db.Admin.ChangeCapacityProfile(t.Context(), auditdb.Actor{}, profile.ID, func(p *admindb.CapacityProfile) error { p.Limit = 1 + i; return nil })
			return err
		},
		"skills": func(i int, agent uuid.UUID) error {
			return db.Admin.SetAgentSkills(t.Context(), auditdb.Actor{}, agent, []admindb.AgentSkill{{Skill: skill.ID, Rating: 1}}[:i%2])
		},
		"choose": func(i int, agent uuid.UUID) error {
			return p.Choose(t.Context(), agent, []presencedb.Choice{{}, {Base: &base}, {Custom: uuid.NullUUID{UUID: custom.ID, Valid: true}}}[i%3])
		},
		"presence": func(i int, _ uuid.UUID) error {
			_, err := db.Presence.ChangeCustomPresence(t.Context(), auditdb.Actor{}, custom.ID, func(c *presencedb.CustomPresence) error { c.Text = fmt.Sprint("Lunch ", i); return nil })
			return err
		},
	}
	var all sync.WaitGroup
	for name, do := range work {
		all.Go(func() {
			for i := range 25 {
				if err := do(i, agents[i%len(agents)]); err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
			}
		})
	}
	all.Wait()
	require.Zero(t, deadlocks(t, db))
}

// deadlocks counts those of a database. Sessions report them when they rest.
func deadlocks(t *testing.T, db *storetest.DB) (n int) {
	t.Helper()
	require.NoError(t, db.Close())
	require.NoError(t, db.SQL.Get(&n, `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`))
	return n
}
