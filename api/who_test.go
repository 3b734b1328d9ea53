package api_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
	"switchboard/store/configdb"
)

// A place is how somebody stands to a conversation.
type place struct {
	role  string
	stand string // primary, asked, advises, in front, watches, joined, colleague, stranger
}

// places are the columns of the table, in its order.
func places() []place {
	list := []place{}
	for _, stand := range []string{"primary", "asked", "advises", "in front", "colleague", "stranger"} {
		list = append(list, place{configdb.RoleAgent, stand})
	}
	for _, role := range []string{configdb.RoleSupervisor, configdb.RoleAdministrator} {
		for _, stand := range []string{"primary", "asked", "advises", "in front", "watches", "joined", "stranger"} {
			list = append(list, place{role, stand})
		}
	}
	return list
}

// whoMay is the table of who may do what with an active conversation. Agents:
// primary, asked, advises, in front of the customer, colleague of the queue,
// stranger. Supervisors and administrators: primary, asked, advises, in front,
// watches, joined, stranger.
//
//   - may   p not_primary   w wrong_state   g offer_gone   n not_there   a already_there   s same_target   4 not found   3 forbidden
const whoMay = `
read            | ++++ +4 | ++++ +++
read-thread     | ++++ +4 | ++++ +++
sessions        | ++++ +4 | ++++ +++
participants    | ++++ +4 | ++++ +++
decisions       | ++++ +4 | ++++ +++
timers          | ++++ +4 | ++++ +++
read-notes      | ++++ +4 | ++++ +++
write-note      | ++++ +4 | ++++ +++
internal        | ++++ +4 | ++++ +++
answer          | +pp+ p4 | +pp+ p+p
upload          | +pp+ p4 | +pp+ p+p
end             | +ppp p4 | +ppp ppp
park            | +ppp p4 | +ppp ppp
release         | +ppp p4 | +ppp ppp
switch-rule     | +ppp p4 | +ppp ppp
consult         | +ppp p4 | +ppp ppp
bring-in        | +ppp p4 | +ppp ppp
remove          | +ppp p4 | +ppp ppp
transfer        | +ppp p4 | +ppp ppp
pick            | gggg g4 | gggg ggg
accept          | gggg g4 | gggg ggg
decline         | gggg g4 | gggg ggg
resume          | wwww w4 | wwww www
close           | wwww w4 | wwww www
accept-consult  | g+gg g4 | g+gg ggg
decline-consult | g+gg g4 | g+gg ggg
read-pane       | +4+4 44 | ++++ +++
write-pane      | +4+4 44 | +n+n nnn
leave           | nw++ n4 | nw++ ++n
monitor         | 3333 33 | saaa aa+
join            | 3333 33 | s++a +a+
assign          | 3333 33 | ++++ +++
force-close     | 3333 33 | ++++ +++
`

var marks = map[byte]string{'p': conversation.NotPrimary, 'w': conversation.WrongState, 'g': conversation.OfferGone, 'n': conversation.NotThere,
	'a': conversation.AlreadyThere, 's': conversation.SameTarget, '4': "not_found", '3': "forbidden"}

// scene is an active conversation with somebody at every stand. The one whom a
// cell is about stands where the cell says; the others are agents.
type scene struct {
	*bench
	conv        uuid.UUID
	asked       uuid.UUID // participants
	advises     uuid.UUID
	rule, other uuid.UUID
}

type cast struct {
	tokens map[place]string
	ids    map[place]uuid.UUID
	rule   uuid.UUID
	free   uuid.UUID // an agent who is there
}

func (b *bench) cast() cast {
	b.Helper()
	c := cast{tokens: map[place]string{}, ids: map[place]uuid.UUID{}}
	for _, p := range places() {
		c.ids[p], c.tokens[p] = b.person(p.role)
		if p.stand != "stranger" && p.stand != "asked" && p.stand != "advises" && p.stand != "in front" {
			b.db.SQL.MustExec(`INSERT INTO queue_member (queue_id, agent_id) VALUES ($1, $2)`, b.site.Queue, c.ids[p])
		}
	}
	c.free = b.agents[0]
	b.db.SQL.MustExec(`UPDATE agent_status SET capacity = 1000`)
	require.NoError(b, b.db.SQL.Get(&c.rule, `INSERT INTO timeout_rule (workstream_id, name, silent, after, action, texts)
		VALUES ($1, 'Remind', 'customer', 600, 'message_customer', '{"en": "Still there?"}') RETURNING id`, b.site.Workstream))
	return c
}

func (b *bench) scene(c cast, who place) scene {
	b.Helper()
	at := func(stand string) uuid.UUID {
		if who.stand == stand {
			return c.ids[who]
		}
		if id, ok := c.ids[place{configdb.RoleAgent, stand}]; ok {
			return id
		}
		return c.ids[place{who.role, stand}]
	}
	s := scene{bench: b, conv: b.waiting(), rule: c.rule, other: c.free}
	primary := c.tokens[place{configdb.RoleAgent, "primary"}]
	if who.stand == "primary" {
		primary = c.tokens[who]
	}
	b.post("/v1/conversations/"+s.conv.String()+"/pick", primary, nil).is(200)
	put := func(agent uuid.UUID, role, stage string) uuid.UUID {
		var id uuid.UUID
		require.NoError(b, b.db.SQL.Get(&id, `INSERT INTO participation (id, request_id, conversation_id, agent_id, asked_by, role, stage, expires_at, accepted_at, joined_at)
			SELECT gen_random_uuid(), gen_random_uuid(), c.id, $2, CASE WHEN $3 = 'consultant' THEN c.agent_id END, $3, $4,
			       CASE WHEN $4 = 'asked' THEN now() + interval '1 hour' END, CASE WHEN $4 <> 'asked' THEN now() END, CASE WHEN $4 = 'joined' THEN now() END
			FROM conversation c WHERE c.id = $1 RETURNING id`, s.conv, agent, role, stage))
		return id
	}
	s.asked, s.advises = put(at("asked"), "consultant", "asked"), put(at("advises"), "consultant", "aside")
	put(at("in front"), "consultant", "joined")
	if who.role != configdb.RoleAgent {
		put(at("watches"), "supervisor", "aside")
		put(at("joined"), "supervisor", "joined")
	}
	return s
}

