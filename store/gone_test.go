package store_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
	"switchboard/store/admindb"
	"switchboard/store/assigndb"
	"switchboard/store/auditdb"
	"switchboard/store/outbox"
	"switchboard/store/presencedb"
	"switchboard/store/storetest"
)

func offeredTo(t *testing.T, db *storetest.DB, id uuid.UUID) string {
	t.Helper()
	f, err := db.Conversation.Snapshot(t.Context(), id)
	require.NoError(t, err)
	if f.State.Offer == nil {
		return ""
	}
	return f.State.Offer.Agent
}

// Whoever cannot take an offer any more does not keep it until it runs out: it
// goes to a colleague in the same moment, and nobody holds capacity for it.
func TestSeed_R2_OffersLeaveWithTheAgent(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	for name, leave := range map[string]func(*testing.T, storetest.Site, uuid.UUID){
		"disabled": func(t *testing.T, _ storetest.Site, a uuid.UUID) {
			_, err := db.Admin.ChangeAgent(ctx, auditdb.Actor{}, a, admindb.AgentChange{Disabled: ptr(true)})
			require.NoError(t, err)
		},
		"signed out": func(t *testing.T, _ storetest.Site, a uuid.UUID) {
			require.NoError(t, (&presencedb.Presence{Store: db.Store.Presence}).SignedOut(ctx, a))
		},
		"removed from the queue": func(t *testing.T, s storetest.Site, a uuid.UUID) {
			require.NoError(t, db.Admin.RemoveMember(ctx, auditdb.Actor{}, s.Queue, a))
		},
		"disabled while it was offered": func(t *testing.T, _ storetest.Site, a uuid.UUID) {
			db.SQL.MustExec(`UPDATE agent SET disabled_at = now() WHERE id = $1`, a) // as a race would leave it
			_, err := (&presencedb.Presence{Store: db.Store.Presence}).SweepPresence(ctx)
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			site := db.Site(t)
			agents := db.Agents(t, &site, 2, 1)
			c := db.Waiting(t, site, 1)[0]
			require.NoError(t, arrive(ctx, db.Store, c))
			first := uuid.MustParse(offeredTo(t, db, c))
			other := agents[0]
			if other == first {
				other = agents[1]
			}
			leave(t, site, first)
			require.Equal(t, other.String(), offeredTo(t, db, c))
			require.Zero(t, one(t, db, `SELECT load FROM agent_status WHERE agent_id = $1`, first))
			require.Equal(t, 1, one(t, db, `SELECT count(*) FROM bell WHERE conversation_id = $1`, c), "its workflow is told")
			require.Equal(t, 1, one(t, db, `SELECT count(*) FROM event WHERE conversation_id = $1 AND kind = $2 AND agent_id = $3`, c, outbox.EventOfferGone, first))
			db.Check(t)
		})
	}
}

// Who was removed from one queue keeps what they were offered of another.
func TestSeed_R2_OffersOfOtherQueuesStay(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site, other := db.Site(t), db.Site(t)
	agent := db.Agents(t, &site, 1, 2)[0]
	require.NoError(t, db.Admin.AddMember(ctx, auditdb.Actor{}, other.Queue, agent))
	mine, gone := db.Waiting(t, site, 1)[0], db.Waiting(t, other, 1)[0]
	require.NoError(t, arrive(ctx, db.Store, mine))
	require.NoError(t, arrive(ctx, db.Store, gone))
	require.NoError(t, db.Admin.RemoveMember(ctx, auditdb.Actor{}, other.Queue, agent))
	require.Equal(t, agent.String(), offeredTo(t, db, mine))
	require.Empty(t, offeredTo(t, db, gone))
}

