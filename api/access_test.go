package api_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/permission"
	"switchboard/store/configdb"
)

// limited makes somebody a supervisor of some queues.
func (b *bench) limited(queues ...uuid.UUID) (id uuid.UUID, token string) {
	b.Helper()
	id, token = b.person(configdb.RoleSupervisor)
	if queues == nil {
		queues = []uuid.UUID{}
	}
	b.put("/v1/agents/"+id.String()+"/access", b.admin, obj{"role": "supervisor", "queue_ids": queues}).is(200)
	return id, token
}

// scopeSite is two queues, each with a member and a conversation that waits, one
// that an agent has, and one that is closed; and one that no queue has yet.
type scopeSite struct {
	*bench
	queues  map[string]uuid.UUID
	members map[string]uuid.UUID
	convs   map[string][]uuid.UUID // by queue
	other   uuid.UUID              // to assign to
}

func (b *bench) scopeSite() scopeSite {
	b.Helper()
	second := b.db.Site(b.T)
	second.Agents = nil
	s := scopeSite{bench: b, queues: map[string]uuid.UUID{"A": b.site.Queue, "B": second.Queue}, members: map[string]uuid.UUID{},
		convs: map[string][]uuid.UUID{}, other: b.agents[0]}
	s.members["A"], s.members["B"] = b.agents[0], b.db.Agents(b.T, &second, 1, 9)[0]
	for range 3 {
		s.convs["A"] = append(s.convs["A"], b.waiting())
		s.convs["B"] = append(s.convs["B"], b.db.Waiting(b, second, 1)[0])
	}
	s.convs["none"] = []uuid.UUID{b.waiting()}
	b.db.SQL.MustExec(`UPDATE conversation SET queue_id = NULL WHERE id = $1`, s.convs["none"][0])
	for name, member := range s.members {
		b.db.SQL.MustExec(`UPDATE conversation SET state = 'active', agent_id = $2, accepted_at = now() WHERE id = $1`, s.convs[name][1], member)
		b.db.SQL.MustExec(`UPDATE conversation SET state = 'closed', closed_at = now(), close_reason = 'ended', waiting_since = NULL WHERE id = $1`, s.convs[name][2])
	}
	return s
}

// conversationRoutes are requests for a conversation, each with a body that is read.
func (s scopeSite) conversationRoutes(conv uuid.UUID) map[string]obj {
	at := "/v1/conversations/" + conv.String()
	out := map[string]obj{}
	for _, path := range []string{"", "/messages", "/sessions", "/decisions", "/assignments", "/context", "/skills", "/timers", "/draft", "/limits",
		"/notes", "/participants", "/transfer-targets"} {
		out["GET "+at+path] = nil
	}
	for _, path := range []string{"/monitor", "/join", "/leave", "/force-close", "/park", "/end", "/close", "/release", "/resume"} {
		out["POST "+at+path] = nil
	}
	out["POST "+at+"/assign"] = obj{"agent_id": s.other}
	out["POST "+at+"/transfer"] = obj{"agent_id": s.other}
	out["POST "+at+"/consults"] = obj{"agent_id": s.other}
	out["POST "+at+"/accept"] = obj{"offer_id": uuid.NewString()}
	out["POST "+at+"/decline"] = obj{"offer_id": uuid.NewString()}
	out["POST "+at+"/notes"] = obj{"text": "note"}
	return out
}

