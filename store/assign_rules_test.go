package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
	"switchboard/store/admindb"
	"switchboard/store/assigndb"
	"switchboard/store/auditdb"
	"switchboard/store/storetest"
)

func TestAssign_WhatNobodyCanTakeBlocksNobodyHoweverMuchOfIt(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	ann := db.Agents(t, &site, 1, 2)[0]
	waiting := db.Waiting(t, site, 502)
	db.SQL.MustExec(`UPDATE conversation SET skills = '{"klingon": 1}' WHERE id <> $1 AND id <> $2`, waiting[500], waiting[501])
	offers, err := db.Assignment.AssignNext(t.Context(), site.Queue, 1)
	require.NoError(t, err)
	require.Equal(t, waiting[500], offers[0].Conversation)
	offers, err = db.Assignment.AssignFor(t.Context(), ann)
	require.NoError(t, err)
	require.Len(t, offers, 1)
	require.Equal(t, waiting[501], offers[0].Conversation)
	db.Check(t)
}

func TestAssign_LongWaitMakesUpForPriority(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	db.Agents(t, &site, 1, 1)
	waiting := db.Waiting(t, site, 2)
	db.SQL.MustExec(`UPDATE conversation SET priority = 100, waiting_since = now() - interval '2 hours' WHERE id = $1`, waiting[0])
	db.SQL.MustExec(`UPDATE conversation SET priority = 1, waiting_since = now() WHERE id = $1`, waiting[1])
	first := func() (id uuid.UUID) {
		require.NoError(t, db.SQL.Get(&id, `SELECT id FROM conversation ORDER BY tier, rank, id LIMIT 1`))
		return id
	}
	require.Equal(t, waiting[1], first(), "by priority alone")
	_, err := db.Admin.ChangeQueue(t.Context(), auditdb.Actor{}, site.Queue, func(q *admindb.Queue) error { q.AgePriority = 60; return nil })
	require.NoError(t, err)
	require.Equal(t, waiting[0], first(), "two hours make up for 99 points of a minute each")
	offers, err := db.Assignment.AssignNext(t.Context(), site.Queue, 1)
	require.NoError(t, err)
	require.Equal(t, waiting[0], offers[0].Conversation)
}

func TestAssign_PreferredAgentsInOrder(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	agents := db.Agents(t, &site, 3, 5)
	c := db.Waiting(t, site, 1)[0]
	db.SQL.MustExec(`UPDATE conversation SET skills = '{"dutch": 1}'`)
	db.SQL.MustExec(`WITH k AS (INSERT INTO contact (name) VALUES ('Cara') RETURNING id) UPDATE contact_point SET contact_id = k.id FROM k`)
	db.SQL.MustExec(`INSERT INTO preferred_agent (contact_id, position, agent_id) SELECT contact_id, 1, $1::uuid FROM contact_point UNION ALL SELECT contact_id, 2, $2 FROM contact_point`,
		agents[2], agents[1])
	db.SQL.MustExec(`UPDATE agent_status SET presence = 'offline' WHERE agent_id = $1`, agents[2])
	require.NoError(t, arrive(t.Context(), db.Store, c))
	f, err := db.Conversation.Snapshot(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, agents[1].String(), f.State.Offer.Agent, "the first is not there; skills do not matter")

	_, err = command(t, db, c, conversation.Command{Kind: conversation.Decline, Agent: agents[1].String()})
	require.NoError(t, err)
	f, err = db.Conversation.Snapshot(t.Context(), c)
	require.NoError(t, err)
	require.Nil(t, f.State.Offer, "who declined is not preferred any more, and nobody else has the skill")
	why, err := db.Assignment.Assignments(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, []string{"nobody", "preferred"}, []string{why[0].Cause, why[1].Cause})
	require.Contains(t, string(why[0].Candidates), `"skills"`)
	require.Contains(t, string(why[0].Candidates), `"not_there"`)
}