// What a disabled agent has goes back to its queue, also where work otherwise
// stays with who is disconnected; its workflow does that, told by its bell, and
// supervisors hear of it like of any change.
func TestSeed_R2_ADisabledAgentKeepsNothingActive(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	agents := db.Agents(t, &site, 2, 1)
	db.SQL.MustExec(`UPDATE workstream SET release_on_disconnect = false`)
	c := db.Waiting(t, site, 1)[0]
	require.NoError(t, arrive(ctx, db.Store, c))
	had := uuid.MustParse(offeredTo(t, db, c))
	_, err := command(t, db, c, conversation.Command{Kind: conversation.Accept, Agent: had.String()})
	require.NoError(t, err)
	_, err = db.Admin.ChangeAgent(ctx, auditdb.Actor{}, had, admindb.AgentChange{Disabled: ptr(true)})
	require.NoError(t, err)

	b, err := db.Outbox.ReadBell(ctx, c)
	require.NoError(t, err)
	require.Equal(t, had, b.Bell.Abandoned)
	require.NotZero(t, b.Rings)
	_, err = command(t, db, c, conversation.Command{Kind: conversation.Abandon, Agent: b.Bell.Abandoned.String()}) // as the workflow does
	require.NoError(t, err)
	other := agents[0]
	if other == had {
		other = agents[1]
	}
	require.Equal(t, other.String(), offeredTo(t, db, c))
	require.Equal(t, 1, one(t, db, `SELECT count(*) FROM event WHERE conversation_id = $1 AND data->>'change' = 'abandoned' AND queue_id IS NOT NULL`, c))

	// One who accepts at the moment at which they are disabled is found too.
	_, err = command(t, db, c, conversation.Command{Kind: conversation.Accept, Agent: other.String()})
	require.NoError(t, err)
	db.SQL.MustExec(`UPDATE agent SET disabled_at = now() WHERE id = $1`, other)
	_, err = (&presencedb.Presence{Store: db.Store.Presence}).SweepPresence(ctx)
	require.NoError(t, err)
	b, err = db.Outbox.ReadBell(ctx, c)
	require.NoError(t, err)
	require.Equal(t, other, b.Bell.Abandoned)
}

// A customer whose only preferred agents cannot be asked any more is everybody's.
func TestSeed_R2_PreferredOnlyDoesNotWaitForTheGone(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	for name, leave := range map[string]func(*testing.T, storetest.Site, uuid.UUID){
		"disabled": func(t *testing.T, _ storetest.Site, a uuid.UUID) {
			_, err := db.Admin.ChangeAgent(ctx, auditdb.Actor{}, a, admindb.AgentChange{Disabled: ptr(true)})
			require.NoError(t, err)
		},
		"removed from the queue": func(t *testing.T, s storetest.Site, a uuid.UUID) {
			require.NoError(t, db.Admin.RemoveMember(ctx, auditdb.Actor{}, s.Queue, a))
		},
	} {
		for _, when := range []string{"before", "while it waits"} {
			t.Run(name+" "+when, func(t *testing.T) {
				site := db.Site(t)
				agents := db.Agents(t, &site, 2, 1)
				c := db.Waiting(t, site, 1)[0]
				var contact uuid.UUID
				require.NoError(t, db.SQL.Get(&contact, `WITH k AS (INSERT INTO contact (name) VALUES ('Cara') RETURNING id)
					UPDATE contact_point p SET contact_id = k.id FROM k, conversation c WHERE c.id = $1 AND p.id = c.contact_point_id RETURNING k.id`, c))
				require.NoError(t, db.Assignment.SetPreferredAgents(ctx, auditdb.Actor{}, contact, assigndb.Preferred{Agents: agents[:1], Only: true}))
				db.SQL.MustExec(`UPDATE agent_status SET presence = 'offline' WHERE agent_id = $1`, agents[0])
				if when == "before" {
					leave(t, site, agents[0])
				}
				require.NoError(t, arrive(ctx, db.Store, c))
				if when != "before" {
					require.Empty(t, offeredTo(t, db, c))
					leave(t, site, agents[0])
				}
				_, err := db.Assignment.SweepAssignments(ctx)
				require.NoError(t, err)
				require.Equal(t, agents[1].String(), offeredTo(t, db, c))
			})
		}
	}
}
