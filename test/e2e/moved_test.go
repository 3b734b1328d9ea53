package e2e

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
)

// What waits is offered where it belongs now: after its queue was archived, when
// its queue overflows, and where it was when only the way for new ones changed.
func TestMoved_WhatWaitsReachesAnotherQueue(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	queue := func(name string) uuid.UUID {
		var q apiclient.Ref
		admin(t, http.MethodPost, "/v1/queues", map[string]any{"name": name + " " + site.LINEID}, &q)
		return q.ID
	}
	lead := func(to uuid.UUID) {
		admin(t, http.MethodPatch, "/v1/workstreams/"+site.Workstream.String(), map[string]any{"queue_id": to, "fallback_queue_id": to}, nil)
	}
	waitsIn := func(in uuid.UUID) uuid.UUID {
		user := userID()
		say(t, site.LINE.User(user), said("hello"))
		return find(t, user, func(c routedOne) bool { return c.Queue != nil && c.Queue.ID == in && c.State == "open" }).ID
	}
	offeredFrom := func(a *agent, conv, from uuid.UUID) {
		a.acceptWhere(t, func(id uuid.UUID) bool { return id == conv })
		var c routedOne
		admin(t, http.MethodGet, "/v1/conversations/"+conv.String(), nil, &c)
		require.Equal(t, []any{from, "active"}, []any{c.Queue.ID, c.State})
	}

	old, kept, full := queue("old"), queue("kept"), queue("full")
	lead(old)
	archived := waitsIn(old)
	lead(kept)
	stays := waitsIn(kept)
	lead(full)
	admin(t, http.MethodPut, "/v1/queues/"+full.String()+"/overflow",
		map[string]any{"rules": []any{map[string]any{"when": "waited", "limit": 2, "action": "transfer", "to": site.Queue}}}, nil)
	ann := newAgent(t, site, 10)

	user := userID()
	say(t, site.LINE.User(user), said("hello"))
	overflowing := find(t, user, func(c routedOne) bool { return c.Queue != nil }).ID
	offeredFrom(ann, overflowing, site.Queue)
	lead(site.Queue)
	admin(t, http.MethodPatch, "/v1/queues/"+old.String(), map[string]any{"archived": true, "move_waiting_to": site.Queue}, nil)
	offeredFrom(ann, archived, site.Queue)

	// New ones go another way now. This one waits for the members of its queue.
	admin(t, http.MethodPut, "/v1/queues/"+kept.String()+"/members/"+ann.id.String(), nil, nil)
	offeredFrom(ann, stays, kept)
}