// Where only preferred agents are wanted it waits for them, whoever else is free,
// and is theirs as soon as one is there; without them it is everybody's again.
func TestAssign_PreferredAgentsOnly(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	agents := db.Agents(t, &site, 3, 5)
	both := db.Waiting(t, site, 2)
	c := both[0]
	var contact uuid.UUID
	require.NoError(t, db.SQL.Get(&contact, `WITH k AS (INSERT INTO contact (name) VALUES ('Cara') RETURNING id)
		UPDATE contact_point p SET contact_id = k.id FROM k, conversation c WHERE c.id = $1 AND p.id = c.contact_point_id RETURNING k.id`, c))
	require.NoError(t, db.Assignment.SetPreferredAgents(t.Context(), auditdb.Actor{}, contact, assigndb.Preferred{Agents: agents[1:], Only: true}))
	db.SQL.MustExec(`UPDATE agent_status SET presence = 'offline' WHERE agent_id <> $1`, agents[0])
	offered := func(id uuid.UUID) string {
		_, err := db.Assignment.SweepAssignments(t.Context())
		require.NoError(t, err)
		f, err := db.Conversation.Snapshot(t.Context(), id)
		require.NoError(t, err)
		if f.State.Offer == nil {
			return ""
		}
		return f.State.Offer.Agent
	}
	require.NoError(t, arrive(t.Context(), db.Store, c))
	require.Empty(t, offered(c), "who is free is not preferred")
	require.Equal(t, agents[0].String(), offered(both[1]), "others wait for nobody")
	why, err := db.Assignment.Assignments(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, "preferred_only", why[0].Cause)

	db.SQL.MustExec(`UPDATE agent_status SET presence = 'available', capacity = 0 WHERE agent_id = $1`, agents[2])
	require.Equal(t, agents[2].String(), offered(c), "whatever their capacity")
	var rung int
	require.NoError(t, db.SQL.Get(&rung, `SELECT count(*) FROM bell WHERE conversation_id = $1`, c))
	require.Equal(t, 1, rung, "its workflow is told")
	_, err = command(t, db, c, conversation.Command{Kind: conversation.Decline, Agent: agents[2].String()})
	require.NoError(t, err)
	require.Empty(t, offered(c), "who declined is not asked again, and the other is away")
	require.NoError(t, db.Assignment.SetPreferredAgents(t.Context(), auditdb.Actor{}, contact, assigndb.Preferred{}))
	require.Equal(t, agents[0].String(), offered(c))
	db.Check(t)
}

func TestAssign_DeclinedByAllIsTold(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	agents := db.Agents(t, &site, 3, 5)
	db.SQL.MustExec(`UPDATE agent_status SET presence = 'offline' WHERE agent_id = $1`, agents[2])
	c := db.Waiting(t, site, 1)[0]
	require.NoError(t, arrive(t.Context(), db.Store, c))
	told := func() (n int) {
		require.NoError(t, db.SQL.Get(&n, `SELECT count(*) FROM event e JOIN conversation c ON c.id = e.conversation_id
			WHERE e.data->>'change' = 'declined_by_all' AND c.declined_by_all_at IS NOT NULL`))
		return n
	}
	for i := range 2 {
		require.Equal(t, 0, told(), "after %d declines", i)
		f, err := db.Conversation.Snapshot(t.Context(), c)
		require.NoError(t, err)
		_, err = command(t, db, c, conversation.Command{Kind: conversation.Decline, Agent: f.State.Offer.Agent})
		require.NoError(t, err)
	}
	require.Equal(t, 1, told())
	v, err := db.Conversation.ConversationFor(t.Context(), auditdb.Viewer{Scope: auditdb.Everywhere()}, c)
	require.NoError(t, err)
	require.NotNil(t, v.DeclinedByAll)

	db.SQL.MustExec(`UPDATE agent_status SET presence = 'available' WHERE agent_id = $1`, agents[2])
	offers, err := db.Assignment.AssignFor(t.Context(), agents[2])
	require.NoError(t, err)
	require.Len(t, offers, 1, "who came later is asked all the same")
	_, err = command(t, db, c, conversation.Command{Kind: conversation.Accept, Agent: agents[2].String()})
	require.NoError(t, err)
	require.Equal(t, 0, told(), "it is over once somebody has it")
}