// Roles, queues and routes: who may see a conversation is told of it by every route,
// and who may not by none.
func TestAccess_QueuesOfSupervisors_EveryCell(t *testing.T) {
	b := setup(t)
	s := b.scopeSite()
	_, ofA := b.limited(s.queues["A"])
	_, ofB := b.limited(s.queues["B"])
	_, ofBoth := b.limited(s.queues["A"], s.queues["B"])
	_, ofNone := b.limited()
	token := func(in obj) string { return b.post("/v1/tokens", b.admin, in).is(201).str("token") }
	read := []string{"conversations:read", "conversations:write", "conversations:supervise"}
	sees := []struct {
		name, token string
		supervises  bool
		queues      string
	}{
		{"supervisor", b.super, true, "A B none"}, {"administrator", b.admin, true, "A B none"},
		{"supervisor of A", ofA, true, "A"}, {"supervisor of B", ofB, true, "B"}, {"supervisor of both", ofBoth, true, "A B"},
		{"supervisor of nothing", ofNone, true, ""}, {"member of A", b.colleague, false, "A"},
		{"token that may read nothing of others", token(obj{"name": "a", "permissions": read, "agent_id": b.superID}), true, ""},
		{"token that may read all", token(obj{"name": "b", "permissions": append(read, "conversations:read-all"), "agent_id": b.superID}), true, "A B none"},
	}
	cells := 0
	for _, who := range sees {
		for queue, convs := range s.convs {
			may := strings.Contains(" "+who.queues+" ", " "+queue+" ")
			for request, body := range s.conversationRoutes(convs[0]) {
				if !may {
					method, path, _ := strings.Cut(request, " ")
					var in any
					if body != nil {
						in = body
					}
					a := b.send(b.request(method, path, who.token, in))
					want := 404
					if !who.supervises && a.Code == 403 {
						want = 403
					}
					require.Equal(t, want, a.Code, "%s, %s in queue %s: %s", who.name, request, queue, a.Body.String())
					cells++
					continue
				}
				if strings.HasPrefix(request, "GET ") {
					a := b.get(strings.TrimPrefix(request, "GET "), who.token)
					require.Equal(t, 200, a.Code, "%s, %s in queue %s: %s", who.name, request, queue, a.Body.String())
					cells++
				}
			}
		}
	}
	require.Greater(t, cells, 400)
}

// Lists hold what is in the scope and nothing else, and so does what is told of people.
func TestAccess_QueuesOfSupervisors_Lists(t *testing.T) {
	b := setup(t)
	s := b.scopeSite()
	id, ofA := b.limited(s.queues["A"])
	texts := func(ids ...uuid.UUID) (out []string) {
		for _, id := range ids {
			out = append(out, id.String())
		}
		return out
	}
	for view, of := range map[string][]uuid.UUID{"all": s.convs["A"], "open": s.convs["A"][:1], "closed": s.convs["A"][2:]} {
		require.ElementsMatch(t, texts(of...), b.get("/v1/conversations?view="+view, ofA).is(200).ids(), view)
	}
	require.Empty(t, b.get("/v1/conversations?view=all&queue_id="+s.queues["B"].String(), ofA).is(200).ids())
	require.Empty(t, b.get("/v1/conversations?view=all&agent_id="+s.members["B"].String(), ofA).is(200).ids())
	paged := []string{}
	for cursor := ""; ; {
		a := b.get("/v1/conversations?view=all&limit=1&cursor="+url.QueryEscape(cursor), ofA).is(200)
		paged = append(paged, a.ids()...)
		if a.get("next") == nil {
			break
		}
		cursor = a.str("next")
	}
	require.ElementsMatch(t, texts(s.convs["A"]...), paged)

	people := b.get("/v1/agents", ofA).is(200).ids()
	require.ElementsMatch(t, texts(b.agents[0], b.agents[1], id), people)
	for _, path := range []string{"", "/skills", "/capacity-profiles", "/access"} {
		b.get("/v1/agents/"+s.members["A"].String()+path, ofA).is(200)
		b.get("/v1/agents/"+s.members["B"].String()+path, ofA).problem(404, "not_found")
	}
	b.put("/v1/agents/"+s.members["B"].String()+"/presence", ofA, obj{"presence": "away"}).problem(404, "not_found")
	b.get("/v1/queues/"+s.queues["A"].String()+"/members", ofA).is(200)
	b.get("/v1/queues/"+s.queues["B"].String()+"/members", ofA).problem(404, "not_found")
	for _, path := range []string{"/v1/campaigns", "/v1/audit", "/v1/outbound-configurations", "/v1/campaigns/" + uuid.NewString() + "/export"} {
		b.get(path, ofA).problem(403, "forbidden")
	}
	require.Equal(t, s.queues["A"].String(), b.get("/v1/me", ofA).is(200).str("queue_limit.0"))

	// What changes takes effect at once.
	at := "/v1/agents/" + id.String() + "/access"
	b.put(at, b.admin, obj{"role": "supervisor", "queue_ids": []uuid.UUID{s.queues["B"]}}).is(200)
	require.ElementsMatch(t, texts(s.convs["B"]...), b.get("/v1/conversations?view=all", ofA).is(200).ids())
	b.put(at, b.admin, obj{"role": "supervisor", "queue_ids": nil}).is(200)
	require.Len(t, b.get("/v1/conversations?view=all", ofA).is(200).ids(), 7)
	b.put(at, b.admin, obj{"role": "agent"}).is(200)
	b.get("/v1/conversations?view=all", ofA).problem(400, "malformed")
	require.Nil(t, b.get("/v1/me", b.super).is(200).get("queue_limit"))
}