// act does what a row of the table is about.
func (s scene) act(action, token string) answer {
	s.Helper()
	path := "/v1/conversations/" + s.conv.String()
	consult := func(part uuid.UUID, what string) string { return path + "/consults/" + part.String() + "/" + what }
	keyed := func(path string, body obj) answer {
		r := s.request("POST", path, token, body)
		r.Header.Set("Idempotency-Key", uuid.NewString())
		return s.send(r)
	}
	reads := map[string]string{"read": "", "read-thread": "/messages", "sessions": "/sessions", "participants": "/participants",
		"decisions": "/decisions", "timers": "/timers", "read-notes": "/notes"}
	if suffix, ok := reads[action]; ok {
		return s.get(path+suffix, token)
	}
	switch action {
	case "write-note":
		return s.post(path+"/notes", token, obj{"text": "note"})
	case "internal":
		return keyed(path+"/internal-messages", obj{"text": "among us"})
	case "answer":
		return keyed(path+"/messages", obj{"text": "Hello"})
	case "upload":
		png, err := base64.StdEncoding.DecodeString(onePixel)
		require.NoError(s, err)
		return s.upload(s.conv, token, "image/png", png)
	case "switch-rule":
		return s.put(path+"/timeout-rules/"+s.rule.String(), token, obj{"on": false})
	case "consult", "transfer", "assign":
		return s.post(path+"/"+strings.Replace(action, "consult", "consults", 1), token, obj{"agent_id": s.other})
	case "accept", "decline":
		return s.post(path+"/"+action, token, obj{"offer_id": uuid.NewString()})
	case "accept-consult":
		return s.post(consult(s.asked, "accept"), token, nil)
	case "decline-consult":
		return s.post(consult(s.asked, "decline"), token, nil)
	case "bring-in", "remove":
		return s.post(consult(s.advises, action), token, nil)
	case "read-pane":
		return s.get(consult(s.advises, "messages"), token)
	case "write-pane":
		return keyed(consult(s.advises, "messages"), obj{"text": "what do you think?"})
	}
	return s.post(path+"/"+action, token, nil)
}

// Every role, action and stand: what is allowed is done, and what is not is
// refused with its reason and changes nothing.
func TestWhoMayDoWhat_EveryCell(t *testing.T) {
	b := setup(t)
	c, cells := b.cast(), 0
	scenes := map[place]scene{} // as good as new: what is refused changes nothing
	for row := range strings.Lines(strings.TrimSpace(whoMay)) {
		parts := strings.Split(row, "|")
		action, cols := strings.TrimSpace(parts[0]), strings.Join(strings.Fields(parts[1]), "")
		cols += strings.Repeat(strings.Join(strings.Fields(parts[2]), ""), 2)
		require.Len(t, cols, len(places()), action)
		for i, who := range places() {
			s, fresh := scenes[who]
			if !fresh {
				s = b.scene(c, who)
				scenes[who] = s
			}
			name := fmt.Sprintf("%s by %s, %s", action, who.role, who.stand)
			before := s.trace()
			a := s.act(action, c.tokens[who])
			cells++
			if cols[i] == '+' {
				require.Less(t, a.Code, 300, "%s: %s", name, a.Body.String())
				if s.trace() != before {
					delete(scenes, who)
				}
				continue
			}
			require.GreaterOrEqual(t, a.Code, 400, "%s: %s", name, a.Body.String())
			require.Equal(t, marks[cols[i]], a.get("code"), name)
			require.NotEmpty(t, a.str("detail"), name)
			require.Equal(t, before, s.trace(), name)
		}
	}
	require.Equal(t, 33*20, cells)
}

// trace is all that a command could have changed.
func (s scene) trace() string {
	s.Helper()
	var out string
	require.NoError(s, s.db.SQL.Get(&out, `SELECT concat_ws(' ', c.version, c.state, c.agent_id, c.offer_agent_id, c.last_seq,
		(SELECT count(*) FROM event e WHERE e.conversation_id = c.id), (SELECT string_agg(x.agent_id || x.stage, ',' ORDER BY x.id) FROM participation x WHERE x.conversation_id = c.id AND x.left_at IS NULL),
		(SELECT count(*) FROM note n WHERE n.conversation_id = c.id), (SELECT count(*) FROM attachment f WHERE f.conversation_id = c.id),
		(SELECT count(*) FROM consult_message m JOIN participation x ON x.id = m.participation_id WHERE x.conversation_id = c.id))
		FROM conversation c WHERE c.id = $1`, s.conv))
	return out
}