// profile is a capacity profile that agents have.
func profile(t *testing.T, db *storetest.DB, p admindb.CapacityProfile, agents ...uuid.UUID) uuid.UUID {
	t.Helper()
	p, err := db.Admin.CreateCapacityProfile(t.Context(), auditdb.Actor{}, p)
	require.NoError(t, err)
	for _, a := range agents {
		has, err := db.Admin.AgentProfiles(t.Context(), a)
		require.NoError(t, err)
		require.NoError(t, db.Admin.SetAgentProfiles(t.Context(), auditdb.Actor{}, a, append(has, admindb.AgentProfile{Profile: p.ID})))
	}
	return p.ID
}

func TestAssign_ProfilesOfTheDayBeginAnewInTheirZone(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	ann := db.Agents(t, &site, 1, 9)[0]
	daily := profile(t, db, admindb.CapacityProfile{Name: "daily", Limit: 1, Reset: "end_of_day", Zone: "Pacific/Auckland"}, ann)
	c := db.Waiting(t, site, 2)
	db.SQL.MustExec(`UPDATE conversation SET profile_ids = ARRAY[$1::uuid]`, daily)
	_, err := db.Assignment.AssignFor(t.Context(), ann)
	require.NoError(t, err)
	for _, k := range []conversation.Kind{conversation.Accept, conversation.End, conversation.Close} {
		_, err := command(t, db, c[0], conversation.Command{Kind: k, Agent: ann.String()})
		require.NoError(t, err)
	}
	state := func(id uuid.UUID) bool {
		f, err := db.Conversation.Snapshot(t.Context(), id)
		require.NoError(t, err)
		return f.State.Offer != nil
	}
	require.False(t, state(c[1]), "it counts until the day ends")
	var ends time.Time
	require.NoError(t, db.SQL.Get(&ends, `SELECT to_timestamp(profiles_until) FROM agent_status`))
	zone, err := time.LoadLocation("Pacific/Auckland")
	require.NoError(t, err)
	require.Equal(t, "00:00:00", ends.In(zone).Format(time.TimeOnly))
	n, err := db.Assignment.EndOfDay(t.Context(), ends.Add(-time.Millisecond))
	require.NoError(t, err)
	require.Equal(t, 0, n)
	n, err = db.Assignment.EndOfDay(t.Context(), ends)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, err = db.Assignment.SweepAssignments(t.Context())
	require.NoError(t, err)
	require.True(t, state(c[1]))
	db.Check(t)
}

func TestAssign_PresenceFollowsProfiles(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	ann := db.Agents(t, &site, 1, 1)[0]
	chats := profile(t, db, admindb.CapacityProfile{Name: "chats", Limit: 1, Reset: "immediate", Zone: "UTC"}, ann)
	c := db.Waiting(t, site, 3)
	is := func() (presence string) {
		require.NoError(t, db.SQL.Get(&presence, `SELECT presence FROM agent_status`))
		return presence
	}
	db.SQL.MustExec(`UPDATE conversation SET profile_ids = ARRAY[$1::uuid], units = 0 WHERE id = $2`, chats, c[0])
	_, err := db.Assignment.AssignNext(t.Context(), site.Queue, 1)
	require.NoError(t, err)
	require.Equal(t, "busy", is(), "the profile is used up, the units are not")
	_, err = db.Assignment.AssignNext(t.Context(), site.Queue, 1)
	require.NoError(t, err)
	require.Equal(t, "do_not_disturb", is(), "both are")
	_, err = command(t, db, c[1], conversation.Command{Kind: conversation.Decline, Agent: ann.String()})
	require.NoError(t, err)
	require.Equal(t, "do_not_disturb", is(), "the room went to the next")
	db.Check(t)

	// A blocking profile stops everything else.
	p, _, err := db.Admin.ChangeCapacityProfile(t.Context(), auditdb.Actor{}, chats, func(p *admindb.CapacityProfile) error { p.Blocking = true; return nil })
	require.NoError(t, err)
	require.True(t, p.Blocking)
	db.SQL.MustExec(`UPDATE agent_status SET capacity = 5`)
	offers, err := db.Assignment.AssignFor(t.Context(), ann)
	require.NoError(t, err)
	require.Empty(t, offers)
	_, err = command(t, db, c[0], conversation.Command{Kind: conversation.Decline, Agent: ann.String()})
	require.NoError(t, err)
	require.Equal(t, "busy", is(), "given back at once")
	db.Check(t)
}