// A role is a set of permissions, and nobody gives more than they have.
func TestRoles_AreSetsOfPermissions(t *testing.T) {
	b := setup(t)
	role := b.post("/v1/roles", b.admin, obj{"name": "Auditor", "permissions": []string{"audit:read"}}).is(201)
	at := "/v1/roles/" + role.str("id")
	id, token := b.person(configdb.RoleAgent)
	access := "/v1/agents/" + id.String() + "/access"
	require.Equal(t, "administrator", b.put(access, b.admin, obj{"role_id": role.str("id")}).is(200).str("role"))
	b.get("/v1/audit", token).is(200)
	b.get("/v1/me", token).is(200)
	for _, path := range []string{"/v1/agents", "/v1/conversations?view=mine", "/v1/tokens", "/v1/queues"} {
		b.get(path, token).problem(403, "forbidden")
	}
	require.EqualValues(t, 1, b.get(at, b.admin).is(200).get("people"))
	require.Equal(t, "Auditor", b.get("/v1/agents/"+id.String(), b.admin).is(200).str("role_name"))
	b.del(at, b.admin).problem(409, "conflict")
	b.post("/v1/roles", b.admin, obj{"name": "auditor", "permissions": []string{"audit:read"}}).problem(409, "conflict")

	b.patch(at, b.admin, obj{"permissions": []string{"people:read", "people:write"}}).is(200)
	b.get("/v1/audit", token).problem(403, "forbidden")
	b.get("/v1/agents", token).is(200)
	for _, above := range []obj{{"name": "x", "permissions": []string{"audit:read"}}, {"name": "x", "permissions": permission.All()}} {
		require.Equal(t, "permissions", b.post("/v1/roles", token, above).problem(422, "invalid").str("errors.0.field"))
	}
	require.Equal(t, "role", b.put(access, token, obj{"role": "administrator"}).problem(422, "invalid").str("errors.0.field"))
	b.patch("/v1/agents/"+id.String(), token, obj{"role": "supervisor"}).problem(422, "invalid")
	b.patch("/v1/agents/"+id.String(), token, obj{"role": "administrator"}).is(200) // which it is based on already
	b.get("/v1/audit", token).problem(403, "forbidden")
	b.patch("/v1/agents/"+b.adminID.String(), token, obj{"password": "a-new-password-1"}).problem(422, "invalid")
	b.put("/v1/agents/"+b.adminID.String()+"/access", token, obj{"role": "agent"}).problem(422, "invalid")
	b.post("/v1/agents", token, obj{"name": "x", "email": "x@example.com", "role": "administrator"}).problem(422, "invalid")
	b.patch(at, token, obj{"permissions": permission.All()}).problem(422, "invalid")

	b.put(access, b.admin, obj{"role": "agent"}).is(200)
	b.del(at, b.admin).is(204)
	b.put(access, b.admin, obj{"role_id": role.str("id")}).problem(422, "invalid")
	b.put("/v1/agents/"+b.adminID.String()+"/access", b.admin, obj{"role": "agent"}).problem(409, "conflict")
	require.Equal(t, 3, b.count(`SELECT count(*) FROM audit WHERE object_type = 'role'`))
}

// A limit that makes no sense is refused by name.
func TestAccess_ErrLimits(t *testing.T) {
	b := setup(t)
	at := "/v1/agents/" + b.superID.String() + "/access"
	for field, in := range map[string]obj{
		"role":      {"role": "owner"},
		"role_id":   {"role_id": uuid.NewString()},
		"queue_ids": {"role": "supervisor", "queue_ids": []string{uuid.NewString()}},
	} {
		require.Equal(t, field, b.put(at, b.admin, in).problem(422, "invalid").str("errors.0.field"), fmt.Sprint(in))
	}
	for _, role := range []string{"agent", "administrator"} {
		a := b.put(at, b.admin, obj{"role": role, "queue_ids": []uuid.UUID{b.site.Queue}}).problem(422, "invalid")
		require.Equal(t, "queue_ids", a.str("errors.0.field"))
	}
	require.Equal(t, "supervisor", b.get(at, b.admin).is(200).str("role"))
}
