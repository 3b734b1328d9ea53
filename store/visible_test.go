package store_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/store/auditdb"
	"switchboard/store/conversationdb"
	"switchboard/store/storetest"
)

// generated is a conversation as the rule of visibility knows it.
type generated struct {
	id                  uuid.UUID
	queue               uuid.NullUUID
	agent, offer, asked uuid.UUID
	closed              bool
}

// generate makes conversations with any queue, agent, offer and participant.
func generate(t *testing.T, db *storetest.DB, r *rand.Rand, site storetest.Site, queues, agents []uuid.UUID) (list []generated) {
	t.Helper()
	some := func() uuid.UUID {
		if r.IntN(3) > 0 {
			return uuid.Nil
		}
		return agents[r.IntN(len(agents))]
	}
	for _, id := range db.Waiting(t, site, 60) {
		g := generated{id: id, agent: some(), offer: some(), asked: some(), closed: r.IntN(4) == 0}
		if i := r.IntN(len(queues) + 1); i < len(queues) {
			g.queue = uuid.NullUUID{UUID: queues[i], Valid: true}
		}
		state := "open"
		if g.closed {
			state, g.offer = "closed", uuid.Nil
		}
		db.SQL.MustExec(`UPDATE conversation SET queue_id = $2, agent_id = NULLIF($3, $6::uuid), offer_agent_id = NULLIF($4, $6::uuid),
			offer_id = CASE WHEN $4 <> $6::uuid THEN gen_random_uuid() END, state = $5, closed_at = CASE WHEN $5 = 'closed' THEN now() END
			WHERE id = $1`, id, g.queue, g.agent, g.offer, state, uuid.Nil)
		if g.asked != uuid.Nil {
			db.SQL.MustExec(`INSERT INTO participation (id, request_id, conversation_id, agent_id, asked_by, role, stage, accepted_at)
				VALUES (gen_random_uuid(), gen_random_uuid(), $1, $2, $2, 'consultant', 'aside', now())`, id, g.asked)
		}
		list = append(list, g)
	}
	return list
}

// sees is the rule in words.
func (g generated) sees(v auditdb.Viewer, member map[uuid.UUID][]uuid.UUID) bool {
	return v.Scope.Has(g.queue) || g.agent == v.Agent && v.Agent != uuid.Nil || g.offer == v.Agent && v.Agent != uuid.Nil ||
		g.asked == v.Agent && v.Agent != uuid.Nil || g.queue.Valid && slices.Contains(member[v.Agent], g.queue.UUID)
}

// Nobody reads a conversation that they may not, and everybody those that they may:
// generated conversations and viewers against the rule, one by one and in lists.
func TestVisible_GeneratedConversations(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	r := rand.New(rand.NewPCG(7, 11))
	site := db.Site(t)
	queues := []uuid.UUID{site.Queue, db.Site(t).Queue, db.Site(t).Queue}
	agents := db.Agents(t, &site, 6, 3)
	member := map[uuid.UUID][]uuid.UUID{}
	db.SQL.MustExec(`DELETE FROM queue_member`)
	for _, a := range agents[:4] {
		q := queues[r.IntN(len(queues))]
		member[a] = append(member[a], q)
		db.SQL.MustExec(`INSERT INTO queue_member (queue_id, agent_id) VALUES ($1, $2)`, q, a)
	}
	list := generate(t, db, r, site, queues, agents)
	scopes := []auditdb.Scope{{}, auditdb.InQueues(), auditdb.InQueues(queues[0]), auditdb.InQueues(queues[1], queues[2]),
		auditdb.InQueues(uuid.New()), auditdb.Everywhere()}
	page, seen, hidden := auditdb.Page{Limit: 200}, 0, 0
	for _, scope := range scopes {
		for _, agent := range append(slices.Clone(agents), uuid.Nil, uuid.New()) {
			v := auditdb.Viewer{Scope: scope, Agent: agent}
			for _, g := range list {
				_, err := db.Conversation.ConversationFor(t.Context(), v, g.id)
				require.Equal(t, g.sees(v, member), err == nil, "%+v by %+v: %v", g, v, err)
				if err == nil {
					seen++
				} else {
					hidden++
				}
			}
		}
		want := []uuid.UUID{}
		for _, g := range list {
			if scope.Has(g.queue) {
				want = append(want, g.id)
			}
		}
		require.ElementsMatch(t, want, idsOf(db.Conversation.ConversationsBy(t.Context(), scope, conversationdb.ConversationFilter{}, page)))
	}
	require.Greater(t, seen, 500)
	require.Greater(t, hidden, 500)
}

func idsOf(list []conversationdb.Conversation, err error) []uuid.UUID {
	ids := []uuid.UUID{}
	if err != nil {
		return ids
	}
	for _, c := range list {
		ids = append(ids, c.ID)
	}
	return ids
}
