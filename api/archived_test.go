package api_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func (b *bench) newQueue() string {
	b.Helper()
	return b.post("/v1/queues", b.admin, obj{"name": uuid.NewString()}).is(201).str("id")
}

func (b *bench) newWorkstream(queue string) string {
	b.Helper()
	return b.post("/v1/workstreams", b.admin, obj{"name": uuid.NewString(), "mode": "push", "queue_id": queue}).is(201).str("id")
}

// listed are the ids of a list.
func (b *bench) listed(path string) []string {
	b.Helper()
	var page struct{ Items []struct{ ID string } }
	b.get(path, b.admin).is(200).into(&page)
	var ids []string
	for _, item := range page.Items {
		ids = append(ids, item.ID)
	}
	return ids
}

// A queue that was used is archived once nothing leads to it. It takes nothing new,
// keeps what it has, and can be restored.
func TestSeed_D19_QueuesAreArchived(t *testing.T) {
	b := setup(t)
	used, other := b.site.Queue.String(), b.newQueue()
	path, workstream := "/v1/queues/"+used, "/v1/workstreams/"+b.site.Workstream.String()
	conv := b.waiting()
	b.del(path, b.admin).problem(409, "conflict")

	uses := b.get(path+"/uses", b.admin).is(200)
	require.Equal(t, "workstream", uses.str("used_by.0.kind"))
	require.EqualValues(t, 1, uses.get("waiting"))
	refused := b.patch(path, b.admin, obj{"archived": true}).problem(409, "conflict")
	require.Contains(t, refused.str("detail"), `the workstream "workstream `)
	b.put("/v1/queues/"+other+"/overflow", b.admin, obj{"rules": []obj{{"when": "size", "limit": 1, "action": "transfer", "to": used}}}).is(200)
	b.put(workstream+"/routing-rules", b.admin, obj{"version": 0, "rules": obj{"classification": []obj{}, "route": obj{"rules": []obj{}, "fallback": used}}}).is(200)
	b.patch(workstream, b.admin, obj{"queue_id": other, "fallback_queue_id": other}).is(200)
	require.Contains(t, b.patch(path, b.admin, obj{"archived": true}).problem(409, "conflict").str("detail"), "overflow of the queue")
	b.put("/v1/queues/"+other+"/overflow", b.admin, obj{"rules": []obj{}}).is(200)
	require.Contains(t, b.patch(path, b.admin, obj{"archived": true}).problem(409, "conflict").str("detail"), "routing rules of the workstream")
	b.put(workstream+"/routing-rules", b.admin, obj{"version": 1, "rules": obj{"classification": []obj{}, "route": obj{"rules": []obj{}}}}).is(200)

	require.Equal(t, true, b.patch(path, b.admin, obj{"archived": true}).is(200).get("archived"))
	b.patch(path, b.admin, obj{"archived": true}).is(200)
	require.NotContains(t, b.listed("/v1/queues"), used)
	require.Equal(t, []string{used}, b.listed("/v1/queues?archived=true"))
	require.Contains(t, b.listed("/v1/queues?archived=any"), used)
	b.get("/v1/queues?archived=maybe", b.admin).problem(400, "malformed")

	for _, field := range []string{"queue_id", "fallback_queue_id"} {
		require.Equal(t, field, b.patch(workstream, b.admin, obj{field: used}).problem(422, "invalid").str("errors.0.field"))
	}
	b.post("/v1/workstreams", b.admin, obj{"name": "x", "mode": "push", "queue_id": used}).problem(422, "invalid")
	overflow := b.put("/v1/queues/"+other+"/overflow", b.admin, obj{"rules": []obj{{"when": "size", "limit": 1, "action": "transfer", "to": used}}})
	require.Contains(t, overflow.problem(422, "invalid").str("errors.0.reason"), "archived")
	rules := obj{"version": 2, "rules": obj{"classification": []obj{}, "route": obj{"rules": []obj{}, "fallback": used}}}
	require.Contains(t, b.put(workstream+"/routing-rules", b.admin, rules).problem(422, "invalid").str("errors.0.reason"), "archived")

	b.post("/v1/conversations/"+conv.String()+"/pick", b.agent, nil).is(200) // what it has is finished
	require.Equal(t, b.get(path, b.admin).is(200).str("name"), b.get("/v1/conversations/"+conv.String(), b.agent).is(200).str("queue.name"))

	b.patch(path, b.admin, obj{"archived": false}).is(200)
	b.patch(workstream, b.admin, obj{"queue_id": used}).is(200)
	for _, action := range []string{"archive", "restore"} {
		require.Equal(t, 1, b.count(`SELECT count(*) FROM audit WHERE object_id = $1 AND action = $2`, used, action), action)
	}
	b.patch(path, b.super, obj{"archived": true}).problem(403, "forbidden")
}

// What waits in a queue that is archived goes to the one that was chosen and is
// decided about there.
func TestSeed_D19_WhatWaitsIsMoved(t *testing.T) {
	b := setup(t)
	used, other, gone := b.site.Queue.String(), b.newQueue(), b.newQueue()
	path := "/v1/queues/" + used
	waits, has := b.waiting(), b.active()
	b.patch("/v1/workstreams/"+b.site.Workstream.String(), b.admin, obj{"queue_id": other, "fallback_queue_id": other}).is(200)
	b.patch("/v1/queues/"+gone, b.admin, obj{"archived": true}).is(200)
	for _, to := range []string{used, gone, uuid.NewString()} {
		require.Equal(t, "move_waiting_to", b.patch(path, b.admin, obj{"archived": true, "move_waiting_to": to}).problem(422, "invalid").str("errors.0.field"))
	}
	b.patch(path, b.admin, obj{"move_waiting_to": other}).problem(422, "invalid")
	require.Equal(t, false, b.get(path, b.admin).is(200).get("archived"))

	b.patch(path, b.admin, obj{"archived": true, "move_waiting_to": other}).is(200)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM conversation c JOIN bell l ON l.conversation_id = c.id
		WHERE c.id = $1 AND c.queue_id = $2 AND c.hold = 'hours' AND c.held_until <= now() AND c.version = 1`, waits, other))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM conversation WHERE id = $1 AND queue_id = $2 AND state = 'active'`, has, used))
	require.EqualValues(t, 1, b.get(path+"/uses", b.admin).is(200).get("assigned"))
}

// A workstream is archived once no account, number and widget leads to it.
func TestSeed_D19_WorkstreamsAreArchived(t *testing.T) {
	b := setup(t)
	used, queue := b.site.Workstream.String(), b.site.Queue.String()
	path := "/v1/workstreams/" + used
	conv := b.active()
	b.del(path, b.admin).problem(409, "conflict")
	require.Contains(t, b.patch(path, b.admin, obj{"archived": true}).problem(409, "conflict").str("detail"), "the channel \"account\"")
	other := b.newWorkstream(queue)
	b.db.SQL.MustExec(`UPDATE account SET workstream_id = $1`, other)
	require.Contains(t, b.patch(path, b.admin, obj{"archived": true}).problem(409, "conflict").str("detail"), "the address")
	require.Equal(t, "address", b.get(path+"/uses", b.admin).is(200).str("used_by.0.kind"))
	address := "/v1/accounts/" + b.site.Account.String() + "/addresses/" + b.site.Address.String()
	b.patch(address, b.admin, obj{"workstream_id": other}).is(200)

	b.patch(path, b.admin, obj{"archived": true}).is(200)
	require.NotContains(t, b.listed("/v1/workstreams"), used)
	require.Equal(t, []string{used}, b.listed("/v1/workstreams?archived=true"))
	require.Equal(t, "workstream_id", b.patch(address, b.admin, obj{"workstream_id": used}).problem(422, "invalid").str("errors.0.field"))
	account := obj{"provider": "line", "name": "New", "workstream_id": used, "settings": obj{"channel_id": "1234567890"}, "secrets": obj{"channel_secret": "s"}}
	require.Equal(t, "workstream_id", b.post("/v1/accounts", b.admin, account).problem(422, "invalid").str("errors.0.field"))
	require.Equal(t, "workstream_id", b.post("/v1/work-items", b.admin, obj{"workstream_id": used, "title": "Call back"}).problem(422, "invalid").str("errors.0.field"))
	b.write(conv, b.agent, "still-here", obj{"text": "Still here"}).is(201)

	// Its queue may go after it, and has to come back before it.
	b.patch("/v1/workstreams/"+other, b.admin, obj{"queue_id": b.newQueue()}).is(200)
	b.patch("/v1/workstreams/"+other, b.admin, obj{"fallback_queue_id": b.newQueue()}).is(200)
	b.patch("/v1/queues/"+queue, b.admin, obj{"archived": true}).is(200)
	require.Equal(t, "queue_id", b.patch(path, b.admin, obj{"archived": false}).problem(422, "invalid").str("errors.0.field"))
	b.patch("/v1/queues/"+queue, b.admin, obj{"archived": false}).is(200)
	b.patch(path, b.admin, obj{"archived": false}).is(200)
}

// Of two who archive a queue and lead something to it at once, one is refused.
func TestSeed_D19_NothingComesToLeadToWhatIsArchived(t *testing.T) {
	b := setup(t)
	for range 8 {
		queue, workstream := b.newQueue(), "/v1/workstreams/"+b.newWorkstream(b.site.Queue.String())
		codes := make(chan int, 2)
		go func() { codes <- b.patchCode("/v1/queues/"+queue, obj{"archived": true}) }()
		go func() { codes <- b.patchCode(workstream, obj{"queue_id": queue}) }()
		got := []int{<-codes, <-codes}
		require.Contains(t, got, 200)
		require.NotEqual(t, got[0], got[1])
	}
}

// A configuration file says what is archived, whatever the order in which that
// becomes possible.
func TestSeed_D19_TheFileSaysWhatIsArchived(t *testing.T) {
	b := installation(setup(t, withProviders))
	file := "version: 1\nqueues:\n  - name: Old\n    archived: true\n    overflow:\n      - {when: size, limit: 3, action: transfer, to: Older}\n" +
		"  - name: Older\n    archived: true\nworkstreams:\n  - name: SMS\n    mode: push\n    queue: Older\n    archived: true\n"
	b.applied(file, "")
	require.Equal(t, 2, b.count(`SELECT count(*) FROM queue WHERE archived_at IS NOT NULL`))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM workstream WHERE archived_at IS NOT NULL`))
	exported := b.exported()
	require.Contains(t, exported, "archived: true")
	require.Empty(t, b.yaml("/v1/config/plan", exported, "").is(200).get("changes"))
	b.applied(strings.ReplaceAll(file, "archived: true", "archived: false"), "")
	require.Zero(t, b.count(`SELECT count(*) FROM queue WHERE archived_at IS NOT NULL`))
	b.applied(file, "")
	require.Equal(t, 2, b.count(`SELECT count(*) FROM queue WHERE archived_at IS NOT NULL`))
}
